import { describe, expect, test } from '@jest/globals';
import type { CodeableConcept } from 'fhir/r4.js';
import { DAY } from '../../src/fhir/date-time.js';
import type { JsonObject } from '../../src/fhir/json.js';
import {
  missingMedication,
  readAllergy,
  readMedicationDispense,
  readMedicationRequest,
  readMedicationStatement,
  type FindMedication,
} from '../../src/fhir/medication.js';

const RXNORM = 'http://www.nlm.nih.gov/research/umls/rxnorm';
const coded = (code: string, text?: string): CodeableConcept => ({
  coding: [{ system: RXNORM, code }],
  ...(text !== undefined && { text }),
});
const NITROGLYCERIN = coded('4917', 'nitroglycerin');

/** Medications of the server; one of them consists of another one, and of what it contains. */
const KNOWN: Readonly<Record<string, JsonObject>> = {
  'Medication/plain': { resourceType: 'Medication', id: 'plain', code: NITROGLYCERIN },
  'Medication/formed': { resourceType: 'Medication', code: NITROGLYCERIN, form: { text: 'spray' } },
  'Medication/nameless': { resourceType: 'Medication', status: 'active' },
  'Medication/mixed': {
    resourceType: 'Medication',
    code: { text: 'BiDil' },
    contained: [{ resourceType: 'Substance', id: 's1', code: { text: 'hydralazine' } }],
    ingredient: [
      { itemCodeableConcept: { text: 'isosorbide dinitrate' } },
      { itemReference: { reference: '#s1' } },
      { itemReference: { reference: 'Substance/9', display: 'starch' } },
      { strength: {} },
    ],
  },
  'Medication/lone': { resourceType: 'Medication', ingredient: { itemCodeableConcept: { text: 'tadalafil' } } },
};
const find: FindMedication = (reference) => KNOWN[reference];

const wordsOf = (names: readonly CodeableConcept[]) => names.map(({ text, coding }) => text ?? coding?.[0]?.code);

describe('what an entry calls the drug', () => {
  test.each<[string, JsonObject, readonly string[], boolean]>([
    ['a concept in place', { medicationCodeableConcept: NITROGLYCERIN }, ['nitroglycerin'], true],
    ['a code without words', { medicationCodeableConcept: coded('4917') }, ['4917'], true],
    ['words without a code', { medicationCodeableConcept: { text: 'nitro patch' } }, ['nitro patch'], true],
    ['a coding that is one object', { medicationCodeableConcept: { coding: { code: '1' } } }, ['1'], true],
    ['by reference', { medicationReference: { reference: 'Medication/plain' } }, ['nitroglycerin'], true],
    [
      'by reference, with a display that says more',
      { medicationReference: { reference: 'Medication/plain', display: 'Nitrostat 0.4 mg' } },
      ['nitroglycerin', 'Nitrostat 0.4 mg'],
      true,
    ],
    [
      'contained',
      {
        medicationReference: { reference: '#m' },
        contained: [{ id: 'x' }, { resourceType: 'Medication', id: 'm', code: { text: 'sildenafil' } }],
      },
      ['sildenafil'],
      true,
    ],
    [
      'contained as one object',
      { medicationReference: { reference: '#m' }, contained: { id: 'm', code: { text: 'sildenafil' } } },
      ['sildenafil'],
      true,
    ],
    [
      'a Medication with ingredients: these are its parts, not its name',
      { medicationReference: { reference: 'Medication/mixed' } },
      ['BiDil'],
      true,
    ],
    ['a Medication that only has ingredients', { medicationReference: { reference: 'Medication/lone' } }, [], true],
    [
      'concept and reference',
      { ...concept('a'), medicationReference: { reference: 'Medication/plain' } },
      ['a', 'nitroglycerin'],
      true,
    ],
    ['display only', { medicationReference: { display: 'vardenafil 10 mg' } }, ['vardenafil 10 mg'], true],
    [
      'a reference to nothing known, with display',
      { medicationReference: { reference: 'Medication/gone', display: 'vardenafil' } },
      ['vardenafil'],
      true,
    ],
    ['a reference to nothing known', { medicationReference: { reference: 'Medication/gone' } }, [], true],
    ['a fragment of nothing', { medicationReference: { reference: '#gone' }, contained: [{ id: 'm' }] }, [], true],
    ['a Medication without a name', { medicationReference: { reference: 'Medication/nameless' } }, [], true],
    ['an empty concept', { medicationCodeableConcept: {} }, [], true],
    ['a blank text', { medicationCodeableConcept: { text: ' ' } }, [], true],
    ['a blank display', { medicationReference: { display: '' } }, [], true],
    ['a concept that is a text', { medicationCodeableConcept: 'nitroglycerin' }, [], false],
    ['a reference that is a text', { medicationReference: 'Medication/plain' }, [], false],
    ['nothing', {}, [], false],
  ])('%s', (_, raw, names, hasDrug) => {
    const read = readMedicationRequest(raw, find);
    expect({ names: wordsOf(read.names), hasDrug: read.hasDrug }).toEqual({ names, hasDrug });
    expect(wordsOf(readMedicationStatement(raw, find).names)).toEqual(names);
    expect(wordsOf(readMedicationDispense(raw, find).names)).toEqual(names);
  });

  test('codes are kept beside the words', () => {
    expect(readMedicationRequest({ medicationCodeableConcept: NITROGLYCERIN }, find).names).toEqual([NITROGLYCERIN]);
  });
});

