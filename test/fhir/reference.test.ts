import { describe, expect, test } from '@jest/globals';
import {
  isFhirId,
  ownerOf,
  parseReference,
  readIdentifier,
  readReference,
  type PatientIdentity,
} from '../../src/fhir/reference.js';

const EHR = 'https://ehr.example/fhir';

describe('reading a reference', () => {
  test.each([
    ['Patient/p1', undefined, 'Patient', 'p1'],
    ['Patient/p1/_history/3', undefined, 'Patient', 'p1'],
    [`${EHR}/Patient/p1`, EHR, 'Patient', 'p1'],
    [`${EHR}/Patient/p1/_history/3`, EHR, 'Patient', 'p1'],
    ['http://ehr.example:8080/a/b/Observation/x-1.2', 'http://ehr.example:8080/a/b', 'Observation', 'x-1.2'],
    ['#pat', undefined, undefined, undefined],
    ['urn:uuid:3b1f7c5e-5a3c-4a57-9d0e-0d9d2f0a7b11', undefined, undefined, undefined],
    ['p1', undefined, undefined, undefined],
    ['patient/p1', undefined, undefined, undefined],
    ['Patient/p1?x=1', undefined, undefined, undefined],
    ['Patient/', undefined, undefined, undefined],
    ['Patient/../Patient/p1', undefined, undefined, undefined],
    ['Patient?identifier=x|1', undefined, undefined, undefined],
    ['javascript:alert(1)/Patient/p1', undefined, undefined, undefined],
  ])('%s', (text, base, type, id) => {
    expect(parseReference(text)).toEqual({ base, type, id, text, identifier: undefined });
  });

  test.each([
    [
      'identifier only',
      { identifier: { system: 'urn:mrn', value: '7' }, type: 'Patient' },
      { type: 'Patient', identifier: { system: 'urn:mrn', value: '7' } },
    ],
    [
      'both',
      { reference: 'Patient/p1', identifier: { value: '7' } },
      { type: 'Patient', id: 'p1', identifier: { system: undefined, value: '7' } },
    ],
    [
      'blank reference',
      { reference: ' ', identifier: { value: '7' } },
      { type: undefined, identifier: { system: undefined, value: '7' } },
    ],
  ])('%s', (_, value, expected) => {
    expect(readReference(value)).toMatchObject(expected);
  });

  test.each([
    [undefined],
    [null],
    ['Patient/p1'],
    [7],
    [[{ reference: 'Patient/p1' }]],
    [{ display: 'Ann' }],
    [{ reference: 7 }],
    [{ identifier: {} }],
  ])('%j is none', (value) => {
    expect(readReference(value)).toBeUndefined();
  });

  test.each([
    [
      { system: 'urn:mrn', value: '7' },
      { system: 'urn:mrn', value: '7' },
    ],
    [{ value: '7' }, { system: undefined, value: '7' }],
    [{ system: 'urn:mrn' }, undefined],
    [{ value: 7 }, undefined],
    ['7', undefined],
  ])('identifier %j', (value, expected) => {
    expect(readIdentifier(value)).toEqual(expected);
  });
});

describe('FHIR ids', () => {
  test.each([
    ['p1', true],
    ['A-b.9', true],
    ['x'.repeat(64), true],
    ['x'.repeat(65), false],
    ['', false],
    ['.', false],
    ['..', false],
    ['...', false],
    ['a/b', false],
    ['a_b', false],
    ['a b', false],
    ['a?b', false],
    ['a%2e', false],
    ['ä', false],
    ['p1\n', false],
  ])('"%s" %s', (text, expected) => {
    expect(isFhirId(text)).toBe(expected);
  });
});

