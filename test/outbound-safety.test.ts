import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { LookupAddress } from 'node:dns';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { isObject, type JsonObject } from '../src/fhir/json.js';
import type { FhirCall } from '../src/record/fhir-client.js';
import { isOutboundRefusal } from '../src/outbound/guarded-agent.js';
import { basisOf, bundleOf, cardiacOf, cardsOf, drugDraft, prefetchOf, troponin, without } from './support/answers.js';
import { sendJson, startPeer, type Behavior, type Peer } from './support/peer.js';
import {
  authorizationOf,
  hookBody,
  postHook,
  SERVICE_ID,
  startTestService,
  type Reply,
  type TestService,
} from './support/service.js';
import { baseChart } from './support/vignette.js';

/* Where data and tokens may go, and what a FHIR server that fails may cost: all through the endpoint that clients call. */

jest.setTimeout(30_000);

const TOKEN = 'canary-77aa';
const AUTHORIZATION = authorizationOf(TOKEN);
const BUDGET_MS = 1200;

let stranger: Peer;
let peer: Peer;
let behave: Behavior;
/** Connections made or tried, other than to the service: those that the guard refused were not. */
let attempts: string[] = [];
let own: TestService | undefined;

const FOUND: Behavior = (_, response) => {
  sendJson(response, 200, bundleOf([troponin('t1', '2026-03-10T10:30:00Z', 300)]));
};

function hostIn(message: unknown): string {
  const parameters = isObject(message) ? message['connectParams'] : undefined;
  return isObject(parameters) ? String(parameters['host']) : '';
}

const isOwn = (host: string) => own !== undefined && own.url.endsWith(host);

function onConnected(message: unknown): void {
  if (!isOwn(hostIn(message))) attempts.push(hostIn(message));
}

function onConnectError(message: unknown): void {
  if (isObject(message) && !isOutboundRefusal(message['error'])) attempts.push(hostIn(message));
}

beforeAll(async () => {
  subscribe('undici:client:connected', onConnected);
  subscribe('undici:client:connectError', onConnectError);
  stranger = await startPeer((request, response, self) => {
    FOUND(request, response, self);
  });
  peer = await startPeer((request, response, self) => {
    behave(request, response, self);
  });
});

beforeEach(() => {
  behave = FOUND;
});

afterEach(async () => {
  await own?.close();
  own = undefined;
  peer.forget();
  stranger.forget();
  attempts = [];
});

afterAll(async () => {
  unsubscribe('undici:client:connected', onConnected);
  unsubscribe('undici:client:connectError', onConnectError);
  await Promise.all([peer.close(), stranger.close()]);
});

const withoutTroponins = () => without(prefetchOf(baseChart()), ['troponins']);

function ask(service: TestService, fhirServer: unknown, prefetch: unknown = withoutTroponins()): Promise<Reply> {
  return postHook(service, hookBody({ prefetch, fhirServer, fhirAuthorization: AUTHORIZATION }));
}

function reasonsOf(reply: Reply): readonly string[] {
  const gaps = cardsOf(reply).flatMap((card) => basisOf(card).gaps ?? []);
  return [...new Set(gaps.filter(({ need }) => need === 'troponins').map(({ reason }) => reason))];
}

/** "Could not be checked": never silence, never "none found", never a reassuring card. */
function expectNotChecked(reply: Reply, reasons: readonly string[]): void {
  expect(cardiacOf(cardsOf(reply))).toBe('troponin-not-checked');
  expect(reasonsOf(reply).length).toBe(1);
  expect(reasons).toContain(reasonsOf(reply)[0]);
  expect(reply.text).not.toContain(TOKEN);
}

const HERE = () => new URL(peer.origin).host;
const PORT = () => new URL(peer.origin).port;
const OTHER = () => stranger.origin;

/** A base URL where nobody listens any more. */
async function closedPort(): Promise<string> {
  const gone = await startPeer(() => undefined);
  await gone.close();
  return gone.base;
}

