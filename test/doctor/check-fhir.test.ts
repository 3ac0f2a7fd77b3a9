import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import type { Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createFhirServer, type LoadableResource } from '../../src/demo/fhir-server.js';
import { checkFhir } from '../../src/doctor/check-fhir.js';
import type { FhirContext } from '../../src/doctor/fhir-context.js';
import { reportJson, reportText } from '../../src/doctor/report.js';
import type { State } from '../../src/doctor/row.js';
import { siteDraft } from '../../src/doctor/site-draft.js';
import { unknownCodes } from '../../src/doctor/unknown-codes.js';
import { CODE_KNOWLEDGE } from '../../src/facts/derived/index.js';
import type { JsonObject } from '../../src/fhir/json.js';
import { ContentError } from '../../src/knowledge/content-problem.js';
import { loadTopics } from '../../src/knowledge/load-topics.js';
import type { Topic } from '../../src/knowledge/topic.js';
import { listenOn } from '../support/ehr.js';
import { CARDS, topic } from '../support/service.js';
import { baseChart } from '../support/vignette.js';
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

/* The doctor against the embedded FHIR server, and against one before it that spoils one thing. */

const LOINC = 'http://loinc.org';
const SECRET = 'v-a-l-u-e';
const asOf = Date.now();
let server: Server;
let origin: string;
let base: string;

function observation(id: string, hoursAgo: number, coding: JsonObject, more: JsonObject = {}): JsonObject {
  return {
    resourceType: 'Observation',
    id,
    status: 'final',
    category: [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }] },
    ],
    code: { coding: [coding] },
    subject: { reference: 'Patient/p1' },
    effectiveDateTime: new Date(asOf - hoursAgo * 3_600_000).toISOString(),
    valueQuantity: { value: 5, unit: 'ng/L', system: 'http://unitsofmeasure.org', code: 'ng/L' },
    ...more,
  };
}

const TROPONIN = { system: LOINC, code: '89579-7' };

beforeAll(async () => {
  const app = express();
  ({ server, origin } = await listenOn(app));
  base = `${origin}/fhir`;
  const fhir = await createFhirServer({ baseUrl: base, pageSize: 1000 });
  app.use('/fhir', fhir.router);
  const chart = [
    ...baseChart(),
    observation('t1', 1, TROPONIN),
    observation('t2', 4, { system: LOINC, code: '6598-7' }),
    observation('old', 900, { system: LOINC, code: '2823-3' }),
  ];
  await fhir.load(chart as unknown as readonly LoadableResource[]);
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function contextFor(url: string, more: Partial<FhirContext> = {}): FhirContext {
  return {
    base: url,
    exchange: testExchange(),
    token: undefined,
    patients: ['p1'],
    encounterId: 'e1',
    topic: topic(),
    timeBudgetMs: 60_000,
    pages: 10,
    now: () => asOf,
    ...more,
  };
}

test('a server that does what it says: every check was made and is good', async () => {
  const { rows, codes } = await checkFhir(contextFor(base));
  expect(notGood(rows)).toEqual([]);
  expect(codes).toEqual([]);
  const needs = topic().facts.needs;
  expect(rows.map(({ check }) => check)).toEqual(expect.arrayContaining(needs.map(({ key }) => `fhir.answer.${key}`)));
  expect(rowOf(rows, 'fhir.codes.troponins')?.words).toContain('all 2');
});

test('without a patient nothing is claimed of searches', async () => {
  const { rows } = await checkFhir(contextFor(base, { patients: [], encounterId: undefined }));
  expect(notGood(rows)).toEqual(
    expect.arrayContaining(['not checked fhir.queries', 'not checked fhir.paging', 'not checked fhir.answers']),
  );
  expect(rows.some(({ check }) => check.startsWith('fhir.query.'))).toBe(false);
});

test('a patient who is not there: nothing of what was not found is called good', async () => {
  const { rows } = await checkFhir(contextFor(base, { patients: ['nobody'], encounterId: undefined }));
  expect(notGood(rows)).toEqual(
    expect.arrayContaining([
      'warn fhir.answer.patient',
      'not checked fhir.sort',
      'not checked fhir.paging',
      'not checked fhir.codes.troponins',
      'not checked codes.troponin',
    ]),
  );
});

/* One thing spoiled. */

const FHIR_JSON = { 'content-type': 'application/fhir+json' };
const OUTCOME = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'exception' }] };
const refused = (status: number): Answer => ({ status, headers: FHIR_JSON, text: JSON.stringify(OUTCOME) });
const page = (html = '<!DOCTYPE html>login'): Answer => ({
  status: 200,
  headers: { 'content-type': 'text/html' },
  text: html,
});
const empty: Answer = {
  status: 200,
  headers: FHIR_JSON,
  text: JSON.stringify({ resourceType: 'Bundle', type: 'searchset', total: 0 }),
};

