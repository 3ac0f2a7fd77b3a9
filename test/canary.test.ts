import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { JsonObject } from '../src/fhir/json.js';
import { bundleOf, collectionOf, drugDraft, prefetchOf, troponin } from './support/answers.js';
import { createClientKeys, signToken, type ClientKeys } from './support/client-keys.js';
import { sendJson, startPeer, type Peer } from './support/peer.js';
import { startProcess, temporaryFolder, type ServiceProcess } from './support/process.js';
import { hookBody, send, SERVICE_ID, serviceIdFor, type HookBody } from './support/service.js';
import { chartOf } from './support/vignette.js';

/*
 * SEC-15: what the service must not write down appears in no byte that its process writes, at the most talkative log
 * level: tokens, names, birth dates, identifiers, ids of patients, free text, and anything a stranger puts into a path,
 * a header or a body. Every secret is a word made for this run and planted wherever it may come from; a row is one
 * call. To watch over another secret add it to SECRETS, over another way in add a row.
 */

jest.setTimeout(120_000);

const word = (label: string) => `${label}${randomBytes(6).toString('hex')}`;

const SECRETS = {
  accessToken: word('token-'),
  jwt: [word('eyJ'), word('eyJ'), word('sig')].join('.'),
  family: word('Brandtmeier'),
  given: word('Adalbert'),
  birthDate: `1871-0${String(1 + ((randomBytes(1)[0] ?? 0) % 9))}-17`,
  identifier: word('mrn-'),
  freeText: word('note-'),
  patientId: word('pat-'),
  encounterId: word('enc-'),
  userId: word('user-'),
  inPath: word('path-'),
  inQuery: word('query-'),
  inHeader: word('header-'),
  inHookInstance: word('hook-'),
  inFhirServer: word('server-'),
  inPrefetchKey: word('key-'),
  inBrokenBody: word('broken-'),
  inServerAnswer: word('answer-'),
  inComment: word('comment-'),
  inReason: word('reason-'),
  inTokenHeader: word('kid-'),
  inClaim: word('claim-'),
} as const;

/** Fields that a log line may have. */
const FIELDS = new Set([
  'level',
  'time',
  'msg',
  'url',
  'publicUrl',
  'service',
  'hookInstance',
  'status',
  'problem',
  'rules',
  'undetermined',
  'gaps',
  'milliseconds',
  'client',
  'decision',
  'cards',
  'feedback',
  'refused',
  'detail',
]);

/** What the store keeps of a call: words of the user who gave feedback, which have an end. */
const KEPT = ['inComment', 'inReason'];

let service: ServiceProcess;
/** The same with authentication on. */
let guarded: ServiceProcess;
let keys: ClientKeys;
let ehr: Peer;
const dataFolder = temporaryFolder();

/** Servers that fail in the ways that put a request's secrets into an answer, an error or a stack. */
function misbehave({ url = '', headers }: IncomingMessage, response: ServerResponse): void {
  const [, way] = url.split('/');
  const echo = `${String(headers.authorization)} ${url} ${SECRETS.inServerAnswer}`;
  const outcome = {
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code: 'security', diagnostics: echo }],
  };
  if (way === 'reset') response.destroy();
  else if (way === 'redirect') response.writeHead(302, { location: `https://elsewhere.example/?t=${echo}` }).end();
  else if (way === 'garbage') response.writeHead(200, { 'content-type': 'text/html' }).end(`<html>${echo}</html>`);
  else if (way === 'broken') response.writeHead(200, { 'content-type': 'application/json' }).end(`{"${echo}`);
  else if (way === 'empty') sendJson(response, 200, bundleOf([]));
  else if (way !== 'hang') sendJson(response, Number(way), outcome);
}

const WAYS = ['401', '404', '500', 'reset', 'redirect', 'garbage', 'broken', 'empty', 'hang'];

beforeAll(async () => {
  ehr = await startPeer(misbehave);
  service = await startProcess({
    TF_AUTHENTICATION: 'off',
    LOG_LEVEL: 'debug',
    TF_TIME_BUDGET_MS: '500',
    TF_DATA_DIR: dataFolder,
    TF_FHIR_SERVERS: WAYS.map((way) => `${ehr.origin}/${way}/fhir`).join(','),
  });
});

beforeAll(async () => {
  keys = await createClientKeys('ES384');
  const clientsFile = join(temporaryFolder(), 'clients.json');
  const client = { name: 'general', iss: ISSUER, jwks: { keys: [keys.jwk] }, tenants: ['one'], fhirServers: [] };
  writeFileSync(clientsFile, JSON.stringify({ clients: [client] }));
  guarded = await startProcess({
    TF_CLIENTS_FILE: clientsFile,
    PUBLIC_URL,
    LOG_LEVEL: 'debug',
    TF_DATA_DIR: dataFolder,
  });
});

