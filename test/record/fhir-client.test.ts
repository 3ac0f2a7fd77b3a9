import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { withinBudget } from '../../src/record/call-budget.js';
import type { FetchFhir, FhirCall, FhirReply } from '../../src/record/fhir-client.js';
import { search } from '../../src/record/search.js';
import { testFetcher } from '../support/service.js';

const TOKEN = 'secret-token-1';
const QUERY = 'Condition?patient=secret-patient-1';
const BUNDLE = JSON.stringify({ resourceType: 'Bundle', type: 'searchset' });

interface Listener {
  readonly server: Server;
  readonly origin: string;
  readonly heard: IncomingMessage[];
  handle: (request: IncomingMessage, response: ServerResponse) => void;
}

async function listen(): Promise<Listener> {
  const heard: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    heard.push(request);
    listener.handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const listener: Listener = { server, origin, heard, handle: (_, response) => response.end(BUNDLE) };
  return listener;
}

let ehr: Listener;
let foreign: Listener;
let fetcher: ReturnType<typeof testFetcher>;

beforeAll(async () => {
  [ehr, foreign] = await Promise.all([listen(), listen()]);
});

beforeEach(() => {
  fetcher = testFetcher([ehr.origin, foreign.origin]);
});

afterEach(async () => {
  await fetcher.close();
  ehr.heard.length = 0;
  foreign.heard.length = 0;
});

afterAll(async () => {
  for (const { server } of [ehr, foreign]) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const access = (token: string | undefined = TOKEN) => ({ baseUrl: `${ehr.origin}/fhir`, token });
const patience = () => AbortSignal.timeout(5000);

function get(url = `${ehr.origin}/fhir/${QUERY}`, signal = patience(), token?: string): Promise<FhirReply> {
  return fetcher.fetch(access(token), url, signal);
}

function answerWith(status: number, headers: Record<string, string>, body: string | Buffer = BUNDLE): void {
  ehr.handle = (_, response) => {
    response.writeHead(status, headers).end(body);
  };
}

const JSON_TYPE = { 'content-type': 'application/fhir+json' };

describe('a good answer', () => {
  test('is asked for with token, as FHIR JSON, unpacked, and anew', async () => {
    answerWith(200, JSON_TYPE);
    expect(await get()).toEqual({ body: { resourceType: 'Bundle', type: 'searchset' } });
    expect(ehr.heard[0]?.url).toBe(`/fhir/${QUERY}`);
    expect(ehr.heard[0]?.method).toBe('GET');
    expect(ehr.heard[0]?.headers).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      accept: 'application/fhir+json',
      'accept-encoding': 'identity',
      // A server's remembered search would hide a troponin resulted since.
      'cache-control': 'no-cache',
    });
  });

  test('without token there is no authorization', async () => {
    answerWith(200, JSON_TYPE);
    await fetcher.fetch({ ...access(), token: undefined }, `${ehr.origin}/fhir/${QUERY}`, patience());
    expect(ehr.heard).toHaveLength(1);
    expect(ehr.heard[0]?.headers).not.toHaveProperty('authorization');
  });

  test.each(['application/fhir+json; charset=utf-8', 'application/json', 'text/html', ''])(
    'is read whatever type it claims: "%s"',
    async (type) => {
      answerWith(200, type === '' ? {} : { 'content-type': type });
      expect(await get()).toHaveProperty('body.resourceType', 'Bundle');
    },
  );
});

describe('statuses', () => {
  test.each([
    [400, 'refused'],
    [401, 'refused'],
    [403, 'refused'],
    [404, 'refused'],
    [410, 'refused'],
    [429, 'refused'],
    [500, 'server-error'],
    [502, 'server-error'],
    [503, 'server-error'],
  ])('%d is %s', async (status, failure) => {
    answerWith(status, JSON_TYPE, JSON.stringify({ resourceType: 'OperationOutcome', issue: [{ diagnostics: 'x' }] }));
    expect(await get()).toEqual({ failure, status });
  });
});

describe('redirects', () => {
  test.each([301, 302, 303, 307, 308])('%d is refused, and the token not sent on', async (status) => {
    answerWith(status, { location: `${foreign.origin}/fhir/${QUERY}` });
    expect(await get()).toEqual({ failure: 'network' });
    expect(ehr.heard).toHaveLength(1);
    expect(foreign.heard).toEqual([]);
  });

  test('also to the same server', async () => {
    answerWith(302, { location: `${ehr.origin}/elsewhere` });
    expect(await get()).toHaveProperty('failure');
    expect(ehr.heard).toHaveLength(1);
  });

  test.each([
    ['another origin', () => `${foreign.origin}/fhir/${QUERY}`],
    ['user information that looks like the server', () => `${ehr.origin}@${foreign.origin.slice(7)}/fhir`],
    ['a port that starts alike', () => `${ehr.origin}0/fhir`],
  ])('a URL of %s is never asked', async (_, url) => {
    expect(await get(url())).toHaveProperty('failure');
    expect([...ehr.heard, ...foreign.heard]).toEqual([]);
  });
});