const isMetadata = ({ url }: Passing) => url.endsWith('/metadata');
const isOf =
  (type: string) =>
  ({ url }: Passing) =>
    new RegExp(`/fhir/${type}[?/]`).test(url);
const hasList = ({ url }: Passing) => /code=[^&]*,/.test(decodeURIComponent(url));
const answers = (when: (request: Passing) => boolean, answer: Answer): Spoil => ({
  before: (request) => (when(request) ? answer : request),
});
const rewrites = (pattern: RegExp, by: string): Spoil => ({
  before: (request) => ({ ...request, url: request.url.replace(pattern, by) }),
});
type Change = (bundle: JsonObject) => unknown;
const bundles = (change: Change, when: (request: Passing) => boolean = () => true): Spoil => ({
  after: (answer, request) => {
    if (!when(request) || !answer.text.startsWith('{"resourceType":"Bundle"')) return answer;
    return { ...answer, text: changed(answer.text, change) };
  },
});
const statement = (change: Change): Spoil => ({
  after: (answer, request) => (isMetadata(request) ? { ...answer, text: changed(answer.text, change) } : answer),
});
const entriesOf = ({ entry }: JsonObject) => (Array.isArray(entry) ? (entry as readonly JsonObject[]) : []);
const linksOf = ({ link }: JsonObject) => (Array.isArray(link) ? (link as readonly JsonObject[]) : []);
const lacksType = (type: string): Spoil =>
  statement((one) => {
    const [rest] = one['rest'] as readonly { readonly resource: readonly JsonObject[] }[];
    return { ...one, rest: [{ resource: rest?.resource.filter((resource) => resource['type'] !== type) }] };
  });
const isSecondPage = ({ url }: Passing) => url.includes('_offset=');

/** As some web servers do: RFC 3986 knows no bar in a URL. */
const refusesBars: Spoil = { before: (request) => (request.url.includes('|') ? refused(400) : request) };

