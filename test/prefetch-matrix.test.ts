import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Card } from '../src/cds-hooks/types.js';
import { isObject, objectsOf, type JsonObject } from '../src/fhir/json.js';
import type { DataNeed } from '../src/knowledge/content-types.js';
import { discover } from '../src/service/discovery.js';
import {
  bundleOf,
  cardiacOf,
  cardsOf,
  chartOfNumber,
  gapsSaid,
  issuesOf,
  prefetchOf,
  troponin,
  wordsOf,
} from './support/answers.js';
import { startEhr, type Ehr } from './support/ehr.js';
import { sendJson, startPeer, type Peer } from './support/peer.js';
import {
  hookBody,
  postHook,
  startTestService,
  topic,
  topics,
  type Reply,
  type TestService,
} from './support/service.js';
import { baseChart, loadVignettes } from './support/vignette.js';

/*
 * Every kind of data, times everything a client may send for it, times everything a FHIR server may do. What must
 * come out is worked out below, in `expected`, from three sentences: what was had whole gives the cards of the whole
 * chart; what was asked and found empty is none; what could not be had is said, and never read as none.
 */

jest.setTimeout(20_000);

const OUTCOME = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'exception' }] };
const NEEDS = topic().facts.needs;
const TEMPLATES = discover(topics()).services[0]?.prefetch ?? {};

type ChartName = 'no troponin' | 'serial in range';

/** One entry of each kind of medication data; each shows on the therapy card. */
const TREATED: readonly JsonObject[] = [
  {
    resourceType: 'MedicationRequest',
    id: 'm1',
    status: 'active',
    intent: 'order',
    medicationCodeableConcept: { text: 'Pantoprazole 40 mg oral tablet' },
  },
  {
    resourceType: 'MedicationStatement',
    id: 'm2',
    status: 'active',
    medicationCodeableConcept: { text: 'Peppermint oil' },
  },
  {
    resourceType: 'MedicationDispense',
    id: 'm3',
    status: 'completed',
    medicationCodeableConcept: { text: 'Diltiazem 60 mg oral tablet' },
    whenHandedOver: '2026-03-01',
  },
  { resourceType: 'AllergyIntolerance', id: 'a1', code: { text: 'Nitroglycerin' } },
].map((resource) => ofPatient('p1', resource));

function ofPatient(id: string, resource: JsonObject): JsonObject {
  const member = resource['resourceType'] === 'AllergyIntolerance' ? 'patient' : 'subject';
  return resource['resourceType'] === 'Patient' ? resource : { ...resource, [member]: { reference: `Patient/${id}` } };
}

const CHARTS: Readonly<Record<ChartName, readonly JsonObject[]>> = {
  'no troponin': [...baseChart(), ...TREATED],
  'serial in range': chartOfNumber(loadVignettes(), '10'),
};
const CHART_NAMES = Object.keys(CHARTS) as readonly ChartName[];

/** Another patient in the worst of health: nothing of it may count. */
const OTHER_PATIENT: readonly JsonObject[] = [
  { resourceType: 'Patient', id: 'p2', birthDate: '2020-01-01', deceasedBoolean: true },
  { resourceType: 'Encounter', id: 'e2', status: 'finished', class: { code: 'AMB' } },
  { resourceType: 'Condition', id: 'c2', code: { coding: [{ system: 'http://snomed.info/sct', code: '57054005' }] } },
  troponin('t2', '2026-03-09T06:00:00Z', 300),
  { resourceType: 'DiagnosticReport', id: 'r2', status: 'final', code: { text: 'ECG' }, conclusion: 'abnormal' },
  { resourceType: 'ServiceRequest', id: 's2', status: 'active', intent: 'order', code: { text: 'Troponin' } },
  { resourceType: 'Procedure', id: 'x2', status: 'completed', code: { text: 'ECG' } },
  {
    resourceType: 'MedicationRequest',
    id: 'q2',
    status: 'active',
    intent: 'order',
    medicationCodeableConcept: { text: 'Sildenafil 50 mg' },
  },
  {
    resourceType: 'MedicationStatement',
    id: 'n2',
    status: 'active',
    medicationCodeableConcept: { text: 'Isosorbide mononitrate 30 mg' },
  },
  {
    resourceType: 'MedicationDispense',
    id: 'd2',
    status: 'completed',
    medicationCodeableConcept: { text: 'Alendronate 70 mg' },
    whenHandedOver: '2026-03-01',
  },
  { resourceType: 'AllergyIntolerance', id: 'a2', code: { text: 'Diltiazem' } },
].map((resource) => ofPatient('p2', resource));

// What a client may send under a key.

const ABSENT = Symbol('absent');

