import { describe, expect, test } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import { referenceTo } from '../../src/fhir/element.js';
import { isObject, objectsOf, type JsonObject } from '../../src/fhir/json.js';
import { liftBody, liftResource, looksLikeR4 } from '../../src/fhir-versions/lift.js';
import { lowerOrder, type DraftOrder } from '../../src/fhir-versions/lower.js';
import { evidenceOf, shapeOf, versionOfResource } from '../../src/fhir-versions/shape.js';
import { versionOf, type FhirVersion } from '../../src/fhir-versions/version.js';
import { bundleOf } from '../support/answers.js';
import { toVersion } from '../support/other-versions.js';
import { baseChart, chartOf, loadVignettes } from '../support/vignette.js';

const P = { reference: 'Patient/p1' };
const E = { reference: 'Encounter/e1' };
const DAY = '2026-03-01';
const LATER = '2026-03-05';
const DRUG = { text: 'sildenafil' };
const TEST = { text: 'Troponin' };

/** What of a resource is worth a row: the members named, of the first resource it becomes. */
function lifted(version: FhirVersion | undefined, raw: JsonObject, ...members: readonly string[]): JsonObject {
  const [first = {}] = liftResource(raw, version);
  return Object.fromEntries(members.map((member) => [member, first[member]]));
}

function codesOf(value: unknown): unknown {
  return objectsOf(isObject(value) ? value['coding'] : undefined).map(({ code }) => code);
}

type Row = readonly [version: FhirVersion, raw: JsonObject, expected: JsonObject];

function rows(type: string, table: readonly Row[]): void {
  test.each(table)(`${type} of %s %j`, (version, raw, expected) => {
    expect(lifted(version, { resourceType: type, ...raw }, ...Object.keys(expected))).toEqual(expected);
  });
}

describe('references, dates and names', () => {
  rows('Condition', [
    ['DSTU2', { patient: P, encounter: E, dateRecorded: DAY }, { subject: P, encounter: E, recordedDate: DAY }],
    ['STU3', { subject: P, context: E, assertedDate: DAY }, { subject: P, encounter: E, recordedDate: DAY }],
    ['DSTU2', { patient: P, dateRecorded: 42 }, { recordedDate: 42 }],
    ['R5', { subject: P, recordedDate: DAY, participant: [] }, { subject: P, recordedDate: DAY }],
  ]);
  rows('AllergyIntolerance', [
    ['DSTU2', { substance: DRUG, patient: P, recordedDate: DAY }, { code: DRUG, patient: P, recordedDate: DAY }],
    ['DSTU2', { substance: '?!', patient: P }, { code: '?!' }],
    [
      'DSTU2',
      { substance: DRUG, criticality: 'CRITH', category: 'other' },
      { criticality: 'high', category: ['other'] },
    ],
    ['STU3', { code: DRUG, assertedDate: DAY }, { code: DRUG, recordedDate: DAY }],
  ]);
  rows('DiagnosticReport', [
    ['DSTU2', { codedDiagnosis: [TEST], image: [{}] }, { conclusionCode: [TEST], media: [{}] }],
    [
      'STU3',
      { codedDiagnosis: [TEST], context: E, performer: [{ actor: P }] },
      { conclusionCode: [TEST], encounter: E, performer: [P] },
    ],
    ['R5', { status: 'modified' }, { status: 'preliminary' }],
    ['R5', { status: 'final', conclusionCode: [TEST] }, { status: 'final', conclusionCode: [TEST] }],
    ['DSTU2', { status: 'final', codedDiagnosis: '?!' }, { status: 'final', conclusionCode: '?!' }],
  ]);
  rows('Medication', [
    [
      'DSTU2',
      { product: { form: TEST, ingredient: [{ item: P }] } },
      { form: TEST, ingredient: [{ itemReference: P }] },
    ],
    ['DSTU2', { package: { content: [{ item: P }] } }, { ingredient: [{ itemReference: P }] }],
    [
      'STU3',
      { form: TEST, ingredient: [{ itemCodeableConcept: DRUG }] },
      { form: TEST, ingredient: [{ itemCodeableConcept: DRUG }] },
    ],
    [
      'STU3',
      { isBrand: true, package: { content: [{ itemCodeableConcept: DRUG }] } },
      { ingredient: [{ itemCodeableConcept: DRUG }] },
    ],
    [
      'R5',
      { doseForm: TEST, ingredient: [{ item: { concept: DRUG } }] },
      { form: TEST, ingredient: [{ itemCodeableConcept: DRUG }] },
    ],
    ['R5', { ingredient: [{ item: { reference: P } }] }, { ingredient: [{ itemReference: P }] }],
    ['R5', { ingredient: [{ item: '?!' }] }, { ingredient: [{}] }],
  ]);
});