const SPOILED: readonly [string, Spoil, string, State, string][] = [
  ['HTML at /metadata', answers(isMetadata, page()), 'fhir.metadata', 'fault', 'a page of HTML is mostly a login'],
  [
    '/metadata redirects',
    answers(isMetadata, { status: 302, headers: { location: 'https://x.example' }, text: '' }),
    'fhir.metadata',
    'fault',
    'register the URL',
  ],
  ['/metadata is something else', answers(isMetadata, empty), 'fhir.metadata', 'fault', 'the part before /metadata'],
  ['/metadata is not there', answers(isMetadata, refused(404)), 'fhir.metadata', 'fault', 'the part before /metadata'],
  ['/metadata wants a token', answers(isMetadata, refused(401)), 'fhir.metadata', 'warn', 'should be open'],
  ['a FHIR version of its own', statement((one) => ({ ...one, fhirVersion: '4.6.0' })), 'fhir.version', 'warn', 'R4B'],
  ['no FHIR version', statement(({ fhirVersion: _, ...one }) => one), 'fhir.version', 'warn', 'vendor'],
  ['a type missing', lacksType('MedicationDispense'), 'fhir.types', 'warn', 'prefetch'],
  ['conditions missing', lacksType('Condition'), 'fhir.types', 'fault', 'prefetch'],
  [
    '_sort ignored',
    bundles((one) => ({ ...one, entry: [...entriesOf(one)].reverse() }), isOf('Observation')),
    'fhir.sort',
    'warn',
    'every page is read',
  ],
  [
    '_sort ignored, in a published query',
    bundles((one) => ({ ...one, entry: [...entriesOf(one)].reverse() }), isOf('Observation')),
    'fhir.query.troponins',
    'warn',
    '`_sort=-date` supported',
  ],
  [
    '_sort refused',
    { before: (request) => (request.url.includes('_sort') ? refused(400) : request) },
    'fhir.sort',
    'warn',
    'every page is read',
  ],
  ['comma lists refused', answers(hasList, refused(400)), 'fhir.query.troponins', 'warn', 'plainer forms'],
  ['comma lists answered with nothing', answers(hasList, empty), 'fhir.codes.troponins', 'fault', 'do not go live'],
  ['code ignored', rewrites(/&code=[^&]*/, ''), 'fhir.query.troponins', 'warn', 'filters again'],
  ['category ignored', rewrites(/&category=[^&]*/, ''), 'fhir.query.labs', 'warn', 'filters again'],
  ['date ignored', rewrites(/&date=[^&]*/, ''), 'fhir.date', 'warn', 'filters again'],
  [
    'date refused',
    { before: (request) => (request.url.includes('date=ge') ? refused(400) : request) },
    'fhir.date',
    'warn',
    'without it',
  ],
  [
    'next links to elsewhere',
    bundles((one) => ({
      ...one,
      link: linksOf(one).map((link) =>
        link['relation'] === 'next' ? { ...link, url: 'https://inner.example/next' } : link,
      ),
    })),
    'fhir.paging',
    'fault',
    'public address',
  ],
  [
    'next links to elsewhere in a published query',
    bundles((one) => ({ ...one, link: [{ relation: 'next', url: 'https://inner.example/next' }] }), isOf('Procedure')),
    'fhir.query.procedures',
    'fault',
    'public address',
  ],
  ['no next links', bundles((one) => ({ ...one, link: [] })), 'fhir.paging', 'fault', 'next links'],
  ['next pages refused', answers(isSecondPage, refused(403)), 'fhir.paging', 'fault', 'token'],
  ['next pages that repeat', rewrites(/&_offset=\d+/, ''), 'fhir.paging', 'fault', 'pages that repeat'],
  [
    'entries left out',
    bundles((one) => ({ ...one, entry: entriesOf(one).slice(1) }), isOf('Condition')),
    'fhir.query.conditions',
    'fault',
    'none found',
  ],
  [
    'another patient’s entries',
    bundles(
      (one) => ({
        ...one,
        entry: entriesOf(one).map((entry, index) =>
          index > 0
            ? entry
            : { resource: { ...(entry['resource'] as JsonObject), subject: { reference: 'Patient/p2' } } },
        ),
      }),
      isOf('Condition'),
    ),
    'fhir.query.conditions',
    'fault',
    'find out why',
  ],
  [
    'something withheld',
    bundles((one) => ({ ...one, entry: [...entriesOf(one), { resource: OUTCOME }] }), isOf('Condition')),
    'fhir.query.conditions',
    'warn',
    'rights of the token',
  ],
  [
    'a scope missing',
    answers(isOf('DiagnosticReport'), refused(403)),
    'fhir.query.reports',
    'fault',
    'patient/DiagnosticReport.read',
  ],
  [
    'and what the card will say',
    answers(isOf('DiagnosticReport'), refused(403)),
    'fhir.answer.reports',
    'warn',
    'scopes',
  ],
  ['no conditions', answers(isOf('Condition'), refused(500)), 'fhir.answer.conditions', 'fault', 'see the query above'],
  ['HTML for a search', answers(isOf('ServiceRequest'), page()), 'fhir.query.orders', 'warn', 'plainer forms'],
  [
    'a search redirects',
    answers(isOf('ServiceRequest'), { status: 302, headers: { location: '/x' }, text: '' }),
    'fhir.query.orders',
    'warn',
    'plainer forms',
  ],
  [
    'answers kept by caches',
    { after: (answer) => ({ ...answer, headers: { ...answer.headers, 'cache-control': 'public, max-age=60' } }) },
    'fhir.query.labs',
    'warn',
    'no-store',
  ],
];

