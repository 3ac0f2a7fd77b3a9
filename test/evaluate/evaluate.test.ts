import { describe, expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { evaluate } from '../../src/evaluate/evaluate.js';
import { evaluationTable } from '../../src/evaluate/evaluation-table.js';
import { chartsOf, type Chart } from '../../src/evaluate/chart.js';
import { lastInstant } from '../../src/evaluate/last-instant.js';
import { safeJson, safeLines } from '../../src/evaluate/safe-text.js';
import { linesOf } from '../../src/evaluate/read-file.js';
import { servicesOf } from '../../src/service/discovery.js';
import { temporaryFolder } from '../support/process.js';
import { topics } from '../support/service.js';

const NOW = Date.parse('2026-03-10T12:00:00Z');
const services = [...servicesOf(topics()).values()];
const forHook = (hook: string) => services.filter((service) => service.hook === hook);

type Resource = Readonly<Record<string, unknown>>;

const person = (id: string): Resource => ({ resourceType: 'Patient', id, birthDate: '1970-01-01', gender: 'female' });
const spasm = (subject: object | undefined, more: object = {}): Resource => ({
  resourceType: 'Condition',
  id: 'c1',
  ...(subject !== undefined && { subject }),
  code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'K22.4' }] },
  recordedDate: '2026-03-10',
  ...more,
});
const of = (id: string) => ({ reference: `Patient/${id}` });
const entries = (resources: readonly Resource[]) => resources.map((resource) => ({ resource }));
const bundle = (entry: readonly unknown[], more: object = {}) => ({
  resourceType: 'Bundle',
  type: 'collection',
  entry,
  ...more,
});

function fileWith(name: string, content: unknown): string {
  const file = join(temporaryFolder(), name);
  writeFileSync(file, typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content));
  return file;
}

/** What came out for each patient: card codes, or why not. */
async function outcomes(path: string, hook = 'patient-view', given: { readonly drafts?: readonly Resource[] } = {}) {
  const result = await evaluate({ path, services: forHook(hook), when: { at: NOW }, given, patientId: undefined });
  const lines = result.answers.map(({ patientId, outcome }) => {
    if ('cards' in outcome) return [patientId, ...outcome.cards.map(({ source }) => source.topic.code)].join(' ');
    return [patientId, 'problem' in outcome ? outcome.problem : outcome.notFired].join(' ');
  });
  return [...lines, ...result.unread.map(({ reason, count }) => `${reason} ${String(count)}`)];
}

const SPASM_CARDS = 'troponin-not-found therapy-ladder';