describe('what cannot be read', () => {
  test.each([
    ['HTML', { 'content-type': 'text/html' }, '<html><body>log in</body></html>'],
    ['broken JSON', JSON_TYPE, '{"resourceType":'],
    ['XML', { 'content-type': 'application/fhir+xml' }, '<Bundle/>'],
    ['null', JSON_TYPE, 'null'],
    ['a number', JSON_TYPE, '7'],
    ['text', JSON_TYPE, '"Bundle"'],
    ['a list', JSON_TYPE, '[]'],
    ['nothing', JSON_TYPE, ''],
    ['another resource', JSON_TYPE, '{"resourceType":"Patient"}'],
  ])('%s is a gap, never an empty answer', async (_, headers, body) => {
    answerWith(200, headers, body);
    const source = { access: access(), fetch: fetcher.fetch, signal: patience() };
    expect(await search(source, QUERY)).toMatchObject({ entries: [], gap: 'unreadable' });
  });

  test('204 without content is a gap', async () => {
    ehr.handle = (_, response) => response.writeHead(204).end();
    const source = { access: access(), fetch: fetcher.fetch, signal: patience() };
    expect(await search(source, QUERY)).toMatchObject({ entries: [], gap: 'unreadable' });
  });

  test.each(['gzip', 'deflate', 'br', 'zstd', 'gzip, identity'])('a %s answer is refused', async (encoding) => {
    answerWith(200, { ...JSON_TYPE, 'content-encoding': encoding }, gzipSync(BUNDLE));
    expect(await get()).toEqual({ failure: 'network' });
  });

  test('identity is no compression', async () => {
    answerWith(200, { ...JSON_TYPE, 'content-encoding': 'identity' });
    expect(await get()).toHaveProperty('body');
  });

  test('a large answer is read', async () => {
    answerWith(200, JSON_TYPE, JSON.stringify({ resourceType: 'Bundle', x: 'x'.repeat(5_000_000) }));
    expect(await get()).toHaveProperty('body.resourceType', 'Bundle');
  });

  test.each([
    ['said beforehand', (response: ServerResponse) => response.writeHead(200, { 'content-length': '30000000' })],
    ['not said', (response: ServerResponse) => response.writeHead(200, JSON_TYPE)],
  ])('a too large answer is refused, its length %s', async (_, start) => {
    let sent = 0;
    ehr.handle = (_request, response) => {
      start(response);
      const chunk = ' '.repeat(1_000_000);
      const send = () => {
        sent += 1;
        if (sent <= 30 && !response.destroyed) response.write(chunk, send);
        else response.end();
      };
      send();
    };
    expect(await get()).toEqual({ failure: 'network' });
    expect(sent).toBeLessThan(30);
  });
});

describe('a server that fails on the way', () => {
  test.each([
    ['no headers', () => undefined],
    [
      'no body',
      (response: ServerResponse) => {
        response.writeHead(200, JSON_TYPE).flushHeaders();
      },
    ],
    ['half a body', (response: ServerResponse) => void response.writeHead(200, JSON_TYPE).write('{"resourceType":')],
  ])('%s in time', async (_, handle) => {
    ehr.handle = (_request, response) => {
      handle(response);
    };
    const started = performance.now();
    expect(await get(undefined, AbortSignal.timeout(80))).toEqual({ failure: 'timeout' });
    expect(performance.now() - started).toBeLessThan(1000);
  });

  test('no time left before it is asked', async () => {
    expect(await get(undefined, AbortSignal.abort())).toEqual({ failure: 'timeout' });
    expect(ehr.heard).toEqual([]);
  });

  test.each([
    ['before the headers', (response: ServerResponse) => response.destroy()],
    [
      'in the body',
      (response: ServerResponse) =>
        response.writeHead(200, { 'content-length': '999' }).write('{', () => response.destroy()),
    ],
  ])('the connection breaks %s', async (_, handle) => {
    ehr.handle = (_request, response) => void handle(response);
    expect(await get()).toEqual({ failure: 'network' });
  });

  test('nobody listens', async () => {
    const gone = await listen();
    await new Promise((resolve) => gone.server.close(resolve));
    const own = testFetcher([gone.origin]);
    const nowhere = { baseUrl: gone.origin, token: TOKEN };
    expect(await own.fetch(nowhere, `${gone.origin}/${QUERY}`, patience())).toEqual({ failure: 'network' });
    await own.close();
  });
});

