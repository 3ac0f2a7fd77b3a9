import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/fhir/json.js';
import type { DataNeed } from '../../src/knowledge/content-types.js';
import { assembleRecord as assemble } from '../../src/record/assemble-record.js';
import { NOTHING, resourcesOf, WHOLE, type NeedAnswer, type PatientRecord } from '../../src/record/patient-record.js';

const EHR = 'https://ehr.example/fhir';
const URN = 'urn:uuid:3b1f7c5e-5a3c-4a57-9d0e-0d9d2f0a7b11';
const SUBJECT = { patientId: 'p1', encounterId: 'e1', asOf: 0 };

function assembleRecord(
  answers: readonly NeedAnswer[],
  subject: typeof SUBJECT,
  fhirServer: string | undefined,
): PatientRecord {
  const context = { userId: 'Practitioner/dr1', patientId: subject.patientId };
  const request = { hook: 'patient-view', context, ...(fhirServer !== undefined && { fhirServer }) };
  return assemble({ request, subject, answers, medications: [], clientVersion: () => Promise.resolve('R4') });
}

const need = (key: string, resourceType: DataNeed['resourceType']): DataNeed => ({ key, title: key, resourceType });

function answer(one: DataNeed, resources: readonly JsonObject[], fullUrl?: string): NeedAnswer {
  const entries = resources.map((resource) => ({ resource, fullUrl }));
  return { need: one, origin: 'prefetch', entries, completeSince: WHOLE, gap: undefined };
}

const conditions = need('conditions', 'Condition');
const patients = need('patient', 'Patient');
const patient = { resourceType: 'Patient', id: 'p1', identifier: [{ system: 'urn:mrn', value: '7' }] };
const condition = (subject: unknown, more: JsonObject = {}) => ({
  resourceType: 'Condition',
  id: 'c1',
  subject,
  ...more,
});
const own = { reference: 'Patient/p1' };

describe('only what is surely the patient’s', () => {
  test.each<[string, unknown, 'kept' | 'dropped' | 'undecided']>([
    ['relative', own, 'kept'],
    ['versioned', { reference: 'Patient/p1/_history/1' }, 'kept'],
    ['absolute, own base', { reference: `${EHR}/Patient/p1` }, 'kept'],
    ['urn:uuid of the patient in the Bundle', { reference: URN }, 'kept'],
    ['identifier of the patient', { identifier: { system: 'urn:mrn', value: '7' } }, 'kept'],
    ['another patient', { reference: 'Patient/p2' }, 'dropped'],
    ['a group', { reference: 'Group/p1' }, 'dropped'],
    ['foreign base', { reference: 'https://x.example/Patient/p1' }, 'undecided'],
    ['another identifier', { identifier: { system: 'urn:mrn', value: '8' } }, 'undecided'],
    ['contained', { reference: '#p1' }, 'undecided'],
    ['unreadable', 'Patient/p1', 'undecided'],
    ['none', undefined, 'undecided'],
  ])('subject %s', (_, subject, fate) => {
    const record = assembleRecord(
      [answer(patients, [patient], URN), answer(conditions, [condition(subject)])],
      SUBJECT,
      EHR,
    );
    expect(resourcesOf(record, 'Condition')).toHaveLength(fate === 'kept' ? 1 : 0);
    expect(record.answers.get('conditions')).toMatchObject(
      fate === 'undecided'
        ? { entries: [], completeSince: NOTHING, gap: 'unattributed-entries' }
        : { completeSince: WHOLE, gap: undefined },
    );
  });

  test('one undecided entry costs the need its wholeness, not its other entries', () => {
    const entries = [condition(own), condition(undefined, { id: 'c2' }), condition(own, { id: 'c3' })];
    const record = assembleRecord([answer(conditions, entries)], SUBJECT, EHR);
    expect(resourcesOf(record, 'Condition').map(({ id }) => id)).toEqual(['c1', 'c3']);
    expect(record.answers.get('conditions')).toMatchObject({ completeSince: NOTHING, gap: 'unattributed-entries' });
  });

  test('an earlier gap is the one that is said', () => {
    const failed = { ...answer(conditions, [condition(undefined)]), completeSince: 7, gap: 'timeout' as const };
    const record = assembleRecord([failed], SUBJECT, EHR);
    expect(record.answers.get('conditions')).toMatchObject({ completeSince: NOTHING, gap: 'timeout' });
  });

  test('an undecided entry of a type that was not asked for costs nothing', () => {
    const included = { resourceType: 'Observation', id: 'o1' };
    const record = assembleRecord([answer(conditions, [condition(own), included])], SUBJECT, EHR);
    expect(record.answers.get('conditions')).toMatchObject({ completeSince: WHOLE, gap: undefined });
    expect(resourcesOf(record, 'Observation')).toEqual([]);
  });

  test('a Specimen may do without subject, not with another one', () => {
    const specimens = [
      { resourceType: 'Specimen', id: 's1' },
      { resourceType: 'Specimen', id: 's2', subject: { reference: 'Patient/p2' } },
    ];
    const record = assembleRecord([answer(conditions, specimens)], SUBJECT, EHR);
    expect(resourcesOf(record, 'Specimen').map(({ id }) => id)).toEqual(['s1']);
  });

  test('another Patient is never the patient', () => {
    const other = { resourceType: 'Patient', id: 'p2', identifier: [{ system: 'urn:mrn', value: '8' }] };
    const borrowed = condition({ identifier: { system: 'urn:mrn', value: '8' } });
    const record = assembleRecord([answer(patients, [other]), answer(conditions, [borrowed])], SUBJECT, EHR);
    expect(resourcesOf(record, 'Patient')).toEqual([]);
    expect(resourcesOf(record, 'Condition')).toEqual([]);
  });
});