afterAll(async () => {
  await Promise.all([service.stop(), guarded.stop(), ehr.close()]);
});

const ISSUER = 'https://general.example';
const PUBLIC_URL = 'http://cds.example';
const { patientId, encounterId, userId, freeText } = SECRETS;
const context = { patientId, encounterId, userId: `Practitioner/${userId}` };
const own = { reference: `Patient/${patientId}`, display: SECRETS.family };

/** The patient of the vignettes under other ids, with secrets in every place that holds text. */
function secretChart(): readonly JsonObject[] {
  const text = JSON.stringify(chartOf({ chart: { add: [troponin('t1', '2026-03-10T10:30:00Z', 300)] } }));
  const renamed = text.replaceAll('Patient/p1', own.reference).replaceAll('Encounter/e1', `Encounter/${encounterId}`);
  const note = { note: [{ text: freeText }], text: { status: 'generated', div: `<div>${freeText}</div>` } };
  return (JSON.parse(renamed) as readonly JsonObject[]).map((resource) => {
    const type = resource['resourceType'];
    if (type === 'Encounter') return { ...resource, ...note, id: encounterId, reasonCode: [{ text: freeText }] };
    if (type !== 'Patient')
      return { ...resource, ...note, code: { ...(resource['code'] as JsonObject), text: freeText } };
    return {
      ...resource,
      id: patientId,
      birthDate: SECRETS.birthDate,
      name: [{ family: SECRETS.family, given: [SECRETS.given] }],
      identifier: [{ system: 'urn:mrn', value: SECRETS.identifier }],
    };
  });
}

function secretRequest(more: Readonly<Record<string, unknown>> = {}): HookBody {
  return { ...hookBody({ context, prefetch: prefetchOf(secretChart(), context) }), ...more };
}

function access(fhirServer: string): JsonObject {
  const fhirAuthorization = {
    access_token: SECRETS.accessToken,
    token_type: 'Bearer',
    expires_in: 300,
    scope: 'x',
    subject: userId,
  };
  return { fhirServer, fhirAuthorization };
}

interface Call {
  readonly body?: unknown;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const PATH = `/cds-services/${SERVICE_ID}`;

function call({ body, path = PATH, method = 'POST', headers = {} }: Call): ReturnType<typeof send> {
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  return send(`${service.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${SECRETS.jwt}`, ...headers },
    ...(body !== undefined && { body: isRaw ? (body as string) : JSON.stringify(body) }),
  });
}

const hookInstance = SECRETS.inHookInstance;
const draftOrders = collectionOf(drugDraft('d1', 'Nitroglycerin', { subject: own, note: [{ text: freeText }] }));
const broken = SECRETS.inBrokenBody;

