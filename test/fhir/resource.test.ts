import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readCoding, readConcept, readConcepts } from '../../src/fhir/codeable-concept.js';
import { readTime } from '../../src/fhir/date-time.js';
import { readQuantity } from '../../src/fhir/quantity.js';
import { ownerOf, readIdentifier, readReference } from '../../src/fhir/reference.js';
import { readCollectionTime, readDiagnosticReport, readObservation } from '../../src/fhir/observation.js';
import {
  readCondition,
  readEncounter,
  readPatient,
  readProcedure,
  readServiceRequest,
} from '../../src/fhir/resource.js';

const at = (text: string) => ({ start: Date.parse(text), text });

describe('when something was', () => {
  test.each([
    ['dateTime', { effectiveDateTime: '2026-03-10T10:00:00Z' }, '2026-03-10T10:00:00Z'],
    ['instant', { effectiveInstant: '2026-03-10T10:00:00Z' }, '2026-03-10T10:00:00Z'],
    [
      'start of a Period',
      { effectivePeriod: { start: '2026-03-10T10:00:00Z', end: '2026-03-10T11:00:00Z' } },
      '2026-03-10T10:00:00Z',
    ],
    ['end of a Period when that is all', { effectivePeriod: { end: '2026-03-10T11:00:00Z' } }, '2026-03-10T11:00:00Z'],
    [
      'earliest of a Timing',
      { effectiveTiming: { event: ['2026-03-10T11:00:00Z', 'soon', '2026-03-10T10:00:00Z'] } },
      '2026-03-10T10:00:00Z',
    ],
    [
      'a second form when the first is unreadable',
      { effectiveDateTime: 'today', effectivePeriod: { start: '2026-03-10T10:00:00Z' } },
      '2026-03-10T10:00:00Z',
    ],
  ])('Observation: %s', (_, members, text) => {
    expect(readObservation(members).effective).toMatchObject(at(text));
  });

  test.each([
    ['Condition onset', readCondition({ onsetPeriod: { start: '2026-03-10T10:00:00Z' } }).onset],
    ['Condition recorded', readCondition({ recordedDate: '2026-03-10T10:00:00Z' }).recorded],
    ['Condition abatement', readCondition({ abatementDateTime: '2026-03-10T10:00:00Z' }).abatement],
    ['Encounter start', readEncounter({ period: { start: '2026-03-10T10:00:00Z' } }).start],
    ['Observation issued', readObservation({ issued: '2026-03-10T10:00:00Z' }).issued],
    ['DiagnosticReport effective', readDiagnosticReport({ effectiveDateTime: '2026-03-10T10:00:00Z' }).effective],
    ['ServiceRequest authored', readServiceRequest({ authoredOn: '2026-03-10T10:00:00Z' }).authored],
    ['ServiceRequest due', readServiceRequest({ occurrenceTiming: { event: ['2026-03-10T10:00:00Z'] } }).due],
    ['Procedure performed', readProcedure({ performedPeriod: { start: '2026-03-10T10:00:00Z' } }).performed],
    ['Specimen collected', readCollectionTime({ collection: { collectedDateTime: '2026-03-10T10:00:00Z' } })],
  ])('%s', (_, time) => {
    expect(time).toMatchObject(at('2026-03-10T10:00:00Z'));
  });

  test('an encounter that only ended has no start', () => {
    expect(readEncounter({ period: { end: '2026-03-10T10:00:00Z' } }).start).toBeUndefined();
  });
});

describe('members that change a meaning', () => {
  test.each([
    ['not abated', {}, false],
    ['abatementBoolean', { abatementBoolean: true }, true],
    ['abatementBoolean false', { abatementBoolean: false }, false],
    ['abatementBoolean as text', { abatementBoolean: 'true' }, false],
    ['abatementString', { abatementString: 'last year' }, true],
  ])('Condition: %s', (_, members, isAbated) => {
    expect(readCondition(members).isAbated).toBe(isAbated);
  });

  test.each([
    [{}, false],
    [{ deceasedBoolean: false }, false],
    [{ deceasedBoolean: true }, true],
    [{ deceasedDateTime: '2020' }, true],
    [{ deceasedDateTime: 'unreadable' }, true],
  ])('Patient %j', (members, isDeceased) => {
    expect(readPatient(members).isDeceased).toBe(isDeceased);
  });

  test.each([
    [{}, false],
    [{ doNotPerform: true }, true],
    [{ doNotPerform: 'true' }, false],
  ])('ServiceRequest %j', (members, isProhibition) => {
    expect(readServiceRequest(members).isProhibition).toBe(isProhibition);
  });

  test.each([
    ['valueQuantity', { valueQuantity: { value: 14, unit: 'ng/L' } }, { quantity: { value: 14, unit: 'ng/L' } }],
    ['valueInteger', { valueInteger: 14 }, { quantity: { value: 14, unit: undefined } }],
    ['valueString', { valueString: '<3 ng/L' }, { text: '<3 ng/L', quantity: undefined }],
    ['valueCodeableConcept', { valueCodeableConcept: { text: 'Negative' } }, { concept: { text: 'Negative' } }],
    [
      'dataAbsentReason',
      { dataAbsentReason: { text: 'hemolyzed' } },
      { absentReason: { text: 'hemolyzed' }, quantity: undefined },
    ],
    ['none', {}, { quantity: undefined, concept: undefined, text: undefined, absentReason: undefined }],
  ])('Observation value: %s', (_, members, expected) => {
    expect(readObservation(members)).toMatchObject(expected);
  });

  test('a range with its sex and age, and a component with its own value', () => {
    const range = {
      high: { value: 14 },
      appliesTo: [{ text: 'female' }],
      age: { low: { value: 18, code: 'a' } },
      text: '<14',
    };
    const observation = readObservation({
      referenceRange: range,
      component: [{ code: { text: 'hs-TnT' }, valueQuantity: { value: 9 } }],
      hasMember: [{ reference: 'Observation/o2' }, null],
      performer: [{ reference: 'Organization/lab' }],
    });
    expect(observation.ranges).toMatchObject([
      { high: { value: 14 }, low: undefined, appliesTo: [{ text: 'female' }], ageLow: { value: 18 }, text: '<14' },
    ]);
    expect(observation.components).toMatchObject([{ code: { text: 'hs-TnT' }, quantity: { value: 9 } }]);
    expect(observation.members).toMatchObject([{ id: 'o2' }]);
    expect(observation.performer).toBe('Organization/lab');
  });

  test.each([
    [{ resourceType: 'Condition', id: 'c1' }, 'Condition/c1'],
    [{ resourceType: 'Condition' }, 'Condition/(no id)'],
    [{ id: 7 }, 'Resource/(no id)'],
  ])('%j is cited as %s', (raw, reference) => {
    expect(readCondition(raw).reference).toBe(reference);
  });
});

