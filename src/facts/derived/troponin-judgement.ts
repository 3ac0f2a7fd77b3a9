import type { CodeableConcept, Coding } from 'fhir/r4.js';
import { OBSERVATION_INTERPRETATION } from '../../fhir/code-system.js';
import { wordsOf } from '../../fhir/codeable-concept.js';
import { inUnitOf, parseQuantity, type Quantity } from '../../fhir/quantity.js';
import type { ObservedValue, ReferenceRange } from '../../fhir/observation.js';
import { setsOfConcept, type Chart } from '../chart.js';
import { ageOf } from './person.js';

export type Judgement = 'elevated' | 'not-elevated' | 'undecided';

/** What the laboratory itself says of a result. No cut-off of our own exists: the same code is used for assays whose
 * units differ a thousandfold, and limits differ by assay and sex. */
export interface Judged {
  readonly judgement: Judgement;
  /** The laboratory's flag and its range contradict each other. */
  readonly isContradictory: boolean;
  /** Part of what the laboratory says of it cannot be read, and the rest is no alarm. */
  readonly isPartlyUnread: boolean;
  /** The upper limit in the unit of the value. */
  readonly limit: number | undefined;
  readonly flag: string | undefined;
}

/** Where a range ends: the value itself is still within unless the range says `<`. */
interface Limit {
  readonly value: number;
  readonly isExclusive: boolean;
}

function judgeText(text: string, isQualitative: boolean, chart: Chart): Judgement {
  const reading = chart.words.readsResult(text);
  // "0.50 (normal <0.04)" quotes a range: beside digits calming words say nothing about the value.
  if (reading === 'not-elevated' && /\d/.test(text)) return 'undecided';
  if (reading !== 'detected') return reading;
  return isQualitative ? 'elevated' : 'undecided';
}

const FLAG_SETS = ['interpretation-elevated', 'interpretation-undecided', 'interpretation-not-elevated'] as const;

/**
 * The sets of a flag. Many laboratories send the HL7 code without a system; it is read as HL7's. Under a system of
 * their own it may raise an alarm, never calm one.
 */
function setsOfFlag(coding: Coding, chart: Chart): readonly string[] {
  const own = chart.topic.codes.setsOf(coding);
  if (own.length > 0) return own;
  const asHl7 = chart.topic.codes.setsOf({ ...coding, system: OBSERVATION_INTERPRETATION });
  return coding.system === undefined ? asHl7 : asHl7.filter((set) => set === 'interpretation-elevated');
}

function judgeFlagWords(interpretations: readonly CodeableConcept[], chart: Chart): Judgement | undefined {
  const judgements = interpretations.flatMap(wordsOf).map((text) => judgeText(text, false, chart));
  if (judgements.includes('elevated')) return 'elevated';
  return judgements.includes('not-elevated') ? 'not-elevated' : undefined;
}

/** Rule 1: the laboratory's interpretation. `undefined` when it sends none that can be read. */
function judgeFlag(interpretations: readonly CodeableConcept[], chart: Chart): Judgement | undefined {
  const sets = interpretations.flatMap(({ coding = [] }) => coding.flatMap((one) => setsOfFlag(one, chart)));
  const [elevated, undecided, notElevated] = FLAG_SETS.map((set) => sets.includes(set));
  if (elevated === true) return 'elevated';
  if (undecided === true) return 'undecided';
  return notElevated === true ? 'not-elevated' : judgeFlagWords(interpretations, chart);
}

const RANGE_TEXT = /^(?:(?<below><=?|≤)|(?<low>\d+(?:[.,]\d+)?) ?[-–]) ?(?<high>\S.*)$/;
const LONGEST_RANGE = 60;

/** The upper end of a range written as text: `<14`, `<= 14 ng/L`, `0.00-0.04`, `0 - 0.04 ng/mL`. */
export function parseUpperLimit(
  text: string,
): { readonly quantity: Quantity; readonly isExclusive: boolean } | undefined {
  const line = text.length > LONGEST_RANGE ? '' : text.trim().replace(/\s+/g, ' ');
  const groups = RANGE_TEXT.exec(line)?.groups;
  const quantity = groups?.['high'] === undefined ? undefined : parseQuantity(groups['high']);
  if (quantity === undefined || quantity.comparator !== undefined) return undefined;
  return { quantity, isExclusive: groups?.['below'] === '<' };
}

function isNormalRange({ type }: ReferenceRange): boolean {
  const codes = (type.coding ?? []).flatMap(({ code }) => code ?? []);
  if (codes.length > 0) return codes.includes('normal');
  return type.text === undefined || /\bnormal\b/i.test(type.text);
}

function fitsSex({ appliesTo }: ReferenceRange, chart: Chart): boolean {
  const sets = appliesTo.flatMap((concept) => setsOfConcept(chart, concept));
  const texts = appliesTo.flatMap(wordsOf).map((text) => text.toLowerCase());
  const isFor = (sex: 'female' | 'male') =>
    sets.includes(`sex-${sex}`) || texts.some((text) => new RegExp(`\\b${sex}s?\\b`).test(text));
  const gender = chart.patient()?.gender;
  if (gender === 'female') return isFor('female') || !isFor('male');
  if (gender === 'male') return isFor('male') || !isFor('female');
  return true;
}

const YEARS = new Set(['a', 'y', 'yr', 'yrs', 'year', 'years']);

