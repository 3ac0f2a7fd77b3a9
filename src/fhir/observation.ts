import type { CodeableConcept } from 'fhir/r4.js';
import { hasUnreadConcept, readConcept, readConcepts } from './codeable-concept.js';
import { readTime, type TimeSpan } from './date-time.js';
import { eventTime, referencesOf, referenceTo, type Resource } from './element.js';
import { isMissing, isObject, numberOf, objectsOf, textOf, type JsonObject } from './json.js';
import { readQuantity, type Quantity } from './quantity.js';
import { readReference, type ResourceReference } from './reference.js';

export interface ReferenceRange {
  readonly low: Quantity | undefined;
  readonly high: Quantity | undefined;
  readonly type: CodeableConcept;
  readonly appliesTo: readonly CodeableConcept[];
  readonly ageLow: Quantity | undefined;
  readonly ageHigh: Quantity | undefined;
  readonly text: string | undefined;
}

/** What an Observation and its components have in common. */
export interface ObservedValue {
  readonly code: CodeableConcept;
  readonly quantity: Quantity | undefined;
  readonly concept: CodeableConcept | undefined;
  readonly text: string | undefined;
  /** There is a value, but none of a kind or shape that can be read. */
  readonly hasUnreadValue: boolean;
  readonly absentReason: CodeableConcept | undefined;
  readonly interpretations: readonly CodeableConcept[];
  readonly ranges: readonly ReferenceRange[];
  /** Part of unit, ranges or flags cannot be read: it may say that the value is worse than the rest does. */
  readonly hasUnreadVerdict: boolean;
}

export interface Observation extends Resource, ObservedValue {
  readonly status: string | undefined;
  readonly categories: readonly CodeableConcept[];
  readonly effective: TimeSpan | undefined;
  readonly issued: TimeSpan | undefined;
  /** A time is given, and none that can be read. */
  readonly hasUnreadTime: boolean;
  readonly encounter: ResourceReference | undefined;
  readonly specimen: ResourceReference | undefined;
  readonly performer: string | undefined;
  readonly members: readonly ResourceReference[];
  readonly components: readonly ObservedValue[];
  readonly contained: readonly JsonObject[];
}

export interface DiagnosticReport extends Resource {
  readonly status: string | undefined;
  readonly code: CodeableConcept;
  readonly effective: TimeSpan | undefined;
  readonly issued: TimeSpan | undefined;
  readonly results: readonly ResourceReference[];
  readonly conclusion: string | undefined;
  readonly conclusionCodes: readonly CodeableConcept[];
  readonly contained: readonly JsonObject[];
}

function readRange(raw: JsonObject): ReferenceRange {
  const age = isObject(raw['age']) ? raw['age'] : {};
  return {
    low: readQuantity(raw['low']),
    high: readQuantity(raw['high']),
    type: readConcept(raw['type']),
    appliesTo: readConcepts(raw['appliesTo']),
    ageLow: readQuantity(age['low']),
    ageHigh: readQuantity(age['high']),
    text: textOf(raw['text']),
  };
}

/** Whether a raw Quantity is there without saying how much of what. */
function isUnreadQuantity(value: unknown): boolean {
  if (isMissing(value)) return false;
  if (!isObject(value) || readQuantity(value) === undefined) return true;
  return [value['unit'], value['code']].some((unit) => !isMissing(unit) && typeof unit !== 'string');
}

function isUnreadRange(raw: unknown): boolean {
  if (!isObject(raw)) return true;
  const { high, text, type, appliesTo, age } = raw;
  if (isUnreadQuantity(high) || !(isMissing(text) || typeof text === 'string')) return true;
  if (hasUnreadConcept(type) || hasUnreadConcept(appliesTo)) return true;
  if (isMissing(age)) return false;
  return !isObject(age) || isUnreadQuantity(age['low']) || isUnreadQuantity(age['high']);
}

function hasUnreadVerdict({ valueQuantity, interpretation, referenceRange }: JsonObject): boolean {
  if (isUnreadQuantity(valueQuantity) || hasUnreadConcept(interpretation)) return true;
  if (isMissing(referenceRange)) return false;
  return (Array.isArray(referenceRange) ? referenceRange : [referenceRange]).some(isUnreadRange);
}

/** `value[x]` of any type; `_value…` holds only extensions. */
const VALUE_KEY = /^value[A-Z]/;

function readObservedValue(raw: JsonObject): ObservedValue {
  const integer = numberOf(raw['valueInteger']);
  const whole =
    integer === undefined ? undefined : { value: integer, comparator: undefined, unit: undefined, code: undefined };
  const concept = isObject(raw['valueCodeableConcept']) ? readConcept(raw['valueCodeableConcept']) : undefined;
  const quantity = readQuantity(raw['valueQuantity']) ?? whole;
  const text = textOf(raw['valueString']);
  const isRead = quantity !== undefined || text !== undefined || concept !== undefined;
  return {
    code: readConcept(raw['code']),
    quantity,
    concept,
    text,
    hasUnreadValue: !isRead && Object.keys(raw).some((key) => VALUE_KEY.test(key)),
    absentReason: isObject(raw['dataAbsentReason']) ? readConcept(raw['dataAbsentReason']) : undefined,
    interpretations: readConcepts(raw['interpretation']),
    ranges: objectsOf(raw['referenceRange']).map(readRange),
    hasUnreadVerdict: hasUnreadVerdict(raw),
  };
}

const TIMES = ['effectiveDateTime', 'effectiveInstant', 'effectivePeriod', 'effectiveTiming', 'issued'];

function hasUnreadTime(raw: JsonObject): boolean {
  if (eventTime(raw, 'effective') !== undefined || readTime(raw['issued']) !== undefined) return false;
  return TIMES.some((name) => !isMissing(raw[name]) && raw[name] !== '');
}

export function readObservation(raw: JsonObject): Observation {
  return {
    ...readObservedValue(raw),
    reference: referenceTo(raw),
    status: textOf(raw['status']),
    categories: readConcepts(raw['category']),
    effective: eventTime(raw, 'effective'),
    issued: readTime(raw['issued']),
    hasUnreadTime: hasUnreadTime(raw),
    encounter: readReference(raw['encounter']),
    specimen: readReference(raw['specimen']),
    performer: referencesOf(raw['performer'])[0]?.text,
    members: referencesOf(raw['hasMember']),
    components: objectsOf(raw['component']).map(readObservedValue),
    contained: objectsOf(raw['contained']),
  };
}

export function readDiagnosticReport(raw: JsonObject): DiagnosticReport {
  return {
    reference: referenceTo(raw),
    status: textOf(raw['status']),
    code: readConcept(raw['code']),
    effective: eventTime(raw, 'effective'),
    issued: readTime(raw['issued']),
    results: referencesOf(raw['result']),
    conclusion: textOf(raw['conclusion']),
    conclusionCodes: readConcepts(raw['conclusionCode']),
    contained: objectsOf(raw['contained']),
  };
}

/** When a specimen was collected: the one time that dates a laboratory result exactly. */
export function readCollectionTime(raw: JsonObject): TimeSpan | undefined {
  return isObject(raw['collection']) ? eventTime(raw['collection'], 'collected') : undefined;
}
