import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { isObject, type JsonObject } from '../src/fhir/json.js';
import type { AppDependencies } from '../src/http/app.js';
import {
  basisOf,
  bundleOf,
  cardiacOf,
  cardsOf,
  codeOf,
  collectionOf,
  drugDraft,
  hookRequest,
  issuesOf,
  prefetchOf,
  titlesOf,
  troponin,
  without,
  wordsOf,
} from './support/answers.js';
import { hostsCalled } from './support/network-watch.js';
import { sendJson, startPeer, type Behavior, type Peer } from './support/peer.js';
import {
  authorizationOf,
  AS_OF,
  hookBody,
  postHook,
  send,
  SERVICE_ID,
  startTestService,
  type Reply,
  type TestService,
} from './support/service.js';
import { baseChart, chartOf } from './support/vignette.js';

/* Input that means harm, or that comes from something broken. After each of it the service answers a good request. */

jest.setTimeout(30_000);

const TOKEN = 'canary-51c0';
const AUTHORIZATION = authorizationOf(TOKEN);
const PATH = `/cds-services/${SERVICE_ID}`;
const CANARY = 'Brandtmeier-8812';
const LEAKS = /\bat .*:\d+:\d+|node_modules|\/src\/|Error:|<html|<pre/i;

let service: TestService;
let small: TestService;

beforeAll(async () => {
  service = await startTestService();
  small = await startTestService({ maxBody: 100_000 });
});

afterAll(async () => {
  await Promise.all([service.close(), small.close()]);
});

function whole(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { ...hookBody({ prefetch: prefetchOf(baseChart()) }), ...more };
}

async function expectAlive(one: TestService = service): Promise<void> {
  expect(titlesOf(cardsOf(await postHook(one, whole())))).toEqual([
    'troponin-not-found warning',
    'therapy-ladder info',
  ]);
}

afterEach(async () => {
  await expectAlive();
});

interface Sending {
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
}