describe('one thing spoiled, one row says it', () => {
  test.each(SPOILED)('%s', async (_, spoil, check, state, fix) => {
    const spoiled = await startSpoiled(origin, {
      ...spoil,
      // Its own links, as a server that knows its public address writes them.
      after: (answer, request) => {
        const { origin: own } = spoiled;
        const relinked = { ...answer, text: answer.text.replaceAll(origin, own) };
        return spoil.after?.(relinked, request) ?? relinked;
      },
    });
    const { rows } = await checkFhir(contextFor(`${spoiled.origin}/fhir`));
    await spoiled.close();
    expect(rowOf(rows, check)).toEqual({ check, state, words: expect.any(String), fix: expect.stringContaining(fix) });
  });

  test('a server of another version: what R4 asks is not tried, and nothing is called good', async () => {
    const spoiled = await startSpoiled(
      origin,
      statement((one) => ({ ...one, fhirVersion: '5.0.0' })),
    );
    const { rows } = await checkFhir(contextFor(`${spoiled.origin}/fhir`));
    await spoiled.close();
    expect(rowOf(rows, 'fhir.version')).toMatchObject({ state: 'ok', words: 'FHIR 5.0.0 (R5)' });
    for (const check of ['fhir.types', 'fhir.queries', 'fhir.paging', 'fhir.answers'])
      expect(rowOf(rows, check)).toMatchObject({ state: 'not checked', words: expect.stringContaining('R5') });
  });

  test('comma lists refused: the service still gets it whole', async () => {
    const spoiled = await startSpoiled(origin, answers(hasList, refused(400)));
    const { rows } = await checkFhir(contextFor(`${spoiled.origin}/fhir`));
    await spoiled.close();
    expect(rowOf(rows, 'fhir.answer.troponins')).toMatchObject({
      state: 'ok',
      words: expect.stringContaining('2 entries'),
    });
  });

  test('a server that refuses a bare bar in a URL is asked as an EHR would ask', async () => {
    const spoiled = await startSpoiled(origin, refusesBars);
    const { rows } = await checkFhir(contextFor(`${spoiled.origin}/fhir`));
    await spoiled.close();
    expect(rowOf(rows, 'fhir.query.troponins')?.state).toBe('ok');
    expect(rowOf(rows, 'fhir.codes.troponins')?.state).toBe('ok');
  });

  test('no POST _search: said, and no fault', async () => {
    const spoiled = await startSpoiled(
      origin,
      answers(({ method }) => method === 'POST', refused(405)),
    );
    const { rows } = await checkFhir(contextFor(`${spoiled.origin}/fhir`));
    await spoiled.close();
    expect(rowOf(rows, 'fhir.post-search')).toMatchObject({
      state: 'ok',
      words: expect.stringContaining('not answered, and not needed'),
    });
  });

  test.each<[string, number, State]>([
    ['slow', 1500, 'warn'],
    ['too slow', 2500, 'fault'],
  ])('%s for the time budget', async (_, step, state) => {
    const { rows } = await checkFhir(contextFor(base, { exchange: testExchange(step), timeBudgetMs: 2000 }));
    expect(rowOf(rows, 'fhir.query.conditions')).toMatchObject({
      state,
      fix: expect.stringContaining('TF_TIME_BUDGET_MS'),
    });
  });

  test('all together too slow', async () => {
    let time = asOf;
    const { rows } = await checkFhir(contextFor(base, { now: () => (time += 3000), timeBudgetMs: 2000 }));
    expect(rowOf(rows, 'fhir.time')?.state).toBe('fault');
  });

  test('nothing there: nothing is taken for good', async () => {
    const spoiled = await startSpoiled(origin, {});
    await spoiled.close();
    const { rows } = await checkFhir(contextFor(`${spoiled.origin}/fhir`));
    expect(rows.filter(({ state }) => state === 'ok').map(({ check }) => check)).toEqual(['fhir.https']);
    expect(rowOf(rows, 'fhir.metadata')).toMatchObject({
      state: 'fault',
      fix: expect.stringContaining('TF_PRIVATE_NETWORKS'),
    });
  });
});

/* Codes that only their names betray. */

const LAB = 'https://hospital.example/lab';
const hiding = (id: string, code: JsonObject, more: JsonObject = {}) => ({ ...observation(id, 1, {}), code, ...more });
const local = (code: string, display: string) => ({ coding: [{ system: LAB, code, display }] });

const HIDDEN: readonly JsonObject[] = [
  hiding('x1', local('HS1', 'Troponin I hs')),
  hiding('x2', local('HS1', 'Troponin I hs'), { valueQuantity: { value: 1, unit: 'pg/mL' }, valueString: SECRET }),
  hiding('x3', local('HSTNT', 'Heart marker')),
  hiding('x4', { coding: [{ system: LOINC, code: '99999-9', display: 'Troponin T new' }] }),
  hiding('x5', { text: 'cTnI point of care' }),
  hiding('x6', local('TD', 'Troponin delta')),
  hiding('x7', local('PANEL', 'Panel'), {
    component: [{ code: local('HS2', 'hs-TnI 2 h'), valueQuantity: { value: 2, unit: 'ng/L' } }],
  }),
  hiding('x8', local('EK', 'ECG 12 lead')),
  hiding('x9', { coding: [{ system: LAB, code: 'HS3', display: 'Troponin' }, TROPONIN] }),
  hiding('x10', local('K', 'Potassium')),
  {
    resourceType: 'Condition',
    id: 'c1',
    code: { coding: [{ system: LAB, code: 'D1', display: 'Nutcracker esophagus' }] },
  },
  { resourceType: 'Condition', id: 'c2', code: local('D2', 'Asthma') },
  { resourceType: 'Condition', id: 'c3', code: local('D3', 'Troponin elevated') },
];