interface Sending {
  readonly need: DataNeed;
  readonly value: unknown;
  readonly resources: readonly JsonObject[];
  readonly server: string;
}

function nextPageUrl({ need, server }: Sending, offset: number): string {
  const query = (TEMPLATES[need.key] ?? '').replace(/\{\{context\.(\w+)\}\}/g, (_, name: string) =>
    name === 'patientId' ? 'p1' : 'e1',
  );
  const search = query.replace(/&_count=\d+/, '');
  return `${server}/${search}${search.includes('?') ? `&_offset=${String(offset)}` : ''}`;
}

function firstPage(sending: Sending): JsonObject {
  const { need, resources } = sending;
  const size = need.read === undefined ? Math.ceil(resources.length / 2) : 0;
  const link = [{ relation: 'next', url: nextPageUrl(sending, size) }];
  return { ...bundleOf(resources.slice(0, size)), total: resources.length, link };
}

function withErrorEntry({ resources }: Sending): JsonObject {
  const entry = [...resources.map((resource) => ({ resource })), { resource: OUTCOME, search: { mode: 'outcome' } }];
  return { resourceType: 'Bundle', type: 'searchset', entry };
}

interface State {
  readonly state: string;
  readonly ids: string;
  readonly send: (sending: Sending) => unknown;
  /** What the client has said when the key is a search. */
  readonly says: 'nothing' | 'none' | 'part';
}

const STATES: readonly State[] = [
  { state: 'absent', ids: 'PRE-22', send: () => ABSENT, says: 'nothing' },
  { state: 'null', ids: 'PRE-23', send: () => null, says: 'none' },
  { state: 'an empty Bundle', ids: 'PRE-23', send: () => ({ ...bundleOf([]), entry: [] }), says: 'none' },
  { state: 'a Bundle without entry', ids: 'PRE-23', send: () => bundleOf([]), says: 'none' },
  { state: 'a Bundle with next link', ids: 'PRE-26', send: firstPage, says: 'part' },
  { state: 'an OperationOutcome', ids: 'PRE-24', send: () => OUTCOME, says: 'nothing' },
  { state: 'a Bundle with error outcome', ids: 'PRE-25', send: withErrorEntry, says: 'part' },
  {
    state: 'a resource of the wrong type',
    ids: 'PRE-29',
    send: () => ({ resourceType: 'Practitioner', id: 'p1' }),
    says: 'nothing',
  },
  { state: 'a string', ids: 'PRE-29', send: () => 'Patient/p1', says: 'nothing' },
  { state: 'an array', ids: 'PRE-29', send: ({ resources }) => resources, says: 'nothing' },
];

// What a FHIR server may do.

interface ServerRow {
  readonly server: string;
  readonly ids: string;
  readonly path?: string;
}

const SERVERS: readonly ServerRow[] = [
  { server: 'no FHIR access', ids: 'STA-03' },
  { server: 'good server', ids: 'PRE-27 GEN-10' },
  { server: 'server answers 401', ids: 'REQ-12 STA-04', path: '401' },
  { server: 'server answers 403', ids: 'REQ-12 STA-04', path: '403' },
  { server: 'server answers 404', ids: 'STA-04', path: '404' },
  { server: 'server answers 429', ids: 'STA-04', path: '429' },
  { server: 'server answers 500', ids: 'STA-04', path: '500' },
  { server: 'server hangs', ids: 'STA-04', path: 'hang' },
  { server: 'server lies', ids: 'PRE-21 REQ-21 SEC-16', path: 'lies' },
];

let foreign: Peer;
let faulty: Peer;
let service: TestService;
let hurried: TestService;
const ehrs = new Map<ChartName, Ehr>();
const base = new Map<ChartName, readonly Card[]>();

function dateOf({ effectiveDateTime = '' }: JsonObject): string {
  return String(effectiveDateTime);
}

/** No filter, oldest first, other patients among it, and the next page somewhere else. A read brings another one. */
function lie(type: string, isRead: boolean, chart: readonly JsonObject[]): unknown {
  const ofType = [...chart, ...OTHER_PATIENT].filter(({ resourceType }) => resourceType === type);
  if (isRead) return OTHER_PATIENT.find(({ resourceType }) => resourceType === type);
  const sorted = ofType.sort((one, other) => dateOf(one).localeCompare(dateOf(other)));
  return { ...bundleOf(sorted), link: [{ relation: 'next', url: `${foreign.base}/${type}?page=2` }] };
}

/** Paths: `/<status, hang or lies>/<number of the chart>/fhir/...` */
function misbehave(request: IncomingMessage, response: ServerResponse): void {
  const [, mode = '', chart = '', , type = ''] = (request.url ?? '').split(/[/?]/);
  if (mode === 'hang') return;
  const name = CHART_NAMES[Number(chart)] ?? 'no troponin';
  if (mode === 'lies') sendJson(response, 200, lie(type, request.url?.includes('?') !== true, CHARTS[name]));
  else sendJson(response, Number(mode), OUTCOME);
}