describe('what the drug consists of', () => {
  /** A Medication that the entry contains, with what else it contains. */
  const containing = (medication: JsonObject, ...others: readonly JsonObject[]): JsonObject => ({
    medicationReference: { reference: '#m' },
    contained: [{ resourceType: 'Medication', id: 'm', ...medication }, ...others],
  });
  const named = (count: number) => Array.from({ length: count }, () => ({ itemCodeableConcept: { text: 'starch' } }));
  const NOT_NAMED = undefined;

  test.each<[string, JsonObject, readonly (string | undefined)[]]>([
    [
      'in place, contained, by display, and one that cannot be told',
      { medicationReference: { reference: 'Medication/mixed' } },
      ['isosorbide dinitrate', 'hydralazine', 'starch', NOT_NAMED],
    ],
    ['one, not in an array', { medicationReference: { reference: 'Medication/lone' } }, ['tadalafil']],
    ['a code without words', containing({ ingredient: [{ itemCodeableConcept: coded('1') }] }), ['1']],
    [
      'a substance that the entry contains',
      containing({ ingredient: [{ itemReference: { reference: '#s' } }] }, { id: 's', code: { text: 'riociguat' } }),
      ['riociguat'],
    ],
    [
      'display and contained',
      containing(
        { ingredient: [{ itemReference: { reference: '#s', display: 'a' } }] },
        { id: 's', code: { text: 'b' } },
      ),
      ['a', 'b'],
    ],
    [
      'a substance elsewhere',
      containing({ ingredient: [{ itemReference: { reference: 'Substance/9' } }] }),
      [NOT_NAMED],
    ],
    [
      'a substance without a name',
      containing({ ingredient: [{ itemReference: { reference: '#s' } }] }, { id: 's' }),
      [NOT_NAMED],
    ],
    ['an empty concept', containing({ ingredient: [{ itemCodeableConcept: {} }] }), [NOT_NAMED]],
    ['itself', containing({ code: { text: 'x' }, ingredient: [{ itemReference: { reference: '#m' } }] }), ['x']],
    ['fifty', containing({ ingredient: named(50) }), Array.from({ length: 50 }, () => 'starch')],
    [
      'more than any drug has: the rest cannot be told',
      containing({ ingredient: named(60) }),
      [...Array.from({ length: 50 }, () => 'starch'), NOT_NAMED],
    ],
    ['no ingredients', { medicationReference: { reference: 'Medication/plain' } }, []],
    ['a drug in place', concept('a'), []],
    ['a reference to nothing known', { medicationReference: { reference: 'Medication/gone', display: 'a' } }, []],
  ])('%s', (_, raw, parts) => {
    expect(wordsOf(readMedicationRequest(raw, find).parts)).toEqual(parts);
  });
});

function concept(text: string): JsonObject {
  return { medicationCodeableConcept: { text } };
}

