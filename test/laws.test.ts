import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import type { Card } from '../src/cds-hooks/types.js';
import { isObject, objectsOf, type JsonObject } from '../src/fhir/json.js';
import { discover } from '../src/service/discovery.js';
import {
  basisOf,
  bundleOf,
  cardiacOf,
  cardsOf,
  codeOf,
  contextOf,
  gapsSaid,
  KEYS,
  prefetchOf,
  requestOf,
  titlesOf,
  troponin,
  without,
  wordsOf,
} from './support/answers.js';
import { startEhr, type Ehr } from './support/ehr.js';
import { sendJson, startPeer, type Peer } from './support/peer.js';
import {
  hookBody,
  inBatches,
  postHook,
  startTestService,
  topics,
  type HookBody,
  type Reply,
  type TestService,
} from './support/service.js';
import { chartOf, loadVignettes, type Vignette } from './support/vignette.js';

/*
 * Laws that hold for every patient: what must not matter does not, by whichever way the data come, and what is not
 * known never calms. Each is tried on every vignette, and on random mixtures with a fixed seed.
 */

jest.setTimeout(180_000);

const SEED = 20_260_310;
const TEMPLATES = discover(topics()).services[0]?.prefetch ?? {};

/** What fails to be read is a matter of the server; the laws are about what there is to read. */
const VIGNETTES = loadVignettes().filter(({ faults }) => faults === undefined);

type Prefetch = Readonly<Record<string, unknown>>;

let service: TestService;
let ehr: Ehr;
let pages: Peer;
const served = new Map<string, unknown>();
const base = new Map<string, Reply>();
/** What patient-view says of the same chart, where the order hooks may leave the cardiac card out. */
const views = new Map<string, Reply>();

beforeAll(async () => {
  ehr = await startEhr();
  pages = await startPeer((request, response) => {
    const page = served.get(request.url ?? '');
    if (page === undefined) sendJson(response, 404, { resourceType: 'OperationOutcome', issue: [] });
    else sendJson(response, 200, page);
  });
  service = await startTestService({ allowedFhirServers: [ehr.fhirServer, pages.base], timeBudgetMs: 20_000 });
  await each(async (vignette) => {
    base.set(vignette.id, await postHook(service, requestOf(vignette)));
    if (isOrdering(vignette))
      views.set(vignette.id, await postHook(service, requestOf(vignette, { hook: 'patient-view' })));
  });
});

afterAll(async () => {
  await Promise.all([service.close(), pages.close()]);
  await ehr.close();
});

function isOrdering({ hook }: Vignette): boolean {
  return hook === 'order-select' || hook === 'order-sign';
}

/** The hook that adds a condition judges that one alone; all others have to know the conditions on the chart. */
function needsConditions({ hook }: Vignette): boolean {
  return hook !== 'problem-list-item-create';
}

/** Runs something for every vignette and gives back what it found wrong, by vignette. */
async function each(
  check: (vignette: Vignette, index: number) => Promise<unknown>,
  vignettes = VIGNETTES,
): Promise<Readonly<Record<string, unknown>>> {
  const found = await inBatches(
    vignettes,
    async (vignette, index) => [vignette.id, await check(vignette, index)] as const,
  );
  return Object.fromEntries(found.filter(([, problem]) => problem !== undefined));
}

function baseOf({ id }: Vignette): Reply {
  const reply = base.get(id);
  if (reply === undefined) throw new Error(`no answer for ${id}`);
  return reply;
}

function wholeOf(vignette: Vignette): Prefetch {
  return prefetchOf(chartOf(vignette), contextOf(vignette));
}

async function sendPrefetch(vignette: Vignette, prefetch: Prefetch, more: Partial<HookBody> = {}): Promise<Reply> {
  return postHook(service, requestOf(vignette, { ...more, prefetch }));
}

