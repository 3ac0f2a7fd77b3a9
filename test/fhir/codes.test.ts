import { describe, expect, test } from '@jest/globals';
import type { ValueSet } from 'fhir/r4.js';
import { hasValidCheckDigit } from '../../src/fhir/check-digit.js';
import {
  ATC,
  comparableCode,
  CPT,
  ICD_10,
  ICD_10_CM,
  ICD_9_CM,
  knownSystem,
  LOINC,
  RXNORM,
  SNOMED_CT,
} from '../../src/fhir/code-system.js';
import {
  codesOf,
  hasKnownCoding,
  isKnownCode,
  isEmptyConcept,
  labelOf,
  readCoding,
  readConcept,
  readConcepts,
  wordsOf,
} from '../../src/fhir/codeable-concept.js';
import { codingIn, indexValueSets, tokensOf } from '../../src/fhir/value-set.js';

describe('code systems by any spelling', () => {
  test.each([
    ['http://snomed.info/sct', SNOMED_CT],
    ['https://snomed.info/sct', SNOMED_CT],
    ['http://snomed.info/sct/900000000000207008', SNOMED_CT],
    ['http://snomed.info/sct/83821000000107/version/20230412', SNOMED_CT],
    ['urn:oid:2.16.840.1.113883.6.96', SNOMED_CT],
    ['http://loinc.org', LOINC],
    ['https://loinc.org', LOINC],
    ['urn:oid:2.16.840.1.113883.6.1', LOINC],
    ['http://hl7.org/fhir/sid/icd-10-cm', ICD_10_CM],
    ['urn:oid:2.16.840.1.113883.6.90', ICD_10_CM],
    ['ICD-10-CM', ICD_10_CM],
    ['http://hl7.org/fhir/sid/icd-10', ICD_10],
    ['http://fhir.de/CodeSystem/bfarm/icd-10-gm', ICD_10],
    ['http://hl7.org/fhir/sid/icd-9-cm', ICD_9_CM],
    ['http://www.nlm.nih.gov/research/umls/rxnorm', RXNORM],
    ['http://www.whocc.no/atc', ATC],
    ['http://www.ama-assn.org/go/cpt', CPT],
  ])('%s', (spelling, canonical) => {
    expect(knownSystem(spelling)).toBe(canonical);
  });

  test.each([
    '',
    'urn:oid:2.16.840.1.113883.6.9',
    'urn:oid:2.16.840.1.113883.6.960',
    'http://snomed.info/sctx',
    'http://snomed.info',
    'http://loinc.org/vs',
    'http://hospital.example/codes',
    'toString',
    '__proto__',
  ])('"%s" is unknown', (spelling) => {
    expect(knownSystem(spelling)).toBeUndefined();
  });

  test.each([
    [ICD_10_CM, 'K22.4', 'K224'],
    [ICD_10_CM, 'k22.4', 'K224'],
    [ICD_10, ' K22.4 ', 'K224'],
    [ICD_9_CM, '530.5', '5305'],
    [LOINC, '89579-7', '89579-7'],
    [SNOMED_CT, ' 79962008 ', '79962008'],
    ['http://hospital.example/codes', 'a.b', 'a.b'],
  ])('%s compares %s as %s', (system, code, compared) => {
    expect(comparableCode(system, code)).toBe(compared);
  });
});