describe('codes of no value set', () => {
  test('by name, code or component; the most frequent first; what a known code stands beside is known', () => {
    const found = unknownCodes(HIDDEN, topic()).map(({ kind, code, units, count, isNoResult }) => ({
      kind,
      code,
      units,
      count,
      isNoResult,
    }));
    const one = { units: ['ng/L'], count: 1, isNoResult: false };
    expect(found).toEqual([
      { kind: 'troponin', code: 'HS1', units: ['ng/L', 'pg/mL'], count: 2, isNoResult: false },
      { ...one, kind: 'troponin', code: 'HSTNT' },
      { ...one, kind: 'troponin', code: '99999-9' },
      { ...one, kind: 'troponin', code: undefined },
      { ...one, kind: 'troponin', code: 'TD', isNoResult: true },
      { ...one, kind: 'troponin', code: 'HS2' },
      { ...one, kind: 'ecg', code: 'EK' },
      { kind: 'spasm', code: 'D1', units: [], count: 1, isNoResult: false },
    ]);
  });

  test('a site that added the code has no more to be told of it', () => {
    const [site] = loadTopics(CARDS, CODE_KNOWLEDGE, new URL('../../fixtures/site-example/', import.meta.url).pathname);
    const tnih = hiding('x1', local('TNIH', 'Troponin I hs'));
    expect([unknownCodes([tnih], topic()), unknownCodes([tnih], site as Topic)].map(({ length }) => length)).toEqual([
      1, 0,
    ]);
  });

  test.each([
    ['of a patient', ['p1']],
    ['across the server', []],
  ])('are found in a server %s, and told without patient or value', async (_, patients) => {
    const entry = HIDDEN.map((resource) => ({
      resource: { ...resource, subject: { reference: 'Patient/p1', display: 'Otis Brandtmeier' } },
    }));
    const of = (type: string): Answer => ({
      ...empty,
      text: JSON.stringify({
        resourceType: 'Bundle',
        type: 'searchset',
        entry: entry.filter(({ resource }) => (resource as JsonObject)['resourceType'] === type),
      }),
    });
    const spoiled = await startSpoiled(origin, {
      before: (request) =>
        isOf('Observation')(request) ? of('Observation') : isOf('Condition')(request) ? of('Condition') : request,
    });
    const { rows, codes } = await checkFhir(contextFor(`${spoiled.origin}/fhir`, { patients, encounterId: undefined }));
    await spoiled.close();
    expect(notGood(rows)).toEqual(
      expect.arrayContaining(['warn codes.troponin', 'warn codes.ecg', 'warn codes.spasm']),
    );
    const report = { rows, unknownCodes: codes };
    expect(reportText(report, false)).toContain(`  ${LAB}|HS1 "Troponin I hs", in ng/L, pg/mL, 2 times`);
    for (const text of [reportText(report, false), reportJson(report)]) {
      expect(text).not.toMatch(/\bp1\b|Brandtmeier|v-a-l-u-e|x\d\b/);
    }
  });

  test('a server that cannot be asked across patients: not checked', async () => {
    const spoiled = await startSpoiled(
      origin,
      answers(({ url }) => !isMetadata({ url } as Passing), refused(403)),
    );
    const { rows } = await checkFhir(contextFor(`${spoiled.origin}/fhir`, { patients: [] }));
    await spoiled.close();
    expect(rowOf(rows, 'codes.troponin')).toMatchObject({
      state: 'not checked',
      words: expect.stringContaining('status 403'),
    });
  });

  test('a list that was not read to its end is not called whole', async () => {
    const { rows } = await checkFhir(contextFor(base, { pages: 1, patients: ['p1'] }));
    expect(rowOf(rows, 'codes.troponin')?.words).not.toContain('not all');
    const spoiled = await startSpoiled(origin, rewrites(/_count=\d+/, '_count=2'));
    const short = await checkFhir(contextFor(`${spoiled.origin}/fhir`, { pages: 1 }));
    await spoiled.close();
    expect(rowOf(short.rows, 'codes.troponin')?.words).toContain('not all');
  });

  test('the draft is refused as it stands: nobody has said yet what the codes are', () => {
    const folder = mkdtempSync(join(tmpdir(), 'draft-'));
    mkdirSync(join(folder, 'esophageal-spasm'));
    const draft = siteDraft(unknownCodes(HIDDEN, topic()));
    writeFileSync(join(folder, 'esophageal-spasm', 'codes.json'), JSON.stringify(draft));
    expect(() => loadTopics(CARDS, CODE_KNOWLEDGE, folder)).toThrow(ContentError);
    rmSync(folder, { recursive: true });
    expect(JSON.stringify(draft)).not.toContain('point of care');
    expect(siteDraft([])).toBeUndefined();
  });
});