describe('hostile shapes', () => {
  const READERS = {
    Patient: readPatient,
    Encounter: readEncounter,
    Condition: readCondition,
    Observation: readObservation,
    DiagnosticReport: readDiagnosticReport,
    ServiceRequest: readServiceRequest,
    Procedure: readProcedure,
    Specimen: readCollectionTime,
  };
  const MEMBERS = [
    'resourceType',
    'id',
    'identifier',
    'birthDate',
    'gender',
    'deceasedBoolean',
    'deceasedDateTime',
    'status',
    'class',
    'period',
    'reasonCode',
    'reasonReference',
    'diagnosis',
    'code',
    'clinicalStatus',
    'verificationStatus',
    'category',
    'onsetDateTime',
    'onsetPeriod',
    'abatementDateTime',
    'abatementPeriod',
    'abatementString',
    'recordedDate',
    'encounter',
    'effectiveDateTime',
    'effectiveInstant',
    'effectivePeriod',
    'effectiveTiming',
    'issued',
    'specimen',
    'performer',
    'hasMember',
    'component',
    'contained',
    'valueQuantity',
    'valueInteger',
    'valueString',
    'valueCodeableConcept',
    'dataAbsentReason',
    'interpretation',
    'referenceRange',
    'result',
    'conclusion',
    'conclusionCode',
    'intent',
    'doNotPerform',
    'authoredOn',
    'occurrenceTiming',
    'performedDateTime',
    'collection',
  ];
  const INNER = [
    'coding',
    'text',
    'system',
    'code',
    'display',
    'start',
    'end',
    'event',
    'value',
    'unit',
    'comparator',
    'reference',
    'identifier',
    'type',
    'condition',
    'low',
    'high',
    'age',
    'appliesTo',
    'collectedDateTime',
    'collectedPeriod',
  ];
  const HOSTILE: readonly unknown[] = [7, null, '', 'x', true, [], [null], [7], [[]], {}, [{}], { a: 1 }];

  function withMembers(names: readonly string[], value: unknown): Record<string, unknown> {
    return Object.fromEntries(names.map((name) => [name, value]));
  }

  describe.each(Object.entries(READERS))('%s', (_, read) => {
    test.each(HOSTILE.map((value) => [value]))('%j in every member and one level below', (value) => {
      for (const raw of [
        withMembers(MEMBERS, value),
        withMembers(MEMBERS, withMembers(INNER, value)),
        withMembers(MEMBERS, [withMembers(INNER, value), value]),
        withMembers(MEMBERS, withMembers(INNER, [withMembers(INNER, value)])),
      ]) {
        expect(() => read(raw)).not.toThrow();
      }
    });

    test('anything in any member', () => {
      const value = fc.oneof(fc.anything(), fc.dictionary(fc.constantFrom(...INNER), fc.anything()));
      const raw = fc.dictionary(fc.constantFrom(...MEMBERS), value, { minKeys: 5, maxKeys: MEMBERS.length });
      fc.assert(
        fc.property(raw, (one) => {
          read(one);
        }),
      );
    });
  });

  test.each([
    ['readTime', readTime],
    ['readQuantity', readQuantity],
    ['readCoding', readCoding],
    ['readConcept', readConcept],
    ['readConcepts', readConcepts],
    ['readIdentifier', readIdentifier],
    ['readReference', readReference],
    [
      'ownerOf',
      (value: unknown) =>
        ownerOf(
          readReference(value),
          { patientId: 'p1', identifiers: [], fhirServer: undefined, fullUrls: new Set() },
          undefined,
        ),
    ],
  ])('%s of anything', (_, read: (value: unknown) => unknown) => {
    const value = fc.oneof(fc.anything(), fc.dictionary(fc.constantFrom(...INNER), fc.anything()));
    fc.assert(
      fc.property(value, (one) => {
        read(one);
      }),
    );
  });
});