describe('where the drug goes', () => {
  const spray = { medicationReference: { reference: 'Medication/formed' } };
  test.each<[string, JsonObject, readonly string[]]>([
    ['the route of an order', { dosageInstruction: [{ route: { text: 'sublingual' } }] }, ['sublingual']],
    ['the route of a statement', { dosage: [{ route: { text: 'oral' } }] }, ['oral']],
    ['dosage as one object', { dosageInstruction: { route: { text: 'oral' } } }, ['oral']],
    ['several', { dosageInstruction: [{ route: { text: 'eye' } }, { route: { text: 'oral' } }] }, ['eye', 'oral']],
    ['the form of the Medication', spray, ['spray']],
    ['route and form', { ...spray, dosageInstruction: [{ route: { text: 'sublingual' } }] }, ['sublingual', 'spray']],
    ['a coded route', { dosage: [{ route: coded('26643006') }] }, ['26643006']],
    ['none', { dosageInstruction: [{ text: 'as told' }] }, []],
  ])('%s', (_, raw, routes) => {
    expect(wordsOf(readMedicationRequest(raw, find).routes)).toEqual(routes);
  });
});

describe('as needed', () => {
  test.each<[string, JsonObject, boolean]>([
    ['boolean', { dosageInstruction: [{ asNeededBoolean: true }] }, true],
    ['reason', { dosageInstruction: [{ asNeededCodeableConcept: { text: 'chest pain' } }] }, true],
    ['in a statement', { dosage: [{ asNeededBoolean: true }] }, true],
    ['in the second instruction', { dosageInstruction: [{}, { asNeededBoolean: true }] }, true],
    ['boolean false', { dosageInstruction: [{ asNeededBoolean: false }] }, false],
    ['boolean as text', { dosageInstruction: [{ asNeededBoolean: 'true' }] }, false],
    ['not said', { dosageInstruction: [{ text: 'daily' }] }, false],
    ['no instruction', {}, false],
  ])('%s: %j', (_, raw, isAsNeeded) => {
    expect(readMedicationRequest(raw, find).isAsNeeded).toBe(isAsNeeded);
  });
});

describe('an order, a statement, a dispense', () => {
  test.each([
    ['order', readMedicationRequest],
    ['statement', readMedicationStatement],
    ['dispense', readMedicationDispense],
  ] as const)('%s: reference, status, intent, prohibition, last change', (kind, read) => {
    const meta = { lastUpdated: '2026-03-01T08:00:00Z' };
    const raw = { resourceType: 'X', id: 'm1', meta, status: 'active', intent: 'plan', doNotPerform: true };
    expect(read(raw, find)).toMatchObject({
      kind,
      changed: { text: '2026-03-01T08:00:00Z' },
      reference: 'X/m1',
      status: 'active',
      intent: 'plan',
      isProhibition: true,
    });
    expect(read({ doNotPerform: 'true', status: 7, id: 'a b', meta: 'x' }, find)).toMatchObject({
      changed: undefined,
      reference: 'Resource/(no id)',
      status: undefined,
      intent: undefined,
      isProhibition: false,
    });
  });

  const A = '2026-03-01';
  const B = '2026-03-05';
  type Times = readonly [since: string | undefined, until: string | undefined];

  test.each<[string, JsonObject, Times]>([
    ['authored', { authoredOn: A }, [A, undefined]],
    ['valid until', { authoredOn: A, dispenseRequest: { validityPeriod: { start: A, end: B } } }, [A, B]],
    ['validity without end', { dispenseRequest: { validityPeriod: { start: A } } }, [undefined, undefined]],
    ['nothing', { dispenseRequest: 'x' }, [undefined, undefined]],
    ['no date', { authoredOn: 'yesterday' }, [undefined, undefined]],
  ])('order: %s', (_, raw, [since, until]) => {
    const read = readMedicationRequest(raw, find);
    expect([read.since?.text, read.until?.text]).toEqual([since, until]);
  });

  test.each<[string, JsonObject, Times]>([
    ['effective date', { effectiveDateTime: A, dateAsserted: B }, [A, undefined]],
    ['effective period', { effectivePeriod: { start: A, end: B } }, [A, B]],
    ['a period that only ends', { effectivePeriod: { end: B } }, [B, B]],
    ['asserted', { dateAsserted: A }, [A, undefined]],
    ['nothing', {}, [undefined, undefined]],
  ])('statement: %s', (_, raw, [since, until]) => {
    const read = readMedicationStatement(raw, find);
    expect([read.since?.text, read.until?.text]).toEqual([since, until]);
  });

  test.each<[string, JsonObject, string | undefined, number | undefined]>([
    ['handed over, supply of 30 days', { whenHandedOver: A, daysSupply: { value: 30 } }, A, 30],
    ['prepared, supply of 30 days', { whenPrepared: A, daysSupply: { value: 30 } }, A, 30],
    ['handed over goes before prepared', { whenHandedOver: B, whenPrepared: A, daysSupply: { value: 1 } }, B, 1],
    ['supply of half a day', { whenHandedOver: A, daysSupply: { value: 0.5 } }, A, 0.5],
    ['supply of no day', { whenHandedOver: A, daysSupply: { value: 0 } }, A, 0],
    ['supply below zero', { whenHandedOver: A, daysSupply: { value: -1 } }, A, undefined],
    ['supply as text', { whenHandedOver: A, daysSupply: { value: '30' } }, A, undefined],
    ['supply without end', { whenHandedOver: A, daysSupply: { value: Number.POSITIVE_INFINITY } }, A, undefined],
    ['no supply', { whenHandedOver: A }, A, undefined],
    ['supply without date', { daysSupply: { value: 30 } }, undefined, undefined],
  ])('dispense: %s', (_, raw, since, days) => {
    const read = readMedicationDispense(raw, find);
    expect(read.since?.text).toBe(since);
    expect(read.until === undefined ? undefined : (read.until.end - (read.since?.end ?? 0)) / DAY).toBe(days);
    expect(read.until === undefined ? undefined : (read.until.start - (read.since?.start ?? 0)) / DAY).toBe(days);
  });
});

