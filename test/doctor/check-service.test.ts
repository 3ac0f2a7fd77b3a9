import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createAuthenticator } from '../../src/clients/authenticate.js';
import { parseClients } from '../../src/clients/load-clients.js';
import { createSeenTokens } from '../../src/clients/seen-tokens.js';
import { createProgram } from '../../src/commands/program.js';
import { UsageError } from '../../src/commands/usage.js';
import { checkService } from '../../src/doctor/check-service.js';
import {
  fixedToken,
  NO_CREDENTIALS,
  signingClient,
  tokenFrom,
  type Credentials,
} from '../../src/doctor/credentials.js';
import { hasFaults, reportText } from '../../src/doctor/report.js';
import type { Row, State } from '../../src/doctor/row.js';
import { baseOf, type ServiceContext } from '../../src/doctor/service-context.js';
import { createClientKeys, fetchKeysPlainly, type ClientKeys } from '../support/client-keys.js';
import { HOOKS, startTestService, topics, type TestService } from '../support/service.js';
import {
  changed,
  notGood,
  rowOf,
  startSpoiled,
  testExchange,
  type Answer,
  type Passing,
  type Spoil,
} from './support.js';

/* The doctor against the real service, and against a server before it that spoils one thing. */

const ORIGIN = 'https://sandbox.example';

let service: TestService;

beforeAll(async () => {
  service = await startTestService({ corsOrigins: [ORIGIN] });
});

afterAll(() => service.close());

function contextFor(base: string, more: Partial<ServiceContext> = {}): ServiceContext {
  return {
    base,
    exchange: testExchange(1),
    credentials: NO_CREDENTIALS,
    origin: ORIGIN,
    sendsFeedback: true,
    topics: topics(),
    now: Date.now,
    newId: randomUUID,
    ...more,
  };
}

test('a service that is as it should be: every check was made, and only what the test leaves open is said', async () => {
  const rows = await checkService(contextFor(service.url));
  expect(notGood(rows)).toEqual(['warn service.authentication']);
  expect(rows.map(({ check }) => check)).toEqual(expect.arrayContaining(HOOKS.map((hook) => `service.hook.${hook}`)));
  expect(rows).toHaveLength(21 + HOOKS.length);
  expect(rows.every(({ state, fix }) => (state === 'ok' || state === 'not checked') === (fix === undefined))).toBe(
    true,
  );
});

test('what it leaves behind: an answer for each hook and for each look at honesty, and feedback of no card', async () => {
  const [decisions, feedback] = [service.decisions.length, service.feedback.length];
  await checkService(contextFor(service.url));
  expect(service.decisions.length - decisions).toBe(HOOKS.length + 3);
  const shown = new Set(service.decisions.flatMap(({ cards }) => cards.map(({ id }) => id)));
  const sent = service.feedback.slice(feedback);
  expect(sent).toHaveLength(2);
  expect(sent.some(({ card }) => shown.has(card))).toBe(false);
});

test('--no-feedback sends none', async () => {
  const before = service.feedback.length;
  const rows = await checkService(contextFor(service.url, { sendsFeedback: false }));
  expect(rowOf(rows, 'service.feedback')?.state).toBe('not checked');
  expect(service.feedback).toHaveLength(before);
});

/* One thing spoiled. */

const HTML: Answer = {
  status: 502,
  headers: { 'content-type': 'text/html' },
  text: '<!DOCTYPE html><h1>Bad gateway</h1>',
};
const JSON_TYPE = { 'content-type': 'application/json' };
const isDiscovery = ({ url }: Passing) => url === '/cds-services';
const isHook = ({ method, url }: Passing) => method === 'POST' && /^\/cds-services\/esophageal[^/]*$/.test(url);
const without = (headers: Answer['headers'], prefix: string) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(prefix)));

/** Answers of its own for some requests. */
const answers = (when: (request: Passing) => boolean, answer: Answer): Spoil => ({
  before: (request) => (when(request) ? answer : request),
});
/** Changes the answers to some requests. */
const changes = (when: (request: Passing, answer: Answer) => boolean, change: (answer: Answer) => Answer): Spoil => ({
  after: (answer, request) => (when(request, answer) ? change(answer) : answer),
});
const withDate = (offset: number) =>
  changes(
    () => true,
    (answer) => ({ ...answer, headers: { ...answer.headers, date: new Date(Date.now() + offset).toUTCString() } }),
  );