test('the watch sees a connection that is made, and one that fails', async () => {
  own = await startTestService({ allowedFhirServers: [peer.base] });
  expect(cardiacOf(cardsOf(await ask(own, peer.base)))).toBe('troponin-elevated');
  expect(attempts).toEqual([HERE()]);
  expect(peer.heard.map(({ authorization }) => authorization)).toEqual([`Bearer ${TOKEN}`]);
  await own.close();
  attempts = [];
  const nowhere = await closedPort();
  own = await startTestService({ allowedFhirServers: [nowhere] });
  expectNotChecked(await ask(own, nowhere), ['network']);
  expect(attempts).toEqual([new URL(nowhere).host]);
});

describe('fhirServer names another place than the listed one: nothing is asked (REQ-11 SEC-16 T-51)', () => {
  const rows: readonly (readonly [string, () => string])[] = [
    ['another port of the host', () => `${OTHER()}/fhir`],
    ['the host without port', () => 'http://127.0.0.1/fhir'],
    ['a port that begins alike', () => `http://${HERE()}0/fhir`],
    ['https on the port', () => `https://${HERE()}/fhir`],
    ['the name of the machine', () => `http://localhost:${PORT()}/fhir`],
    ['a trailing dot', () => `http://127.0.0.1.:${PORT()}/fhir/x`],
    ['IPv6 loopback', () => `http://[::1]:${PORT()}/fhir`],
    ['IPv4-mapped', () => `http://[::ffff:127.0.0.1]:${PORT()}/fhir`],
    ['IPv4-mapped in hexadecimal', () => `http://[::ffff:7f00:1]:${PORT()}/fhir`],
    ['the unspecified address', () => `http://0.0.0.0:${PORT()}/fhir`],
    ['the unspecified IPv6 address', () => `http://[::]:${PORT()}/fhir`],
    ['a decimal address', () => `http://2130706434:${PORT()}/fhir`],
    ['a metadata address', () => 'http://169.254.169.254/latest/meta-data'],
    ['a metadata address as a number', () => 'http://2852039166/fhir'],
    ['a metadata address in octal', () => 'http://0251.0376.0251.0376/fhir'],
    ['a metadata address in hexadecimal', () => 'http://0xa9fea9fe/fhir'],
    ['a metadata address, mapped', () => 'http://[::ffff:169.254.169.254]/fhir'],
    ['a metadata address, IPv6', () => 'http://[fd00:ec2::254]/fhir'],
    ['a private address', () => 'http://10.0.0.1/fhir'],
    ['userinfo', () => `http://user:pass@${HERE()}/fhir`],
    ['the listed host as user', () => `http://${HERE()}@${new URL(OTHER()).host}/fhir`],
    ['the listed host as user and password', () => `http://127.0.0.1:x@${new URL(OTHER()).host}/fhir`],
    ['the listed host encoded as user', () => `http://127.0.0.1%3A${PORT()}@${new URL(OTHER()).host}/fhir`],
    ['a backslash before the at sign', () => `${OTHER()}\\@${HERE()}/fhir`],
    ['backslashes for slashes', () => `http:\\\\${new URL(OTHER()).host}\\fhir`],
    ['a tab in the host', () => `http://127.0.\t0.1:${new URL(OTHER()).port}/fhir`],
    ['the listed host as prefix', () => `http://127.0.0.1.nip.example:${PORT()}/fhir`],
    ['the listed host as path', () => `${OTHER()}/${HERE()}/fhir`],
    ['the listed base as query', () => `${OTHER()}/?${peer.base}`],
    ['the listed base as fragment', () => `${OTHER()}/#${peer.base}`],
    ['another path', () => `${peer.origin}/admin`],
    ['a climbing path', () => `${peer.base}/../admin`],
    ['an encoded climbing path', () => `${peer.base}/%2e%2e/admin`],
    ['an encoded slash', () => `${peer.base}/..%2fadmin`],
    ['a path below', () => `${peer.base}/tenant`],
    ['a path in capitals', () => `${peer.origin}/FHIR`],
    ['a query', () => `${peer.base}?x=`],
    ['a fragment', () => `${peer.base}#x`],
    ['without scheme', () => `//${HERE()}/fhir`],
    ['without anything', () => HERE()],
    ['a file', () => 'file:///etc/passwd'],
    ['ftp', () => `ftp://${HERE()}/fhir`],
    ['gopher', () => `gopher://${HERE()}/fhir`],
    ['a web socket', () => `ws://${HERE()}/fhir`],
    ['a socket of the machine', () => 'unix:/var/run/docker.sock'],
    ['data', () => 'data:application/json,{}'],
    ['line breaks', () => `${peer.base}\r\nX-Injected: 1/`],
    ['a NUL in the path', () => `${peer.origin}/fh\u0000ir`],
  ];
  test.each(rows)('%s', async (_, fhirServer) => {
    own = await startTestService({ allowedFhirServers: [peer.base] });
    expectNotChecked(await ask(own, fhirServer()), ['fhir-server-not-allowed']);
    expect((await ask(own, fhirServer(), {})).status).toBe(412);
    expect([attempts, peer.heard, stranger.heard, own.faults]).toEqual([[], [], [], []]);
  });

  const lookAlikes: readonly (readonly [string, string])[] = [
    ['a Cyrillic letter', 'https://ehr.ex\u0430mple/fhir'],
    ['its punycode', 'https://ehr.xn--exmple-4nf/fhir'],
    ['a trailing dot', 'https://ehr.example./fhir'],
    ['a name that goes on', 'https://ehr.example.evil.example/fhir'],
    ['a name below', 'https://a.ehr.example/fhir'],
    ['an ideographic stop that ends it', 'https://ehr.example\u3002evil/fhir'],
    ['http', 'http://ehr.example/fhir'],
    ['another port', 'https://ehr.example:8443/fhir'],
  ];
  test.each(lookAlikes)('a listed name, and %s: not even looked up', async (_, fhirServer) => {
    const lookedUp: string[] = [];
    const resolve = (host: string) => {
      lookedUp.push(host);
      return Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
    };
    own = await startTestService({ allowedFhirServers: ['https://ehr.example/fhir'] }, { resolve });
    expectNotChecked(await ask(own, fhirServer), ['fhir-server-not-allowed']);
    expect([lookedUp, attempts]).toEqual([[], []]);
  });

  test.each<[string, () => string]>([
    ['in capitals', () => `HTTP://${HERE()}/fhir`],
    ['with a slash', () => `${peer.base}/`],
    ['with a NUL at its end, which no URL keeps', () => `${peer.base}\u0000`],
    ['with a user that is empty', () => `http://:@${HERE()}/fhir`],
    ['as a number', () => `http://2130706433:${PORT()}/fhir`],
    ['by a path that comes back', () => `${peer.origin}/x/../fhir`],
  ])('the listed server %s is the listed server', async (_, fhirServer) => {
    own = await startTestService({ allowedFhirServers: [peer.base] });
    expect(cardiacOf(cardsOf(await ask(own, fhirServer())))).toBe('troponin-elevated');
    expect(attempts).toEqual([HERE()]);
    expect(peer.heard.every(({ url }) => url.startsWith('/fhir/Observation?'))).toBe(true);
  });
});