describe('the Medication that has to be asked for', () => {
  test.each<[string, JsonObject, string | undefined]>([
    ['known', { medicationReference: { reference: 'Medication/plain' } }, undefined],
    ['contained', { medicationReference: { reference: '#m' }, contained: [{ id: 'm' }] }, undefined],
    ['in place', concept('a'), undefined],
    ['display only', { medicationReference: { display: 'a' } }, undefined],
    ['nothing', {}, undefined],
    ['unknown', { medicationReference: { reference: 'Medication/gone' } }, 'Medication/gone'],
    [
      'unknown, in spite of its display',
      { medicationReference: { reference: 'Medication/gone', display: 'a' } },
      'Medication/gone',
    ],
    ['a fragment of nothing', { medicationReference: { reference: '#gone' } }, '#gone'],
    [
      'elsewhere',
      { medicationReference: { reference: 'https://a.example/Medication/plain' } },
      'https://a.example/Medication/plain',
    ],
  ])('%s', (_, raw, missing) => {
    expect(missingMedication(raw, find)).toBe(missing);
  });
});

describe('an allergy', () => {
  test.each<[string, JsonObject, readonly string[]]>([
    ['its code', { code: { text: 'nitroglycerin' } }, ['nitroglycerin']],
    ['substances of its reactions', { reaction: [{ substance: { text: 'latex' } }, {}] }, ['latex']],
    ['both', { code: { text: 'drug' }, reaction: { substance: coded('1') } }, ['drug', '1']],
    ['an empty code', { code: {} }, []],
    ['a code that is a text', { code: 'nitroglycerin' }, []],
    ['nothing', {}, []],
  ])('names %s', (_, raw, names) => {
    expect(wordsOf(readAllergy(raw).names)).toEqual(names);
  });

  test.each<[string, JsonObject, string | undefined]>([
    ['recorded', { recordedDate: '2020-01-01', onsetDateTime: '2019-01-01' }, '2020-01-01'],
    ['onset', { onsetDateTime: '2019-01-01' }, '2019-01-01'],
    ['onset as a period', { onsetPeriod: { start: '2018-01-01' } }, '2018-01-01'],
    ['neither', { onsetString: 'childhood' }, undefined],
  ])('dates from when it was %s', (_, raw, text) => {
    expect(readAllergy(raw).recorded?.text).toBe(text);
  });

  test('says where it stands', () => {
    const clinicalStatus = { coding: [{ code: 'active' }] };
    const verificationStatus = { coding: [{ code: 'refuted' }] };
    expect(
      readAllergy({ resourceType: 'AllergyIntolerance', id: 'a1', clinicalStatus, verificationStatus }),
    ).toMatchObject({
      reference: 'AllergyIntolerance/a1',
      clinicalStatus,
      verificationStatus,
    });
  });
});