describe('value sets', () => {
  const valueSet = (id: string, system: string, ...codes: readonly string[]): ValueSet => ({
    resourceType: 'ValueSet',
    id,
    status: 'active',
    compose: { include: [{ system, concept: codes.map((code) => ({ code })) }] },
  });
  const sets = [
    valueSet('spasm', ICD_10_CM, 'K22.4'),
    valueSet('spasm-snomed', SNOMED_CT, '266434009'),
    valueSet('troponin', LOINC, '89579-7', '67151-1'),
    valueSet('high-sensitivity', LOINC, '89579-7'),
  ];
  const index = indexValueSets(sets);

  test.each([
    ['the code as listed', ICD_10_CM, 'K22.4', ['spasm']],
    ['no dot', ICD_10_CM, 'K224', ['spasm']],
    ['lower case', ICD_10_CM, 'k22.4', ['spasm']],
    ['another spelling of the system', 'urn:oid:2.16.840.1.113883.6.90', 'K22.4', ['spasm']],
    ['SNOMED CT edition', 'http://snomed.info/sct/731000124108', '266434009', ['spasm-snomed']],
    ['a code in two sets', LOINC, '89579-7', ['troponin', 'high-sensitivity']],
    ['a longer code', ICD_10_CM, 'K22.40', []],
    ['a shorter code', ICD_10_CM, 'K22', []],
    ['its category', ICD_10_CM, 'K22.', []],
    ['LOINC without check digit', LOINC, '89579', []],
    ['LOINC dot form', LOINC, '89579.7', []],
    ['the code under another system', ICD_10, 'K22.4', []],
    ['the code under a local system', 'http://hospital.example', '89579-7', []],
    ['a word of the language', LOINC, 'constructor', []],
  ])('%s', (_, system, code, expected) => {
    expect(index.setsOf({ system, code })).toEqual(expected);
  });

  test.each([
    ['no system', { code: 'K22.4' }],
    ['no code', { system: ICD_10_CM }],
    ['display only', { display: 'Spasm' }],
  ])('%s belongs to no set', (_, coding) => {
    expect(index.setsOf(coding)).toEqual([]);
  });

  test('the first coding of a concept that is in one of the sets', () => {
    const local = { system: 'http://hospital.example', code: 'TNT' };
    const known = { system: LOINC, code: '67151-1' };
    expect(codingIn(index, { coding: [local, known] }, ['troponin'])).toEqual(known);
    expect(codingIn(index, { coding: [local, known] }, ['spasm'])).toBeUndefined();
    expect(codingIn(index, { text: 'troponin' }, ['troponin'])).toBeUndefined();
  });

  test('tokens are in the order of the file', () => {
    expect(sets.flatMap(tokensOf)).toEqual([
      `${ICD_10_CM}|K22.4`,
      `${SNOMED_CT}|266434009`,
      `${LOINC}|89579-7`,
      `${LOINC}|67151-1`,
      `${LOINC}|89579-7`,
    ]);
    expect(tokensOf({ resourceType: 'ValueSet', status: 'active' })).toEqual([]);
  });
});

describe('check digits', () => {
  test.each([
    [LOINC, '11524-6'],
    [LOINC, '89579-7'],
    [LOINC, '67151-1'],
    [LOINC, '10839-9'],
    [LOINC, '718-7'],
    [SNOMED_CT, '29303009'],
    [SNOMED_CT, '268400002'],
    [SNOMED_CT, '22298006'],
    [SNOMED_CT, '24700007'],
    [ICD_10_CM, 'K22.4'],
    [CPT, '93000'],
    ['http://hospital.example', 'anything'],
  ])('%s %s is right', (system, code) => {
    expect(hasValidCheckDigit(system, code)).toBe(true);
  });

  test.each([
    [LOINC, '11524-0'],
    [LOINC, '89579-8'],
    [LOINC, '98579-7'],
    [LOINC, '115246'],
    [LOINC, '11524-66'],
    [LOINC, ' 11524-6'],
    [LOINC, 'LP15099-2'],
    [SNOMED_CT, '29303008'],
    [SNOMED_CT, '92303009'],
    [SNOMED_CT, '22298060'],
    [SNOMED_CT, '029303009'],
    [SNOMED_CT, '29303'],
    [SNOMED_CT, '2930300x'],
    [SNOMED_CT, ''],
  ])('%s %s is wrong', (system, code) => {
    expect(hasValidCheckDigit(system, code)).toBe(false);
  });

  test.each([
    [SNOMED_CT, '29303009'],
    [LOINC, '89579-7'],
  ])('any one digit of %s %s mistyped is noticed', (system, code) => {
    for (let place = 0; place < code.length; place += 1) {
      for (const digit of '0123456789'.replace(code.charAt(place), '')) {
        if (code.charAt(place) === '-') continue;
        const mistyped = code.slice(0, place) + digit + code.slice(place + 1);
        expect({ mistyped, isValid: hasValidCheckDigit(system, mistyped) }).toEqual({ mistyped, isValid: false });
      }
    }
  });
});