describe('whose a resource is', () => {
  const URN = 'urn:uuid:3b1f7c5e-5a3c-4a57-9d0e-0d9d2f0a7b11';
  const identity: PatientIdentity = {
    patientId: 'p1',
    identifiers: [
      { system: 'urn:mrn', value: '7' },
      { system: undefined, value: '9' },
    ],
    fhirServer: EHR,
    fullUrls: new Set([URN]),
  };
  const ref = (reference: string) => ({ reference });

  test.each([
    ['relative', ref('Patient/p1'), undefined, 'same-patient'],
    ['relative, versioned', ref('Patient/p1/_history/2'), undefined, 'same-patient'],
    ['relative, in an entry of any server', ref('Patient/p1'), 'https://x.example/Condition/1', 'same-patient'],
    ['relative, other id', ref('Patient/p2'), undefined, 'other-patient'],
    ['relative, id with the same start', ref('Patient/p11'), undefined, 'other-patient'],
    ['relative, other case', ref('Patient/P1'), undefined, 'other-patient'],
    ['other type, same id', ref('Group/p1'), undefined, 'other-patient'],
    ['absolute, own base', ref(`${EHR}/Patient/p1`), undefined, 'same-patient'],
    ['absolute, own base, versioned', ref(`${EHR}/Patient/p1/_history/2`), undefined, 'same-patient'],
    ['absolute, own base, other id', ref(`${EHR}/Patient/p2`), undefined, 'other-patient'],
    ['absolute, foreign base, same id', ref('https://x.example/fhir/Patient/p1'), undefined, 'undecided'],
    ['absolute, base that only starts alike', ref(`${EHR}2/Patient/p1`), undefined, 'undecided'],
    ['absolute, http instead of https', ref('http://ehr.example/fhir/Patient/p1'), undefined, 'undecided'],
    [
      'absolute, base of its own entry',
      ref('https://x.example/Patient/p1'),
      'https://x.example/Condition/1',
      'same-patient',
    ],
    [
      'absolute, base of another entry',
      ref('https://x.example/Patient/p1'),
      'https://y.example/Condition/1',
      'undecided',
    ],
    ['contained', ref('#p1'), undefined, 'undecided'],
    ['identifier of the patient', { identifier: { system: 'urn:mrn', value: '7' } }, undefined, 'same-patient'],
    ['identifier of the patient without system', { identifier: { value: '9' } }, undefined, 'same-patient'],
    ['unknown identifier', { identifier: { system: 'urn:mrn', value: '8' } }, undefined, 'undecided'],
    ['value of another system', { identifier: { system: 'urn:ssn', value: '7' } }, undefined, 'undecided'],
    ['value without its system', { identifier: { value: '7' } }, undefined, 'undecided'],
    ['urn:uuid of the patient', ref(URN), undefined, 'same-patient'],
    ['another urn:uuid', ref('urn:uuid:00000000-0000-4000-8000-000000000000'), undefined, 'undecided'],
    ['conditional reference', ref('Patient?identifier=urn:mrn|7'), undefined, 'undecided'],
    ['display only', { display: 'Ann' }, undefined, 'undecided'],
    ['missing', undefined, undefined, 'undecided'],
  ])('%s', (_, subject, fullUrl, owner) => {
    expect(ownerOf(readReference(subject), identity, fullUrl)).toBe(owner);
  });

  test('a trailing slash of the server is no difference; no server makes an absolute reference undecided', () => {
    const subject = parseReference(`${EHR}/Patient/p1`);
    expect(ownerOf(subject, { ...identity, fhirServer: `${EHR}/` }, undefined)).toBe('same-patient');
    expect(ownerOf(subject, { ...identity, fhirServer: undefined }, undefined)).toBe('undecided');
  });

  describe('an id of a foreign server says nothing, so another one must not be thought away', () => {
    test.each([
      ['foreign base, other id', ref('https://x.example/fhir/Patient/p2'), 'undecided'],
      [
        'foreign base with the identifier of the patient',
        { ...ref('https://x.example/fhir/Patient/p2'), identifier: { system: 'urn:mrn', value: '7' } },
        'same-patient',
      ],
    ])('%s', (_, subject, owner) => {
      expect(ownerOf(readReference(subject), identity, undefined)).toBe(owner);
    });
  });
});