function posted({ body = '', headers = {} }: Sending, to = service): Promise<Reply> {
  return send(`${to.url}${PATH}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
}

function bytes(data: Buffer): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(data);
}

function nested(depth: number, open: string, close: string): string {
  return open.repeat(depth) + close.repeat(depth);
}

function withMember(member: string, value: string): string {
  const text = JSON.stringify(whole());
  return `${text.slice(0, -1)},${JSON.stringify(member)}:${value}}`;
}

describe('request bodies', () => {
  const deep = nested(100_000, '[', ']');
  const rows: readonly (readonly [string, string, Sending, number])[] = [
    ['STA-06 REQ-17', 'malformed JSON', { body: `{"patient":"${CANARY}"` }, 400],
    ['STA-06 REQ-17', 'trailing comma', { body: `{"${CANARY}":1,}` }, 400],
    ['STA-06', 'a comment', { body: `/* ${CANARY} */ {}` }, 400],
    ['STA-06', 'two documents', { body: `{} {"x":"${CANARY}"}` }, 400],
    ['STA-06', 'a bare word', { body: CANARY }, 400],
    ['STA-06', 'a bare string', { body: `"${CANARY}"` }, 400],
    ['STA-06', 'an empty body', { body: '' }, 400],
    ['STA-06', 'only blanks', { body: '   ' }, 400],
    ['REQ-17', 'text/plain', { body: CANARY, headers: { 'content-type': 'text/plain' } }, 415],
    [
      'REQ-17',
      'a form',
      { body: `a=${CANARY}`, headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
    ],
    ['REQ-17', 'XML', { body: `<a>${CANARY}</a>`, headers: { 'content-type': 'application/fhir+xml' } }, 415],
    ['REQ-17', 'a content type that is none', { body: CANARY, headers: { 'content-type': ';;;' } }, 415],
    ['T-60', 'an encoding nobody knows', { body: CANARY, headers: { 'content-encoding': 'compress' } }, 415],
    ['T-60', 'says gzip and is not', { body: CANARY, headers: { 'content-encoding': 'gzip' } }, 400],
    [
      'T-60',
      'a charset nobody knows',
      { body: CANARY, headers: { 'content-type': 'application/json; charset=klingon' } },
      415,
    ],
    [
      'T-60',
      'a truncated gzip body',
      { body: bytes(gzipSync(JSON.stringify(whole())).subarray(0, 200)), headers: { 'content-encoding': 'gzip' } },
      400,
    ],
    ['STA-06', 'bytes that are no UTF-8', { body: Uint8Array.from([0x7b, 0xff, 0xfe, 0x00]) }, 400],
    ['STA-06', 'an array nested 100,000 deep', { body: deep }, 400],
    ['STA-06', 'an object nested 100,000 deep', { body: `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}` }, 400],
    ['GEN-09', 'a good request with a member nested 100,000 deep', { body: withMember('extension', deep) }, 200],
    ['GEN-09', 'a good request with __proto__', { body: withMember('__proto__', '{"hook":"x","prefetch":null}') }, 200],
    [
      'GEN-09',
      'a good request with constructor',
      { body: withMember('constructor', '{"prototype":{"polluted":1}}') },
      200,
    ],
  ];
  test.each(rows)('%s %s', async (_, __, sending, status) => {
    const reply = await posted(sending);
    expect(reply.status).toBe(status);
    expect(reply.headers.get('content-type')).toMatch(/^application\/json/);
    expect(reply.text).not.toContain(CANARY);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    if (status === 200) expect(reply.text).toBe((await postHook(service, whole())).text);
    else expect((reply.body as JsonObject)['resourceType']).toBe('OperationOutcome');
    if (status !== 200) expect(reply.text).not.toMatch(LEAKS);
  });

  test('REQ-17 a body over the limit: 413, on either size and before it is read whole', async () => {
    const declared = await posted({ body: 'x'.repeat(21_000_000) });
    const bomb = bytes(gzipSync(Buffer.alloc(50_000_000, 0x20)));
    expect(bomb.length).toBeLessThan(100_000);
    const packed = await posted({ body: bomb, headers: { 'content-encoding': 'gzip' } }, small);
    expect([declared.status, packed.status]).toEqual([413, 413]);
    expect([declared, packed].map((reply) => issuesOf(reply).map(({ code }) => code))).toEqual([
      ['too-long'],
      ['too-long'],
    ]);
    await expectAlive(small);
  });

  test('REQ-17 a body without length and without end: 413, and the line is not read on for ever', async () => {
    const { answer, taken } = await pourInto(small, 40_000_000);
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    expect(answer).toContain('OperationOutcome');
    await expectAlive(small);
    expect(taken).toBeLessThan(40_000_000);
  });

  const many = (count: number, item: unknown) => Array.from({ length: count }, () => item);
  const huge: readonly (readonly [string, unknown, string])[] = [
    ['200,000 empty entries', { resourceType: 'Bundle', entry: many(200_000, {}) }, 'troponin-not-checked'],
    [
      '20,000 copies of one result',
      { resourceType: 'Bundle', entry: many(20_000, { resource: troponin('t1', '2026-03-10T10:30:00Z', 4) }) },
      'troponin-not-serial',
    ],
    ['an array of 300,000 numbers', many(300_000, 7), 'troponin-not-checked'],
    [
      'a Bundle of Bundles',
      bundleOf([bundleOf([troponin('t1', '2026-03-10T10:30:00Z', 300)])]),
      'troponin-not-checked',
    ],
    [
      'a result with 20,000 components',
      bundleOf([troponin('t1', '2026-03-10T10:30:00Z', 4, { component: many(20_000, { code: {} }) })]),
      'troponin-not-serial',
    ],
    [
      'a result with 20,000 members',
      bundleOf([
        troponin('t1', '2026-03-10T10:30:00Z', 4, { hasMember: many(20_000, { reference: 'Observation/t1' }) }),
      ]),
      'troponin-not-serial',
    ],
    [
      'keys named like prototypes',
      JSON.parse('{"__proto__":{"resourceType":"Bundle"},"constructor":1}'),
      'troponin-not-checked',
    ],
  ];
  test.each(huge)('PRE-29 huge or strange prefetch: %s', async (_, troponins, expected) => {
    const started = performance.now();
    const prefetch = { ...without(prefetchOf(baseChart()), ['labs']), troponins };
    expect(cardiacOf(cardsOf(await postHook(service, whole({ prefetch }))))).toBe(expected);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  const drug = (id: string, name: string, more: JsonObject = {}) =>
    drugDraft(id, name, { status: 'active', authoredOn: '2026-03-01', ...more });
  const numbered = (count: number, make: (index: number) => JsonObject) =>
    Array.from({ length: count }, (_, index) => make(index));
  const strange: readonly (readonly [string, readonly JsonObject[], string])[] = [
    ['a name said 20,000 times', [drug('a', 'nitroglycerin '.repeat(20_000))], 'on nitrate'],
    ['5,000 orders', numbered(5000, (index) => drug(`m${String(index)}`, 'Nitroglycerin')), 'on nitrate'],
    [
      '20,000 codings of one drug',
      [
        drug('a', '', {
          medicationCodeableConcept: { coding: many(20_000, { system: 'urn:x', code: '1', display: 'Nitroglycerin' }) },
        }),
      ],
      'on nitrate',
    ],
    [
      '6,000 ingredients that the order contains',
      [
        drug('a', '', {
          medicationCodeableConcept: undefined,
          medicationReference: { reference: '#m' },
          contained: [
            {
              resourceType: 'Medication',
              id: 'm',
              ingredient: numbered(6000, (index) => ({ itemReference: { reference: `#s${String(index)}` } })),
            },
            ...numbered(6000, (index) => ({
              resourceType: 'Substance',
              id: `s${String(index)}`,
              code: { text: 'Nitroglycerin' },
            })),
          ],
        }),
      ],
      'on nitrate',
    ],
    [
      'a drug that contains itself',
      [
        drug('a', '', {
          medicationCodeableConcept: undefined,
          medicationReference: { reference: '#m', display: 'Nitroglycerin' },
          contained: [{ resourceType: 'Medication', id: 'm', ingredient: [{ itemReference: { reference: '#m' } }] }],
        }),
      ],
      'on nitrate',
    ],
    ['a name of prototypes', [drug('a', '__proto__ constructor toString')], 'no step found'],
  ];
  test.each(strange)('PRE-29 huge or strange medications: %s', async (_, drugs, expected) => {
    const started = performance.now();
    const prefetch = { ...prefetchOf(baseChart()), medicationRequests: bundleOf(drugs) };
    expect(wordsOf(cardsOf(await postHook(service, whole({ prefetch }))))).toContain(expected);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test('HOOK-07 5,000 drafts', async () => {
    const started = performance.now();
    const draftOrders = collectionOf(...numbered(5000, (index) => drugDraft(`m${String(index)}`, 'Nitroglycerin')));
    const request = hookRequest('order-sign', { draftOrders }, [...baseChart(), drug('s', 'Sildenafil')]);
    expect(titlesOf(cardsOf(await postHook(service, request)))).toContain('safety-n1 critical');
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'PRE-22 a prefetch that only inherits %s has nothing',
    async (name) => {
      const body = JSON.stringify(hookBody({ prefetch: {} })).replace('"prefetch":{}', `"prefetch":{"${name}":{}}`);
      expect((await posted({ body })).status).toBe(412);
    },
  );

  test.each(['__proto__', 'constructor', 'toString', '..', '%2e%2e', '%00', 'a%2fb', 'x'.repeat(5000)])(
    'REQ-19 the service id %s is unknown',
    async (id) => {
      const reply = await send(`${service.url}/cds-services/${id}`, { method: 'POST', body: '{}' });
      expect([400, 404, 405]).toContain(reply.status);
      expect(reply.headers.get('content-type')).toMatch(/^application\/json/);
      expect(reply.text).not.toMatch(LEAKS);
    },
  );

  test.each(['%', '/cds-services/%E0%A4%A', '/cds-services/%ff'])('STA-09 the broken path %s', async (path) => {
    const reply = await send(`${service.url}/${path.replace(/^\//, '')}`, { method: 'POST', body: '{}' });
    expect([400, 404]).toContain(reply.status);
    expect(reply.headers.get('content-type')).toMatch(/^application\/json/);
    expect(reply.text).not.toMatch(LEAKS);
  });
});

/** Sends raw bytes and gives back everything that comes until the other side ends, or until `milliseconds` passed. */
function raw(to: TestService, text: string, milliseconds: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(to.url).port), '127.0.0.1');
    let received = '';
    const timer = setTimeout(() => socket.destroy(), milliseconds);
    socket.on('data', (chunk) => {
      received += chunk.toString();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(received);
    });
    socket.write(text);
  });
}