/** Statuses: the twin in R4, or what says that there is none. */
const CONDITION_STATUSES: readonly (readonly [FhirVersion, string, unknown])[] = [
  ['DSTU2', 'active', 'active'],
  ['DSTU2', 'relapse', 'relapse'],
  ['DSTU2', 'resolved', 'resolved'],
  ['DSTU2', 'inactive', 'unknown'],
  ['DSTU2', 'INACTIVE', 'unknown'],
  ['STU3', 'inactive', 'inactive'],
  ['STU3', 'recurrence', 'recurrence'],
  ['STU3', 'relapse', 'unknown'],
  ['STU3', 'erledigt', 'unknown'],
];

describe('statuses of conditions and allergies', () => {
  test.each(CONDITION_STATUSES)('Condition of %s, %s is %s', (version, status, code) => {
    const raw = { resourceType: 'Condition', clinicalStatus: status };
    expect(codesOf(lifted(version, raw, 'clinicalStatus')['clinicalStatus'])).toEqual([code]);
  });

  test.each<[FhirVersion, unknown, unknown]>([
    ['DSTU2', 'confirmed', ['confirmed']],
    ['STU3', 'refuted', ['refuted']],
    ['STU3', 'unknown', []],
    ['DSTU2', 'unconfirmed', ['unknown']],
  ])('Condition of %s, verification %j is %j', (version, status, codes) => {
    const { verificationStatus } = lifted(
      version,
      { resourceType: 'Condition', patient: version === 'DSTU2' ? P : undefined, verificationStatus: status },
      'verificationStatus',
    );
    expect(codesOf(verificationStatus)).toEqual(codes);
  });

  test.each([
    ['diagnosis', ['diagnosis', 'encounter-diagnosis', 'problem-list-item']],
    ['problem', ['problem', 'problem-list-item']],
    ['complaint', ['complaint']],
  ])('DSTU2 category %s is %j: what may be of the list never leaves scope as a visit’s', (code, codes) => {
    const { category } = lifted('DSTU2', { resourceType: 'Condition', category: { coding: [{ code }] } }, 'category');
    expect(objectsOf(category).flatMap(codesOf)).toEqual(codes);
  });

  test.each<[FhirVersion, JsonObject, unknown, unknown]>([
    ['DSTU2', { status: 'active' }, ['active'], []],
    ['DSTU2', { status: 'confirmed' }, ['active'], ['confirmed']],
    ['DSTU2', { status: 'inactive' }, ['inactive'], []],
    ['DSTU2', { status: 'refuted' }, [], ['refuted']],
    ['DSTU2', { status: 'vorbei' }, ['unknown'], ['unknown']],
    ['DSTU2', {}, [], []],
    ['STU3', { clinicalStatus: 'resolved', verificationStatus: 'confirmed' }, ['resolved'], ['confirmed']],
    ['STU3', { clinicalStatus: 'relapse', verificationStatus: 'x' }, ['unknown'], ['unknown']],
  ])('AllergyIntolerance of %s %j', (version, raw, clinical, verification) => {
    const resource = { resourceType: 'AllergyIntolerance', patient: P, ...raw };
    const { clinicalStatus, verificationStatus } = lifted(version, resource, 'clinicalStatus', 'verificationStatus');
    expect([codesOf(clinicalStatus), codesOf(verificationStatus)]).toEqual([clinical, verification]);
  });
});