/** What differs between two answers: the first line of cards that does, so that a failure can be read. */
function difference(reply: Reply, expected: Reply): string | undefined {
  if (reply.text === expected.text) return undefined;
  if (reply.status !== 200 || expected.status !== 200) return `${String(expected.status)} → ${String(reply.status)}`;
  const [before, after] = [expected, reply].map((one) => JSON.stringify(one.body, null, 1).split('\n'));
  const index = after?.findIndex((line, at) => line !== before?.[at]) ?? 0;
  return `${before?.[index] ?? ''} → ${after?.[index] ?? ''}`;
}

function entriesOf(value: unknown): readonly JsonObject[] {
  return isObject(value) && value['resourceType'] === 'Bundle' ? objectsOf(value['entry']) : [];
}

/** Changes the entries of every Bundle of a prefetch. */
function mapEntries(
  prefetch: Prefetch,
  change: (entries: readonly JsonObject[], key: string) => readonly JsonObject[],
): Prefetch {
  return Object.fromEntries(
    Object.entries(prefetch).map(([key, value]) => {
      if (!isObject(value) || value['resourceType'] !== 'Bundle') return [key, value];
      const entry = change(entriesOf(value), key);
      const total = entry.filter(
        ({ resource }) => isObject(resource) && resource['resourceType'] !== 'OperationOutcome',
      ).length;
      return [key, { ...value, total, entry }];
    }),
  );
}

function resources(...list: readonly JsonObject[]): readonly JsonObject[] {
  return list.map((resource) => ({ resource, search: { mode: 'match' } }));
}

const own = { subject: { reference: 'Patient/p1' } };
const foreign = { subject: { reference: 'Patient/p2' } };
const coded = (system: string, code: string, display: string) => ({ code: { coding: [{ system, code, display }] } });
const LOINC = 'http://loinc.org';
const SNOMED = 'http://snomed.info/sct';
const NOW = { effectiveDateTime: '2026-03-10T11:30:00Z' };

/** The patient's own entries that have nothing to do with the heart or the esophagus, by type. */
const UNRELATED: readonly JsonObject[] = [
  { resourceType: 'Condition', id: 'u1', ...own, ...coded(SNOMED, '195967001', 'Asthma'), recordedDate: '2026-03-10' },
  { resourceType: 'Condition', id: 'u2', ...own, code: { text: 'Hay fever' } },
  {
    resourceType: 'Observation',
    id: 'u3',
    status: 'final',
    ...own,
    ...coded(LOINC, '2951-2', 'Sodium'),
    ...NOW,
    valueQuantity: { value: 140, unit: 'mmol/L' },
  },
  {
    resourceType: 'Observation',
    id: 'u4',
    status: 'final',
    ...own,
    ...coded(LOINC, '8310-5', 'Body temperature'),
    ...NOW,
    valueQuantity: { value: 39, unit: 'Cel' },
  },
  {
    resourceType: 'Observation',
    id: 'u5',
    status: 'final',
    ...own,
    ...coded(LOINC, '13969-1', 'Creatine kinase MB'),
    ...NOW,
    valueQuantity: { value: 900, unit: 'ng/mL' },
    interpretation: [{ coding: [{ code: 'HH' }] }],
  },
  {
    resourceType: 'DiagnosticReport',
    id: 'u6',
    status: 'final',
    ...own,
    ...coded(LOINC, '36643-5', 'Chest X-ray'),
    ...NOW,
    conclusion: 'abnormal',
  },
  {
    resourceType: 'ServiceRequest',
    id: 'u7',
    status: 'active',
    intent: 'order',
    ...own,
    ...coded(LOINC, '58410-2', 'CBC panel'),
    authoredOn: '2026-03-10T11:00:00Z',
  },
  {
    resourceType: 'Procedure',
    id: 'u8',
    status: 'completed',
    ...own,
    ...coded(SNOMED, '80146002', 'Appendectomy'),
    performedDateTime: '2020-01-01',
  },
  // A drug that no rule speaks of. One without any name would rightly make the list unreadable.
  {
    resourceType: 'MedicationRequest',
    id: 'u9',
    status: 'active',
    intent: 'order',
    ...own,
    medicationCodeableConcept: { text: 'Lisinopril 10 mg oral tablet' },
  },
  {
    resourceType: 'MedicationStatement',
    id: 'u11',
    status: 'active',
    ...own,
    medicationCodeableConcept: {
      coding: [{ system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code: '314076', display: 'lisinopril 10 MG' }],
    },
  },
  {
    resourceType: 'MedicationDispense',
    id: 'u12',
    status: 'completed',
    ...own,
    medicationReference: { display: 'Levothyroxine 50 microgram tablet' },
    whenHandedOver: '2026-03-01',
  },
  {
    resourceType: 'AllergyIntolerance',
    id: 'u13',
    clinicalStatus: { coding: [{ code: 'active' }] },
    patient: { reference: 'Patient/p1' },
    code: { text: 'Peanuts' },
  },
  { resourceType: 'Practitioner', id: 'u10' },
];