/** Uploads blanks in chunks until `most` bytes are sent, the other side cuts the line, or it takes too long. */
function pourInto(to: TestService, most: number): Promise<{ readonly answer: string; readonly taken: number }> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(to.url).port), '127.0.0.1');
    const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`;
    let answer = '';
    let taken = 0;
    const push = () => {
      while (!socket.destroyed && taken < most) {
        taken += 65_536;
        if (!socket.write(chunk)) return;
      }
      setTimeout(() => socket.destroy(), 100);
    };
    const timer = setTimeout(() => socket.destroy(), 3000);
    socket.on('data', (data) => {
      answer += data.toString();
    });
    socket.on('drain', push);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve({ answer, taken });
    });
    const type = 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
    socket.write(`POST ${PATH} HTTP/1.1\r\nHost: x\r\n${type}`, push);
  });
}

describe('clients that break off or speak broken HTTP', () => {
  const head = (length: number, more = '') =>
    `POST ${PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${String(length)}\r\n${more}\r\n`;

  test('T-44 broken HTTP is answered in JSON without echo', async () => {
    const answer = await raw(service, `NONSENSE ${CANARY}\r\n\r\n`, 1000);
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).toContain('application/json');
    expect(answer).not.toContain(CANARY);
  });

  test('T-44 headers that are too large are answered in JSON', async () => {
    const answer = await raw(service, head(0, `X: ${'a'.repeat(40_000)}\r\n`), 1000);
    expect(answer).toMatch(/^HTTP\/1.1 431 /);
    expect(answer).toContain('OperationOutcome');
  });

  test('STA-11 hanging up in the middle of the request is no fault', async () => {
    const faults = service.faults.length;
    await Promise.all(Array.from({ length: 20 }, () => raw(service, `${head(5000)}{"hook":`, 20)));
    await expectAlive();
    expect(service.faults).toHaveLength(faults);
  });

  test('STA-11 hanging up before the answer stops the calls to the FHIR server', async () => {
    const slow = await startPeer(() => undefined);
    const own = await startTestService({ allowedFhirServers: [slow.base], timeBudgetMs: 10_000 });
    const body = JSON.stringify(hookBody({ fhirServer: slow.base }));
    const hungUp = await raw(own, head(Buffer.byteLength(body)) + body, 300);
    const begun = slow.heard.length;
    for (let turn = 0; turn < 40 && slow.abandoned() < begun; turn += 1) await sleep(25);
    expect(hungUp).toBe('');
    expect(begun).toBeGreaterThan(3);
    expect(slow.abandoned()).toBe(begun);
    await expectAlive(own);
    expect(own.faults).toEqual([]);
    await own.close();
    await slow.close();
  });
});

describe('text with control and direction characters', () => {
  const UNWANTED = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\\u00|\\u20/u;
  const allergic = { patient: { reference: 'Patient/p1' } };
  const NASTY = 'A\u0000B\u0007C\u202eD\u2066E\u2069\ufeffF\u200fG\r\nH\ud800I\u2028J\u0085K';
  test('GEN-03 T-20 is read as one line, without any of them', async () => {
    const chart = chartOf({
      chart: {
        change: {
          'Condition/spasm': {
            code: {
              coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'K22.4', display: NASTY }],
              text: NASTY,
            },
          },
          'Encounter/e1': { reasonCode: [{ text: NASTY }] },
        },
        add: [troponin('t1', '2026-03-10T10:30:00Z', 4, { valueQuantity: { value: 4, unit: NASTY } })],
      },
    });
    const cards = cardsOf(await postHook(service, whole({ prefetch: prefetchOf(chart) })));
    expect(cardiacOf(cards)).toBe('troponin-not-serial');
    const words = cards
      .map((card) => JSON.stringify([card.summary, card.detail.replaceAll('\n', ''), basisOf(card)]))
      .join();
    expect(words).toContain('ABC'.split('').join(' '));
    expect(words).not.toMatch(UNWANTED);
  });

  test('GEN-03 T-20 also in the names of drugs, drafts and allergies, on cards and on buttons', async () => {
    const drafts = collectionOf(drugDraft('d1', `Nitroglycerin ${NASTY}`));
    const chart = [
      ...baseChart(),
      drugDraft('m1', `Sildenafil ${NASTY}`, { status: 'active' }),
      { resourceType: 'AllergyIntolerance', id: 'a1', ...allergic, code: { text: `Diltiazem ${NASTY}` } },
    ];
    const cards = cardsOf(await postHook(service, hookRequest('order-sign', { draftOrders: drafts }, chart)));
    expect(titlesOf(cards)[1]).toBe('safety-n1 critical');
    const words = JSON.stringify(cards.map((card) => ({ ...card, detail: card.detail.replaceAll('\n', '') })));
    for (const name of ['Nitroglycerin', 'Sildenafil', 'Diltiazem']) expect(words).toContain(`${name} A B C D`);
    expect(words).not.toMatch(UNWANTED);
  });
});

describe('FHIR servers that answer nonsense (STA-04 STA-13)', () => {
  const html = (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(`<html><script>alert(1)</script>${CANARY}</html>`);
  };
  const text =
    (body: string, headers: Readonly<Record<string, string>> = {}): Behavior =>
    (_, response) => {
      response.writeHead(200, { 'content-type': 'application/fhir+json', ...headers });
      response.end(body);
    };
  const page = (next: string, entries: readonly JsonObject[] = []) =>
    JSON.stringify({ ...bundleOf(entries), link: [{ relation: 'next', url: next }] });
  const flood: Behavior = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/fhir+json' });
    const pour = () => {
      while (!response.destroyed && response.write(' '.repeat(65_536)));
    };
    response.on('drain', pour);
    pour();
  };
  const trickle: Behavior = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/fhir+json' });
    const timer = setInterval(() => response.write(' '), 20);
    response.on('close', () => {
      clearInterval(timer);
    });
  };
  const bomb = gzipSync(Buffer.concat([Buffer.from(JSON.stringify(bundleOf([]))), Buffer.alloc(30_000_000, 0x20)]));
  const numberedPages: Behavior = (request, response, peer) => {
    const number = Number(/page=(\d+)/.exec(request.url ?? '')?.[1] ?? 1);
    const isLast = number >= 1000;
    sendJson(
      response,
      200,
      isLast ? bundleOf([]) : JSON.parse(page(`${peer.base}/Observation?page=${String(number + 1)}`)),
    );
  };

  interface Row {
    readonly ids: string;
    readonly name: string;
    readonly behave: Behavior;
    readonly reason: string;
    readonly atMost?: number;
  }
  const rows: readonly Row[] = [
    {
      ids: 'PRE-29',
      name: 'HTML',
      behave: (_, response) => {
        html(response);
      },
      reason: 'unreadable',
    },
    { ids: 'PRE-29', name: 'an empty body', behave: text(''), reason: 'unreadable' },
    {
      ids: 'PRE-29',
      name: '204 without body',
      behave: (_, response) => {
        response.writeHead(204).end();
      },
      reason: 'unreadable',
    },
    { ids: 'PRE-29', name: 'null', behave: text('null'), reason: 'unreadable' },
    { ids: 'PRE-29', name: 'an array', behave: text(`[${JSON.stringify(bundleOf([]))}]`), reason: 'unreadable' },
    { ids: 'PRE-29', name: 'a string', behave: text('"ok"'), reason: 'unreadable' },
    {
      ids: 'PRE-29',
      name: 'half a Bundle',
      behave: text(JSON.stringify(bundleOf([])).slice(0, 30)),
      reason: 'unreadable',
    },
    {
      ids: 'PRE-29',
      name: 'another resource',
      behave: text('{"resourceType":"Patient","id":"p1"}'),
      reason: 'unreadable',
    },
    {
      ids: 'PRE-24',
      name: 'an OperationOutcome with 200',
      behave: text('{"resourceType":"OperationOutcome","issue":[]}'),
      reason: 'outcome',
    },
    { ids: 'PRE-29', name: 'JSON nested 100,000 deep', behave: text(nested(100_000, '[', ']')), reason: 'unreadable' },
    {
      ids: 'T-60',
      name: 'a gzip bomb',
      behave: (_, response) => {
        response.writeHead(200, { 'content-type': 'application/fhir+json', 'content-encoding': 'gzip' }).end(bomb);
      },
      reason: 'network',
    },
    { ids: 'T-55', name: 'a body without end', behave: flood, reason: 'network' },
    { ids: 'T-55', name: 'a body that trickles', behave: trickle, reason: 'timeout' },
    {
      ids: 'T-55',
      name: 'a closed line',
      behave: (_, response) => {
        response.destroy();
      },
      reason: 'network',
    },
    {
      ids: 'T-55',
      name: 'a line closed in the middle',
      behave: (_, response) => {
        response.writeHead(200, { 'content-length': '9999' });
        response.write('{');
        setTimeout(() => response.destroy(), 10);
      },
      reason: 'network',
    },
    {
      ids: 'PRE-26',
      name: 'a next page that is itself',
      behave: (request, response, peer) => {
        text(page(`${peer.origin}${request.url ?? ''}`))(request, response, peer);
      },
      reason: 'unread-pages',
      atMost: 1,
    },
    {
      ids: 'PRE-26',
      name: 'two pages in a circle',
      behave: (request, response, peer) => {
        text(page(`${peer.base}/Observation?page=${request.url?.includes('page=a') === true ? 'b' : 'a'}`))(
          request,
          response,
          peer,
        );
      },
      reason: 'unread-pages',
      atMost: 3,
    },
    { ids: 'PRE-26', name: '1000 pages', behave: numberedPages, reason: 'unread-pages', atMost: 12 },
    {
      ids: 'PRE-26',
      name: 'a next link with userinfo',
      behave: (request, response, peer) => {
        text(page(peer.base.replace('http://', 'http://a:b@')))(request, response, peer);
      },
      reason: 'unread-pages',
      atMost: 1,
    },
    {
      ids: 'PRE-26',
      name: 'a next link to a file',
      behave: text(page('file:///etc/passwd')),
      reason: 'unread-pages',
      atMost: 1,
    },
    {
      ids: 'PRE-26',
      name: 'a next link that is no URL',
      behave: text(page('http://')),
      reason: 'unread-pages',
      atMost: 1,
    },
    {
      ids: 'PRE-21',
      name: 'a total of a million',
      behave: text(JSON.stringify({ ...bundleOf([]), total: 1_000_000 })),
      reason: 'missing-entries',
    },
  ];

  test.each(rows)('$ids $name: not checked, in time', async ({ behave, reason, atMost }) => {
    const peer = await startPeer(behave);
    const own = await startTestService({ allowedFhirServers: [peer.base], timeBudgetMs: 1500 });
    const started = performance.now();
    const prefetch = without(prefetchOf(baseChart()), ['troponins']);
    const reply = await postHook(own, hookBody({ prefetch, fhirServer: peer.base, fhirAuthorization: AUTHORIZATION }));
    const milliseconds = performance.now() - started;
    const cards = cardsOf(reply);
    await expectAlive(own);
    await own.close();
    await peer.close();
    expect(titlesOf(cards)).toEqual(['troponin-not-checked warning', 'therapy-ladder info']);
    expect(cards.flatMap((card) => basisOf(card).gaps ?? [])).toContainEqual({ need: 'troponins', reason });
    expect(milliseconds).toBeLessThan(2500);
    expect(peer.heard.length).toBeGreaterThan(0);
    if (atMost !== undefined) expect(peer.heard.length).toBeLessThanOrEqual(atMost);
    expect(reply.text).not.toMatch(new RegExp(`${CANARY}|${TOKEN}`));
    expect(own.faults).toEqual([]);
  });

  test('STA-04 T-55 every kind of data hangs: refused, and within the time budget', async () => {
    const peer = await startPeer(() => undefined);
    const own = await startTestService({ allowedFhirServers: [peer.base], timeBudgetMs: 400 });
    const started = performance.now();
    const reply = await postHook(own, hookBody({ fhirServer: peer.base }));
    const milliseconds = performance.now() - started;
    await own.close();
    await peer.close();
    expect(reply.status).toBe(412);
    expect(milliseconds).toBeLessThan(900);
  });

  test('STA-13 T-55 every Medication hangs: answered within the time budget, and said', async () => {
    const peer = await startPeer(() => undefined);
    const own = await startTestService({ allowedFhirServers: [peer.base], timeBudgetMs: 400 });
    const orders = Array.from({ length: 60 }, (_, index) =>
      drugDraft(`o${String(index)}`, '', {
        status: 'active',
        medicationCodeableConcept: undefined,
        medicationReference: { reference: `Medication/m${String(index)}` },
      }),
    );
    const started = performance.now();
    const request = { ...hookRequest('patient-view', {}, [...baseChart(), ...orders]), fhirServer: peer.base };
    const cards = cardsOf(await postHook(own, request));
    const milliseconds = performance.now() - started;
    await own.close();
    await peer.close();
    expect(wordsOf(cards)).toContain('**Medications could not be checked in full:**');
    expect(wordsOf(cards)).toContain('Medications that could not be interpreted: 60 entries.');
    expect(peer.heard.length).toBeLessThanOrEqual(40);
    expect(milliseconds).toBeLessThan(900);
  });

  const elsewhere: readonly (readonly [string, (stranger: Peer) => Behavior])[] = [
    [
      'a redirect 302',
      (stranger) => (request, response) => {
        response.writeHead(302, { location: `${stranger.origin}${request.url ?? ''}` }).end();
      },
    ],
    [
      'a redirect 307',
      (stranger) => (request, response) => {
        response.writeHead(307, { location: `${stranger.origin}${request.url ?? ''}` }).end();
      },
    ],
    [
      'a redirect without scheme',
      (stranger) => (_, response) => {
        response.writeHead(301, { location: stranger.base.replace('http:', '') }).end();
      },
    ],
    ['a next link', (stranger) => text2(stranger.base)],
    ['a next link without scheme', (stranger) => text2(stranger.base.replace('http:', ''))],
    [
      'a next link with the host as userinfo',
      (stranger) => (request, response, peer) => {
        text2(stranger.base.replace('http://', `http://${new URL(peer.origin).host}@`))(request, response, peer);
      },
    ],
    [
      'a base element',
      (stranger) => (_, response) => {
        sendJson(response, 200, {
          ...bundleOf([]),
          link: [
            { relation: 'base', url: stranger.base },
            { relation: 'next', url: `${stranger.base}/Observation?page=2` },
          ],
        });
      },
    ],
  ];
  function text2(next: string): Behavior {
    return (_, response) => {
      sendJson(response, 200, JSON.parse(page(`${next}/Observation?page=2`)));
    };
  }
  test.each(elsewhere)('SEC-16 T-15 T-51 %s to another origin: the token is not received there', async (_, behave) => {
    const stranger = await startPeer((__, response) => {
      sendJson(response, 200, bundleOf([]));
    });
    const peer = await startPeer(behave(stranger));
    const own = await startTestService({ allowedFhirServers: [peer.base] });
    const prefetch = without(prefetchOf(baseChart()), ['troponins']);
    const body = hookBody({ prefetch, fhirServer: peer.base, fhirAuthorization: AUTHORIZATION });
    const cards = cardsOf(await postHook(own, body));
    await Promise.all([own.close(), peer.close(), stranger.close()]);
    expect(stranger.heard).toEqual([]);
    expect(peer.heard.map(({ authorization }) => authorization)).toContain(`Bearer ${TOKEN}`);
    expect(titlesOf(cards)).toEqual(['troponin-not-checked warning', 'therapy-ladder info']);
  });

  const relative: readonly (readonly [string, string])[] = [
    ['?page=2', '/fhir/Observation?page=2'],
    ['/fhir/Observation?page=2', '/fhir/Observation?page=2'],
    ['Observation?page=2', '/fhir/Observation?page=2'],
    ['./Observation?page=2', '/fhir/Observation?page=2'],
  ];
  test.each(relative)('PRE-26 T-15 the relative next link %s is followed', async (next, expected) => {
    const peer = await startPeer((request, response) => {
      const isSecond = request.url?.includes('page=2') === true;
      sendJson(
        response,
        200,
        isSecond ? bundleOf([troponin('t1', '2026-03-10T10:30:00Z', 300)]) : JSON.parse(page(next)),
      );
    });
    const own = await startTestService({ allowedFhirServers: [peer.base] });
    const prefetch = without(prefetchOf(baseChart()), ['troponins']);
    const cards = cardsOf(await postHook(own, hookBody({ prefetch, fhirServer: peer.base })));
    await Promise.all([own.close(), peer.close()]);
    expect(peer.heard.map(({ url }) => url)[1]).toBe(expected);
    expect(cards.map(codeOf)).toEqual(['troponin-elevated']);
  });
});