describe('a listed server at a place that may not be reached: no connection (SEC-16 T-51)', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['loopback by https', 'https://127.0.0.1:8443/fhir'],
    ['metadata', 'https://169.254.169.254/fhir'],
    ['metadata as a number', 'https://2852039166/fhir'],
    ['metadata, IPv6', 'https://[fd00:ec2::254]/fhir'],
    ['private', 'https://10.1.2.3/fhir'],
    ['carrier-grade NAT', 'https://100.64.0.1/fhir'],
    ['link-local, IPv6', 'https://[fe80::1]/fhir'],
    ['unspecified', 'https://0.0.0.0/fhir'],
    ['unspecified, IPv6', 'https://[::]/fhir'],
    ['mapped', 'https://[::ffff:10.1.2.3]/fhir'],
    ['6to4', 'https://[2002:a01:203::1]/fhir'],
    ['NAT64', 'https://[64:ff9b::a01:203]/fhir'],
  ];
  test.each(rows)('%s', async (_, fhirServer) => {
    own = await startTestService({ allowedFhirServers: [fhirServer] }, { listedOrigins: [] });
    expectNotChecked(await ask(own, fhirServer), ['fhir-server-not-allowed']);
    expect(attempts).toEqual([]);
  });

  const named = (...addresses: readonly string[]): readonly LookupAddress[] =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  test.each<[string, readonly LookupAddress[]]>([
    ['loopback', named('127.0.0.1')],
    ['loopback IPv6', named('::1')],
    ['a private address', named('192.168.0.10')],
    ['the metadata address', named('169.254.169.254')],
    ['NAT64 of the metadata address', named('64:ff9b::a9fe:a9fe')],
    ['a public and a private address', named('8.8.8.8', '10.0.0.1')],
  ])('a name that resolves to %s', async (_, addresses) => {
    const fhirServer = `https://ehr.example:${PORT()}/fhir`;
    own = await startTestService({ allowedFhirServers: [fhirServer] }, { resolve: () => Promise.resolve(addresses) });
    expectNotChecked(await ask(own, fhirServer), ['fhir-server-not-allowed']);
    expect([attempts, peer.heard]).toEqual([[], []]);
  });

  test('a name that turns to a private address after it was good', async () => {
    behave = (request, response, self) => {
      response.setHeader('connection', 'close');
      FOUND(request, response, self);
    };
    const fhirServer = `http://ehr.example:${PORT()}/fhir`;
    let answer = '127.0.0.1';
    own = await startTestService(
      { allowedFhirServers: [fhirServer], allowInsecure: true },
      {
        allowInsecure: true,
        privateNetworks: ['127.0.0.1/32'],
        resolve: () => Promise.resolve(named(answer)),
      },
    );
    expect(cardiacOf(cardsOf(await ask(own, fhirServer)))).toBe('troponin-elevated');
    answer = '127.0.0.2';
    attempts = [];
    expectNotChecked(await ask(own, fhirServer), ['fhir-server-not-allowed']);
    expect(attempts).toEqual([]);
  });

  test('REQ-05 http beyond this machine, unless it is allowed', async () => {
    const fhirServer = `http://ehr.example:${PORT()}/fhir`;
    const reach = { privateNetworks: ['127.0.0.1/32'], resolve: () => Promise.resolve(named('127.0.0.1')) };
    own = await startTestService({ allowedFhirServers: [fhirServer] }, { ...reach, allowInsecure: true });
    expectNotChecked(await ask(own, fhirServer), ['fhir-server-not-allowed']);
    await own.close();
    own = await startTestService({ allowedFhirServers: [fhirServer], allowInsecure: true }, reach);
    expectNotChecked(await ask(own, fhirServer), ['fhir-server-not-allowed']);
    expect(attempts).toEqual([]);
  });
});