/** What would change everything if it were this patient's. */
const OTHER_PATIENTS: readonly JsonObject[] = [
  { resourceType: 'Patient', id: 'p2', birthDate: '2020-01-01', deceasedBoolean: true },
  {
    resourceType: 'Condition',
    id: 'o1',
    ...foreign,
    ...coded(SNOMED, '57054005', 'Acute myocardial infarction'),
    recordedDate: '2026-03-10',
  },
  { resourceType: 'Condition', id: 'o2', ...foreign, ...coded('http://hl7.org/fhir/sid/icd-10-cm', 'K22.4', 'Spasm') },
  troponin('o3', '2026-03-10T11:30:00Z', 300, foreign),
  {
    resourceType: 'Observation',
    id: 'o4',
    status: 'final',
    ...foreign,
    ...coded(LOINC, '8867-4', 'Heart rate'),
    ...NOW,
    valueQuantity: { value: 190, unit: '/min', code: '/min' },
  },
  {
    resourceType: 'Observation',
    id: 'o5',
    status: 'final',
    ...foreign,
    ...coded(LOINC, '11524-6', 'ECG'),
    ...NOW,
    interpretation: [{ coding: [{ code: 'AA' }] }],
  },
  {
    resourceType: 'DiagnosticReport',
    id: 'o6',
    status: 'registered',
    ...foreign,
    ...coded(LOINC, '89579-7', 'Troponin'),
    ...NOW,
  },
  {
    resourceType: 'ServiceRequest',
    id: 'o7',
    status: 'active',
    intent: 'order',
    ...foreign,
    ...coded(LOINC, '89579-7', 'Troponin'),
    authoredOn: '2026-03-10T11:00:00Z',
  },
  { resourceType: 'Procedure', id: 'o8', status: 'completed', ...foreign, ...coded(SNOMED, '415070008', 'PCI') },
  {
    resourceType: 'MedicationRequest',
    id: 'o9',
    status: 'active',
    intent: 'order',
    ...foreign,
    medicationCodeableConcept: { text: 'Sildenafil 50 mg oral tablet' },
  },
  {
    resourceType: 'MedicationStatement',
    id: 'o10',
    status: 'active',
    ...foreign,
    medicationCodeableConcept: { text: 'Isosorbide mononitrate 30 mg' },
  },
  {
    resourceType: 'MedicationDispense',
    id: 'o11',
    status: 'completed',
    ...foreign,
    medicationCodeableConcept: { text: 'Alendronate 70 mg oral tablet' },
    whenHandedOver: '2026-03-01',
  },
  {
    resourceType: 'AllergyIntolerance',
    id: 'o12',
    patient: { reference: 'Patient/p2' },
    code: { text: 'Nitroglycerin' },
  },
];

