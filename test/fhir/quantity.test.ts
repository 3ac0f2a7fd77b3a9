import { describe, expect, test } from '@jest/globals';
import {
  describeQuantity,
  factorToNanogramsPerLitre,
  inUnitOf,
  parseQuantity,
  readQuantity,
} from '../../src/fhir/quantity.js';

const quantity = (value: number, unit?: string, code?: string, comparator?: '<' | '<=' | '>=' | '>') => ({
  value,
  comparator,
  unit,
  code,
});

describe('reading a Quantity', () => {
  test.each([
    [{ value: 14 }, quantity(14)],
    [{ value: 0 }, quantity(0)],
    [{ value: 14, unit: 'ng/L', code: 'ng/L', system: 'http://unitsofmeasure.org' }, quantity(14, 'ng/L', 'ng/L')],
    [{ value: 3, comparator: '<', unit: 'ng/L' }, quantity(3, 'ng/L', undefined, '<')],
    [{ value: 3, comparator: '>=' }, quantity(3, undefined, undefined, '>=')],
    [{ value: 14, unit: ' ', code: 7 }, quantity(14)],
  ])('%j', (value, expected) => {
    expect(readQuantity(value)).toEqual(expected);
  });

  test.each([
    [{ value: '14' }],
    [{ value: Number.NaN }],
    [{ value: Number.POSITIVE_INFINITY }],
    [{ value: null }],
    [{ unit: 'ng/L' }],
    [{ value: 3, comparator: 'ad' }],
    [{ value: 3, comparator: '~' }],
    [{ value: 3, comparator: null }],
    [[{ value: 14 }]],
    [14],
    ['14 ng/L'],
    [null],
  ])('%j is none', (value) => {
    expect(readQuantity(value)).toBeUndefined();
  });
});

describe('a number written as text', () => {
  test.each([
    ['14', quantity(14)],
    ['0.04', quantity(0.04)],
    ['0,04 ng/mL', quantity(0.04, 'ng/mL')],
    ['12 ng/L', quantity(12, 'ng/L')],
    ['12ng/L', quantity(12, 'ng/L')],
    ['  12   ng/L  ', quantity(12, 'ng/L')],
    ['<3', quantity(3, undefined, undefined, '<')],
    ['< 3 ng/L', quantity(3, 'ng/L', undefined, '<')],
    ['<= 3', quantity(3, undefined, undefined, '<=')],
    ['≤3', quantity(3, undefined, undefined, '<=')],
    ['≥ 10,5 ng/L', quantity(10.5, 'ng/L', undefined, '>=')],
    ['>25000 ng/L', quantity(25000, 'ng/L', undefined, '>')],
    ['14 µg/L', quantity(14, '\u00b5g/L')],
  ])('%s', (text, expected) => {
    expect(parseQuantity(text)).toEqual(expected);
  });

  test.each([
    [''],
    ['negative'],
    ['-3'],
    ['~3'],
    ['3 - 4'],
    ['3 ng/L (high)'],
    ['value 3'],
    ['3 4'],
    ['.5'],
    ['=3'],
    ['3 and 4'],
    ['2026-03-10 10:30'],
  ])('"%s" is none', (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  });

  test.each(['1,234 ng/L', '1,234', '12,500', '1,234.5', '>1,234'])(
    'a comma that may separate thousands is never read as a decimal: "%s"',
    (text) => {
      expect(parseQuantity(text)).toBeUndefined();
    },
  );

  test.each([
    ['0,123', 0.123],
    ['12,5', 12.5],
    ['1,23', 1.23],
    ['1,2345', 1.2345],
  ])('a comma that cannot separate thousands is a decimal one: "%s"', (text, value) => {
    expect(parseQuantity(text)?.value).toBe(value);
  });

  describe('text that holds something else than one number is not read as one', () => {
    test.each([['1.234,5'], ['12-14'], ['1:100'], ['1e3'], ['2026-03-10'], ['12.']])('"%s"', (text) => {
      expect(parseQuantity(text)).toBeUndefined();
    });
  });
});

describe('units of mass concentration', () => {
  test.each([
    [{ unit: 'ng/L' }, 1],
    [{ unit: 'pg/mL' }, 1],
    [{ unit: 'PG/ML' }, 1],
    [{ unit: 'ng/mL' }, 1000],
    [{ unit: 'ng/ml' }, 1000],
    [{ unit: 'ug/L' }, 1000],
    [{ unit: 'mcg/L' }, 1000],
    [{ unit: '\u00b5g/L' }, 1000],
    [{ unit: '\u03bcg/L' }, 1000],
    [{ code: 'ng/L' }, 1],
    [{ code: 'ug/L', unit: 'µg/l' }, 1000],
    [{ code: 'ng/mL', unit: 'nanograms per millilitre' }, 1000],
    [{ code: 'local', unit: 'ng/L' }, 1],
    [{ code: 'ng/L', unit: 'ng/mL' }, undefined],
    [{ code: 'pg/mL', unit: 'ug/L' }, undefined],
    [{ code: 'ng/L', unit: 'pg/mL' }, 1],
    [{ unit: 'mg/L' }, undefined],
    [{ unit: 'ng/dL' }, undefined],
    [{ unit: 'g/L' }, undefined],
    [{ unit: 'U/L' }, undefined],
    [{}, undefined],
  ])('%j has the factor %s', (unit, factor) => {
    expect(factorToNanogramsPerLitre({ unit: undefined, code: undefined, ...unit })).toBe(factor);
  });
});

describe('a limit in the unit of the value', () => {
  test.each([
    ['same unit', quantity(20, 'ng/L'), quantity(14, 'ng/L'), 14],
    ['code of one, print of the other', quantity(20, undefined, 'ng/L'), quantity(14, 'ng/L'), 14],
    ['ng/mL into ng/L', quantity(20, 'ng/L'), quantity(0.04, 'ng/mL'), 40],
    ['ng/L into ng/mL', quantity(0.02, 'ng/mL'), quantity(14, 'ng/L'), 0.014],
    ['micro sign and Greek mu', quantity(0.02, '\u00b5g/L'), quantity(0.04, '\u03bcg/L'), 0.04],
    ['a limit without unit inherits the value unit', quantity(20, 'ng/L'), quantity(14), 14],
    ['neither has a unit', quantity(20), quantity(14), 14],
    ['other units that are equal', quantity(20, 'mm[Hg]'), quantity(90, 'mm[Hg]'), 90],
    ['only the value lacks a unit', quantity(20), quantity(14, 'ng/L'), undefined],
    ['units that cannot be converted', quantity(20, 'U/L'), quantity(14, 'ng/L'), undefined],
    ['the value contradicts itself', quantity(0.5, 'ng/mL', 'ng/L'), quantity(14, 'ng/L', 'ng/L'), undefined],
    ['the value contradicts itself, a limit without unit', quantity(0.5, 'ng/mL', 'ng/L'), quantity(14), undefined],
    ['the limit contradicts itself', quantity(0.5, 'ng/mL'), quantity(14, 'ng/mL', 'ng/L'), undefined],
  ])('%s', (_, value, limit, expected) => {
    expect(inUnitOf(value, limit)).toBe(expected);
  });
});

describe('printed', () => {
  test.each([
    [quantity(3, 'ng/L', 'ng/L', '<'), '<3 ng/L'],
    [quantity(0.04, 'ng/mL'), '0.04 ng/mL'],
    [quantity(120, undefined, 'mm[Hg]'), '120 mm[Hg]'],
    [quantity(14), '14'],
  ])('%j', (value, text) => {
    expect(describeQuantity(value)).toBe(text);
  });
});