function fitsAge({ ageLow, ageHigh }: ReferenceRange, chart: Chart): boolean {
  const years = ageOf(chart);
  const inYears = (bound: Quantity | undefined) =>
    bound !== undefined && YEARS.has(bound.code ?? bound.unit ?? '') ? bound.value : undefined;
  if (years === undefined) return true;
  return years.oldest >= (inYears(ageLow) ?? 0) && years.youngest <= (inYears(ageHigh) ?? Number.POSITIVE_INFINITY);
}

function limitOfRange(range: ReferenceRange, value: Quantity): Limit | undefined {
  if (range.high !== undefined) {
    const high = inUnitOf(value, range.high);
    return high === undefined ? undefined : { value: high, isExclusive: false };
  }
  const parsed = range.text === undefined ? undefined : parseUpperLimit(range.text);
  const high = parsed === undefined ? undefined : inUnitOf(value, parsed.quantity);
  return parsed === undefined || high === undefined ? undefined : { value: high, isExclusive: parsed.isExclusive };
}

function lowest(limits: readonly Limit[]): Limit | undefined {
  return [...limits].sort((one, other) => one.value - other.value)[0];
}

/** Rules 2 to 4: the own range that fits the patient, the lowest of several, else the assay's limit of the panel. */
function limitOf(
  value: Quantity,
  ranges: readonly ReferenceRange[],
  assayLimit: Quantity | undefined,
  chart: Chart,
): Limit | undefined {
  const fitting = ranges.filter((range) => isNormalRange(range) && fitsSex(range, chart) && fitsAge(range, chart));
  const stated = fitting.filter(({ high, text }) => high !== undefined || text !== undefined);
  const limits = stated.map((range) => limitOfRange(range, value));
  // One limit that cannot be compared may be the lower one.
  if (limits.some((limit) => limit === undefined)) return undefined;
  const own = lowest(limits.filter((limit) => limit !== undefined));
  if (own !== undefined || assayLimit === undefined) return own;
  const ofAssay = inUnitOf(value, assayLimit);
  return ofAssay === undefined ? undefined : { value: ofAssay, isExclusive: false };
}

function judgeAgainst({ value, comparator }: Quantity, limit: Limit): Judgement {
  if (value < 0 || !Number.isFinite(limit.value)) return 'undecided';
  if (comparator === '<' || comparator === '<=') return value <= limit.value ? 'not-elevated' : 'undecided';
  if (comparator === '>' || comparator === '>=') return value >= limit.value ? 'elevated' : 'undecided';
  if (value > limit.value) return 'elevated';
  return value === limit.value && limit.isExclusive ? 'undecided' : 'not-elevated';
}

function judgeValue({ concept, text }: ObservedValue, isQualitative: boolean, chart: Chart): Judgement {
  const sets = concept === undefined ? [] : setsOfConcept(chart, concept);
  if (sets.includes('result-negative')) return 'not-elevated';
  if (sets.includes('result-positive')) return 'elevated';
  if (sets.includes('result-detected')) return isQualitative ? 'elevated' : 'undecided';
  if (sets.includes('result-indeterminate')) return 'undecided';
  const words = [...(concept === undefined ? [] : wordsOf(concept)), ...(text === undefined ? [] : [text])];
  const judgements = words.map((word) => judgeText(word, isQualitative, chart));
  if (judgements.includes('elevated')) return 'elevated';
  return judgements.includes('not-elevated') ? 'not-elevated' : 'undecided';
}

/** The number of a result, also when it was sent as text. */
export function quantityOf({ quantity, text }: ObservedValue): Quantity | undefined {
  return quantity ?? (text === undefined ? undefined : parseQuantity(text));
}

function worse(flag: Judgement | undefined, byRange: Judgement | undefined): Judgement | undefined {
  if (flag === 'elevated' || byRange === 'elevated') return 'elevated';
  if (flag === 'undecided') return 'undecided';
  return flag ?? byRange;
}

function flagText(interpretations: readonly CodeableConcept[]): string | undefined {
  const [first] = interpretations;
  return first?.coding?.[0]?.code ?? first?.text;
}

/** Whether a result is above the laboratory's own limit. Where flag and range differ the more worrying one counts. */
export function judge(
  observed: ObservedValue,
  isQualitative: boolean,
  assayLimit: Quantity | undefined,
  chart: Chart,
): Judged {
  const quantity = quantityOf(observed);
  const flag = judgeFlag(observed.interpretations, chart);
  const limit = quantity === undefined ? undefined : limitOf(quantity, observed.ranges, assayLimit, chart);
  const byRange = quantity === undefined || limit === undefined ? undefined : judgeAgainst(quantity, limit);
  const decided = worse(flag, byRange);
  const judgement = decided ?? (quantity === undefined ? judgeValue(observed, isQualitative, chart) : 'undecided');
  const isContradictory =
    (flag === 'elevated' && byRange === 'not-elevated') || (flag === 'not-elevated' && byRange === 'elevated');
  const isPartlyUnread = observed.hasUnreadVerdict && judgement !== 'elevated';
  return {
    // What cannot be read of a flag or a range may be the worse half: then nothing calms.
    judgement: isPartlyUnread ? 'undecided' : judgement,
    isContradictory,
    isPartlyUnread,
    limit: limit?.value,
    flag: flagText(observed.interpretations),
  };
}