function rotated<T>(list: readonly T[], by: number): readonly T[] {
  const at = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}

interface Law {
  readonly ids: string;
  readonly law: string;
  readonly change: (prefetch: Prefetch, index: number) => Prefetch;
}

const LAWS: readonly Law[] = [
  { ids: 'RSP-06', law: 'asking again', change: (prefetch) => prefetch },
  {
    ids: 'PRE-10',
    law: 'another order of the keys',
    change: (prefetch) => Object.fromEntries(Object.entries(prefetch).reverse()),
  },
  {
    ids: 'PRE-21 T-16',
    law: 'the opposite order of the entries',
    change: (prefetch) => mapEntries(prefetch, (entries) => [...entries].reverse()),
  },
  {
    ids: 'PRE-21 T-16',
    law: 'a turned order of the entries',
    change: (prefetch, index) => mapEntries(prefetch, (entries) => rotated(entries, index + 1)),
  },
  {
    ids: 'PRE-31',
    law: 'every entry twice',
    change: (prefetch) => mapEntries(prefetch, (entries) => entries.flatMap((entry) => [entry, entry])),
  },
  {
    ids: 'PRE-31',
    law: 'every entry again at the end',
    change: (prefetch) => mapEntries(prefetch, (entries) => [...entries, ...entries]),
  },
  {
    ids: 'PRE-21 PRE-29',
    law: 'unrelated entries in front',
    change: (prefetch) => mapEntries(prefetch, (entries) => [...resources(...UNRELATED), ...entries]),
  },
  {
    ids: 'REQ-21 T-14',
    law: 'entries of other patients in front',
    change: (prefetch) => mapEntries(prefetch, (entries) => [...resources(...OTHER_PATIENTS), ...entries]),
  },
  {
    ids: 'REQ-21 T-14',
    law: 'entries of other patients at the end',
    change: (prefetch) => mapEntries(prefetch, (entries) => [...entries, ...resources(...OTHER_PATIENTS)]),
  },
  {
    ids: 'PRE-25 T-06',
    law: 'hints and warnings among the entries',
    change: (prefetch) =>
      mapEntries(prefetch, (entries) => [
        {
          resource: { resourceType: 'OperationOutcome', issue: [{ severity: 'warning', code: 'informational' }] },
          search: { mode: 'outcome' },
        },
        ...entries,
      ]),
  },
  {
    ids: 'PRE-21',
    law: 'Bundles without total, type and search mode',
    change: (prefetch) =>
      Object.fromEntries(
        Object.entries(prefetch).map(([key, value]) => [
          key,
          isObject(value) && value['resourceType'] === 'Bundle'
            ? { resourceType: 'Bundle', entry: entriesOf(value).map(({ resource }) => ({ resource })) }
            : value,
        ]),
      ),
  },
  {
    ids: 'PRE-23',
    law: 'null for every empty Bundle',
    change: (prefetch) =>
      Object.fromEntries(
        Object.entries(prefetch).map(([key, value]) => [key, isObject(value) && value['total'] === 0 ? null : value]),
      ),
  },
];

describe('what changes nothing, on every vignette', () => {
  test('the vignettes give what they expect, and most of them something (GEN-10)', async () => {
    const wrong = await each((vignette) => {
      const titles = titlesOf(cardsOf(baseOf(vignette)));
      return Promise.resolve(titles.join() === vignette.expect.cards.join() ? undefined : titles);
    });
    expect(wrong).toEqual({});
    expect(VIGNETTES.length).toBeGreaterThan(100);
  });

  test.each(LAWS)('$ids $law', async ({ change }) => {
    const changed = await each(async (vignette, index) =>
      difference(await sendPrefetch(vignette, change(wholeOf(vignette), index)), baseOf(vignette)),
    );
    expect(changed).toEqual({});
  });
});