describe('observations', () => {
  const male = { text: 'male' };
  const member = { reference: 'Observation/o2' };
  rows('Observation', [
    ['STU3', { context: E, comment: 'x' }, { encounter: E, note: [{ text: 'x' }] }],
    ['DSTU2', { encounter: E, comments: 'x' }, { encounter: E, note: [{ text: 'x' }] }],
    ['DSTU2', { related: [{ type: 'has-member', target: member }] }, { hasMember: [member] }],
    ['DSTU2', { related: [{ target: member }] }, { hasMember: [member] }],
    ['STU3', { related: [{ type: 'derived-from', target: member }] }, { hasMember: [] }],
    ['DSTU2', { referenceRange: [{ meaning: male }] }, { referenceRange: [{ appliesTo: [male] }] }],
    [
      'DSTU2',
      { referenceRange: [{ meaning: { text: 'Critical' } }] },
      { referenceRange: [{ type: { text: 'Critical' } }] },
    ],
    ['DSTU2', { referenceRange: [{ meaning: '?!' }] }, { referenceRange: [{ type: '?!' }] }],
    ['DSTU2', { comments: 'x', referenceRange: '?!' }, { referenceRange: ['?!'] }],
    ['R5', { valueReference: P, interpretation: [TEST] }, { valueReference: P, interpretation: [TEST] }],
  ]);
});

describe('orders of tests and procedures', () => {
  test.each<[string | undefined, string | undefined, unknown, unknown]>([
    ['requested', undefined, 'active', 'order'],
    ['in-progress', undefined, 'active', 'order'],
    ['draft', undefined, 'draft', 'order'],
    ['proposed', undefined, 'active', 'proposal'],
    ['suspended', undefined, 'on-hold', 'order'],
    ['cancelled', undefined, 'revoked', 'order'],
    ['failed', undefined, 'revoked', 'order'],
    ['completed', undefined, 'completed', 'order'],
    ['bestellt', undefined, 'unknown', 'order'],
    [undefined, undefined, undefined, 'order'],
    ['in-progress', 'completed', 'completed', 'order'],
    [undefined, 'requested', 'active', 'order'],
    ['cancelled', 'requested', 'revoked', 'order'],
    ['suspended', 'requested', 'on-hold', 'order'],
    ['proposed', 'requested', 'active', 'proposal'],
  ])('DiagnosticOrder %s, its item %s: %s %s', (status, ofItem, expected, intent) => {
    const raw = { resourceType: 'DiagnosticOrder', status, item: [{ code: TEST, status: ofItem }] };
    expect(lifted('DSTU2', raw, 'resourceType', 'status', 'intent', 'code')).toEqual({
      resourceType: 'ServiceRequest',
      status: expected,
      intent,
      code: TEST,
    });
  });

  rows('DiagnosticOrder', [
    ['DSTU2', { item: [] }, { code: {} }],
    ['DSTU2', { item: '?!' }, { code: {} }],
    ['DSTU2', { item: [{}] }, { code: {} }],
    ['DSTU2', { item: [{ code: '?!' }] }, { code: '?!' }],
    [
      'DSTU2',
      {
        event: [
          { status: 'requested', dateTime: DAY },
          { status: 'completed', dateTime: LATER },
        ],
      },
      { authoredOn: DAY },
    ],
    ['DSTU2', { event: [{ status: 'accepted', dateTime: LATER }] }, { authoredOn: LATER }],
    ['DSTU2', { event: [{ status: 'requested' }] }, { authoredOn: undefined }],
    ['DSTU2', { reason: [TEST], orderer: P }, { reasonCode: [TEST], requester: P }],
  ]);
  rows('ProcedureRequest', [
    [
      'DSTU2',
      { status: 'requested', orderedOn: DAY, code: TEST },
      { status: 'active', intent: 'order', authoredOn: DAY },
    ],
    ['DSTU2', { status: 'aborted', scheduledDateTime: DAY }, { status: 'revoked', occurrenceDateTime: DAY, code: {} }],
    ['STU3', { status: 'suspended', intent: 'plan', context: E }, { status: 'on-hold', intent: 'plan', encounter: E }],
    ['STU3', { status: 'cancelled', intent: 'order', requester: { agent: P } }, { status: 'revoked', requester: P }],
    ['STU3', { status: 'weg', intent: 'order', doNotPerform: true }, { status: 'unknown', doNotPerform: true }],
  ]);
  rows('ServiceRequest', [
    [
      'R5',
      { code: { concept: TEST }, reason: [{ concept: DRUG }, { reference: E }] },
      { code: TEST, reasonCode: [DRUG], reasonReference: [E] },
    ],
    ['R5', { code: { reference: { reference: 'PlanDefinition/1', display: 'Troponin' } } }, { code: TEST }],
    ['R5', { code: { reference: { reference: 'PlanDefinition/1' } } }, { code: {} }],
    ['R5', { code: '?!' }, { code: '?!' }],
    ['R5', { reason: [{ concept: '?!' }] }, { reasonCode: ['?!'] }],
  ]);

  test('a DiagnosticOrder is one order for each item, known by the name the client gave it', () => {
    const raw = {
      resourceType: 'DiagnosticOrder',
      id: '12',
      subject: P,
      status: 'requested',
      item: [{ code: TEST }, { code: DRUG }],
    };
    const orders = liftResource(raw, undefined);
    expect(orders.map(({ code }) => code)).toEqual([TEST, DRUG]);
    expect(orders.map(referenceTo)).toEqual(['DiagnosticOrder/12', 'DiagnosticOrder/12']);
    expect(new Set(orders.map(({ id }) => id)).size).toBe(2);
  });

  test('further items are no matches, so that a total that is too high still shows', () => {
    const raw = { resourceType: 'DiagnosticOrder', id: '12', item: [{ code: TEST }, { code: DRUG }] };
    const { entry, total } = liftBody(bundleOf([raw]), 'DSTU2') as { entry: JsonObject[]; total: number };
    expect([total, entry.map(({ search }) => (search as JsonObject)['mode'])]).toEqual([1, ['match', 'include']]);
  });
});