describe('a server that may not be reached', () => {
  test('SEC-16 is not asked, and the reason is said', async () => {
    const own = testFetcher([]);
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => own.fetch(access(), `${ehr.origin}/fhir/${QUERY}`, patience())),
    );
    // Also the last: the refusal is ours and says nothing of the server.
    expect(replies).toEqual(replies.map(() => ({ failure: 'fhir-server-not-allowed' })));
    expect(await own.fetch(access(), `${ehr.origin}/fhir/${QUERY}`, patience())).toEqual(replies[0]);
    await own.close();
    expect(ehr.heard).toEqual([]);
  });
});

describe('what is told of each call', () => {
  const NEVER: Listener['handle'] = () => undefined;
  const status =
    (code: number, body = BUNDLE): Listener['handle'] =>
    (_, response) =>
      void response.writeHead(code, JSON_TYPE).end(body);

  test.each<[string, Listener['handle'], string]>([
    ['a good answer', status(200), 'ok'],
    ['403', status(403), 'refused'],
    ['500', status(500), 'server-error'],
    ['HTML', status(200, '<html>'), 'unreadable'],
    ['a closed line', (_, response) => void response.destroy(), 'network'],
    ['silence', NEVER, 'timeout'],
  ])('%s: its outcome and duration, nothing else', async (_, handle, outcome) => {
    ehr.handle = handle;
    const told: FhirCall[] = [];
    const own = testFetcher([ehr.origin], { observe: (call) => told.push(call) });
    await own.fetch(access(), `${ehr.origin}/fhir/${QUERY}`, AbortSignal.timeout(outcome === 'timeout' ? 80 : 5000));
    await own.close();
    expect(told).toEqual([{ outcome, milliseconds: expect.any(Number) }]);
    expect(told[0]?.milliseconds).toBeGreaterThan(0);
  });

  test('an observer that fails changes no reply', async () => {
    ehr.handle = status(200);
    const observe = () => {
      throw new Error('observer');
    };
    const own = testFetcher([ehr.origin], { observe });
    expect(await own.fetch(access(), `${ehr.origin}/fhir/${QUERY}`, patience())).toHaveProperty('body');
    await own.close();
  });
});

describe('a server that is down', () => {
  const circuit = { leastCalls: 4, restMs: 60_000 };
  const rows: readonly (readonly [string, Listener['handle'], number])[] = [
    ['closes every line', (_, response) => void response.destroy(), 4],
    ['502', (_, response) => void response.writeHead(502).end(), 4],
    ['503', (_, response) => void response.writeHead(503).end(), 4],
    ['504', (_, response) => void response.writeHead(504).end(), 4],
    // A living server fails at one form of a query and answers a plainer one.
    ['500', (_, response) => void response.writeHead(500).end(), 12],
    ['401', (_, response) => void response.writeHead(401).end(), 12],
    ['404', (_, response) => void response.writeHead(404).end(), 12],
    ['429', (_, response) => void response.writeHead(429).end(), 12],
    ['HTML', (_, response) => void response.end('<html>'), 12],
  ];
  test.each(rows)('T-16 %s: of 12 calls %i are made', async (_, handle, made) => {
    ehr.handle = handle;
    const told: FhirCall[] = [];
    const own = testFetcher([ehr.origin], { circuit, observe: (call) => told.push(call) });
    const replies: FhirReply[] = [];
    for (let index = 0; index < 12; index += 1) {
      replies.push(await own.fetch(access(), `${ehr.origin}/fhir/${QUERY}`, patience()));
    }
    await own.close();
    expect(ehr.heard.length).toBe(made);
    expect(replies.slice(made)).toEqual(replies.slice(made).map(() => ({ failure: 'server-down' })));
    expect(told.filter(({ outcome }) => outcome === 'circuit-open')).toHaveLength(12 - made);
  });

  test.each([
    ['too slow: it is down', () => AbortSignal.timeout(40), 4],
    ['given up by the caller: nothing is known', () => givenUp(), 12],
  ])('T-16 calls that are %s', async (_, signal, made) => {
    ehr.handle = () => undefined;
    const own = testFetcher([ehr.origin], { circuit });
    for (let index = 0; index < 12; index += 1) await own.fetch(access(), `${ehr.origin}/fhir/${QUERY}`, signal());
    await own.close();
    expect(ehr.heard.length).toBe(made);
  });

  function givenUp(): AbortSignal {
    const controller = new AbortController();
    setTimeout(() => {
      controller.abort();
    }, 40);
    return controller.signal;
  }
});