describe('what changes nothing, in random mixtures', () => {
  const vignettes = fc.constantFrom(...VIGNETTES);

  test('PRE-21 PRE-31 REQ-21 shuffled, repeated and mixed with unrelated and other people’s entries', async () => {
    await fc.assert(
      fc.asyncProperty(
        vignettes,
        fc.subarray([...UNRELATED, ...OTHER_PATIENTS]),
        fc.array(fc.nat(1000), { minLength: 40, maxLength: 40 }),
        async (vignette, added, picks) => {
          const mixed = mapEntries(wholeOf(vignette), (entries) => {
            const all = [...entries, ...resources(...added)];
            const repeated = all.filter((_, index) => (picks[index % picks.length] ?? 0) % 3 === 0);
            return [...all, ...repeated]
              .map((entry, index) => ({ entry, rank: picks[(index * 7) % picks.length] ?? 0 }))
              .sort((one, other) => one.rank - other.rank)
              .map(({ entry }) => entry);
          });
          expect(difference(await sendPrefetch(vignette, mixed), baseOf(vignette))).toBeUndefined();
        },
      ),
      { seed: SEED, numRuns: 150 },
    );
  });

  test('PRE-21 an entry moved to the Bundle of another key of its type', async () => {
    const OBSERVATION_KEYS = ['troponins', 'labs', 'studies', 'vitals'];
    // An entry that cannot be attributed makes the key incomplete that it stands under, so it has to stay there.
    const clear = VIGNETTES.filter((vignette) => gapsSaid(cardsOf(baseOf(vignette))).length === 0);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...clear), fc.constantFrom(...OBSERVATION_KEYS), async (vignette, target) => {
        const whole = wholeOf(vignette);
        const all = OBSERVATION_KEYS.flatMap((key) => entriesOf(whole[key]));
        const moved = mapEntries(whole, (entries, key) =>
          key === target ? all : OBSERVATION_KEYS.includes(key) ? [] : entries,
        );
        expect(difference(await sendPrefetch(vignette, moved), baseOf(vignette))).toBeUndefined();
      }),
      { seed: SEED, numRuns: 60 },
    );
  });
});

describe('the way the data come changes nothing', () => {
  /** Splits a Bundle into pages of `size` entries: the first is sent, the others are served. */
  function paged(name: string, value: unknown, size: number): unknown {
    const entries = entriesOf(value);
    if (entries.length <= size) return value;
    const parts = Array.from({ length: Math.ceil(entries.length / size) }, (_, at) =>
      entries.slice(at * size, (at + 1) * size),
    );
    const url = (at: number) => `/fhir/Page?of=${name}&at=${String(at)}`;
    const bundles = parts.map((entry, at) => ({
      ...bundleOf([]),
      total: entries.length,
      entry,
      ...(at + 1 < parts.length && { link: [{ relation: 'next', url: `${pages.origin}${url(at + 1)}` }] }),
    }));
    bundles.forEach((bundle, at) => served.set(url(at), bundle));
    return bundles[0];
  }

  test.each([
    ['PRE-26 T-01', 'pages of one entry', 1],
    ['PRE-26 T-01', 'pages of two entries', 2],
  ] as const)('%s %s, the rest served by the FHIR server', async (_, __, size) => {
    pages.forget();
    const fhirServer = pages.base;
    const changed = await each(async (vignette) => {
      const whole = wholeOf(vignette);
      const split = Object.fromEntries(
        // Ten pages are the most that is read.
        Object.entries(whole).map(([key, value]) => [
          key,
          paged(
            `${vignette.id}-${key}-${String(size)}`,
            value,
            Math.max(size, Math.ceil(entriesOf(value).length / 10)),
          ),
        ]),
      );
      const [one, other] = await Promise.all([
        sendPrefetch(vignette, split, { fhirServer }),
        sendPrefetch(vignette, whole, { fhirServer }),
      ]);
      return difference(one, other);
    });
    expect(changed).toEqual({});
    expect(pages.heard.length).toBeGreaterThan(VIGNETTES.length);
  });

  test('GEN-10 PRE-27 any keys moved from prefetch to the FHIR server, uuids included', async () => {
    const changed: Record<string, string> = {};
    // Every second vignette: loading the chart is what takes time.
    for (const [index, vignette] of VIGNETTES.filter((_, at) => at % 2 === 0).entries()) {
      await ehr.load(chartOf(vignette));
      const { fhirServer } = ehr;
      // The client's own resolution of the templates, so that both ways see the same server.
      const whole = await ehr.prefetch(TEMPLATES, contextOf(vignette));
      const bits = ((index + 1) * 0x9e37) % 2 ** KEYS.length;
      const half = KEYS.filter((_, at) => (bits >> at) % 2 === 1);
      const rest = KEYS.filter((key) => !half.includes(key));
      const expected = await sendPrefetch(vignette, whole, { fhirServer });
      const replies = await Promise.all(
        [half, rest].map((keys) => sendPrefetch(vignette, without(whole, keys), { fhirServer })),
      );
      for (const [at, reply] of replies.entries()) {
        const problem = difference(reply, expected);
        if (problem !== undefined) changed[`${vignette.id} without ${[half, rest][at]?.join() ?? ''}`] = problem;
      }
    }
    expect(changed).toEqual({});
  });
});

