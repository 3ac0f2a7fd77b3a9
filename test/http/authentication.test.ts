import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createAuthenticator } from '../../src/clients/authenticate.js';
import type { CdsClient } from '../../src/clients/cds-client.js';
import { parseClients } from '../../src/clients/load-clients.js';
import { createSeenTokens } from '../../src/clients/seen-tokens.js';
import { cardsOf, prefetchOf } from '../support/answers.js';
import { createClientKeys, signToken, type ClientKeys } from '../support/client-keys.js';
import { startPeer, sendJson, type Peer } from '../support/peer.js';
import {
  AS_OF,
  hookBody,
  send,
  SERVICE_ID,
  startTestService,
  type Reply,
  type TestService,
} from '../support/service.js';
import { baseChart } from '../support/vignette.js';

/* The whole application with authentication on: what proves a caller opens, and nothing else does. */

const PUBLIC_URL = 'https://cds.example/tf';
const HOOK = `/cds-services/${SERVICE_ID}`;
const FEEDBACK = `${HOOK}/feedback`;
const OUTCOME = { resourceType: 'OperationOutcome', issue: [{ code: 'login' }] };

let general: ClientKeys;
let county: ClientKeys;
let ehr: Peer;
let service: TestService;

beforeAll(async () => {
  [general, county] = await Promise.all([createClientKeys('RS384', 'key-1'), createClientKeys('ES384', 'key-1')]);
  ehr = await startPeer((_request, response) => {
    sendJson(response, 404, { resourceType: 'OperationOutcome', issue: [] });
  });
  service = await startTestService({
    publicUrl: PUBLIC_URL,
    allowedFhirServers: [ehr.base],
    rateLimit: 0,
    authenticate: authenticateFor(registered()),
  });
});

afterAll(async () => {
  await Promise.all([service.close(), ehr.close()]);
});

function registered(): readonly CdsClient[] {
  const entry = (name: string, keys: ClientKeys, fhirServers: readonly string[]) => ({
    name,
    iss: `https://${name}.example`,
    jwks: { keys: [keys.jwk] },
    fhirServers,
  });
  const clients = [entry('general', general, [ehr.base]), entry('county', county, [])];
  return parseClients({ clients }, { allowInsecure: false });
}

function authenticateFor(clients: readonly CdsClient[]) {
  const seen = createSeenTokens({
    remember: () => Promise.resolve(new Set()),
    isShared: false,
    now: () => AS_OF,
    onStoreFailure: () => undefined,
  });
  return createAuthenticator({
    clients,
    fetchKeys: () => Promise.reject(new Error('no key server')),
    isReplayed: seen.isReplayed,
    now: () => AS_OF,
  });
}

type Claims = Readonly<Record<string, unknown>>;

function tokenFor(path: string, claims: Claims = {}, keys = general, name = 'general'): Promise<string> {
  return signToken({ keys, iss: `https://${name}.example`, aud: `${PUBLIC_URL}${path}`, now: AS_OF, claims });
}

interface Call {
  readonly path?: string;
  readonly method?: string;
  readonly authorization?: string;
  readonly body?: unknown;
}