describe('procedures', () => {
  rows('Procedure', [
    ['DSTU2', { status: 'completed', notPerformed: true }, { status: 'not-done' }],
    ['DSTU2', { status: 'completed', notPerformed: false }, { status: 'completed' }],
    ['DSTU2', { status: 'completed', notPerformed: 'true' }, { status: 'unknown' }],
    ['DSTU2', { status: 'aborted', performedDateTime: DAY }, { status: 'stopped', performedDateTime: DAY }],
    ['DSTU2', { status: 'entered-in-error', notPerformed: true }, { status: 'entered-in-error' }],
    ['DSTU2', { status: 'fertig' }, { status: 'unknown' }],
    ['STU3', { status: 'completed', notDone: true, context: E }, { status: 'not-done', encounter: E }],
    ['STU3', { status: 'suspended' }, { status: 'on-hold' }],
    ['R5', { status: 'completed', occurrenceDateTime: DAY }, { status: 'completed', performedDateTime: DAY }],
    ['R5', { occurrenceTiming: { event: [DAY] } }, { performedTiming: { event: [DAY] } }],
    ['R5', { reason: [{ concept: TEST }] }, { reasonCode: [TEST] }],
  ]);
});

describe('medications', () => {
  rows('MedicationOrder', [
    [
      'DSTU2',
      { patient: P, prescriber: E, dateWritten: DAY },
      { resourceType: 'MedicationRequest', subject: P, requester: E, authoredOn: DAY, intent: 'order' },
    ],
    ['DSTU2', { status: 'active', dateEnded: DAY }, { status: 'active', dispenseRequest: undefined }],
    [
      'DSTU2',
      { status: 'stopped', dateEnded: DAY },
      { status: 'stopped', dispenseRequest: { validityPeriod: { end: DAY } } },
    ],
    [
      'DSTU2',
      { status: 'stopped', dateEnded: DAY, dispenseRequest: { validityPeriod: { end: LATER } } },
      { dispenseRequest: { validityPeriod: { end: LATER } } },
    ],
    ['DSTU2', { status: 'cancelled' }, { status: 'unknown' }],
    ['DSTU2', { dispenseRequest: { medicationCodeableConcept: DRUG } }, { medicationCodeableConcept: DRUG }],
    ['DSTU2', { status: 'draft' }, { status: 'draft', medicationCodeableConcept: undefined }],
  ]);
  rows('MedicationRequest', [
    [
      'STU3',
      { context: E, status: 'cancelled', category: TEST, requester: { agent: P } },
      { encounter: E, status: 'cancelled', category: [TEST], requester: P },
    ],
    ['STU3', { context: E, status: 'gelöscht' }, { status: 'unknown' }],
    ['R5', { medication: { concept: DRUG } }, { medicationCodeableConcept: DRUG, medicationReference: undefined }],
    ['R5', { medication: { reference: P } }, { medicationCodeableConcept: undefined, medicationReference: P }],
    ['R5', { medication: {} }, { medicationCodeableConcept: {} }],
    ['R5', { medication: '?!' }, { medicationCodeableConcept: {} }],
    ['R5', { medication: { concept: '?!' } }, { medicationCodeableConcept: {} }],
    [
      'R5',
      { status: 'ended', statusChanged: DAY },
      { status: 'completed', dispenseRequest: { validityPeriod: { end: DAY } } },
    ],
    ['R5', { status: 'active', effectiveDosePeriod: { end: DAY } }, { status: 'active', dispenseRequest: undefined }],
    ['R5', { dosageInstruction: [{ asNeeded: true }] }, { dosageInstruction: [{ asNeededBoolean: true }] }],
    [
      'R5',
      { dosageInstruction: [{ asNeededFor: [TEST] }] },
      { dosageInstruction: [{ asNeededCodeableConcept: TEST }] },
    ],
  ]);
  rows('MedicationStatement', [
    ['DSTU2', { patient: P, status: 'active', wasNotTaken: true }, { subject: P, status: 'not-taken' }],
    ['DSTU2', { status: 'active', wasNotTaken: 'yes' }, { status: 'unknown' }],
    ['DSTU2', { status: 'completed', wasNotTaken: false }, { status: 'completed' }],
    ['DSTU2', { status: 'stopped' }, { status: 'unknown' }],
    ['DSTU2', { status: 'entered-in-error', wasNotTaken: true }, { status: 'entered-in-error' }],
    ['STU3', { status: 'active', taken: 'y' }, { status: 'active' }],
    ['STU3', { status: 'active', taken: 'n' }, { status: 'not-taken' }],
    ['STU3', { status: 'active', taken: 'unk' }, { status: 'unknown' }],
    ['STU3', { status: 'stopped', taken: 'unk' }, { status: 'stopped' }],
    ['STU3', { status: 'on-hold', taken: 'na' }, { status: 'on-hold' }],
    ['STU3', { status: 'active', taken: 'nein' }, { status: 'unknown' }],
    ['STU3', { status: 'not-taken', taken: 'y' }, { status: 'unknown' }],
    ['R5', { status: 'recorded' }, { status: 'unknown' }],
    ['R5', { status: 'draft', adherence: { code: { coding: [{ code: 'stopped' }] } } }, { status: 'unknown' }],
    [
      'R5',
      { status: 'recorded', adherence: { code: { coding: [{ code: 'taking-not-as-directed' }] } } },
      { status: 'active' },
    ],
    ['R5', { status: 'recorded', adherence: { code: { coding: [{ code: 'not-taking' }] } } }, { status: 'not-taken' }],
    [
      'R5',
      { status: 'recorded', adherence: { code: { coding: [{ code: 'stopped-as-directed' }] } } },
      { status: 'stopped' },
    ],
    [
      'R5',
      { status: 'recorded', adherence: { code: { coding: [{ code: 'taking' }, { code: 'stopped' }] } } },
      { status: 'unknown' },
    ],
    ['R5', { status: 'recorded', adherence: '?!' }, { status: 'unknown' }],
    ['R5', { status: 'entered-in-error' }, { status: 'entered-in-error' }],
  ]);
  rows('MedicationDispense', [
    ['DSTU2', { patient: P, status: 'completed' }, { subject: P, status: 'completed' }],
    ['DSTU2', { patient: P, status: 'preparation' }, { status: 'unknown' }],
    ['STU3', { status: 'preparation', notDone: false }, { status: 'preparation' }],
    ['STU3', { status: 'completed', notDone: true }, { status: 'declined' }],
    [
      'R5',
      { status: 'declined', medication: { concept: DRUG }, encounter: E },
      { status: 'declined', medicationCodeableConcept: DRUG, context: E },
    ],
  ]);

  test('contained resources are lifted with what contains them', () => {
    const medication = {
      resourceType: 'Medication',
      id: 'm',
      product: { ingredient: [{ item: { display: 'sildenafil' } }] },
    };
    const raw = {
      resourceType: 'MedicationOrder',
      contained: [medication, '?!'],
      medicationReference: { reference: '#m' },
    };
    const { contained } = lifted('DSTU2', raw, 'contained');
    expect(contained).toEqual([{ ...medication, ingredient: [{ itemReference: { display: 'sildenafil' } }] }, '?!']);
    const substance = { resourceType: 'Substance', id: 's', code: { concept: DRUG } };
    const r5 = { resourceType: 'Medication', doseForm: TEST, contained: [substance] };
    expect(lifted('R5', r5, 'contained')).toEqual({ contained: [{ ...substance, code: DRUG }] });
  });
});

