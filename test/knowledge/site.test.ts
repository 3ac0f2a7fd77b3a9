import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Card } from '../../src/cds-hooks/types.js';
import { CODE_KNOWLEDGE } from '../../src/facts/derived/index.js';
import type { JsonObject } from '../../src/fhir/json.js';
import { ContentError, type ContentProblem } from '../../src/knowledge/content-problem.js';
import { loadTopics } from '../../src/knowledge/load-topics.js';
import type { Topic } from '../../src/knowledge/topic.js';
import { bundleOf, cardsOf, prefetchOf, titlesOf, suggestedBy } from '../support/answers.js';
import { CARDS, hookBody, postHook, startTestService, topic, type TestService } from '../support/service.js';
import { baseChart } from '../support/vignette.js';

/* A site's own codes, order codes and thresholds, below TF_SITE_DIR. */

const TOPIC = 'esophageal-spasm';
const EXAMPLE = new URL('../../fixtures/site-example/', import.meta.url).pathname;
const LAB = 'https://hospital.example/lab';

let folder: string;
let written = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'site-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A site folder with these files for the topic; text is written as it is. */
function site(files: Readonly<Record<string, unknown>>, topicFolder = TOPIC): string {
  const directory = join(folder, String((written += 1)));
  mkdirSync(join(directory, topicFolder), { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    writeFileSync(join(directory, topicFolder, `${name}.json`), text);
  }
  return directory;
}

function load(directory: string): Topic {
  const [loaded] = loadTopics(CARDS, CODE_KNOWLEDGE, directory);
  if (loaded === undefined) throw new Error('no topic');
  return loaded;
}

function problemsOf(directory: string): readonly ContentProblem[] {
  try {
    load(directory);
    return [];
  } catch (error) {
    if (!(error instanceof ContentError)) throw error;
    return error.problems;
  }
}

const said = (problems: readonly ContentProblem[]) =>
  problems.map(({ file, place, message }) => `${file}${place}: ${message}`).join('\n');

/* What the example does. */

function observation(id: string, minute: string, value: number, coding: JsonObject, more: JsonObject = {}): JsonObject {
  const quantity = (number: number) => ({
    value: number,
    unit: 'ng/L',
    system: 'http://unitsofmeasure.org',
    code: 'ng/L',
  });
  const category = { system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' };
  return {
    resourceType: 'Observation',
    id,
    status: 'final',
    category: [{ coding: [category] }],
    code: { coding: [coding] },
    subject: { reference: 'Patient/p1' },
    effectiveDateTime: `2026-03-10T${minute}:00Z`,
    valueQuantity: quantity(value),
    referenceRange: [{ high: quantity(20) }],
    ...more,
  };
}

/** A code that says nothing by itself: only the site knows what it is. */
const LOCAL = { system: LAB, code: 'TNIH' };
const elevated = observation('t1', '11:00', 60, LOCAL);

function order(id: string, coding: JsonObject, authoredOn: string): JsonObject {
  return {
    resourceType: 'ServiceRequest',
    id,
    status: 'active',
    intent: 'order',
    code: { coding: [coding] },
    subject: { reference: 'Patient/p1' },
    authoredOn,
  };
}

const CHEST_PAIN_SET = { system: 'https://hospital.example/orders', code: 'CHESTPAIN-SET' };

/** The base chart with its diagnosis under another code and without words. */
function withDiagnosis(coding: JsonObject): readonly JsonObject[] {
  return baseChart().map((resource) =>
    resource['id'] === 'spasm' ? { ...resource, code: { coding: [coding] } } : resource,
  );
}

describe('the example of fixtures/site-example', () => {
  let plain: TestService;
  let local: TestService;

  beforeAll(async () => {
    plain = await startTestService();
    local = await startTestService({ topics: [load(EXAMPLE)] });
  });

  afterAll(async () => {
    await plain.close();
    await local.close();
  });

  async function cards(
    service: TestService,
    chart: readonly JsonObject[],
    sent: Readonly<Record<string, readonly JsonObject[]>> = {},
  ): Promise<readonly Card[]> {
    const more = Object.fromEntries(Object.entries(sent).map(([key, resources]) => [key, bundleOf(resources)]));
    return cardsOf(await postHook(service, hookBody({ prefetch: { ...prefetchOf(chart), ...more } })));
  }

  const first = async (...call: Parameters<typeof cards>) => titlesOf(await cards(...call))[0];
  const spasm = { system: 'https://hospital.example/problems', code: 'GI-471' };

  test.each<
    [string, readonly JsonObject[], Record<string, readonly JsonObject[]>, string | undefined, string | undefined]
  >([
    [
      'a local troponin code counts: elevated',
      baseChart(),
      { labs: [elevated] },
      'troponin-not-found warning',
      'troponin-elevated critical',
    ],
    [
      'the same code sent for the troponin need',
      baseChart(),
      { troponins: [elevated], labs: [] },
      'troponin-not-found warning',
      'troponin-elevated critical',
    ],
    [
      'two in range, 110 minutes apart and late: serial by the code, 0/2 h kept',
      withDiagnosis({ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'K22.4' }).map((one) =>
        one['id'] === 'spasm' ? { ...one, onsetDateTime: '2026-03-10T08:00:00Z' } : one,
      ),
      { labs: [observation('t1', '09:50', 5, LOCAL), observation('t2', '11:40', 5, LOCAL)] },
      'troponin-not-found warning',
      'troponin-serial-in-range info',
    ],
    [
      'the product’s code, 109 minutes apart: enough for the product, not for this site',
      baseChart().map((one) => (one['id'] === 'spasm' ? { ...one, onsetDateTime: '2026-03-10T08:00:00Z' } : one)),
      {
        troponins: [
          observation('t1', '09:51', 5, { system: 'http://loinc.org', code: '89579-7' }),
          observation('t2', '11:40', 5, { system: 'http://loinc.org', code: '89579-7' }),
        ],
        labs: [],
      },
      'troponin-serial-in-range info',
      'troponin-not-serial warning',
    ],
    [
      'a delta under a local code is no result and no doubt',
      baseChart(),
      { labs: [observation('t1', '11:00', 2, { system: LAB, code: 'TNID', display: 'Troponin I delta' })] },
      'troponin-not-checked warning',
      'troponin-not-found warning',
    ],
    [
      'a local diagnosis brings the patient into scope',
      withDiagnosis(spasm),
      {},
      undefined,
      'troponin-not-found warning',
    ],
    [
      'a local order set is a troponin on its way',
      baseChart(),
      { orders: [order('o1', CHEST_PAIN_SET, '2026-03-10T11:00:00Z')] },
      'troponin-not-found warning',
      'troponin-pending info',
    ],
    [
      'overdue just after 4 hours',
      baseChart(),
      { orders: [order('o1', CHEST_PAIN_SET, '2026-03-10T07:59:00Z')] },
      'troponin-not-found warning',
      'troponin-pending warning',
    ],
    [
      'and not at 4 hours',
      baseChart(),
      { orders: [order('o1', CHEST_PAIN_SET, '2026-03-10T08:00:00Z')] },
      'troponin-not-found warning',
      'troponin-pending info',
    ],
    [
      'the product waits 6 hours',
      baseChart(),
      { orders: [order('o1', { system: 'http://snomed.info/sct', code: '105000003' }, '2026-03-10T06:30:00Z')] },
      'troponin-pending info',
      'troponin-pending warning',
    ],
  ])('%s', async (_, chart, sent, withoutSite, withSite) => {
    expect({ withoutSite: await first(plain, chart, sent), withSite: await first(local, chart, sent) }).toEqual({
      withoutSite,
      withSite,
    });
  });

  test('suggests its own code for the order it names, and the product’s for the others', async () => {
    const codings = suggestedBy(await cards(local, baseChart())).flatMap(({ code }) => code.coding);
    const coding = { system: 'https://hospital.example/orders', code: 'TNIH', display: 'Troponin I hs' };
    expect(codings).toEqual([coding, coding]);
  });

  test('discovery asks for the local code too', () => {
    expect(load(EXAMPLE).valueSetById.get('troponin-i-high-sensitivity')?.compose?.include).toContainEqual(
      expect.objectContaining({ system: LAB }),
    );
  });

  test('is other content, in every file: cards say so with another hash', () => {
    const hashes = [topic().contentHash, load(EXAMPLE).contentHash];
    for (const file of ['codes', 'orders', 'thresholds']) {
      const copy = join(folder, `without-${file}`);
      cpSync(EXAMPLE, copy, { recursive: true });
      rmSync(join(copy, TOPIC, `${file}.json`));
      hashes.push(load(copy).contentHash);
    }
    expect(new Set(hashes).size).toBe(5);
  });

  test('says what it changes, a sentence each', () => {
    expect(topic().siteChanges).toEqual([]);
    const changes = load(EXAMPLE).siteChanges;
    expect(changes).toHaveLength(7);
    expect(changes.join('\n')).toContain('threshold pending-overdue: 4 hours in place of 6');
  });
});

/* What is refused. */

const VERIFIED = { by: 'Head of the laboratory', on: '2026-02-10' };
const SECOND = { by: 'Clinical lead', on: '2026-02-12' };
const ASSAY = { name: 'Example platform', analyte: 'troponin I', sensitivity: 'high-sensitivity', unit: 'ng/L' };
const CONCEPT = { system: LAB, code: 'TNIH', display: 'Troponin I hs' };
const GOOD = {
  valueSet: 'troponin-i-high-sensitivity',
  concepts: [CONCEPT],
  assay: ASSAY,
  verified: VERIFIED,
  secondVerified: SECOND,
};
const SPASM = { valueSet: 'esophageal-spasm', verified: VERIFIED };

const codes = (...entries: readonly unknown[]) => ({ codes: { codes: entries } });
const concept = (more: object) => codes({ ...GOOD, concepts: [{ ...CONCEPT, ...more }] });
const spasm = (more: object) =>
  codes({ ...SPASM, concepts: [{ system: 'https://hospital.example/p', code: 'X1', display: 'Spasm', ...more }] });
const threshold = (name: string, value: number, more: object = {}) => ({
  thresholds: {
    thresholds: {
      [name]: {
        value,
        unit: topic().topic.thresholds[name]?.unit ?? 'days',
        reason: 'ours',
        verified: VERIFIED,
        ...more,
      },
    },
  },
});
const orders = (name: string, coding: object) => ({
  orders: {
    orders: { [name]: { text: 'An order', coding: { system: LAB, code: 'O1', display: 'An order', ...coding } } },
  },
});

const LOINC = 'http://loinc.org';
const SNOMED = 'http://snomed.info/sct';

test('what the refusals differ from is good', () => {
  expect(said(problemsOf(site(codes(GOOD))))).toBe('');
  expect(said(problemsOf(site(spasm({}))))).toBe('');
  expect(said(problemsOf(site(orders('troponin', {}))))).toBe('');
});

describe('a site that would be ignored, misread or dangerous stops the start', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['no JSON', { orders: '{' }, 'orders.json: is no valid JSON'],
    ['a file that nobody reads', { 'site-codes': {} }, 'site-codes.json: is no file of a site'],
    [
      'an unknown member',
      { codes: { codes: [{ ...GOOD, remove: [] }] } },
      'codes.json/codes/0: has an unknown member "remove"',
    ],
    ['codes taken out', { codes: { codes: [GOOD], remove: [] } }, 'codes.json: has an unknown member "remove"'],
    ['an order nobody suggests', orders('troponine', {}), 'did you mean "troponin"'],
    [
      'an order without code',
      { orders: { orders: { ecg: { text: 'ECG', coding: { system: LAB, display: 'y' } } } } },
      "required property 'code'",
    ],
    [
      'an order under a name that is no URI',
      orders('ecg', { system: 'local' }),
      'orders.json/orders/ecg/coding/system: must match pattern',
    ],
    [
      'an order under a code of no troponin',
      orders('troponin', { system: LOINC, code: '2157-6' }),
      'orders.json/orders/troponin/coding/code: already stands in troponin-not-result. An order of something else',
    ],
    [
      'a value set that is not there',
      codes({ ...GOOD, valueSet: 'troponin-i-high-sensitivty' }),
      'codes.json/codes/0/valueSet: names the unknown value set "troponin-i-high-sensitivty", did you mean "troponin-i-high-sensitivity"?',
    ],
    ['a system that is no URI', concept({ system: 'LAB' }), 'codes.json/codes/0/concepts/0/system: must match pattern'],
    [
      'a known system in another spelling',
      concept({ system: 'urn:oid:2.16.840.1.113883.6.1', code: '89579-7' }),
      '/concepts/0/system: must be written http://loinc.org',
    ],
    ['a code that would break a search', concept({ code: 'TNI|H,1' }), '/concepts/0/code: must match pattern'],
    [
      'no display',
      codes({ ...GOOD, concepts: [{ system: LAB, code: 'TNIH' }] }),
      "/concepts/0: must have required property 'display'",
    ],
    [
      'a wrong LOINC check digit',
      concept({ system: LOINC, code: '99999-1' }),
      '/concepts/0/code: has a wrong check digit',
    ],
    [
      'a wrong SNOMED CT check digit',
      spasm({ system: SNOMED, code: '79962009' }),
      '/concepts/0/code: has a wrong check digit',
    ],
    [
      'a code that stands there already',
      concept({ system: LOINC, code: '89579-7' }),
      'already stands in troponin-i-high-sensitivity: take it out here',
    ],
    [
      'the same code twice',
      codes(GOOD, GOOD),
      'codes.json/codes/1/concepts/0/code: already stands in troponin-i-high-sensitivity',
    ],
    [
      'what is no result as a result',
      concept({ system: LOINC, code: '2157-6' }),
      'already stands in troponin-not-result. A code is one kind',
    ],
    [
      'an assay limit as a result',
      concept({ system: LOINC, code: '89581-3' }),
      'already stands in troponin-assay-limit. A limit of an assay',
    ],
    [
      'one assay as another',
      concept({ system: LOINC, code: '67151-1' }),
      'already stands in troponin-t-high-sensitivity',
    ],
    [
      'one local code as result and as none',
      codes(GOOD, {
        valueSet: 'troponin-not-result',
        concepts: [{ ...CONCEPT, display: 'Troponin I delta' }],
        verified: VERIFIED,
        secondVerified: SECOND,
      }),
      'codes.json/codes/1/concepts/0/code: already stands in troponin-i-high-sensitivity',
    ],
    [
      'achalasia as spasm',
      spasm({ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'k220' }),
      'already stands in achalasia. Spasm is none of these',
    ],
    [
      'spasm as reflux',
      codes({
        valueSet: 'gerd',
        concepts: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'K22.4', display: 'Dyskinesia' }],
        verified: VERIFIED,
      }),
      'already stands in esophageal-spasm',
    ],
    ['no assay', codes({ ...GOOD, assay: undefined }), 'codes.json/codes/0: states no assay'],
    [
      'the assay of another set',
      codes({ ...GOOD, assay: { ...ASSAY, analyte: 'troponin T' } }),
      '/assay/analyte: must be troponin I',
    ],
    [
      'a conventional assay as high-sensitivity',
      codes({ ...GOOD, assay: { ...ASSAY, sensitivity: 'conventional' } }),
      '/assay/sensitivity: must be high-sensitivity',
    ],
    [
      'a unit of conventional assays',
      codes({ ...GOOD, assay: { ...ASSAY, unit: 'ng/mL' } }),
      '/assay/unit: must be one of ng/L, pg/mL',
    ],
    ['no unit', codes({ ...GOOD, assay: { ...ASSAY, unit: undefined } }), '/assay/unit: must be one of'],
    [
      'an assay of a diagnosis',
      codes({ ...SPASM, concepts: [CONCEPT], assay: ASSAY }),
      '/assay: belongs only to codes of troponin results',
    ],
    [
      'a display of the other analyte',
      concept({ display: 'hs-TnT plasma' }),
      '/concepts/0/display: names something that does not belong',
    ],
    [
      'a display of a delta',
      concept({ display: 'Troponin I delta 2 h' }),
      '/concepts/0/display: names something that does not belong',
    ],
    [
      'a result hidden as no result',
      codes({ valueSet: 'troponin-not-result', concepts: [CONCEPT], verified: VERIFIED, secondVerified: SECOND }),
      'a result would no longer be seen',
    ],
    ['nobody verified it', codes({ ...GOOD, verified: undefined }), "must have required property 'verified'"],
    [
      'a day that is none',
      codes({ ...GOOD, verified: { ...VERIFIED, on: '2026-02-30' } }),
      '/verified/on: is no day of the calendar',
    ],
    [
      'nobody verified a second time what may calm',
      codes({ ...GOOD, secondVerified: undefined }),
      'needs secondVerified, a second person who checked the codes. Its results count',
    ],
    [
      'one person twice',
      codes({ ...GOOD, secondVerified: { ...SECOND, by: 'head of the Laboratory ' } }),
      '/secondVerified/by: must be another person',
    ],
    ['a threshold that is not there', threshold('pending-overdu', 4), 'did you mean "pending-overdue"'],
    [
      'a threshold that is not the site’s',
      threshold('recent-sample', 12),
      'thresholds.json/thresholds/recent-sample: is not for a site to change; those that are: acute-condition',
    ],
    [
      'another unit',
      threshold('pending-overdue', 240, { unit: 'minutes' }),
      '/thresholds/pending-overdue/unit: must be hours',
    ],
    ['no reason', threshold('pending-overdue', 4, { reason: undefined }), "required property 'reason'"],
  ])('%s', (_, files, message) => {
    expect(said(problemsOf(site(files)))).toContain(message);
  });

  test.each<[string, Parameters<typeof site>[0], string]>([
    [
      'a code that is empty',
      codes({ ...GOOD, concepts: [{ ...CONCEPT, code: '' }] }),
      'write the code exactly as the record sends it',
    ],
    [
      'a system that is no URI',
      codes({ ...GOOD, concepts: [{ ...CONCEPT, system: 'LAB' }] }),
      'write the system exactly as the record sends it: an address that',
    ],
    ['a day in another form', codes({ ...GOOD, verified: { ...VERIFIED, on: '1.2.2026' } }), 'write a day like 2026-'],
    ['another unit', threshold('pending-overdue', 240, { unit: 'minutes' }), 'write "hours", and the value in hours'],
  ])('%s: how to mend it', (_, files, mend) => {
    expect(problemsOf(site(files)).map((problem) => problem.mend)).toEqual([expect.stringContaining(mend)]);
  });

  test('all problems of all files at once', () => {
    const files = {
      ...codes({ ...GOOD, assay: undefined }, { ...GOOD, valueSet: 'x' }),
      ...orders('x', {}),
      ...threshold('pending-overdue', 7),
    };
    expect(problemsOf(site(files)).map(({ file }) => file)).toEqual(
      expect.arrayContaining(['codes.json', 'orders.json', 'thresholds.json']),
    );
  });

  test('a folder of no topic, and one that is not there', () => {
    expect(said(problemsOf(site({}, 'oesophageal-spasm')))).toContain('did you mean "esophageal-spasm"');
    expect(said(problemsOf(join(folder, 'nowhere')))).toContain('is missing');
  });

  test('an empty folder changes nothing', () => {
    expect(load(site({})).contentHash).toBe(topic().contentHash);
  });
});