describe('an answer that leads elsewhere: the token does not follow (SEC-16 T-15 T-51)', () => {
  const redirect =
    (status: number, location: () => string): Behavior =>
    (_, response) => {
      response.writeHead(status, { location: location() }).end();
    };
  const nextLink =
    (url: () => string): Behavior =>
    (_, response) => {
      sendJson(response, 200, { ...bundleOf([]), link: [{ relation: 'next', url: url() }] });
    };
  const page = (base: string) => `${base}/Observation?page=2`;
  const strange = () => new URL(stranger.origin).host;
  const rows: readonly (readonly [string, Behavior])[] = [
    ...[301, 302, 303, 307, 308].flatMap((status): (readonly [string, Behavior])[] => [
      [`${String(status)} to another origin`, redirect(status, () => page(stranger.base))],
      [`${String(status)} to the same origin`, redirect(status, () => page(peer.base))],
    ]),
    ['a redirect without scheme', redirect(302, () => `//${strange()}/fhir`)],
    ['a redirect to the metadata address', redirect(302, () => 'http://169.254.169.254/')],
    ['next on another port', nextLink(() => page(stranger.base))],
    ['next by another scheme', nextLink(() => page(peer.base.replace('http:', 'https:')))],
    ['next without scheme', nextLink(() => page(stranger.base.replace('http:', '')))],
    ['next by backslashes', nextLink(() => page(stranger.base.replace('http://', '\\\\')))],
    ['next with userinfo', nextLink(() => page(peer.base.replace('http://', 'http://a:b@')))],
    ['next with the host as user', nextLink(() => `http://${HERE()}@${strange()}/fhir/Observation?page=2`)],
    ['next on another name of the machine', nextLink(() => page(`http://localhost:${PORT()}/fhir`))],
    ['next at the metadata address', nextLink(() => 'http://169.254.169.254/fhir')],
    ['next in a file', nextLink(() => 'file:///etc/passwd')],
    ['next as data', nextLink(() => 'data:application/fhir+json,{"resourceType":"Bundle"}')],
    ['next that is no URL', nextLink(() => 'http://')],
  ];
  test.each(rows)('%s', async (_, behavior) => {
    behave = behavior;
    own = await startTestService({ allowedFhirServers: [peer.base] });
    expectNotChecked(await ask(own, peer.base), ['network', 'unread-pages']);
    expect(stranger.heard).toEqual([]);
    expect(new Set(attempts)).toEqual(new Set([HERE()]));
    expect(peer.heard).toHaveLength(1);
  });

  test('a next link of a prefetched page', async () => {
    own = await startTestService({ allowedFhirServers: [peer.base] });
    const troponins = { ...bundleOf([]), link: [{ relation: 'next', url: page(stranger.base) }] };
    behave = nextLink(() => page(stranger.base));
    expectNotChecked(await ask(own, peer.base, { ...withoutTroponins(), troponins }), ['unread-pages']);
    expect(stranger.heard).toEqual([]);
  });

  test('absolute references to Medications', async () => {
    const references = [
      `${stranger.base}/Medication/m1`,
      `http://${HERE()}@${strange()}/fhir/Medication/m2`,
      `http://localhost:${PORT()}/fhir/Medication/m3`,
      `${peer.origin}/admin/Medication/m4`,
      `//${strange()}/fhir/Medication/m5`,
      `${peer.base}/../admin/Medication/m6`,
      `${peer.base}/Medication/..`,
      `${peer.base}/Medication/m7`,
    ];
    const orders = references.map((reference, index): JsonObject =>
      drugDraft(`o${String(index)}`, '', {
        status: 'active',
        medicationCodeableConcept: undefined,
        medicationReference: { reference },
      }),
    );
    own = await startTestService({ allowedFhirServers: [peer.base] });
    const prefetch = prefetchOf([...baseChart(), ...orders]);
    expect((await ask(own, peer.base, prefetch)).status).toBe(200);
    expect(stranger.heard).toEqual([]);
    expect(peer.heard).toEqual([{ method: 'GET', url: '/fhir/Medication/m7', authorization: `Bearer ${TOKEN}` }]);
  });
});