describe('encounters', () => {
  const act = (code: string) => ({ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code });
  rows('Encounter', [
    [
      'DSTU2',
      { class: 'emergency', patient: P, reason: [TEST] },
      { class: act('EMER'), subject: P, reasonCode: [TEST] },
    ],
    ['DSTU2', { class: 'inpatient' }, { class: act('IMP') }],
    ['DSTU2', { class: 'other' }, { class: undefined }],
    ['DSTU2', { status: 'arrived', indication: [E] }, { status: 'arrived', reasonReference: [E] }],
    ['DSTU2', { status: 'triaged' }, { status: 'unknown' }],
    ['DSTU2', { hospitalization: { admittingDiagnosis: [P] } }, { diagnosis: [{ condition: P }] }],
    ['DSTU2', { patient: P, reason: '?!' }, { reasonCode: '?!' }],
    ['STU3', { class: { code: 'AMB' }, status: 'triaged' }, { class: { code: 'AMB' }, status: 'triaged' }],
    ['STU3', { class: { code: 'emergency' } }, { class: act('EMER') }],
    ['STU3', { status: 'laufend' }, { status: 'unknown' }],
    ['R5', { class: [{ coding: [{ code: 'AMB' }] }, { coding: [{ code: 'EMER' }] }] }, { class: { code: 'EMER' } }],
    [
      'R5',
      { class: [{ coding: [{ code: 'AMB' }] }], actualPeriod: { start: DAY } },
      { class: { code: 'AMB' }, period: { start: DAY } },
    ],
    ['R5', { status: 'completed' }, { status: 'finished' }],
    ['R5', { status: 'on-hold' }, { status: 'onleave' }],
    ['R5', { status: 'finished' }, { status: 'unknown' }],
    [
      'R5',
      { reason: [{ value: [{ concept: TEST }, { reference: P }] }] },
      { reasonCode: [TEST], reasonReference: [P] },
    ],
    ['R5', { reason: [{ use: [TEST] }] }, { reasonCode: [{}] }],
    ['R5', { reason: '?!' }, { reasonCode: ['?!'] }],
    [
      'R5',
      { diagnosis: [{ condition: [{ reference: P }, { concept: TEST }] }] },
      { diagnosis: [{ condition: P }], reasonCode: [TEST] },
    ],
  ]);
});

