import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import express, { Router, type IRouter } from 'express';
import type { Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { createAuthenticator } from '../../src/clients/authenticate.js';
import type { Refusal } from '../../src/clients/cds-client.js';
import { parseClients } from '../../src/clients/load-clients.js';
import { createSeenTokens, type SeenTokens } from '../../src/clients/seen-tokens.js';
import { admissionOf, clientOf, requireClient } from '../../src/http/client-auth.js';
import { drain, listen } from '../../src/http/listen.js';
import { handleProblems } from '../../src/http/problems.js';
import {
  createClientKeys,
  fetchKeysPlainly,
  signToken,
  type ClientKeys,
  type TokenToSign,
} from '../support/client-keys.js';
import { sendJson, startPeer, type Peer } from '../support/peer.js';
import { send, type Reply } from '../support/service.js';

const NOW = Date.parse('2026-03-10T12:00:00Z');
const PUBLIC = 'https://cds.example/tf';
const ISS = 'https://ehr.example';
const DISCOVERY = '/cds-services';
const SERVICE = '/cds-services/esophageal-spasm-patient-view';
const FEEDBACK = `${SERVICE}/feedback`;

let keys: ClientKeys;
let foreign: ClientKeys;
let keyServer: Peer;
let servers: Server[];
let seen: SeenTokens;
let refusals: Refusal[];
let origin: string;

function addRoutes<T extends IRouter>(router: T, handler: ReturnType<typeof requireClient>): T {
  router.get(DISCOVERY, handler);
  router.post([`${DISCOVERY}/:id`, `${DISCOVERY}/:id/feedback`], handler);
  router.use((_request, response) => {
    response.json({ client: clientOf(response).name, isReplay: admissionOf(response).isReplay });
  });
  return router;
}

async function startService(publicUrl: string): Promise<string> {
  const clients = parseClients(
    {
      clients: [
        { name: 'ehr', iss: ISS, jku: `${keyServer.origin}/jwks.json`, fhirServers: [] },
        { name: 'warned', iss: `${ISS}/warned`, jwks: { keys: [keys.jwk] }, fhirServers: [], replay: 'warn' },
      ],
    },
    { allowInsecure: false },
  );
  const authenticate = createAuthenticator({
    clients,
    fetchKeys: fetchKeysPlainly,
    isReplayed: seen.isReplayed,
    now: () => NOW,
  });
  const handler = requireClient({ authenticate, publicUrl, onRefusal: (refusal) => refusals.push(refusal) });
  const app = express();
  const basePath = new URL(publicUrl).pathname.replace(/\/+$/, '');
  if (basePath !== '') app.use(basePath, addRoutes(Router(), handler));
  addRoutes(app, handler);
  app.use(handleProblems(() => undefined));
  const server = await listen(app, 0, '127.0.0.1');
  servers.push(server);
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

beforeAll(async () => {
  [keys, foreign] = await Promise.all([createClientKeys(), createClientKeys()]);
  keyServer = await startPeer((_, response) => {
    sendJson(response, 200, { keys: [keys.jwk] });
  });
  seen = createSeenTokens({
    remember: () => Promise.resolve(new Set()),
    isShared: false,
    now: () => NOW,
    onStoreFailure: () => undefined,
  });
  servers = [];
  refusals = [];
  origin = await startService(PUBLIC);
});

afterEach(() => {
  refusals.length = 0;
});

afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await drain(server);
  }
  await Promise.all([keyServer.close(), seen.close()]);
});

const tokenFor = (aud: unknown, more: Partial<TokenToSign> = {}) =>
  signToken({ keys, iss: ISS, aud, now: NOW, ...more });

function call(
  path: string,
  authorization: string | undefined,
  more: Readonly<Record<string, string>> = {},
  to = origin,
): Promise<Reply> {
  return send(`${to}${path}`, {
    method: path.endsWith(DISCOVERY) || path.endsWith(`${DISCOVERY}/`) ? 'GET' : 'POST',
    headers: { ...(authorization !== undefined && { authorization }), ...more },
  });
}