const withoutCors = (answer: Answer): Answer => ({ ...answer, headers: without(answer.headers, 'access-control') });
const isOk = ({ status }: Answer) => status < 400;

const SPOILED: readonly [string, Spoil, string, State, string][] = [
  [
    'redirects',
    answers(() => true, { status: 301, headers: { location: 'https://cds.example/' }, text: '' }),
    'service.reach',
    'fault',
    'register the URL that the redirect leads to',
  ],
  [
    'HTML for discovery',
    answers(isDiscovery, { ...HTML, status: 200 }),
    'service.discovery',
    'fault',
    'the part before /cds-services',
  ],
  [
    'other JSON for discovery',
    answers(isDiscovery, { status: 200, headers: JSON_TYPE, text: '{}' }),
    'service.discovery',
    'fault',
    'Troponin First',
  ],
  [
    'discovery as text',
    changes(isDiscovery, (answer) => ({ ...answer, headers: { ...answer.headers, 'content-type': 'text/plain' } })),
    'service.content-type',
    'fault',
    'proxy',
  ],
  [
    'a service missing',
    changes(isDiscovery, (answer) => ({
      ...answer,
      text: changed(answer.text, ({ services }) => ({ services: (services as unknown[]).slice(1) })),
    })),
    'service.discovery',
    'warn',
    'deploy the version',
  ],
  ['no CORS at all', changes(() => true, withoutCors), 'service.cors', 'fault', 'TF_CORS_ORIGINS'],
  [
    'preflight refused',
    answers(({ method }) => method === 'OPTIONS', { ...HTML, status: 403 }),
    'service.cors',
    'fault',
    'TF_CORS_ORIGINS',
  ],
  [
    'no CORS on errors',
    changes((_, { status }) => status >= 400, withoutCors),
    'service.cors',
    'fault',
    'TF_CORS_ORIGINS',
  ],
  [
    'no CORS on answers',
    changes(({ method }, answer) => method === 'GET' && isOk(answer), withoutCors),
    'service.cors',
    'fault',
    'TF_CORS_ORIGINS',
  ],
  [
    'a header not allowed',
    changes(
      ({ method }) => method === 'OPTIONS',
      (answer) => ({ ...answer, headers: { ...answer.headers, 'access-control-allow-headers': 'Content-Type' } }),
    ),
    'service.cors',
    'fault',
    'TF_CORS_ORIGINS',
  ],
  [
    'HTML errors',
    changes(
      (_, { status }) => status >= 400,
      (answer) => ({ ...HTML, status: answer.status }),
    ),
    'service.bad-json',
    'fault',
    'gateway',
  ],
  [
    '500 for bad JSON',
    changes(
      (_, { status }) => status === 400,
      (answer) => ({ ...answer, status: 500 }),
    ),
    'service.bad-json',
    'fault',
    'gateway',
  ],
  [
    'any method',
    changes(
      (_, { status }) => status === 405,
      (answer) => ({ ...answer, status: 200 }),
    ),
    'service.wrong-method',
    'fault',
    'gateway',
  ],
  [
    '200 for what is not there',
    changes(
      (_, { status }) => status === 404,
      (answer) => ({ ...answer, status: 200 }),
    ),
    'service.unknown-service',
    'fault',
    'gateway',
  ],
  [
    'any type of body',
    {
      before: (request) => ({
        ...request,
        headers: request.headers['content-type'] === 'text/plain' ? JSON_TYPE : request.headers,
      }),
    },
    'service.media-type',
    'fault',
    'gateway',
  ],
  ['hooks behind a dead gateway', answers(isHook, HTML), 'service.hook.patient-view', 'fault', 'log'],
  [
    'hooks answered with HTML',
    answers(isHook, { ...HTML, status: 200 }),
    'service.hook.order-sign',
    'fault',
    'between',
  ],
  ['bodies too large', answers(isHook, { ...HTML, status: 413 }), 'service.hook.patient-view', 'fault', 'TF_MAX_BODY'],
  [
    'silence',
    answers(isHook, { status: 200, headers: JSON_TYPE, text: '{"cards":[]}' }),
    'service.hook.patient-view',
    'fault',
    'compare the content',
  ],
  [
    'a card cut',
    changes(isHook, (answer) => ({ ...answer, text: answer.text.replaceAll('"indicator"', '"indikator"') })),
    'service.hook.patient-view',
    'fault',
    'between',
  ],
  [
    'a failed search taken for nothing found',
    {
      before: (request) =>
        isHook(request)
          ? { ...request, body: request.body.replace(/\{"resourceType":"OperationOutcome".*?\]\}/, 'null') }
          : request,
    },
    'service.says-failed-search',
    'fault',
    'do not go live',
  ],
  [
    'a page taken for the whole',
    { before: (request) => ({ ...request, body: request.body.replace(/"link":\[.*?\]/, '"total":0') }) },
    'service.says-unread-pages',
    'fault',
    'do not go live',
  ],
  [
    'silence without conditions',
    changes(
      (_, { status }) => status === 412,
      (answer) => ({ ...answer, status: 200 }),
    ),
    'service.missing-conditions',
    'fault',
    'this version',
  ],
  [
    'feedback without store',
    answers(({ url }) => url.endsWith('/feedback'), { status: 503, headers: JSON_TYPE, text: '{}' }),
    'service.feedback',
    'fault',
    'DATABASE_URL',
  ],
  [
    'feedback not passed on',
    answers(({ url }) => url.endsWith('/feedback'), { ...HTML, status: 404 }),
    'service.feedback',
    'fault',
    'proxy',
  ],
  [
    'feedback only once',
    ((): Spoil => {
      let count = 0;
      return {
        before: (request) =>
          request.url.endsWith('/feedback') && (count += 1) > 1
            ? { status: 409, headers: JSON_TYPE, text: '{}' }
            : request,
      };
    })(),
    'service.feedback',
    'fault',
    'log',
  ],
  ['a clock five minutes off', withDate(300_000), 'service.clock', 'fault', 'NTP'],
  ['a clock twenty seconds off', withDate(-20_000), 'service.clock', 'warn', 'NTP'],
  [
    'not ready',
    changes(
      ({ url }) => url === '/ready',
      (answer) => ({ ...answer, status: 503, text: '{"status":"store unreachable"}' }),
    ),
    'service.ready',
    'fault',
    'TF_DATA_DIR',
  ],
  [
    'other content',
    changes(
      ({ url }) => url === '/ready',
      (answer) => ({
        ...answer,
        text: changed(answer.text, () => ({ status: 'ready', content: [{ contentHash: 'x' }] })),
      }),
    ),
    'service.content',
    'warn',
    'TF_SITE_DIR',
  ],
  [
    'metrics open',
    answers(({ url }) => url === '/metrics', { status: 200, headers: {}, text: '' }),
    'service.operator-paths',
    'warn',
    'TF_OPERATOR_TOKEN',
  ],
];