const ALL_R4 = [...baseChart(), ...loadVignettes().flatMap((vignette) => [...chartOf(vignette)])];
const STORIES = new URL('../../fixtures/fhir-server/', import.meta.url).pathname;
const STORED = readdirSync(STORIES)
  .filter((file) => file.startsWith('ed-') || file.startsWith('office-'))
  .flatMap((file) => objectsOf((JSON.parse(readFileSync(STORIES + file, 'utf8')) as JsonObject)['entry']))
  .flatMap(({ resource }) => (isObject(resource) ? [resource] : []));

describe('which version a resource is of', () => {
  test('a chart of R4 is never taken for another, and costs nothing: it is given back as it came', () => {
    expect(ALL_R4.length).toBeGreaterThan(3000);
    expect(STORED.length).toBeGreaterThan(200);
    for (const resource of [...ALL_R4, ...STORED]) expect(liftResource(resource, undefined)[0]).toBe(resource);
    const bundle = bundleOf(STORED);
    expect(liftBody(bundle, undefined)).toBe(bundle);
    expect(liftBody(bundle, 'R4')).toBe(bundle);
    expect(liftBody(bundle, 'R4B')).toBe(bundle);
  });

  test.each(['DSTU2', 'STU3', 'R5'] as const)(
    'no resource of %s is taken for one that its members exclude',
    (version) => {
      const taken = ALL_R4.map((resource) => versionOfResource(toVersion(version, resource), undefined));
      expect(new Set(taken)).toEqual(new Set([version, 'R4', ...(version === 'DSTU2' ? ['STU3'] : [])]));
    },
  );

  const old = { resourceType: 'Condition', patient: P, clinicalStatus: 'active' };
  const now = { resourceType: 'Condition', subject: P, clinicalStatus: { coding: [{ code: 'active' }] } };
  const plain = { resourceType: 'Condition', code: TEST };
  const visit = { resourceType: 'Encounter', class: { code: 'EMER' } };
  const mixed = { resourceType: 'Condition', patient: P, clinicalStatus: { coding: [] }, assertedDate: DAY };
  test.each<[string, JsonObject, FhirVersion | undefined, FhirVersion]>([
    ['nothing stated', old, undefined, 'DSTU2'],
    ['nothing stated', now, undefined, 'R4'],
    ['nothing stated or shown', plain, undefined, 'R4'],
    ['stated, nothing shown', plain, 'DSTU2', 'DSTU2'],
    ['stated and shown', old, 'DSTU2', 'DSTU2'],
    ['another is stated than shown', old, 'R4', 'DSTU2'],
    ['another is stated than shown', now, 'DSTU2', 'R4'],
    ['R5 is stated and possible', now, 'R5', 'R5'],
    ['everything at once is shown', mixed, undefined, 'R4'],
    ['everything at once is shown, one stated', mixed, 'STU3', 'STU3'],
    ['garbled, so that it is no code of an old version', { ...now, clinicalStatus: '?!' }, undefined, 'R4'],
    ['a reason of R4’s predecessors that nobody can read', { ...visit, reason: '?!' }, undefined, 'STU3'],
    ['the same, R4 stated', { ...visit, reason: [{ coded: 42 }] }, 'R4', 'STU3'],
    ['a lone object for a list is no sign', { ...now, category: TEST }, undefined, 'R4'],
    ['a type R4 does not have', { resourceType: 'MedicationOrder' }, 'R4', 'DSTU2'],
    [
      'a type R4 does not have, with members of later',
      { resourceType: 'ProcedureRequest', orderedOn: DAY, intent: 'order' },
      undefined,
      'STU3',
    ],
  ])('%s: %j, %s → %s', (_, resource, stated, version) => {
    expect(versionOfResource(resource, stated)).toBe(version);
  });

  test.each<[string, readonly JsonObject[], ReturnType<typeof evidenceOf>]>([
    ['nothing', [], undefined],
    ['nothing that tells', [plain, { resourceType: 'Patient' }], undefined],
    ['one of an old version', [plain, old], 'DSTU2'],
    ['R4 or later', [now, plain], 'later'],
    ['R4', [now, { resourceType: 'Encounter', reasonCode: [TEST] }], 'R4'],
    ['R5', [now, { resourceType: 'Encounter', actualPeriod: {} }], 'R5'],
    ['two that exclude each other', [old, now], undefined],
    ['DSTU2 or STU3', [{ resourceType: 'Procedure', status: 'aborted' }], undefined],
    ['one that contradicts itself is left out', [mixed, old], 'DSTU2'],
  ])('a request that holds %s', (_, resources, evidence) => {
    expect(evidenceOf(resources.map(shapeOf))).toBe(evidence);
  });

  test.each<[unknown, FhirVersion | undefined]>([
    ['1.0.2', 'DSTU2'],
    ['3.0.1', 'STU3'],
    ['4.0.1', 'R4'],
    ['4.3.0', 'R4B'],
    ['5.0.0', 'R5'],
    ['1.0', undefined],
    ['1.8.0', undefined],
    ['4.2.0', undefined],
    ['5.0.0-ballot', undefined],
    ['R4', undefined],
    [4, undefined],
    [undefined, undefined],
  ])('version number %j is %s', (number, version) => {
    expect(versionOf(number)).toBe(version);
  });
});