describe('unknown never reads as none', () => {
  /** Sentences that need the whole of this kind of data. */
  const CLAIMS: Readonly<Record<string, RegExp>> = {
    troponins: /no troponin found|nor before/i,
    studies: /no 12-lead ecg found/i,
    reports: /no 12-lead ecg found/i,
    procedures: /no 12-lead ecg found|no step found/i,
    medicationRequests: /no step found|with cautions for this patient/i,
    medicationStatements: /no step found|with cautions for this patient/i,
  };

  /** The card S2c would have is silence about the heart; then the therapy card must say what is not known. */
  function isEstablished(cards: readonly Card[]): boolean {
    const others = cards.map(codeOf).filter((code) => !code.startsWith('safety-'));
    return others.join() === 'therapy-ladder';
  }

  function saysGap(cards: readonly Card[], key: string): boolean {
    return cards.some((card) => (basisOf(card).gaps ?? []).some(({ need }) => need === key));
  }

  /** What is wrong with an answer to fewer data, in the light of the answer to all of them. */
  function faultsOf(vignette: Vignette, removed: readonly string[], reply: Reply): string | undefined {
    const before = cardsOf(baseOf(vignette));
    if (removed.includes('conditions') && needsConditions(vignette))
      return reply.status === 412 ? undefined : `412 → ${String(reply.status)}`;
    if (reply.status !== 200) return `status ${String(reply.status)}`;
    const after = cardsOf(reply);
    const [had, has] = [cardiacOf(before), cardiacOf(after)];
    // An order that the card does not concern leaves it out; what it would have said is what patient-view says.
    const found = cardiacOf(cardsOf(views.get(vignette.id) ?? baseOf(vignette)));
    const faults = [
      has === 'troponin-serial-in-range' &&
        found !== 'troponin-serial-in-range' &&
        'reassures where the whole does not',
      has === 'troponin-serial-in-range' && removed.includes('troponins') && 'reassures without the troponins',
      had !== undefined && has === undefined && !isEstablished(after) && 'the cardiac card is gone',
      had !== undefined &&
        has === undefined &&
        !removed.some((key) => saysGap(after, key)) &&
        'silent about the heart and the gap',
      before.length > 0 && after.length === 0 && removed.join() !== 'patient' && 'silent',
      ...removed.map((key) => (CLAIMS[key]?.test(wordsOf(after)) === true ? `claims without ${key}` : false)),
      removed.includes('troponins') &&
        has !== undefined &&
        !['troponin-not-checked', 'troponin-elevated', 'acs-on-record'].includes(has) &&
        `${has} without the troponins`,
      after.length > 0 &&
        JSON.stringify(after) !== JSON.stringify(before) &&
        !removed.some((key) => saysGap(after, key)) &&
        'differs, and says no gap',
    ].filter((fault) => fault !== false);
    return faults.length === 0
      ? undefined
      : `${titlesOf(before).join()} → ${titlesOf(after).join()}: ${faults.join('; ')}`;
  }

  test.each(KEYS)('PRE-22 STA-13 T-02 T-05 without %s, on every vignette', async (key) => {
    const wrong = await each(async (vignette) =>
      faultsOf(vignette, [key], await sendPrefetch(vignette, without(wholeOf(vignette), [key]))),
    );
    expect(wrong).toEqual({});
  });

  test('T-02 in an adult who is alive, a missing Patient silences no card', async () => {
    const alive = VIGNETTES.filter((vignette) => cardiacOf(cardsOf(baseOf(vignette))) !== undefined);
    const wrong = await each(async (vignette) => {
      const cards = cardsOf(await sendPrefetch(vignette, without(wholeOf(vignette), ['patient'])));
      return cardiacOf(cards) === undefined || !gapsSaid(cards).includes('patient') ? titlesOf(cards) : undefined;
    }, alive);
    expect(wrong).toEqual({});
    expect(alive.length).toBeGreaterThan(80);
  });

  test('T-02 an OperationOutcome, an error entry and a missing key say the same', async () => {
    const outcome = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'exception' }] };
    const wrong = await each(async (vignette, index) => {
      const key = KEYS[index % KEYS.length] ?? 'troponins';
      const answers = await Promise.all(
        [outcome, { resourceType: 'Bundle', entry: [{ resource: outcome }] }].map((value) =>
          sendPrefetch(vignette, { ...wholeOf(vignette), [key]: value }),
        ),
      );
      return answers.map((reply) => faultsOf(vignette, [key], reply)).find((fault) => fault !== undefined);
    });
    expect(wrong).toEqual({});
  });

  test('PRE-20 T-02 any keys missing at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...VIGNETTES),
        fc.subarray([...KEYS], { minLength: 2 }),
        async (vignette, keys) => {
          const reply = await sendPrefetch(vignette, without(wholeOf(vignette), keys));
          const whole = baseOf(vignette);
          const isSilent = cardsOf(whole).length === 0;
          // A patient who died or is a child is recognized by data that may be among the missing ones.
          if (!isSilent && cardiacOf(cardsOf(whole)) !== undefined)
            expect(faultsOf(vignette, keys, reply)).toBeUndefined();
          else expect(reply.status).toBe(keys.includes('conditions') && needsConditions(vignette) ? 412 : 200);
        },
      ),
      { seed: SEED, numRuns: 200 },
    );
  });

  test('case E one elevated result outweighs everything that is missing', async () => {
    const hot = troponin('hot', '2026-03-10T11:00:00Z', 300);
    const adults = VIGNETTES.filter((vignette) => cardiacOf(cardsOf(baseOf(vignette))) !== undefined);
    const wrong = await each(async (vignette) => {
      const whole = prefetchOf([...chartOf(vignette), hot], contextOf(vignette));
      const kept = ['conditions', 'patient', 'troponins'];
      const replies = await Promise.all(
        [[], KEYS.filter((key) => !kept.includes(key))].map((keys) => sendPrefetch(vignette, without(whole, keys))),
      );
      const cases = replies.map((reply) => cardiacOf(cardsOf(reply)));
      return cases.every((one) => one === 'troponin-elevated') ? undefined : cases;
    }, adults);
    expect(wrong).toEqual({});
  });
});

test('the request helper sends what the laws think it does (GEN-10)', () => {
  expect(hookBody().context).toEqual(contextOf({}));
  expect(Object.keys(wholeOf(VIGNETTES[0] as Vignette))).toEqual(KEYS);
});