/** Id, what is done, the calls, and the statuses they are answered with. */
const ROWS: readonly (readonly [string, string, () => readonly Call[], readonly number[]])[] = [
  ['SEC-15', 'good calls', () => [{ body: secretRequest() }], [200]],
  [
    'SEC-15',
    'a draft order to be signed',
    () => [
      {
        path: `/cds-services/${serviceIdFor('order-sign')}`,
        body: secretRequest({ hook: 'order-sign', context: { ...context, draftOrders } }),
      },
    ],
    [200],
  ],
  ['SEC-15 T-44', 'discovery with a token', () => [{ path: '/cds-services', method: 'GET' }], [200]],
  ['REQ-05', 'a hookInstance that is no UUID', () => [{ body: secretRequest({ hookInstance }) }], [200]],
  [
    'REQ-17',
    'required members that are missing or of another kind',
    () => [
      { body: secretRequest({ context: { [SECRETS.inPath]: 1 } }) },
      { body: secretRequest({ context: { ...context, patientId: `${patientId}/../x` } }) },
      { body: secretRequest({ hook: freeText }) },
      { body: secretRequest({ prefetch: { [SECRETS.inPrefetchKey]: freeText } }) },
    ],
    [400, 400, 400, 412],
  ],
  [
    'STA-06',
    'bodies that are no JSON',
    () => [
      { body: `{"${broken}": ` },
      { body: broken },
      { body: Uint8Array.from(Buffer.from(`\xff${broken}`, 'latin1')) },
      { body: broken, headers: { 'content-encoding': 'gzip' } },
      {
        body: Uint8Array.from(gzipSync(`{"${broken}`)),
        headers: { 'content-encoding': 'gzip' },
      },
    ],
    [400, 400, 400, 400, 400],
  ],
  [
    'REQ-17 T-60',
    'other types, encodings and character sets',
    () => [
      { body: broken, headers: { 'content-type': `text/${SECRETS.inHeader}` } },
      { body: broken, headers: { 'content-type': `application/json; charset=${SECRETS.inHeader}` } },
      { body: broken, headers: { 'content-encoding': SECRETS.inHeader } },
    ],
    [415, 415, 415],
  ],
  [
    'STA-09',
    'paths, queries and methods',
    () => [
      { path: `/${SECRETS.inPath}?q=${SECRETS.inQuery}`, body: {} },
      { path: `/cds-services/${SECRETS.inPath}?patient=${SECRETS.inQuery}`, body: {} },
      { path: `${PATH}?patient=${SECRETS.inQuery}`, method: 'PUT', body: {} },
      { path: `/cds-services/%E0%A4%A${SECRETS.inPath}`, body: {} },
      { path: `${PATH}?patient=${SECRETS.inQuery}`, body: secretRequest() },
    ],
    [404, 404, 405, 404, 200],
  ],
  [
    'SEC-15',
    'headers',
    () => [
      {
        body: secretRequest(),
        headers: {
          'user-agent': SECRETS.inHeader,
          'x-request-id': SECRETS.inHeader,
          cookie: `s=${SECRETS.inHeader}`,
          origin: `https://${SECRETS.inHeader}.example`,
          referer: `https://ehr.example/?n=${SECRETS.inHeader}`,
          traceparent: SECRETS.inHeader,
          'x-forwarded-for': SECRETS.inHeader,
        },
      },
    ],
    [200],
  ],
  [
    'SEC-16',
    'FHIR servers that are not allowed, and servers that are none',
    () =>
      [
        `https://${SECRETS.inFhirServer}.example/fhir`,
        `https://${SECRETS.inFhirServer}:${SECRETS.accessToken}@ehr.example/fhir`,
        `file:///${SECRETS.inFhirServer}`,
        SECRETS.inFhirServer,
      ].map((fhirServer) => ({ body: secretRequest({ ...access(fhirServer), prefetch: {} }) })),
    [412, 412, 412, 412],
  ],
  [
    'SEC-15 STA-04',
    'FHIR servers that fail and say the token again',
    () => WAYS.map((way) => ({ body: secretRequest({ ...access(`${ehr.origin}/${way}/fhir`), prefetch: {} }) })),
    WAYS.map((way) => (way === 'empty' ? 200 : 412)),
  ],
  [
    'SEC-15 STA-04',
    'the same with the conditions sent along',
    () =>
      WAYS.map((way) => {
        const { conditions } = prefetchOf(secretChart(), context);
        return { body: secretRequest({ ...access(`${ehr.origin}/${way}/fhir`), prefetch: { conditions } }) };
      }),
    WAYS.map(() => 200),
  ],
];

/** Feedback with secrets in what is kept of it, and in what is not. */
function secretFeedback(outcome: unknown): JsonObject {
  const reason = { code: SECRETS.inReason, display: SECRETS.inReason };
  const overrideReason = { reason, userComment: SECRETS.inComment };
  const item = { card: 'card-1', outcome, outcomeTimestamp: '2026-03-10T12:00:00Z', overrideReason };
  return { feedback: [{ ...item, note: freeText }], [SECRETS.inPath]: freeText };
}

test('FBK-14 SEC-15 feedback, good and bad', async () => {
  const path = `${PATH}/feedback`;
  const bodies = [secretFeedback('overridden'), secretFeedback(freeText), { feedback: freeText }];
  const replies = await Promise.all(bodies.map((body) => call({ path, body })));
  expect(replies.map(({ status }) => status)).toEqual([200, 400, 400]);
  expect(secretsIn(replies.map(({ text }) => text).join('\n'))).toEqual([]);
});