describe('fhirServer and fhirAuthorization that would lead astray', () => {
  const allowed = 'https://ehr.example/fhir';
  const servers: readonly (readonly [string, unknown])[] = [
    ['another host', 'https://attacker.example/fhir'],
    ['userinfo', 'https://attacker:x@ehr.example/fhir'],
    ['the allowed host as userinfo', 'https://ehr.example@attacker.example/fhir'],
    ['the allowed host as prefix', 'https://ehr.example.attacker.example/fhir'],
    ['another port', 'https://ehr.example:8080/fhir'],
    ['another path', 'https://ehr.example/fhir/../admin'],
    ['a climbing path', 'https://ehr.example/fhir/..%2fadmin'],
    ['a metadata address', 'http://169.254.169.254/latest/meta-data'],
    ['a metadata address as a number', 'http://2852039166/'],
    ['localhost', 'http://localhost:6379'],
    ['a file', 'file:///etc/passwd'],
    ['gopher', 'gopher://ehr.example/fhir'],
    ['data', 'data:application/json,{}'],
    ['javascript', 'javascript:alert(1)'],
    ['no URL', 'ehr'],
    ['empty', ''],
    ['a fragment', 'https://ehr.example/fhir#x'],
    ['a query', 'https://ehr.example/fhir?x='],
    ['line breaks', 'https://ehr.example/fhir\r\nX: y/'],
  ];
  test.each(servers)('REQ-11 SEC-16 T-51 %s: nothing leaves', async (_, fhirServer) => {
    const own = await startTestService({ allowedFhirServers: [allowed] });
    let reply: Reply | undefined;
    const called = await hostsCalled([own.url], async () => {
      reply = await postHook(own, { ...hookBody(), fhirServer, fhirAuthorization: AUTHORIZATION });
    });
    await own.close();
    expect(called).toEqual([]);
    expect(reply?.status).toBe(412);
    expect(reply?.text).not.toContain(TOKEN);
  });

  test.each([
    ['a number', 5],
    ['an object', { url: allowed }],
    ['an array', [allowed]],
    ['null', null],
  ])('REQ-11 fhirServer is %s: refused or not asked, never a fault', async (_, fhirServer) => {
    const reply = await postHook(service, { ...hookBody(), fhirServer });
    expect([400, 412]).toContain(reply.status);
  });

  const tokens: readonly (readonly [string, JsonObject])[] = [
    ['CR LF', { access_token: 'abc\r\nX-Injected: 1' }],
    ['a NUL', { access_token: 'abc\u0000' }],
    ['letters beyond ASCII', { access_token: 'åbc' }],
    ['blanks', { access_token: 'a b' }],
    ['an object', { access_token: { a: 1 } }],
    ['another patient', { patient: 'p2' }],
    ['another patient as reference', { patient: 'Patient/p2' }],
  ];
  test.each(tokens)('REQ-07 REQ-08 T-14 token with %s: nothing is asked', async (_, change) => {
    const peer = await startPeer((__, response) => {
      sendJson(response, 200, bundleOf([]));
    });
    const own = await startTestService({ allowedFhirServers: [peer.base] });
    const fhirAuthorization = { ...AUTHORIZATION, ...change };
    const body = { ...hookBody(), fhirServer: peer.base, fhirAuthorization };
    const none = await postHook(own, body);
    const prefetch = without(prefetchOf(baseChart()), ['troponins']);
    const some = await postHook(own, { ...body, prefetch });
    await Promise.all([own.close(), peer.close()]);
    expect(peer.heard).toEqual([]);
    expect([none.status, some.status]).toEqual([412, 200]);
    expect(cardiacOf(cardsOf(some))).toBe('troponin-not-checked');
  });
});

