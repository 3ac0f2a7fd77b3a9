import { isObject, numberOf, textOf } from './json.js';

/** A FHIR Quantity as far as it can be read. `code` is the UCUM code, `unit` what a person reads. */
export interface Quantity {
  readonly value: number;
  readonly comparator: Comparator | undefined;
  readonly unit: string | undefined;
  readonly code: string | undefined;
}

export type Comparator = '<' | '<=' | '>=' | '>';

const COMPARATORS: readonly string[] = ['<', '<=', '>=', '>'];

function isComparator(text: string): text is Comparator {
  return COMPARATORS.includes(text);
}

/** Reads a Quantity that has a value; a comparator this service does not know makes it unreadable. */
export function readQuantity(value: unknown): Quantity | undefined {
  if (!isObject(value)) return undefined;
  const number = numberOf(value['value']);
  const comparator = value['comparator'];
  if (number === undefined) return undefined;
  if (comparator !== undefined && !(typeof comparator === 'string' && isComparator(comparator))) return undefined;
  return { value: number, comparator, unit: textOf(value['unit']), code: textOf(value['code']) };
}

const QUANTITY_TEXT = /^(<=|>=|<|>|≤|≥)? ?(\d+(?:[.,]\d+)?) ?((?!e\d)[A-Za-z%/\u00b5\u03bc{[]\S*)?$/;
/** Longer text is no number; patterns are never run over text of any length. */
const LONGEST_NUMBER = 60;

/** `1,234` is one and a quarter in one country and twelve hundred in the next. */
const AMBIGUOUS_COMMA = /^[1-9]\d{0,2},\d{3}$/;

/**
 * Reads a number written as text: `<3`, `0,04 ng/mL`, `12 ng/L`. Undefined when the text holds anything else, or a
 * comma that may separate thousands.
 */
export function parseQuantity(text: string): Quantity | undefined {
  const line = text.length > LONGEST_NUMBER ? '' : text.trim().replace(/\s+/g, ' ');
  const [, sign, digits, unit] = QUANTITY_TEXT.exec(line) ?? [];
  if (digits === undefined || AMBIGUOUS_COMMA.test(digits)) return undefined;
  const comparator = sign?.replace('≤', '<=').replace('≥', '>=');
  return {
    value: Number(digits.replace(',', '.')),
    comparator: comparator !== undefined && isComparator(comparator) ? comparator : undefined,
    unit,
    code: undefined,
  };
}

/** The four mass-concentration units of troponin and their spellings, as multiples of ng/L. */
const NANOGRAMS_PER_LITRE: ReadonlyMap<string, number> = new Map(
  Object.entries({
    'ng/l': 1,
    'pg/ml': 1,
    'ug/l': 1000,
    'ng/ml': 1000,
    'mcg/l': 1000,
    '\u00b5g/l': 1000,
    '\u03bcg/l': 1000,
  }),
);

type Unit = Pick<Quantity, 'unit' | 'code'>;

function factorsOf({ unit, code }: Unit): readonly (number | undefined)[] {
  return [code, unit].flatMap((text) => (text === undefined ? [] : [NANOGRAMS_PER_LITRE.get(text.toLowerCase())]));
}

/** Whether the UCUM code and the printed unit name different mass concentrations. */
function isContradictory(unit: Unit): boolean {
  const known = factorsOf(unit).filter((factor) => factor !== undefined);
  return new Set(known).size > 1;
}

/** The factor to ng/L; undefined for other units, for none, and when code and printed unit contradict each other. */
export function factorToNanogramsPerLitre(unit: Unit): number | undefined {
  return isContradictory(unit) ? undefined : factorsOf(unit).find((factor) => factor !== undefined);
}

function hasUnit({ unit, code }: Unit): boolean {
  return unit !== undefined || code !== undefined;
}

function isSameUnit(one: Unit, other: Unit): boolean {
  return (one.code ?? one.unit) === (other.code ?? other.unit);
}

/**
 * The number of `limit` in the unit of `value`. A limit without unit inherits the value's. Undefined when the units
 * differ and are not both mass concentrations, contradict themselves, or when only the value lacks a unit.
 */
export function inUnitOf(value: Unit, limit: Quantity): number | undefined {
  if (isContradictory(value) || isContradictory(limit)) return undefined;
  if (!hasUnit(limit) || isSameUnit(value, limit)) return limit.value;
  const from = factorToNanogramsPerLitre(limit);
  const to = factorToNanogramsPerLitre(value);
  return from === undefined || to === undefined ? undefined : (limit.value * from) / to;
}

/** The quantity as printed: `<3 ng/L`. */
export function describeQuantity({ comparator, value, unit, code }: Quantity): string {
  const printed = unit ?? code;
  return `${comparator ?? ''}${String(value)}${printed === undefined ? '' : ` ${printed}`}`;
}