describe('one thing spoiled, one row says it', () => {
  test.each(SPOILED)('%s', async (_, spoil, check, state, fix) => {
    const spoiled = await startSpoiled(service.url, spoil);
    const rows = await checkService(contextFor(spoiled.origin));
    await spoiled.close();
    expect(rowOf(rows, check)).toEqual({ check, state, words: expect.any(String), fix: expect.stringContaining(fix) });
    expect(hasFaults({ rows, unknownCodes: [] })).toBe(rows.some((row) => row.state === 'fault'));
  });

  test('slow answers', async () => {
    const rows = await checkService(contextFor(service.url, { exchange: testExchange(600) }));
    expect(rowOf(rows, 'service.latency')).toMatchObject({ state: 'warn' });
  });

  test('health hidden is not checked, and no fault', async () => {
    const spoiled = await startSpoiled(
      service.url,
      answers(({ url }) => url === '/ready' || url === '/health', { ...HTML, status: 404 }),
    );
    const rows = await checkService(contextFor(spoiled.origin));
    await spoiled.close();
    expect(notGood(rows)).toEqual([
      'warn service.authentication',
      'not checked service.health',
      'not checked service.ready',
      'not checked service.content',
    ]);
  });

  test('nothing there, or no answer: nothing is taken for good', async () => {
    const silent = await startSpoiled(service.url, { before: () => 'silence' });
    const waiting = await checkService(contextFor(silent.origin, { exchange: testExchange(undefined, 200) }));
    await silent.close();
    const gone = await checkService(contextFor(silent.origin));
    expect(waiting[0]).toMatchObject({ check: 'service.reach', state: 'fault', words: 'no answer within 200 ms' });
    expect(gone[0]).toMatchObject({ check: 'service.reach', state: 'fault', words: 'nothing listens there' });
    for (const rows of [waiting, gone]) {
      expect(rows.filter(({ state }) => state === 'ok').map(({ check }) => check)).toEqual(['service.https']);
    }
  });

  test('http to another machine', async () => {
    const exchange = () => Promise.resolve({ unreached: 'nothing listens there' });
    const rows = await checkService(contextFor('http://cds.example', { exchange }));
    expect(rowOf(rows, 'service.https')?.state).toBe('fault');
  });
});