describe('a Bundle is the whole record', () => {
  const urn = 'urn:uuid:6f1c0a52-0000-4000-8000-000000000001';
  test.each<[string, unknown, readonly string[]]>([
    ['one patient', bundle(entries([person('p1'), spasm(of('p1'))])), [`p1 ${SPASM_CARDS}`]],
    ['a patient without conditions', bundle(entries([person('p1')])), ['p1']],
    ['no Patient, but conditions', bundle(entries([spasm(of('p1'))])), [`p1 ${SPASM_CARDS}`]],
    [
      'two patients, each his own',
      bundle(entries([person('p1'), person('p2'), spasm(of('p2'))])),
      ['p1', `p2 ${SPASM_CARDS}`],
    ],
    [
      'two patients and a condition of nobody: unknown for both',
      bundle(entries([person('p1'), person('p2'), spasm(undefined)])),
      ['p1 data-unavailable', 'p2 data-unavailable'],
    ],
    [
      'one patient, conditions of another alone: not silence',
      bundle(entries([person('p1'), spasm(of('p2'))])),
      ['p1 data-unavailable'],
    ],
    [
      'an entry that cannot be read may be a condition',
      bundle([{ resource: person('p1') }, {}]),
      ['p1 data-unavailable'],
    ],
    [
      'conditions that go on elsewhere',
      bundle(entries([person('p1')]), { type: 'searchset', link: [{ relation: 'next', url: 'https://f.example/2' }] }),
      ['p1 data-unavailable'],
    ],
    [
      'a server that withheld something',
      bundle(entries([person('p1')]), { meta: { tag: [{ code: 'SUBSETTED' }] } }),
      ['p1 data-unavailable'],
    ],
    [
      'a search that failed',
      bundle([
        { resource: person('p1') },
        { resource: { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'exception' }] } },
      ]),
      ['p1 data-unavailable'],
    ],
    [
      'a transaction with references by urn',
      bundle(
        [
          { fullUrl: urn, resource: { ...person('p1'), id: undefined } },
          { fullUrl: 'urn:uuid:2', resource: spasm({ reference: urn }) },
        ],
        { type: 'transaction' },
      ),
      [`6f1c0a52-0000-4000-8000-000000000001 ${SPASM_CARDS}`],
    ],
    [
      'answers of a batch',
      bundle([{ resource: bundle(entries([person('p1')])) }, { resource: bundle(entries([spasm(of('p1'))])) }]),
      [`p1 ${SPASM_CARDS}`],
    ],
    ['a patient id that is none', bundle(entries([person('no id')])), ['no id invalid-request']],
    ['no Bundle', person('p1'), ['no-bundle 1']],
    ['a Bundle of nobody', bundle([]), ['no-patient 1']],
    ['no JSON', '{', ['no-json 1']],
  ])('%s', async (_, content, expected) => {
    expect(await outcomes(fileWith('chart.json', content))).toEqual(expected);
  });

  test('gzip and byte order mark are read, a damaged gzip is said', async () => {
    const text = JSON.stringify(bundle(entries([person('p1'), spasm(of('p1'))])));
    expect(await outcomes(fileWith('a.json.gz', gzipSync(text)))).toEqual([`p1 ${SPASM_CARDS}`]);
    expect(await outcomes(fileWith('a.json', `\ufeff${text}`))).toEqual([`p1 ${SPASM_CARDS}`]);
    expect(await outcomes(fileWith('a.json.gz', text))).toEqual(['cannot-be-opened 1']);
  });

  test('a drug by reference is found, whatever server the full URLs name', async () => {
    const drug = (code: string, text: string) => ({
      coding: [{ system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code }],
      text,
    });
    const url = (resource: Resource) => ({
      fullUrl: `https://f.example/${String(resource['resourceType'])}/${String(resource['id'])}`,
      resource,
    });
    const chart = [
      person('p1'),
      spasm(of('p1')),
      { resourceType: 'Medication', id: 'm1', code: drug('136411', 'sildenafil') },
      {
        resourceType: 'MedicationRequest',
        id: 'r1',
        status: 'active',
        intent: 'order',
        subject: of('p1'),
        authoredOn: '2026-03-10',
        medicationReference: { reference: 'Medication/m1' },
      },
      {
        resourceType: 'MedicationRequest',
        id: 'r2',
        status: 'active',
        intent: 'order',
        subject: of('p1'),
        authoredOn: '2026-03-10',
        medicationCodeableConcept: drug('4917', 'nitroglycerin'),
      },
    ];
    expect((await outcomes(fileWith('a.json', bundle(chart.map(url)))))[0]).toContain('safety-n1');
    const lines = chart
      .map((resource) => JSON.stringify(resource))
      .reverse()
      .join('\n');
    expect((await outcomes(fileWith('a.ndjson', lines)))[0]).toContain('safety-n1');
  });
});

describe('NDJSON', () => {
  const lines = (...some: readonly (Resource | string)[]) =>
    some.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join('\n');

  test.each<[string, string, readonly string[]]>([
    ['in any order', lines(spasm(of('p2')), person('p1'), person('p2')), ['p1', `p2 ${SPASM_CARDS}`]],
    [
      'Windows line ends and blank lines',
      `${lines(person('p1'))}\r\n\r\n\n${lines(spasm(of('p1')))}\r\n`,
      [`p1 ${SPASM_CARDS}`],
    ],
    ['a line that is no JSON', lines(person('p1'), '{', 'x'), ['p1', 'line-no-json 2']],
    ['a line that is no resource', lines(person('p1'), '[]', '{}'), ['p1', 'line-no-resource 2']],
    ['a line of nobody', lines(person('p1'), spasm(undefined), spasm(of('../..'))), ['p1', 'line-no-patient 2']],
    ['types that nobody asks for', lines(person('p1'), { resourceType: 'Claim', patient: of('p9') }), ['p1']],
  ])('%s', async (_, content, expected) => {
    expect(await outcomes(fileWith('all.ndjson', content))).toEqual(expected);
    expect(await outcomes(fileWith('all.ndjson.gz', gzipSync(content)))).toEqual(expected);
  });

  test('lines come out as they went in, however the file is cut', async () => {
    const long = 'ä'.repeat(200_000);
    const file = fileWith('a.ndjson', `${long}\n\nshort\n${long}`);
    const read: (Buffer | undefined)[] = [];
    for await (const some of linesOf(file)) read.push(...some);
    expect(read.map((line) => line?.toString('utf8'))).toEqual([long, '', 'short', long]);
  });
});