describe('SEC-06 the audience of a call', () => {
  test.each<[number, string, string]>([
    [200, DISCOVERY, `${PUBLIC}${DISCOVERY}`],
    [200, SERVICE, `${PUBLIC}${SERVICE}`],
    [200, FEEDBACK, `${PUBLIC}${FEEDBACK}`],
    [200, FEEDBACK, `${PUBLIC}${SERVICE}`],
    [200, `${SERVICE}?x=1`, `${PUBLIC}${SERVICE}`],
    [200, `${DISCOVERY}/`, `${PUBLIC}${DISCOVERY}`],
    [401, SERVICE, `${PUBLIC}${FEEDBACK}`],
    [401, SERVICE, `${PUBLIC}${DISCOVERY}`],
    [401, DISCOVERY, `${PUBLIC}${SERVICE}`],
    [401, SERVICE, `${PUBLIC}${SERVICE}-2`],
    [401, SERVICE, `https://cds.example${SERVICE}`],
    [401, SERVICE, PUBLIC],
  ])('%i for %s with aud %s, below the base path and beside it', async (status, path, aud) => {
    for (const mounted of [path, `/tf${path}`]) {
      const reply = await call(mounted, `Bearer ${await tokenFor(aud)}`);
      expect(reply.status).toBe(status);
    }
  });

  test.each(['https://cds.example', 'https://cds.example/', 'https://cds.example/tf/', 'https://cds.example/a/b'])(
    'of a service at %s',
    async (publicUrl) => {
      const other = await startService(publicUrl);
      const base = publicUrl.replace(/\/$/, '');
      for (const path of [SERVICE, `${new URL(base).pathname.replace(/\/$/, '')}${SERVICE}`]) {
        const reply = await call(path, `Bearer ${await tokenFor(`${base}${SERVICE}`)}`, {}, other);
        expect([path, reply.status]).toEqual([path, 200]);
      }
    },
  );

  test('T-46 the Host of the request counts for nothing', async () => {
    const spoofed = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example',
    };
    const toHost = await tokenFor(`${origin}${SERVICE}`);
    const toForwarded = await tokenFor(`https://evil.example${SERVICE}`);
    const good = await tokenFor(`${PUBLIC}${SERVICE}`);
    expect((await call(SERVICE, `Bearer ${toHost}`)).status).toBe(401);
    expect((await call(SERVICE, `Bearer ${toForwarded}`, spoofed)).status).toBe(401);
    expect((await call(SERVICE, `Bearer ${good}`, spoofed)).status).toBe(200);
    expect(refusals.map(({ refused }) => refused)).toEqual(['wrong-audience', 'wrong-audience']);
  });
});

describe('SEC-03 SEC-14 refusals', () => {
  const bearer = async (aud: unknown, more?: Partial<TokenToSign>) => `Bearer ${await tokenFor(aud, more)}`;
  const aud = `${PUBLIC}${SERVICE}`;

  test('all look the same, byte for byte, and tell the log what it was', async () => {
    const used = await bearer(aud);
    await call(SERVICE, used);
    const attempts = [
      undefined,
      '',
      'Basic dXNlcjpwYXNz',
      'Bearer ..',
      `${used}x.`,
      used,
      await bearer('https://other.example'),
      await bearer(aud, { keys: foreign }),
      await bearer(aud, { iss: 'https://unknown.example' }),
      await bearer(aud, { header: { jku: 'https://unknown.example' } }),
      await bearer(aud, { header: { kid: 'none' } }),
      await bearer(aud, { claims: { exp: 1 } }),
      await bearer(aud, { claims: { iat: NOW } }),
    ];
    const replies = [];
    for (const attempt of attempts) replies.push(await call(SERVICE, attempt));
    const looks = replies.map(({ status, headers, text }) => [status, headers.get('www-authenticate'), text].join());
    expect(new Set(looks).size).toBe(1);
    expect(replies[0]).toMatchObject({
      status: 401,
      body: { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'login' }] },
    });
    expect(replies[0]?.headers.get('www-authenticate')).toBe('Bearer');
    expect(replies[0]?.headers.get('content-type')).toMatch(/^application\/json/);
    expect(refusals.map(({ refused }) => refused)).toEqual([
      'no-token',
      'no-token',
      'not-a-bearer-token',
      'malformed',
      'malformed',
      'replayed',
      'wrong-audience',
      'bad-signature',
      'unknown-issuer',
      'jku-not-registered',
      'unknown-key',
      'expired',
      'issued-in-the-future',
    ]);
  });

  test.each([DISCOVERY, SERVICE, FEEDBACK])('%s without a token', async (path) => {
    expect((await call(path, undefined)).status).toBe(401);
  });

  test('two Authorization values are none, though the first is good', async () => {
    const good = await tokenFor(aud);
    const socket = connect(Number(new URL(origin).port), '127.0.0.1');
    socket.write(
      `POST ${SERVICE} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${good}\r\nauthorization: Bearer x\r\nConnection: close\r\n\r\n`,
    );
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    expect(text).toMatch(/^HTTP\/1\.1 401 /);
    expect(refusals.map(({ refused }) => refused)).toEqual(['not-a-bearer-token']);
  });

  test('of one token sent twice at once one passes', async () => {
    const token = await bearer(aud);
    const statuses = (await Promise.all([call(SERVICE, token), call(SERVICE, token)])).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, 401]);
  });

  test('SEC-13 a client whose replays are only noticed', async () => {
    const token = await bearer(aud, { iss: `${ISS}/warned` });
    expect((await call(SERVICE, token)).body).toEqual({ client: 'warned', isReplay: false });
    expect((await call(SERVICE, token)).body).toEqual({ client: 'warned', isReplay: true });
  });

  test('a handler that stands before authentication has no client', async () => {
    const app = express();
    app.get('/', (_request, response) => {
      response.json(clientOf(response).name);
    });
    app.use(handleProblems(() => undefined));
    const server = await listen(app, 0, '127.0.0.1');
    servers.push(server);
    const { status } = await send(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`);
    expect(status).toBe(500);
  });
});