describe('every resource once, in its newest version', () => {
  const version = (status: string, lastUpdated?: string) =>
    condition(own, { status, ...(lastUpdated !== undefined && { meta: { lastUpdated } }) });

  test.each([
    ['the later date', version('old', '2026-03-09T10:00:00Z'), version('new', '2026-03-10T10:00:00Z')],
    ['the later date, met first', version('new', '2026-03-10T10:00:00Z'), version('old', '2026-03-09T10:00:00Z')],
    [
      'the later instant in another zone',
      version('new', '2026-03-10T10:00:00-05:00'),
      version('old', '2026-03-10T14:00:00Z'),
    ],
  ])('%s', (_, first, second) => {
    const record = assembleRecord(
      [answer(conditions, [first]), answer(need('again', 'Condition'), [second])],
      SUBJECT,
      EHR,
    );
    expect(resourcesOf(record, 'Condition').map(({ status }) => status)).toEqual(['new']);
  });

  test.each([
    ['neither is dated', version('one'), version('other')],
    ['dates are equal', version('one', '2026-03-10T10:00:00Z'), version('other', '2026-03-10T10:00:00Z')],
    ['a date is unreadable', version('one', 'x'), version('other', '2026-03-10T10:00:00Z')],
  ])('either may be the last when %s: both stay', (_, one, other) => {
    const record = assembleRecord([answer(conditions, [one, other])], SUBJECT, EHR);
    expect(resourcesOf(record, 'Condition').map(({ status }) => status)).toEqual(['one', 'other']);
  });

  test('the same resource twice is one', () => {
    const record = assembleRecord([answer(conditions, [version('one'), version('one')])], SUBJECT, EHR);
    expect(resourcesOf(record, 'Condition')).toHaveLength(1);
  });

  test('resources without id, and of other types with the same id, are all kept, in the order met', () => {
    const nameless = { resourceType: 'Condition', subject: own };
    const procedure = { resourceType: 'Procedure', id: 'c1', subject: own };
    const entries = [condition(own), nameless, { ...nameless }, procedure, condition(own, { id: 'c0' })];
    const record = assembleRecord([answer(conditions, entries)], SUBJECT, EHR);
    expect(resourcesOf(record, 'Condition').map(({ id }) => id)).toEqual(['c1', undefined, undefined, 'c0']);
    expect(resourcesOf(record, 'Procedure')).toHaveLength(1);
  });

  test('the record says whose it is and what was answered', () => {
    const record = assembleRecord([answer(conditions, [])], SUBJECT, undefined);
    expect(record).toMatchObject({ patientId: 'p1', encounterId: 'e1' });
    expect([...record.answers.keys()]).toEqual(['conditions']);
    expect(resourcesOf(record, 'Condition')).toEqual([]);
  });
});