function serverUrl({ server, path }: ServerRow, chart: ChartName): string | undefined {
  if (server === 'good server') return ehrs.get(chart)?.fhirServer;
  return path === undefined ? undefined : `${faulty.origin}/${path}/${String(CHART_NAMES.indexOf(chart))}/fhir`;
}

beforeAll(async () => {
  foreign = await startPeer((_, response) => {
    sendJson(response, 200, bundleOf([]));
  });
  faulty = await startPeer(misbehave);
  for (const chart of CHART_NAMES) {
    const ehr = await startEhr();
    await ehr.load(CHARTS[chart]);
    ehrs.set(chart, ehr);
  }
  const allowedFhirServers = SERVERS.flatMap((row) => CHART_NAMES.flatMap((chart) => serverUrl(row, chart) ?? []));
  service = await startTestService({ allowedFhirServers, timeBudgetMs: 10_000 });
  hurried = await startTestService({ allowedFhirServers, timeBudgetMs: 250 });
  for (const chart of CHART_NAMES) {
    const fhirServer = ehrs.get(chart)?.fhirServer;
    base.set(chart, cardsOf(await postHook(service, hookBody({ prefetch: prefetchOf(CHARTS[chart]), fhirServer }))));
  }
});

afterAll(async () => {
  await Promise.all([service.close(), hurried.close(), foreign.close(), faulty.close()]);
  for (const ehr of ehrs.values()) await ehr.close();
});

function resourcesOf(value: unknown): readonly JsonObject[] {
  if (!isObject(value)) return [];
  if (value['resourceType'] !== 'Bundle') return [value];
  return objectsOf(value['entry']).flatMap(({ resource }) => (isObject(resource) ? [resource] : []));
}

function post(need: DataNeed, { send }: State, row: ServerRow, chart: ChartName): Promise<Reply> {
  const whole = prefetchOf(CHARTS[chart]);
  const value = whole[need.key];
  const fhirServer = serverUrl(row, chart);
  // Without FHIR access a next link leads to a server that would answer, so that following it would show.
  const server = fhirServer ?? foreign.base;
  const sent = send({ need, value, resources: resourcesOf(value), server });
  const prefetch = Object.fromEntries(
    Object.entries({ ...whole, [need.key]: sent }).filter(([, one]) => one !== ABSENT),
  );
  const access = fhirServer === undefined ? {} : { fhirServer };
  return postHook(row.path === 'hang' ? hurried : service, hookBody({ prefetch, ...access }));
}

// What must come out.

/** Sentences that only a whole search can prove. */
const CLAIMS: Readonly<Record<string, string>> = {
  troponins: 'no troponin found',
  studies: 'no 12-lead ecg found',
  reports: 'no 12-lead ecg found',
  procedures: 'no 12-lead ecg found',
  medicationRequests: 'no step found on the record',
  medicationStatements: 'no step found on the record',
};

/** The kinds of data whose entries in the chart are told on a card, so that their absence shows. */
const TOLD: Readonly<Record<ChartName, readonly string[]>> = {
  'no troponin': [
    'studies',
    'vitals',
    'medicationRequests',
    'medicationStatements',
    'medicationDispenses',
    'allergies',
  ],
  'serial in range': ['studies', 'vitals'],
};

interface Outcome {
  readonly status: number;
  /** `as base` when every byte of every card is. */
  readonly cards: 'as base' | 'other' | 'none' | 'refused';
  readonly cardiac?: string | undefined;
  /** Whether a card, or the refusal, names this kind of data as missing. */
  readonly isGapSaid: boolean;
  readonly isMilder: boolean;
  readonly claims: boolean;
}

type Knowledge = 'whole' | 'none' | 'part' | 'nothing';

/** What is known of a need, by the words of CDS Hooks: what the client said, completed by what the server adds. */
function knownOf(need: DataNeed, { says }: State, { server }: ServerRow): Knowledge {
  // A search may find none; a patient or encounter that was asked for and not found is still missing.
  if (says === 'none') return need.read === undefined ? 'none' : 'nothing';
  if (server === 'good server') return 'whole';
  // Of one chart entry there is no part; lies about a read are about someone else.
  if (need.read !== undefined) return 'nothing';
  return says === 'part' || server === 'server lies' ? 'part' : 'nothing';
}