describe('the budget of one hook call', () => {
  const body = (bytes: number) => JSON.stringify({ resourceType: 'Bundle', x: 'x'.repeat(bytes) });
  const ask = (fetch: FetchFhir) => fetch(access(), `${ehr.origin}/fhir/${QUERY}`, patience());

  test('T-16 counts requests', async () => {
    answerWith(200, JSON_TYPE);
    const fetch = withinBudget(fetcher.fetch, { requests: 3, bytes: 1000 });
    const replies = await Promise.all(Array.from({ length: 5 }, () => ask(fetch)));
    expect(replies.filter((reply) => 'body' in reply)).toHaveLength(3);
    expect(replies.slice(3)).toEqual([{ failure: 'budget-used-up' }, { failure: 'budget-used-up' }]);
    expect(ehr.heard).toHaveLength(3);
  });

  test('T-16 counts bytes over all answers, and asks no more when they are used up', async () => {
    answerWith(200, JSON_TYPE, body(400_000));
    const fetch = withinBudget(fetcher.fetch, { requests: 100, bytes: 1_000_000 });
    const replies = [await ask(fetch), await ask(fetch), await ask(fetch), await ask(fetch)];
    expect(replies.map((reply) => ('body' in reply ? 'body' : reply.failure))).toEqual([
      'body',
      'body',
      'budget-used-up',
      'budget-used-up',
    ]);
    expect(ehr.heard).toHaveLength(3);
  });

  // The small one comes whole with its headers: it must not be taken for complete, nor wait for the time budget.
  test.each([1500, 400_000])('T-16 an answer of %i bytes, too large for the budget, ends at once', async (size) => {
    answerWith(200, JSON_TYPE, body(size));
    const own = testFetcher([ehr.origin], { circuit: { leastCalls: 2, restMs: 60_000 } });
    for (let index = 0; index < 6; index += 1) {
      expect(await ask(withinBudget(own.fetch, { requests: 9, bytes: 1000 }))).toEqual({ failure: 'budget-used-up' });
    }
    expect(await ask(withinBudget(own.fetch))).toHaveProperty('body');
    await own.close();
  });
});

describe('secrets', () => {
  test.each<[string, () => Promise<FhirReply>]>([
    ['error status', () => (answerWith(500, JSON_TYPE, '{"secret":"secret-body"}'), get())],
    ['HTML', () => (answerWith(200, {}, '<html>secret-body'), get())],
    ['redirect', () => (answerWith(302, { location: foreign.origin }), get())],
    ['foreign origin', () => get(`${foreign.origin}/${QUERY}`)],
    ['no URL', () => get('http://[secret-patient-1')],
    ['a token that is no header', () => get(undefined, patience(), 'secret-token-1\r\nX: 1')],
  ])('%s: the reply holds neither URL nor token nor body', async (_, ask) => {
    const reply = await ask();
    expect(reply).toHaveProperty('failure');
    expect(JSON.stringify(reply)).not.toMatch(/secret|127\.0\.0\.1|Condition/);
    expect(Object.values(reply).every((value) => typeof value !== 'object')).toBe(true);
  });

  test('parallel calls never mix their tokens', async () => {
    ehr.handle = (request, response) => {
      const body = JSON.stringify({ resourceType: 'Bundle', url: request.url, token: request.headers.authorization });
      setTimeout(() => response.end(body), Math.abs(Number(request.url?.slice(-1))) * 3);
    };
    const calls = Array.from({ length: 60 }, (_, index) => ({
      token: `token-${String(index % 2)}`,
      path: `/fhir/Condition?patient=p${String(index)}`,
    }));
    const replies = await Promise.all(calls.map(({ token, path }) => get(`${ehr.origin}${path}`, patience(), token)));
    expect(replies).toEqual(
      calls.map(({ token, path }) => ({ body: { resourceType: 'Bundle', url: path, token: `Bearer ${token}` } })),
    );
  });

  test('at most 16 connections to one server', async () => {
    let open = 0;
    let most = 0;
    ehr.handle = (_, response) => {
      open += 1;
      most = Math.max(most, open);
      setTimeout(() => {
        open -= 1;
        response.end(BUNDLE);
      }, 10);
    };
    await Promise.all(Array.from({ length: 60 }, () => get()));
    expect(ehr.heard).toHaveLength(60);
    expect(most).toBeLessThanOrEqual(16);
  });
});