describe('an entry that nobody can tell what it is about leaves its need open', () => {
  const observations = need('labs', 'Observation');
  const observation = (more: JsonObject): JsonObject => ({
    resourceType: 'Observation',
    id: 'o1',
    subject: own,
    ...more,
  });

  test.each<[string, JsonObject, boolean]>([
    ['no code', {}, true],
    ['a code that is text', { code: '89579-7' }, true],
    ['an empty code', { code: {} }, true],
    ['a code without system', { code: { coding: [{ code: '89579-7' }] } }, true],
    ['words', { code: { text: 'potassium' } }, false],
    ['a display', { code: { coding: [{ display: 'potassium' }] } }, false],
    ['a code with its system', { code: { coding: [{ system: 'http://loinc.org', code: '2823-3' }] } }, false],
    ['a local code whose words cannot be read', { code: { coding: [{ system: 'urn:l', code: '7' }], text: 42 } }, true],
    [
      'a local code whose display cannot be read',
      { code: { coding: [{ system: 'urn:l', code: '7', display: {} }] } },
      true,
    ],
    ['words beside a code that cannot be read', { code: { coding: [{ system: 'urn:l', code: 7 }], text: 'K' } }, true],
    ['words beside codings that cannot be read', { code: { coding: '89579-7', text: 'K' } }, true],
    ['words beside a coding that is none', { code: { coding: ['89579-7'], text: 'K' } }, true],
    ['a lone coding without its list', { code: { coding: { display: 'potassium' } } }, false],
    ['words beside a null', { code: { coding: [{ system: 'urn:l', code: '7', display: null }], text: 'K' } }, false],
  ])('PRE-21 %s', (_, more, isOpen) => {
    const record = assembleRecord([answer(observations, [observation(more)])], SUBJECT, EHR);
    const { completeSince, gap } = record.answers.get('labs') ?? {};
    expect({ completeSince, gap }).toEqual(
      isOpen ? { completeSince: NOTHING, gap: 'unreadable-entries' } : { completeSince: WHOLE, gap: undefined },
    );
  });

  test('a Condition may do without a code, as R4 allows', () => {
    const record = assembleRecord([answer(conditions, [condition(own)])], SUBJECT, EHR);
    expect(record.answers.get('conditions')).toMatchObject({ completeSince: WHOLE, gap: undefined });
  });

  test.each<[string, unknown]>([
    ['text', 'K22.4'],
    ['an extension only, as a masked one', { extension: [{ url: 'urn:x', valueCode: 'masked' }] }],
    ['a coding without a readable code', { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 22.4 }] }],
    ['words that cannot be read', { coding: [], text: ['spasm'] }],
  ])('PRE-21 a Condition whose code is %s may be any: the list is not whole', (_, code) => {
    const record = assembleRecord([answer(conditions, [condition(own, { code })])], SUBJECT, EHR);
    expect(record.answers.get('conditions')).toMatchObject({ completeSince: NOTHING, gap: 'unreadable-entries' });
  });

  test('an entry of a type that was not asked for may be what it wants', () => {
    const other = { resourceType: 'Practitioner', id: 'x', subject: own, code: 42 };
    const record = assembleRecord([answer(conditions, [condition(own), other])], SUBJECT, EHR);
    expect(record.answers.get('conditions')).toMatchObject({ completeSince: WHOLE, gap: undefined });
  });
});