describe('what the service is built from fails (STA-11 T-44 T-52)', () => {
  const fail = (): never => {
    throw new Error(`secret ${TOKEN}`);
  };
  const rows: readonly (readonly [string, Partial<AppDependencies>])[] = [
    ['fetchFhir rejects', { fetchFhir: () => Promise.reject(new Error(`secret ${TOKEN}`)) }],
    ['fetchFhir throws', { fetchFhir: fail }],
    ['the clock throws', { now: fail }],
    ['the clock is not a number', { now: () => Number.NaN }],
    ['the log of faults throws', { now: fail, logFault: fail }],
  ];
  test.each(rows)('STA-11 %s: JSON 500 without stack', async (_, overrides) => {
    const fhirServer = 'https://ehr.example/fhir';
    const own = await startTestService({ allowedFhirServers: [fhirServer], ...overrides });
    const reply = await postHook(own, hookBody({ fhirServer }));
    const discovery = await send(`${own.url}/cds-services`);
    await own.close();
    expect(reply.status).toBe(500);
    expect(reply.headers.get('content-type')).toMatch(/^application\/json/);
    expect(issuesOf(reply).map(({ code }) => code)).toEqual(['exception']);
    expect(reply.text).not.toMatch(LEAKS);
    expect(reply.text).not.toContain(TOKEN);
    expect(discovery.status).toBe(200);
  });

  test('T-52 a log that fails changes no answer', async () => {
    const own = await startTestService({ log: fail });
    const statuses = [await postHook(own, whole()), await postHook(own, hookBody())].map(({ status }) => status);
    await own.close();
    expect(statuses).toEqual([200, 412]);
  });

  test('STA-11 the next request is answered when the fault is over', async () => {
    let isBroken = true;
    const own = await startTestService({ now: () => (isBroken ? fail() : AS_OF) });
    const first = (await postHook(own, whole())).status;
    isBroken = false;
    await expectAlive(own);
    await own.close();
    expect(first).toBe(500);
    expect(own.faults).toHaveLength(1);
  });
});