describe('what a hook is fired with', () => {
  const visit = (id: string, status: string, start: string, end?: string): Resource => ({
    resourceType: 'Encounter',
    id,
    status,
    class: { code: 'EMER' },
    subject: of('p1'),
    period: { start, ...(end !== undefined && { end }) },
  });
  const encounterOf = async (hook: string, ...visits: readonly Resource[]) => {
    const path = fileWith('a.json', bundle(entries([person('p1'), ...visits])));
    const { answers } = await evaluate({
      path,
      services: forHook(hook),
      when: { at: NOW },
      given: {},
      patientId: 'p1',
    });
    return answers.map(({ encounterId, outcome }) => ('notFired' in outcome ? outcome.notFired : encounterId))[0];
  };
  const running = visit('running', 'in-progress', '2026-03-10T10:00:00Z');
  const past = visit('past', 'finished', '2026-03-01T10:00:00Z', '2026-03-02T10:00:00Z');
  const later = visit('later', 'in-progress', '2026-03-11T10:00:00Z');
  const atTheTime = visit('at-the-time', 'finished', '2026-03-10T11:00:00Z', '2026-03-10T13:00:00Z');

  test.each<[string, string, readonly Resource[], string | undefined]>([
    ['the one that runs', 'patient-view', [past, running, later], 'running'],
    ['one that is over now, but was not then', 'patient-view', [past, atTheTime], 'at-the-time'],
    ['none runs', 'patient-view', [past, later], undefined],
    ['none runs, but the hook needs one', 'encounter-discharge', [past, later], 'past'],
    ['none at all', 'encounter-start', [later], 'no-encounter'],
  ])('encounter: %s', async (_, hook, visits, expected) => {
    expect(await encounterOf(hook, ...visits)).toBe(expected);
  });

  test('drafts stand beside the chart, and a condition being added is not in it yet', async () => {
    const order: Resource = {
      resourceType: 'MedicationRequest',
      id: 'd1',
      status: 'draft',
      intent: 'order',
      subject: of('p1'),
      medicationCodeableConcept: { text: 'nitroglycerin 0.4 mg sublingual tablet' },
    };
    const file = fileWith('a.json', bundle(entries([person('p1'), spasm(of('p1'))])));
    expect((await outcomes(file, 'order-sign', { drafts: [order] }))[0]).toContain('troponin-not-found');
    expect(await outcomes(file, 'problem-list-item-create')).toEqual([`p1 ${SPASM_CARDS}`]);
    expect(await outcomes(fileWith('b.json', bundle(entries([person('p1')]))), 'order-sign')).toEqual(['p1 no-order']);
  });

  const dated = (...resources: readonly Resource[]) => {
    const charts = chartsOf(bundle(entries([person('p1'), ...resources])));
    return lastInstant((charts as readonly Chart[])[0] as Chart, NOW);
  };
  const measured = (effectiveDateTime: unknown): Resource => ({ resourceType: 'Observation', effectiveDateTime });

  test.each<[string, readonly Resource[], string | undefined]>([
    [
      'the last of all',
      [past, measured('2026-03-05T08:00:00+02:00'), measured('2026-03-04')],
      '2026-03-05T06:00:00.000Z',
    ],
    ['a date is its whole day', [measured('2026-03-04')], '2026-03-04T23:59:59.999Z'],
    ['nothing of the future', [later, measured('2027-01-01'), past], '2026-03-01T10:00:00.000Z'],
    [
      'zones are minded',
      [measured('2026-03-05T01:00:00+10:00'), measured('2026-03-04T20:00:00Z')],
      '2026-03-04T20:00:00.000Z',
    ],
    ['no date that can be read', [measured('yesterday'), measured(7)], undefined],
  ])('last entry: %s', (_, resources, expected) => {
    const instant = dated(...resources);
    expect(instant === undefined ? undefined : new Date(instant).toISOString()).toBe(expected);
  });
});

test('the same cards as a call with the same prefetch: every synthetic chart', async () => {
  const folder = new URL('../../fixtures/fhir-server/', import.meta.url).pathname;
  const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as readonly {
    readonly patient: string;
    readonly expected: readonly string[];
  }[];
  const { answers } = await evaluate({
    path: folder,
    services: forHook('patient-view'),
    when: { at: NOW },
    given: {},
    patientId: undefined,
  });
  const found = answers.map(({ patientId, outcome }) => ({
    patient: patientId,
    expected:
      'cards' in outcome ? outcome.cards.map(({ source, indicator }) => `${source.topic.code} ${indicator}`) : [],
  }));
  const byPatient = (one: { readonly patient: string }, other: { readonly patient: string }) =>
    one.patient < other.patient ? -1 : 1;
  expect(found.sort(byPatient)).toEqual(index.map(({ patient, expected }) => ({ patient, expected })).sort(byPatient));
});

test('a call that would be refused is shown as such', async () => {
  const path = fileWith('a.json', bundle([{ resource: person('p1') }, {}]));
  const result = await evaluate({
    path,
    services: forHook('patient-view'),
    when: { at: NOW },
    given: {},
    patientId: undefined,
  });
  expect(evaluationTable(result, false)).toMatch(
    /NOT ANSWERED +The service would answer 412[\s\S]*prefetch\.conditions: /,
  );
});

test('text for a terminal', () => {
  const hostile = 'a\u001b[2J\u009b\u202eb\r\nc\u2028d';
  expect(safeLines(hostile)).toBe('a [2J  b\nc d');
  const json = safeJson({ hostile });
  expect(json).not.toMatch(/[^\P{C}\n]|\u2028/u);
  expect(JSON.parse(json)).toEqual({ hostile });
});