/* Tokens. */

describe('a service that asks who calls', () => {
  let keys: ClientKeys;
  let stranger: ClientKeys;
  let guarded: TestService;

  const authenticate = () => {
    const clients = parseClients(
      { clients: [{ name: 'general', iss: 'https://general.example', jwks: { keys: [keys.jwk] }, fhirServers: [] }] },
      { allowInsecure: false },
    );
    const { isReplayed } = createSeenTokens({
      remember: () => Promise.resolve(new Set()),
      isShared: false,
      now: Date.now,
      onStoreFailure: () => undefined,
    });
    return createAuthenticator({
      clients,
      fetchKeys: fetchKeysPlainly,
      isReplayed,
      now: Date.now,
    });
  };

  const signing = (pair: ClientKeys) =>
    signingClient({
      key: JSON.stringify({ ...pair.privateJwk, alg: pair.alg }),
      iss: 'https://general.example',
      kid: pair.kid,
      now: Date.now,
      newId: randomUUID,
    });

  async function rowsWith(credentials: Credentials): Promise<readonly Row[]> {
    return checkService(contextFor(guarded.url, { credentials }));
  }

  beforeAll(async () => {
    [keys, stranger] = await Promise.all([createClientKeys(), createClientKeys()]);
    guarded = await startTestService({ corsOrigins: [ORIGIN], authenticate: authenticate() });
  });

  afterAll(() => guarded.close());

  test('no token: refused as it should be, and nothing else is claimed', async () => {
    const rows = await rowsWith(NO_CREDENTIALS);
    expect(rowOf(rows, 'service.authentication')?.state).toBe('not checked');
    expect(notGood(rows)).toContain('not checked service.hooks');
    expect(rows.some(({ check }) => check.startsWith('service.hook.'))).toBe(false);
  });

  test('made out to another URL than PUBLIC_URL: says so', async () => {
    const rows = await rowsWith(await signing(keys));
    expect(rowOf(rows, 'service.authentication')).toMatchObject({
      state: 'fault',
      fix: expect.stringContaining('PUBLIC_URL'),
    });
  });

  test('a key that is not registered', async () => {
    expect(rowOf(await rowsWith(await signing(stranger)), 'service.authentication')?.state).toBe('fault');
  });

  describe('at its public URL', () => {
    let admitted: TestService;

    beforeAll(async () => {
      admitted = await startTestService({
        corsOrigins: [ORIGIN],
        authenticate: authenticate(),
        publicUrl: 'http://public.example',
      });
    });

    afterAll(() => admitted.close());

    /** What a client sees as http://public.example. */
    const asPublic = (context: Partial<ServiceContext> = {}) => {
      const real = testExchange(1);
      return contextFor('http://public.example', {
        exchange: (url, asked) => real(url.replace('http://public.example', admitted.url), asked),
        ...context,
      });
    };

    test('a token for each call: everything is checked', async () => {
      const rows = await checkService(asPublic({ credentials: await signing(keys) }));
      expect(notGood(rows)).toEqual(['fault service.https']);
      expect(rowOf(rows, 'service.authentication')?.state).toBe('ok');
    });

    test('a command that makes tokens does as well', async () => {
      const client = await signing(keys);
      const credentials = tokenFrom(
        async (url) => `Bearer ${(await client.headersFor(url))['authorization']?.slice(7) ?? ''}\n`,
      );
      expect(notGood(await checkService(asPublic({ credentials })))).toEqual(['fault service.https']);
    });

    test('one token serves one call', async () => {
      const client = await signing(keys);
      const token = (await client.headersFor('http://public.example/cds-services'))['authorization'] ?? '';
      const rows = await checkService(asPublic({ credentials: fixedToken(token) }));
      expect(rowOf(rows, 'service.hooks')).toMatchObject({
        state: 'not checked',
        words: expect.stringContaining('admitted once'),
      });
      expect(JSON.stringify(rows)).not.toContain(token.slice(7));
    });
  });
});