describe('a FHIR server that fails: said, in time, and the service lives (STA-04 STA-13 T-16 T-55)', () => {
  const text =
    (body: string | Buffer, headers: Readonly<Record<string, string>> = {}): Behavior =>
    (_, response) => {
      response.writeHead(200, { 'content-type': 'application/fhir+json', ...headers }).end(body);
    };
  const status =
    (code: number): Behavior =>
    (_, response) => {
      sendJson(response, code, { resourceType: 'OperationOutcome', issue: [] });
    };
  const trickle: Behavior = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/fhir+json' });
    response.write('{');
    const timer = setInterval(() => response.write(' '), 1000);
    response.on('close', () => {
      clearInterval(timer);
    });
  };
  const reset = (response: ServerResponse): void => {
    response.writeHead(200, { 'content-length': '9999' });
    response.write('{"resourceType":"Bundle"', () => {
      response.socket?.resetAndDestroy();
    });
  };
  const good = JSON.stringify(bundleOf([]));
  const bomb = gzipSync(Buffer.concat([Buffer.from(good), Buffer.alloc(50_000_000, 0x20)]));
  let count = 0;
  const pages =
    (next: (base: string, own: string) => string): Behavior =>
    (request, response, self) => {
      const url = next(self.base, `${self.origin}${request.url ?? ''}`);
      sendJson(response, 200, { ...bundleOf([]), total: 0, link: [{ relation: 'next', url }] });
    };
  const unique = pages((base) => `${base}/Observation?page=${String((count += 1))}`);

  const rows: readonly (readonly [string, Behavior, readonly string[]])[] = [
    ['stalls before the headers', () => undefined, ['timeout']],
    [
      'stalls after the headers',
      (_, response) => {
        response.writeHead(200).flushHeaders();
      },
      ['timeout'],
    ],
    ['trickles a byte a second', trickle, ['timeout']],
    [
      'resets in the middle',
      (_, response) => {
        reset(response);
      },
      ['network'],
    ],
    [
      'closes at once',
      (_, response) => {
        response.destroy();
      },
      ['network'],
    ],
    ['answers garbage', text('\u0000\u0001garbage'), ['unreadable']],
    ['answers HTML', text('<html>log in</html>', { 'content-type': 'text/html' }), ['unreadable']],
    ['answers nothing', text(''), ['unreadable']],
    ['answers null', text('null'), ['unreadable']],
    ['answers an array', text(`[${good}]`), ['unreadable']],
    ['answers another resource', text('{"resourceType":"Patient","id":"p1"}'), ['unreadable']],
    ['answers an outcome', text('{"resourceType":"OperationOutcome","issue":[]}'), ['outcome']],
    ['answers a gzip bomb', text(bomb, { 'content-encoding': 'gzip' }), ['network']],
    ['answers 30 MB', text(`${good}${' '.repeat(30_000_000)}`), ['network', 'budget-used-up', 'timeout']],
    ['pages without end', unique, ['unread-pages', 'budget-used-up']],
    ['pages to itself', pages((_, self) => self), ['unread-pages']],
    ['answers 401', status(401), ['refused']],
    ['answers 403', status(403), ['refused']],
    ['answers 404', status(404), ['refused']],
    ['answers 410', status(410), ['refused']],
    ['answers 429', status(429), ['refused']],
    ['answers 500', status(500), ['server-error']],
    ['answers 503', status(503), ['server-error']],
  ];
  test.each(rows)('%s', async (_, behavior, reasons) => {
    behave = behavior;
    own = await startTestService({ allowedFhirServers: [peer.base], timeBudgetMs: BUDGET_MS });
    await expectHonest(own, peer.base, reasons);
    // The other calls are answered whole while that server fails.
    expect(cardiacOf(cardsOf(await ask(own, peer.base, prefetchOf(baseChart()))))).toBe('troponin-not-found');
  });

  /** With all but the troponins: not checked. With nothing: refused, since silence would mean "does not apply". */
  async function expectHonest(service: TestService, fhirServer: string, reasons: readonly string[]): Promise<void> {
    const started = performance.now();
    const some = await ask(service, fhirServer);
    const none = await ask(service, fhirServer, {});
    // Twice the budget and a margin for a busy machine; a server that stalls for ever would take for ever.
    expect(performance.now() - started).toBeLessThan(2 * BUDGET_MS + 3000);
    expectNotChecked(some, reasons);
    expect(none.status).toBe(412);
    expect(service.faults).toEqual([]);
    expect(JSON.stringify([service.lines, none.text])).not.toContain(TOKEN);
  }

  test.each<[string, () => Promise<string>]>([
    ['TLS on a plain port', () => Promise.resolve(`https://${HERE()}/fhir`)],
    ['a closed port', closedPort],
  ])('%s', async (_, find) => {
    const fhirServer = await find();
    own = await startTestService({ allowedFhirServers: [fhirServer], timeBudgetMs: BUDGET_MS });
    await expectHonest(own, fhirServer, ['network']);
    expect(peer.heard).toEqual([]);
  });

  test.each<[string, () => Promise<readonly LookupAddress[]>, string]>([
    ['cannot be resolved', () => Promise.reject(new Error('getaddrinfo ENOTFOUND')), 'network'],
    ['is resolved for ever', () => new Promise(() => undefined), 'timeout'],
  ])('a name that %s', async (_, resolve, reason) => {
    const fhirServer = 'https://ehr.example/fhir';
    own = await startTestService({ allowedFhirServers: [fhirServer], timeBudgetMs: BUDGET_MS }, { resolve });
    await expectHonest(own, fhirServer, [reason]);
  });

  test('T-16 all searches of a call share one budget of requests', async () => {
    behave = unique;
    const told: FhirCall[] = [];
    own = await startTestService({ allowedFhirServers: [peer.base] }, { observe: (call) => told.push(call) });
    expect((await ask(own, peer.base, {})).status).toBe(412);
    expect(peer.heard.length).toBeGreaterThan(50);
    expect(peer.heard.length).toBeLessThanOrEqual(150);
    expect(told).toHaveLength(peer.heard.length);
  });

  test('T-16 all answers of a call share one budget of bytes', async () => {
    const large = `${JSON.stringify(bundleOf([]))}${' '.repeat(15_000_000)}`;
    behave = text(large);
    const told: FhirCall[] = [];
    own = await startTestService(
      { allowedFhirServers: [peer.base], timeBudgetMs: 20_000 },
      { observe: (call) => told.push(call) },
    );
    expect((await ask(own, peer.base, {})).status).toBe(412);
    expect(told.filter(({ outcome }) => outcome === 'ok').length).toBeLessThanOrEqual(2);
    expect(told.map(({ outcome }) => outcome)).toContain('budget-used-up');
  });
});