function expected(need: DataNeed, state: State, row: ServerRow, chart: ChartName): Outcome {
  const known = knownOf(need, state, row);
  const cardiac = cardiacOf(base.get(chart) ?? []);
  const { key } = need;
  const same = { status: 200, cardiac, isGapSaid: false, isMilder: false };
  const claim = CLAIMS[key] ?? '';
  const isClaimedByBase =
    claim !== '' &&
    wordsOf(base.get(chart) ?? [])
      .toLowerCase()
      .includes(claim);
  if (known === 'whole') return { ...same, cards: 'as base', claims: isClaimedByBase };
  if (known === 'none') {
    if (key === 'conditions') return { ...same, cardiac: undefined, cards: 'none', claims: false };
    // Both troponins of the second chart are laboratory results as well, and the union of all answers counts.
    const cards = TOLD[chart].includes(key) ? 'other' : 'as base';
    return { ...same, cards, claims: key === 'studies' || isClaimedByBase };
  }
  const missing = { ...same, isGapSaid: true, claims: false };
  if (key === 'conditions' && known === 'nothing')
    return { ...missing, status: 412, cards: 'refused', cardiac: undefined };
  return { ...missing, cards: 'other', cardiac: key === 'troponins' ? 'troponin-not-checked' : cardiac };
}

const RANKS: readonly string[] = ['info', 'warning', 'critical'];

function rankOf(cards: readonly Card[]): number {
  return Math.max(-1, ...cards.map(({ indicator }) => RANKS.indexOf(indicator)));
}

function isSaidIn(words: string, title: string): boolean {
  return words.split('\n').some((line) => /not be checked:/i.test(line) && line.includes(title));
}

function seen(need: DataNeed, chart: ChartName, reply: Reply): Outcome {
  if (reply.status !== 200) {
    const isGapSaid = issuesOf(reply).some(
      ({ expression = [], diagnostics }) =>
        expression.includes(`prefetch.${need.key}`) && diagnostics.includes(need.title),
    );
    return {
      status: reply.status,
      cards: 'refused',
      cardiac: undefined,
      isGapSaid,
      isMilder: false,
      claims: false,
    };
  }
  const cards = cardsOf(reply);
  const before = base.get(chart) ?? [];
  const words = wordsOf(cards);
  const isSame = JSON.stringify(cards) === JSON.stringify(before);
  return {
    status: 200,
    cards: isSame ? 'as base' : cards.length === 0 ? 'none' : 'other',
    cardiac: cardiacOf(cards),
    isGapSaid: gapsSaid(cards).includes(need.key) && isSaidIn(words, need.title),
    isMilder: cards.length > 0 && rankOf(cards) < rankOf(before),
    claims: words.toLowerCase().includes(CLAIMS[need.key] ?? '\0'),
  };
}

test('the two charts this table starts from (GEN-10)', () => {
  expect(CHART_NAMES.map((chart) => cardiacOf(base.get(chart) ?? []))).toEqual([
    'troponin-not-found',
    'troponin-serial-in-range',
  ]);
  expect(NEEDS.map(({ key }) => key)).toEqual(expect.arrayContaining(['conditions', 'troponins', 'labs']));
});

describe.each(SERVERS)('$ids $server', (row) => {
  test.each(STATES)('$ids prefetch value: $state', async (state) => {
    foreign.forget();
    faulty.forget();
    const cells = CHART_NAMES.flatMap((chart) => NEEDS.map((need) => ({ chart, need })));
    const replies = await Promise.all(
      cells.map(async ({ chart, need }) => {
        const reply = await post(need, state, row, chart);
        const name = `${need.key}, ${chart}`;
        return [name, seen(need, chart, reply), expected(need, state, row, chart)] as const;
      }),
    );
    expect(Object.fromEntries(replies.map(([name, outcome]) => [name, outcome]))).toEqual(
      Object.fromEntries(replies.map(([name, , outcome]) => [name, outcome])),
    );
    expect(foreign.heard).toEqual([]);
  });
});

describe('only what is missing is asked (PRE-27), and nothing that was answered with none (PRE-23)', () => {
  const rows = STATES.map((state) => ({ ...state, name: state.state }));
  test.each(rows)('$ids $name', async (state) => {
    const ehr = ehrs.get('no troponin');
    const good = SERVERS.find(({ server }) => server === 'good server') ?? { server: '', ids: '' };
    const asked: Record<string, readonly string[]> = {};
    for (const need of NEEDS) {
      const before = ehr?.requests.length ?? 0;
      await post(need, state, good, 'no troponin');
      const urls = ehr?.requests.slice(before) ?? [];
      asked[need.key] = [...new Set(urls.map((url) => /^\/fhir\/(\w+)/.exec(url)?.[1] ?? url))];
    }
    expect(asked).toEqual(
      Object.fromEntries(NEEDS.map((need) => [need.key, state.says === 'none' ? [] : [need.resourceType]])),
    );
  });
});