/* The command. */

describe('the command', () => {
  let folder: string;
  let printed: string[];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'doctor-'));
    writeFileSync(join(folder, 'key.json'), '{"kty":"EC"}');
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  afterEach(() => {
    jest.restoreAllMocks();
    process.exitCode = 0;
  });

  async function run(...args: readonly string[]): Promise<number> {
    printed = [];
    jest.spyOn(console, 'log').mockImplementation((line: unknown) => void printed.push(String(line)));
    process.exitCode = 0;
    await createProgram()
      .configureOutput({ writeErr: () => undefined })
      .parseAsync(['doctor', ...args], { from: 'user' });
    return process.exitCode;
  }

  test('a good service: 0, and a line for each check', async () => {
    expect(await run('--service', `${service.url}/cds-services`, '--no-feedback')).toBe(0);
    expect(printed.join('\n')).toMatch(
      /^ok {11}service\.reach: .*\n[\s\S]*checks: \d+ ok, \d+ warn, 0 fault, 2 not checked\.$/,
    );
  });

  test('a fault: 1; quiet prints what to mend, JSON everything', async () => {
    const spoiled = await startSpoiled(service.url, answers(isHook, HTML));
    expect(await run('--service', spoiled.origin, '--quiet')).toBe(1);
    expect(printed.join('\n')).not.toMatch(/^ok|not checked/m);
    expect(printed.join('\n')).toContain('fault        service.hook.patient-view: status 502');
    expect(await run('--service', spoiled.origin, '--json')).toBe(1);
    await spoiled.close();
    const report = JSON.parse(printed.join('')) as { readonly rows: readonly Row[] };
    expect(rowOf(report.rows, 'service.hook.patient-view')?.state).toBe('fault');
  });

  test.each<[string, readonly string[], string]>([
    ['nothing to look at', [], 'give --service, --fhir, or both'],
    ['no URL', ['--service', 'cds.example'], '--service must be'],
    ['a patient without a server', ['--service', 'https://cds.example', '--patient', 'p1'], 'asked of --fhir'],
    ['no id', ['--fhir', 'https://fhir.example', '--patient', 'a&b'], 'must be FHIR ids'],
    ['two kinds of credentials', ['--service', 'https://cds.example', '--token', 'a', '--key', 'b'], 'give one of'],
    ['a key alone', ['--service', 'https://cds.example', '--key', 'b'], '--iss and --kid'],
    [
      'a token file that is not there',
      ['--service', 'http://127.0.0.1:1', '--token', '/nowhere/token'],
      'cannot be read',
    ],
  ])('asked wrongly: %s', async (_, args, message) => {
    const asked = run(...args);
    await expect(asked).rejects.toBeInstanceOf(UsageError);
    await expect(asked).rejects.toThrow(message);
  });

  test('asked wrongly: a key that is none', async () => {
    const asked = run('--service', service.url, '--key', join(folder, 'key.json'), '--iss', 'i', '--kid', 'k');
    await expect(asked).rejects.toThrow('private JWK');
  });
});

test.each([
  ['https://cds.example', 'https://cds.example'],
  ['https://cds.example/', 'https://cds.example'],
  ['https://cds.example/cds-services', 'https://cds.example'],
  ['https://cds.example/tf/cds-services/esophageal-spasm-patient-view', 'https://cds.example/tf'],
])('the base of %s', (url, base) => {
  expect(baseOf(url)).toBe(base);
});

test('the text of a report: what to do stands below its row', () => {
  const rows: readonly Row[] = [{ check: 'a', state: 'fault', words: 'b', fix: 'c' }];
  expect(reportText({ rows, unknownCodes: [] }, true)).toBe('fault        a: b\n             → c');
});