describe('a quick look at a body', () => {
  const [one = {}] = ALL_R4;
  const old = { resourceType: 'Condition', patient: P };
  test.each<[string, unknown, FhirVersion | undefined, boolean]>([
    ['nothing', undefined, undefined, true],
    ['a chart of R4', bundleOf(ALL_R4.slice(0, 500)), undefined, true],
    ['a chart of R4 of an R4B client', bundleOf(ALL_R4.slice(0, 500)), 'R4B', true],
    ['anything of a client of an old version', bundleOf([]), 'DSTU2', false],
    ['a list that begins with an old one', bundleOf([old, one]), 'R4', false],
    ['a list whose second entry is old', bundleOf([one, old, one]), undefined, false],
    [
      'a type that R4 does not have, far down',
      bundleOf([...ALL_R4.slice(0, 50), { resourceType: 'MedicationOrder' }]),
      'R4',
      false,
    ],
    ['an old resource', old, undefined, false],
  ])('%s', (_, body, stated, isR4) => {
    expect(looksLikeR4(body, stated)).toBe(isR4);
  });
});

describe('what is no resource passes as it is', () => {
  test.each([
    null,
    undefined,
    42,
    'text',
    [[1]],
    {},
    { resourceType: 'Bundle', entry: '?!' },
    { resourceType: 'Bundle', entry: [null, 42, {}, { resource: '?!' }] },
    { resourceType: '__proto__' },
    { resourceType: 'constructor' },
  ])('%j', (body) => {
    expect(liftBody(body, 'DSTU2')).toEqual(body);
  });

  test('a member named __proto__ changes nothing', () => {
    const raw = JSON.parse(
      '{"resourceType":"Condition","patient":{"reference":"Patient/p1"},"__proto__":{"subject":1}}',
    ) as JsonObject;
    const [resource = {}] = liftResource(raw, 'DSTU2');
    expect(Object.getPrototypeOf(resource)).toBe(Object.prototype);
    expect(resource['subject']).toEqual(P);
  });
});