test('SEC-14 SEC-15 tokens that are refused, and one that is not', async () => {
  const { inClaim, inTokenHeader } = SECRETS;
  const token = (claims: JsonObject, header: JsonObject = {}) =>
    signToken({
      keys,
      iss: ISSUER,
      aud: `${PUBLIC_URL}${PATH}`,
      now: Date.now(),
      claims: { tenant: 'one', sub: inClaim, ...claims },
      header,
    });
  const tokens = await Promise.all([
    token({}),
    token({ iss: inClaim }),
    token({ aud: inClaim }),
    token({ tenant: inClaim }),
    token({ jti: undefined, [inClaim]: 1 }),
    token({ exp: inClaim }),
    token({}, { kid: inTokenHeader }),
    token({}, { typ: inTokenHeader }),
    token({}, { jku: `https://${inTokenHeader}.example` }),
    token({}).then((good) => `${good}${inTokenHeader}`),
  ]);
  const ask = async (one: string) =>
    send(`${guarded.url}${PATH}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${one}` },
      body: JSON.stringify(secretRequest()),
    });
  const replies = await Promise.all(tokens.map(ask));
  expect(replies.map(({ status }) => status)).toEqual([200, ...tokens.slice(1).map(() => 401)]);
  expect(
    secretsIn(
      replies
        .slice(1)
        .map(({ text }) => text)
        .join('\n'),
    ),
  ).toEqual([]);
  expect(
    new Set(
      tokens.map((one) => one.split('.')[2]?.slice(0, 40)).filter((part) => guarded.output().includes(String(part))),
    ),
  ).toEqual(new Set());
});

test.each(ROWS)('%s %s', async (_, __, calls, statuses) => {
  const replies = await Promise.all(calls().map(call));
  expect(replies.map(({ status }) => status)).toEqual(statuses);
  const refusals = replies.filter(({ status }) => status !== 200).map(({ text }) => text);
  expect(secretsIn(refusals.join('\n'))).toEqual([]);
});

test('T-44 broken HTTP and a client that breaks off', async () => {
  const { port } = new URL(service.url);
  const head = `POST ${PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n`;
  for (const text of [`NONSENSE ${SECRETS.inPath}\r\n\r\n`, `${head}{"${broken}`]) {
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.end(text));
      socket.on('error', () => undefined);
      socket.on('close', () => {
        resolve();
      });
      socket.resume();
    });
  }
  expect((await call({ body: secretRequest() })).status).toBe(200);
});

/** A secret as it is, and as it looks in a URL, in base64 and in the encodings of a JSON string. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  return [secret, encodeURIComponent(secret), bytes.toString('base64').replace(/=+$/, ''), bytes.toString('hex')];
}

/** Names of the secrets that a text holds; a long one also when only a piece of it is there. */
function secretsIn(text: string): readonly string[] {
  const lower = text.toLowerCase();
  return Object.entries(SECRETS)
    .filter(([, secret]) => {
      const pieces = secret.split('.').flatMap((piece) => (piece.length > 12 ? [piece, piece.slice(-12)] : [piece]));
      return pieces.flatMap(formsOf).some((form) => lower.includes(form.toLowerCase()));
    })
    .map(([name]) => name);
}

describe('what the process wrote', () => {
  let output = '';
  let lines: readonly JsonObject[] = [];

  beforeAll(async () => {
    expect(await service.stop()).toBe(0);
    expect(await guarded.stop()).toBe(0);
    output = service.output() + guarded.output();
    lines = output
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as JsonObject);
  });

  test('every call left a line, and every line is JSON', () => {
    const calls = ROWS.flatMap(([, , , statuses]) => statuses);
    const logged = lines.filter(({ status }) => typeof status === 'number');
    // Discovery leaves none; the call after the broken ones and the one that broke off do.
    expect(logged.length).toBeGreaterThanOrEqual(calls.length);
    expect(new Set(logged.map(({ status }) => status))).toEqual(new Set([...calls]));
  });

  test('SEC-15 no secret, in any form', () => {
    expect(secretsIn(output)).toEqual([]);
  });

  test('SEC-15 nor in the store, but for what a user wrote as feedback', () => {
    const files = readdirSync(dataFolder).map((file) => readFileSync(join(dataFolder, file), 'latin1'));
    expect(files.join('').length).toBeGreaterThan(10_000);
    expect(secretsIn(files.join('\n')).filter((name) => !KEPT.includes(name))).toEqual([]);
    expect(secretsIn(files.join('\n'))).toEqual(expect.arrayContaining(KEPT));
  });

  test('SEC-15 only the fields that may be written', () => {
    expect([...new Set(lines.flatMap((line) => Object.keys(line)))].filter((field) => !FIELDS.has(field))).toEqual([]);
  });

  test('the secrets were really sent: FHIR servers heard the token, and the search finds each of them', () => {
    expect(ehr.heard.some(({ authorization }) => authorization === `Bearer ${SECRETS.accessToken}`)).toBe(true);
    expect(ehr.heard.some(({ url }) => url.includes(patientId))).toBe(true);
    expect(Object.entries(SECRETS).filter(([name, secret]) => !secretsIn(`x${secret}y`).includes(name))).toEqual([]);
    expect(secretsIn(Buffer.from(SECRETS.jwt.split('.')[1] ?? '').toString('base64'))).toEqual(['jwt']);
  });
});