describe('Markdown and HTML in the chart (T-20 T-21 T-22 CARD-02 CARD-03)', () => {
  /** Each acts when it is put into Markdown as it is. */
  const ACTIVE: readonly string[] = [
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<!-- hidden --> visible',
    '5 <b>',
    '&lt;b&gt; &amp; &#64;',
    '[click](https://attacker.example)',
    '[click][ref]',
    '[x]: https://attacker.example',
    '![i](https://attacker.example/p.png)',
    '<https://attacker.example>',
    'https://attacker.example/a?b=c',
    'HTTP://attacker.example',
    'www.attacker.example',
    'WWW.attacker.example',
    'ftp://attacker.example',
    'mailto:a@attacker.example',
    'xmpp:a@attacker.example/b',
    'a@attacker.example',
    '**bold** _it_ __b__ ~~gone~~',
    'INR 2~3 to 3~4',
    'Na <LLN and K>ULN',
    'Dose: <unknown> mg',
    '`code` ```fence```',
    '| a | b |',
    'line\n\n# new\n* block',
    '> 5 [x](y)',
    '* item',
    '# heading',
    '> quote',
    '---',
    '1. item',
    '2024. text',
    '+ item',
  ];
  /** These act only in company, or try to break the templates that carry them. */
  const ODD: readonly string[] = [
    '- item',
    '3) item',
    '===',
    'back\\slash \\[x\\](y)',
    '\\',
    'javascript:alert(1)',
    '{{troponin-results}} {{gaps}}',
    '$& $1 $` $$',
    'x'.repeat(5000),
    '😀'.repeat(200),
    'e\u0301'.repeat(100),
  ];
  const CORPUS = [...ACTIVE, ...ODD];

  type Place = (text: string) => readonly JsonObject[];
  const snomed = (code: string, display: string) => ({
    coding: [{ system: 'http://snomed.info/sct', code, display }],
    text: display,
  });
  const spasm = (change: JsonObject) => chartOf({ chart: { change: { 'Condition/spasm': change } } });
  const adding = (...add: readonly JsonObject[]) => chartOf({ chart: { add } });
  const subject = { reference: 'Patient/p1' };
  const icd = (code: string, display: string) => ({
    coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code, display }],
  });
  const places: readonly (readonly [string, Place])[] = [
    [
      'condition text',
      (text) => spasm({ code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'K22.4' }], text } }),
    ],
    ['condition display', (text) => spasm({ code: icd('K22.4', text) })],
    [
      'condition first code',
      (text) =>
        spasm({
          code: {
            coding: [
              { system: 'urn:local', code: text },
              { system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'K22.4' },
            ],
          },
        }),
    ],
    [
      'red flag condition',
      (text) =>
        adding({
          resourceType: 'Condition',
          id: 'syncope',
          subject,
          code: snomed('271594007', text),
          encounter: { reference: 'Encounter/e1' },
          recordedDate: '2026-03-10T10:20:00Z',
        }),
    ],
    [
      'embolism',
      (text) =>
        adding({
          resourceType: 'Condition',
          id: 'pe',
          subject,
          code: { ...icd('I26.99', text) },
          encounter: { reference: 'Encounter/e1' },
          recordedDate: '2026-03-10T10:20:00Z',
        }),
    ],
    [
      'troponin display',
      (text) =>
        adding(
          troponin('t1', '2026-03-10T10:30:00Z', 38, {
            code: { coding: [{ system: 'http://loinc.org', code: '89579-7', display: text }], text },
          }),
        ),
    ],
    [
      'troponin unit',
      (text) => adding(troponin('t1', '2026-03-10T10:30:00Z', 4, { valueQuantity: { value: 4, unit: text } })),
    ],
    [
      'troponin as text',
      (text) => adding(troponin('t1', '2026-03-10T10:30:00Z', 4, { valueQuantity: undefined, valueString: text })),
    ],
    [
      'troponin as concept',
      (text) =>
        adding(troponin('t1', '2026-03-10T10:30:00Z', 4, { valueQuantity: undefined, valueCodeableConcept: { text } })),
    ],
    [
      'laboratory flag',
      (text) =>
        adding(troponin('t1', '2026-03-10T10:30:00Z', 38, { interpretation: [{ text, coding: [{ code: text }] }] })),
    ],
    [
      'absent reason',
      (text) =>
        adding(troponin('t1', '2026-03-10T10:30:00Z', 4, { valueQuantity: undefined, dataAbsentReason: { text } })),
    ],
    ['result status', (text) => adding(troponin('t1', '2026-03-10T10:30:00Z', 4, { status: text }))],
    [
      'name of a local test',
      (text) => adding(troponin('t1', '2026-03-10T10:30:00Z', 38, { code: { text: `troponin ${text}` } })),
    ],
    ['range as text', (text) => adding(troponin('t1', '2026-03-10T10:30:00Z', 4, { referenceRange: [{ text }] }))],
    [
      'ECG text',
      (text) =>
        chartOf({ chart: { change: { 'Observation/ecg': { valueString: text, valueCodeableConcept: null } } } }),
    ],
    [
      'ECG report conclusion',
      (text) =>
        adding({
          resourceType: 'DiagnosticReport',
          id: 'r1',
          status: 'final',
          subject,
          code: { coding: [{ system: 'http://loinc.org', code: '11524-6' }], text },
          effectiveDateTime: '2026-03-10T11:00:00Z',
          conclusion: text,
        }),
    ],
    [
      'unit of a vital sign',
      (text) =>
        chartOf({ chart: { change: { 'Observation/hr': { valueQuantity: { value: 130, unit: text, code: null } } } } }),
    ],
    [
      'order',
      (text) =>
        adding({
          resourceType: 'ServiceRequest',
          id: 's1',
          status: 'active',
          intent: 'order',
          subject,
          code: { coding: [{ system: 'http://loinc.org', code: '89579-7', display: text }], text },
          authoredOn: '2026-03-10T11:00:00Z',
        }),
    ],
    ['ids and references', (text) => adding(troponin(text, '2026-03-10T10:30:00Z', 4))],
    [
      'coronary procedure',
      (text) =>
        adding({
          resourceType: 'Procedure',
          id: 'pci',
          status: 'completed',
          subject,
          code: snomed('415070008', text),
          performedDateTime: '2020-01-01',
        }),
    ],
    [
      'encounter reason',
      (text) => chartOf({ chart: { change: { 'Encounter/e1': { reasonCode: [snomed('29857009', text)] } } } }),
    ],
  ];

  /** The service's own words for every place, with a word of the chart that needs no care. */
  const PLAIN = 'plainword';

  /** Markdown without what a backslash makes harmless: what is left acts. */
  const active = (detail: string) => detail.replace(/\\[\\`*_~[\]()<>#|!&.+-]/g, '');

  /** Everything in the line that formats, links, hides or runs, apart from the service's own bold and bullets. */
  function activeIn(detail: string): readonly string[] {
    const left = active(detail).replaceAll(/\*\*([A-Z][^*\n]*|not checked)\*\*/g, 'Own words');
    const lines = left.split('\n');
    return [
      ...lines.filter((line) => /<[a-z!/?]/i.test(line)).map((line) => `tag: ${line}`),
      ...lines.filter((line) => /[*_~`|]|&[a-z#]/i.test(line)).map((line) => `format: ${line}`),
      ...lines.filter((line) => /\]\(|\]\[|^\s*\[|!\[/.test(line)).map((line) => `link: ${line}`),
      ...lines
        .filter((line) => /(https?|ftp|mailto|xmpp):(?!\u200b)|www(?!\u200b)\.|@(?!\u200b)/i.test(line))
        .map((line) => `address: ${line}`),
      ...lines.filter((line) => /^\s*(#|>|\+ |\d+[.)] |=+$|-{3,})/.test(line)).map((line) => `block: ${line}`),
    ];
  }

  async function answerTo(chart: readonly JsonObject[]) {
    return cardsOf(await postHook(service, whole({ prefetch: prefetchOf(chart) })));
  }

  test('T-20 the check above finds every payload as it is, and nothing in the words of the service', async () => {
    expect(ACTIVE.filter((text) => activeIn(text).length === 0)).toEqual([]);
    const own = await Promise.all(places.map(([, place]) => answerTo(place(PLAIN))));
    expect(own.flat().flatMap(({ detail }) => activeIn(detail))).toEqual([]);
    expect(own.flat().length).toBeGreaterThan(places.length);
  });

  test.each(places)('CARD-03 T-20 T-21 %s: every payload comes out inert', async (_, place) => {
    const plain = await answerTo(place(PLAIN));
    const found = await Promise.all(
      CORPUS.map(async (text) => {
        const cards = await answerTo(place(text));
        return [text.slice(0, 40), cards.flatMap(({ detail }) => activeIn(detail))] as const;
      }),
    );
    expect(plain.length).toBeGreaterThan(0);
    expect(Object.fromEntries(found.filter(([, problems]) => problems.length > 0))).toEqual({});
  });

  test.each(places)('CARD-02 CARD-05 %s: summary, source and links are free of chart text', async (_, place) => {
    const found = await Promise.all(
      [...CORPUS, PLAIN].map(async (text) => {
        const cards = await answerTo(place(text));
        const fixed = JSON.stringify(cards.map(({ summary, source, links }) => [summary, source, links]));
        const word = text.slice(0, 12);
        const isLong = cards.some(({ summary }) => summary.length >= 140);
        return [
          text.slice(0, 40),
          (word.length > 3 && fixed.includes(JSON.stringify(word).slice(1, -1))) || isLong,
        ] as const;
      }),
    );
    expect(found.filter(([, isBad]) => isBad).map(([text]) => text)).toEqual([]);
  });

  test('T-20 basis is plain text on one line: evidence keeps no control character and no unbounded value', async () => {
    const texts = await Promise.all(
      places.map(async ([, place]) => (await answerTo(place(`a\nb\u202ec${'d'.repeat(4000)}`))).map(basisOf)),
    );
    const strings: string[] = [];
    const gather = (value: unknown): void => {
      if (typeof value === 'string') strings.push(value);
      else if (Array.isArray(value)) value.forEach(gather);
      else if (isObject(value)) Object.values(value).forEach(gather);
    };
    gather(texts);
    expect(strings.length).toBeGreaterThan(100);
    expect(strings.filter((text) => /[\p{Cc}\u202a-\u202e]/u.test(text) || text.length > 300)).toEqual([]);
  });

  test('T-21 what a reader sees is unchanged: plain values keep their plain form', async () => {
    const chart = adding(
      troponin('t1', '2026-03-10T10:30:00Z', 3, { valueQuantity: { value: 3, comparator: '<', unit: 'ng/L' } }),
    );
    expect(wordsOf(await answerTo(chart))).toContain('<3 ng/L');
  });

  test('T-22 the longest text cuts no summary in the middle of a character', async () => {
    for (const [, place] of places) {
      for (const { summary, detail } of await answerTo(place('😀'.repeat(400)))) {
        expect(`${summary}${detail}`).not.toMatch(
          /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/,
        );
      }
    }
  });
});

describe('no text and no number of entries stalls a call', () => {
  const laboratory = (id: string, more: object): JsonObject => ({
    resourceType: 'Observation',
    id,
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '89579-7' }] },
    subject: { reference: 'Patient/p1' },
    effectiveDateTime: '2026-03-10T10:30:00Z',
    valueQuantity: { value: 4, unit: 'ng/L' },
    ...more,
  });
  const spaces = (count: number) => ' '.repeat(count);
  test.each<[string, readonly JsonObject[]]>([
    ['a range of blanks', [laboratory('t1', { referenceRange: [{ text: `0-${spaces(200_000)}\n` }] })]],
    ['a value of blanks', [laboratory('t1', { valueQuantity: undefined, valueString: `${spaces(200_000)}x` })]],
    ['a label without end', [laboratory('t1', { code: { text: `troponin ${'high '.repeat(200_000)}` } })]],
    [
      '20,000 results dated to the day',
      Array.from({ length: 20_000 }, (_, index) =>
        laboratory(`t${String(index)}`, { effectiveDateTime: '2026-03-10' }),
      ),
    ],
    [
      'an Observation of 100,000 components',
      [
        laboratory('t1', {
          component: Array.from({ length: 100_000 }, () => ({ code: { text: 'troponin' }, valueInteger: 4 })),
        }),
      ],
    ],
  ])(
    'GEN-08 %s',
    async (_, resources) => {
      const prefetch = { ...prefetchOf(baseChart()), troponins: bundleOf(resources) };
      const reply = await postHook(service, whole({ prefetch }));
      expect(reply.status).toBe(200);
      expect(cardiacOf(cardsOf(reply))).not.toBe('troponin-serial-in-range');
    },
    30_000,
  );
});