function call({ path = HOOK, method = 'POST', authorization, body = hookBody() }: Call): Promise<Reply> {
  return send(`${service.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
    ...(method === 'POST' && { body: JSON.stringify(body) }),
  });
}

const FEEDBACK_BODY = {
  feedback: [{ card: randomUUID(), outcome: 'accepted', outcomeTimestamp: '2026-03-10T11:00:00Z' }],
};

describe('SEC-03 a token is needed on every call', () => {
  const calls: readonly (readonly [string, Call])[] = [
    ['discovery', { path: '/cds-services', method: 'GET' }],
    ['service', { path: HOOK, body: hookBody({ prefetch: prefetchOf(baseChart()) }) }],
    ['feedback', { path: FEEDBACK, body: FEEDBACK_BODY }],
    ['a service that there is not', { path: '/cds-services/none' }],
  ];

  test.each(calls)('%s: without one 401', async (_what, one) => {
    const reply = await call(one);
    expect({ status: reply.status, body: reply.body }).toMatchObject({
      status: 401,
      body: OUTCOME,
    });
    expect(reply.headers.get('www-authenticate')).toBe('Bearer');
  });

  test.each(calls.slice(0, 3))('%s: with one 200, the client named in the log', async (_what, one) => {
    const reply = await call({ ...one, authorization: `Bearer ${await tokenFor(one.path ?? '')}` });
    expect(reply.status).toBe(200);
    if (one.method === undefined) expect(service.lines.at(-1)).toMatchObject({ client: 'general', status: 200 });
  });

  test('below the path of PUBLIC_URL as well, with the same audience', async () => {
    const authorization = `Bearer ${await tokenFor('/cds-services')}`;
    expect((await call({ path: '/tf/cds-services', method: 'GET', authorization })).status).toBe(200);
  });

  test('FBK-12 feedback with the token of the service', async () => {
    const authorization = `Bearer ${await tokenFor(HOOK)}`;
    expect((await call({ path: FEEDBACK, body: FEEDBACK_BODY, authorization })).status).toBe(200);
    expect(service.feedback.at(-1)).toMatchObject({ client: 'general' });
  });
});

describe('SEC-14 every refusal is the same to the caller, and precise in the log', () => {
  test.each<[string, string, () => Promise<string | undefined>]>([
    ['SEC-03', 'no-token', () => Promise.resolve(undefined)],
    ['SEC-03', 'not-a-bearer-token', () => Promise.resolve('Basic eDp5')],
    ['SEC-04', 'malformed', () => Promise.resolve('Bearer a.b.c')],
    ['SEC-06', 'wrong-audience', async () => `Bearer ${await tokenFor(HOOK, { aud: 'https://elsewhere.example' })}`],
    ['SEC-09', 'unknown-issuer', async () => `Bearer ${await tokenFor(HOOK, { iss: 'https://stranger.example' })}`],
    [
      'SEC-10',
      'expired',
      async () => `Bearer ${await tokenFor(HOOK, { iat: AS_OF / 1000 - 900, exp: AS_OF / 1000 - 600 })}`,
    ],
    [
      'SEC-12',
      'bad-signature',
      async () =>
        `Bearer ${await tokenFor(HOOK, { iss: 'https://general.example' }, county, 'general').then(withRsaHeader)}`,
    ],
    ['SEC-05', 'missing-claim', async () => `Bearer ${await tokenFor(HOOK, { jti: undefined })}`],
  ])('%s %s', async (_id, reason, authorization) => {
    const [header, plain] = [await authorization(), await call({})];
    const reply = await call(header === undefined ? {} : { authorization: header });
    expect({ status: reply.status, text: reply.text }).toEqual({ status: 401, text: plain.text });
    expect(service.refusals.at(-1)).toMatchObject({ refused: reason });
    if (header !== undefined) expect(JSON.stringify(service.refusals)).not.toContain(header.slice(7));
  });

  /** The key and signature of one client under the algorithm of the other. */
  function withRsaHeader(token: string): string {
    const [, claims = '', signature = ''] = token.split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'RS384', kid: 'key-1', typ: 'JWT' })).toString('base64url');
    return [header, claims, signature].join('.');
  }

  test('SEC-13 a token twice', async () => {
    const authorization = `Bearer ${await tokenFor('/cds-services')}`;
    const statuses = [];
    for (let time = 0; time < 2; time += 1) {
      statuses.push((await call({ path: '/cds-services', method: 'GET', authorization })).status);
    }
    expect(statuses).toEqual([200, 401]);
    expect(service.refusals.at(-1)).toMatchObject({ refused: 'replayed', client: 'general' });
  });

  test('a body is not read for a stranger: the largest and the most broken get the same 401', async () => {
    const reply = await send(`${service.url}${HOOK}`, { method: 'POST', body: '{'.repeat(30_000_000) });
    expect(reply.status).toBe(401);
  });
});

describe('COR browsers are answered before anything is proved', () => {
  let open: TestService;
  beforeAll(async () => {
    open = await startTestService({
      publicUrl: PUBLIC_URL,
      corsOrigins: ['https://sandbox.example'],
      authenticate: authenticateFor(registered()),
    });
  });
  afterAll(() => open.close());
  const headers = { origin: 'https://sandbox.example', 'access-control-request-headers': 'authorization,content-type' };

  test.each([
    ['/cds-services', 'GET'],
    [HOOK, 'POST'],
    [FEEDBACK, 'POST'],
  ])('COR-01 preflight of %s', async (path, method) => {
    const reply = await send(`${open.url}${path}`, {
      method: 'OPTIONS',
      headers: { ...headers, 'access-control-request-method': method },
    });
    expect(reply.status).toBe(204);
    expect(reply.headers.get('access-control-allow-headers')).toContain('Authorization');
  });

  test('COR-04 a 401 can be read by the page', async () => {
    const reply = await send(`${open.url}/cds-services`, { headers });
    expect({ status: reply.status, origin: reply.headers.get('access-control-allow-origin') }).toEqual({
      status: 401,
      origin: 'https://sandbox.example',
    });
  });
});

describe('the FHIR servers are those of the client that calls', () => {
  const body = () => hookBody({ fhirServer: ehr.base });
  test('its own is asked', async () => {
    ehr.forget();
    await call({ authorization: `Bearer ${await tokenFor(HOOK)}`, body: body() });
    expect(ehr.heard.length).toBeGreaterThan(0);
  });

  test("another client's is not", async () => {
    ehr.forget();
    const reply = await call({ authorization: `Bearer ${await tokenFor(HOOK, {}, county, 'county')}`, body: body() });
    expect(reply.status).toBe(412);
    expect(service.lines.at(-1)).toEqual({ client: 'county', status: 412, problem: 'data-unavailable' });
    expect(ehr.heard).toEqual([]);
  });
});

test('a decision names the client and nothing of the patient', async () => {
  const body = hookBody({ prefetch: prefetchOf(baseChart()) });
  const reply = await call({ authorization: `Bearer ${await tokenFor(HOOK)}`, body });
  const decision = service.decisions.at(-1);
  expect(decision).toMatchObject({ client: 'general', service: SERVICE_ID });
  expect(decision?.cards).toHaveLength(cardsOf(reply).length);
  expect(JSON.stringify(decision)).not.toMatch(/p1\b|e1\b|dr1|3b1f7c5e/);
});

describe('limits for each client', () => {
  test('a client that calls too often gets 429, another is answered', async () => {
    const limited = await startTestService({
      publicUrl: PUBLIC_URL,
      rateLimit: 3,
      authenticate: authenticateFor(registered()),
    });
    const ask = async (keys: ClientKeys, name: string) => {
      const authorization = `Bearer ${await tokenFor('/cds-services', {}, keys, name)}`;
      return send(`${limited.url}/cds-services`, { headers: { authorization } });
    };
    const statuses = [];
    for (let time = 0; time < 4; time += 1) statuses.push((await ask(general, 'general')).status);
    const late = await ask(general, 'general');
    expect([...statuses, (await ask(county, 'county')).status]).toEqual([200, 200, 200, 429, 200]);
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(late.body).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ code: 'throttled' }] });
    await limited.close();
  });

  test('what is refused for its token does not use up the limit of the client', async () => {
    const limited = await startTestService({
      publicUrl: PUBLIC_URL,
      rateLimit: 2,
      authenticate: authenticateFor(registered()),
    });
    for (let time = 0; time < 5; time += 1) await send(`${limited.url}/cds-services`);
    const authorization = `Bearer ${await tokenFor('/cds-services')}`;
    expect((await send(`${limited.url}/cds-services`, { headers: { authorization } })).status).toBe(200);
    await limited.close();
  });
});