describe('a dead FHIR server costs one time budget, not every caller (T-16)', () => {
  const stall: Behavior = () => undefined;
  const circuit = { leastCalls: 3, restMs: 150 };

  async function untilUsedAgain(service: TestService): Promise<void> {
    while (cardiacOf(cardsOf(await ask(service, peer.base))) !== 'troponin-elevated') await sleep(20);
  }

  test('of 20 calls the first few wait, the others are told at once; then it is used again', async () => {
    behave = stall;
    const outcomes: string[] = [];
    own = await startTestService(
      { allowedFhirServers: [peer.base], timeBudgetMs: 300 },
      { circuit: { ...circuit, restMs: 60_000 }, observe: ({ outcome }) => outcomes.push(outcome) },
    );
    const replies: Reply[] = [];
    for (let index = 0; index < 20; index += 1) replies.push(await ask(own, peer.base));
    expect(peer.heard).toHaveLength(3);
    expect(outcomes).toEqual([...Array<string>(3).fill('timeout'), ...Array<string>(17).fill('circuit-open')]);
    for (const reply of replies.slice(0, 3)) expectNotChecked(reply, ['timeout']);
    for (const reply of replies.slice(3)) expectNotChecked(reply, ['server-down']);
    expect((await ask(own, peer.base, {})).text).toContain('kept failing');
    expect(peer.heard).toHaveLength(3);
  });

  test('one call that needs everything is enough', async () => {
    behave = stall;
    own = await startTestService({ allowedFhirServers: [peer.base], timeBudgetMs: 300 });
    expect((await ask(own, peer.base, {})).status).toBe(412);
    const asked = peer.heard.length;
    expect(asked).toBeGreaterThan(5);
    expect((await ask(own, peer.base, {})).status).toBe(412);
    expectNotChecked(await ask(own, peer.base), ['server-down']);
    expect(peer.heard).toHaveLength(asked);
  });

  test('a server that comes back is used again, one that does not stays left alone', async () => {
    behave = stall;
    own = await startTestService({ allowedFhirServers: [peer.base], timeBudgetMs: 300 }, { circuit });
    for (let index = 0; index < 3; index += 1) await ask(own, peer.base);
    while (peer.heard.length === 3) await ask(own, peer.base);
    expect(peer.heard).toHaveLength(4);
    behave = FOUND;
    await untilUsedAgain(own);
    peer.forget();
    for (let index = 0; index < 5; index += 1) {
      expect(cardiacOf(cardsOf(await ask(own, peer.base)))).toBe('troponin-elevated');
    }
    expect(peer.heard).toHaveLength(5);
  });

  test('another server of the same client is not taken for dead', async () => {
    behave = stall;
    own = await startTestService(
      { allowedFhirServers: [peer.base, stranger.base], timeBudgetMs: 300 },
      { circuit: { ...circuit, restMs: 60_000 } },
    );
    for (let index = 0; index < 4; index += 1) await ask(own, peer.base);
    expect(cardiacOf(cardsOf(await ask(own, stranger.base)))).toBe('troponin-elevated');
  });

  test('STA-11 clients that hang up say nothing of the server', async () => {
    behave = stall;
    own = await startTestService(
      { allowedFhirServers: [peer.base], timeBudgetMs: 10_000 },
      { circuit: { ...circuit, restMs: 60_000 } },
    );
    const body = hookBody({ prefetch: withoutTroponins(), fhirServer: peer.base });
    for (let index = 1; index <= 8; index += 1) {
      const client = new AbortController();
      const call = fetch(`${own.url}/cds-services/${SERVICE_ID}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: client.signal,
      }).catch(() => undefined);
      while (peer.heard.length < index) await sleep(5);
      client.abort();
      await call;
      while (peer.abandoned() < index) await sleep(5);
    }
    behave = FOUND;
    expect(cardiacOf(cardsOf(await ask(own, peer.base)))).toBe('troponin-elevated');
    expect(peer.heard).toHaveLength(9);
  });
});