describe('each threshold of site.json has bounds that hold', () => {
  const { thresholds } = JSON.parse(readFileSync(join(CARDS, TOPIC, 'site.json'), 'utf8')) as Topic['site'];

  /** Problems when every threshold is what `pick` makes of its bounds. */
  const problemsAt = (pick: (name: string, bounds: { readonly least: number; readonly most: number }) => number) => {
    const all = Object.entries(thresholds).map(([name, bounds]) => threshold(name, pick(name, bounds)));
    const merged = Object.assign({}, ...all.map((one) => one.thresholds.thresholds)) as object;
    return problemsOf(site({ thresholds: { thresholds: merged } }));
  };
  const step = (name: string) => (name === 'dynamic-change' ? 0.01 : 1);
  const reasons = Object.entries(thresholds).map(([name, { why }]) => ({
    file: 'thresholds.json',
    place: `/thresholds/${name}/value`,
    message: expect.stringContaining(why),
    mend: expect.stringMatching(/^write a number from [\d.]+ to [\d.]+, or take/),
  }));

  test.each<[string, () => readonly ContentProblem[], readonly unknown[]]>([
    ['at the lower one', () => problemsAt((_, { least }) => least), []],
    ['at the upper one', () => problemsAt((_, { most }) => most), []],
    ['below', () => problemsAt((name, { least }) => least - step(name)), reasons],
    ['above', () => problemsAt((name, { most }) => most + step(name)), reasons],
  ])('%s', (_, problems, expected) => {
    expect(problems()).toEqual(expected);
  });

  test('none lets an answer be given sooner, or an order wait longer, than the product would', () => {
    const standing = topic().topic.thresholds;
    const never = (names: readonly string[], bound: 'least' | 'most') =>
      names.filter((name) => thresholds[name]?.[bound] !== standing[name]?.value);
    expect(
      never(
        [
          'spacing-high-sensitivity',
          'spacing-conventional',
          'lateness-high-sensitivity',
          'lateness-conventional',
          'recent-elevated',
        ],
        'least',
      ),
    ).toEqual([]);
    expect(never(['pending-overdue', 'dynamic-change'], 'most')).toEqual([]);
  });
});