describe('suggested orders', () => {
  const order: DraftOrder = {
    resourceType: 'ServiceRequest',
    id: 'x',
    status: 'draft',
    intent: 'proposal',
    priority: 'stat',
    code: { coding: [{ system: 's', code: 'c', display: 'd' }], text: 't' },
    subject: P,
    encounter: E,
    requester: { reference: 'Practitioner/1' },
    occurrenceDateTime: DAY,
    authoredOn: DAY,
    reasonReference: [{ reference: 'Condition/1' }],
  };
  const common = { id: 'x', status: 'draft', priority: 'stat', subject: P };

  test('R4 and R4B as they are', () => {
    expect([lowerOrder(order, 'R4'), lowerOrder(order, 'R4B')]).toEqual([order, order]);
  });

  test('DSTU2', () => {
    expect(lowerOrder(order, 'DSTU2')).toEqual({
      ...common,
      resourceType: 'DiagnosticOrder',
      orderer: { reference: 'Practitioner/1' },
      encounter: E,
      supportingInformation: [{ reference: 'Condition/1' }],
      event: [{ status: 'draft', dateTime: DAY }],
      item: [{ code: order.code, status: 'draft' }],
    });
  });

  test('DSTU2 has no order for later', () => {
    expect(lowerOrder({ ...order, occurrenceDateTime: LATER }, 'DSTU2')).toBeUndefined();
    const period = { occurrencePeriod: { start: DAY, end: LATER } };
    expect(lowerOrder({ ...order, occurrenceDateTime: LATER, ...period }, 'DSTU2')).toBeUndefined();
  });

  test('STU3', () => {
    expect(lowerOrder({ ...order, requester: P, reasonCode: [{ text: 'r' }] }, 'STU3')).toEqual({
      ...common,
      resourceType: 'ProcedureRequest',
      intent: 'proposal',
      code: order.code,
      context: E,
      occurrenceDateTime: DAY,
      authoredOn: DAY,
      reasonReference: [{ reference: 'Condition/1' }],
      reasonCode: [{ text: 'r' }],
    });
    expect(lowerOrder(order, 'STU3')).toMatchObject({ requester: { agent: { reference: 'Practitioner/1' } } });
  });

  test('R5', () => {
    const rest = Object.fromEntries(Object.entries(order).filter(([member]) => member !== 'reasonReference'));
    expect(lowerOrder(order, 'R5')).toEqual({
      ...rest,
      code: { concept: order.code },
      reason: [{ reference: { reference: 'Condition/1' } }],
    });
  });
});