describe('concepts', () => {
  test.each([
    [
      { system: LOINC, code: '89579-7', display: 'Troponin', extra: 1 },
      { system: LOINC, code: '89579-7', display: 'Troponin' },
    ],
    [
      { system: LOINC, code: 7, display: 'Troponin' },
      { system: LOINC, display: 'Troponin' },
    ],
    [{ code: 'TNT' }, { code: 'TNT' }],
    [{ system: LOINC }, undefined],
    [{ code: ' ' }, undefined],
    [[], undefined],
    ['89579-7', undefined],
    [null, undefined],
  ])('coding %j', (value, expected) => {
    expect(readCoding(value)).toEqual(expected);
  });

  test.each([
    [
      { text: 'Troponin', coding: [{ code: 'TNT' }, null, 7, { system: LOINC }] },
      { text: 'Troponin', coding: [{ code: 'TNT' }] },
    ],
    [{ coding: { code: 'TNT' } }, { coding: [{ code: 'TNT' }] }],
    [{ coding: [] }, {}],
    [{ coding: 'TNT', text: '  ' }, {}],
    ['Troponin', {}],
    [null, {}],
    [[{ text: 'Troponin' }], {}],
  ])('concept %j', (value, expected) => {
    expect(readConcept(value)).toEqual(expected);
    expect(isEmptyConcept(readConcept(value))).toBe(Object.keys(expected).length === 0);
  });

  test.each([
    [
      [{ text: 'a' }, { text: 'b' }],
      [{ text: 'a' }, { text: 'b' }],
    ],
    [{ text: 'a' }, [{ text: 'a' }]],
    [[null, 'a', { text: 'b' }], [{ text: 'b' }]],
    [undefined, []],
  ])('concepts %j', (value, expected) => {
    expect(readConcepts(value)).toEqual(expected);
  });

  test.each([
    [
      'text before display',
      { text: 'Trop', coding: [{ code: 'X', display: 'Troponin' }] },
      ['Trop', 'Troponin'],
      'Trop',
    ],
    ['display before code', { coding: [{ code: 'X' }, { code: 'Y', display: 'Troponin' }] }, ['Troponin'], 'Troponin'],
    ['code alone', { coding: [{ code: 'X' }] }, [], 'X'],
    ['nothing', {}, [], undefined],
  ])('words and label: %s', (_, concept, words, label) => {
    expect([wordsOf(concept), labelOf(concept)]).toEqual([words, label]);
  });

  test('codes and known codings', () => {
    const concept = { coding: [{ code: 'X' }, { display: 'Y' }, { system: 'http://hospital.example', code: 'Z' }] };
    expect(codesOf(concept)).toEqual(['X', 'Z']);
    expect(hasKnownCoding(concept)).toBe(false);
    expect(hasKnownCoding({ coding: [...concept.coding, { system: 'LN', code: '89579-7' }] })).toBe(true);
    expect(hasKnownCoding({ text: 'Troponin' })).toBe(false);
  });
});

describe('a raw code element is of a known system exactly when it reads so', () => {
  const LOINC_CODE = { system: 'http://loinc.org', code: '89579-7' };
  test.each([
    ['a code of a known system', { coding: [LOINC_CODE] }, true],
    ['a known system after a local one', { coding: [{ system: 'urn:local', code: 'TNI' }, LOINC_CODE] }, true],
    ['one coding that is no array', { coding: LOINC_CODE }, true],
    ['another spelling of the system, words only', { coding: [{ system: 'LN', display: 'Troponin' }] }, true],
    ['a system without code and words', { coding: [{ system: 'http://loinc.org' }], text: 'Troponin' }, false],
    ['a blank code', { coding: [{ system: 'http://loinc.org', code: ' ' }] }, false],
    ['a local code', { coding: [{ system: 'urn:local', code: 'TNI' }] }, false],
    ['no system', { coding: [{ code: '89579-7' }] }, false],
    ['a system that is no text', { coding: [{ system: 7, code: '89579-7' }] }, false],
    ['words only', { text: 'Troponin' }, false],
    ['a code that is no object', 'Troponin', false],
  ])('%s', (_, raw, isKnown) => {
    expect([isKnownCode(raw), hasKnownCoding(readConcept(raw))]).toEqual([isKnown, isKnown]);
  });
});
