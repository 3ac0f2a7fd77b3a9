import type { CodeableConcept } from 'fhir/r4.js';
import { readConcept, readConcepts } from './codeable-concept.js';
import { readTime, type TimeSpan } from './date-time.js';
import { isObject, numberOf, objectsOf, textOf, type JsonObject } from './json.js';
import { readQuantity, type Quantity } from './quantity.js';
import { readIdentifier, readReference, type Identifier, type ResourceReference } from './reference.js';

/** R4 resources as far as this service reads them. Unreadable members are left out; nothing here throws. */
interface Resource {
  /** `Type/id`, or `Type/(no id)` when the resource came without one. */
  readonly reference: string;
}

export interface Patient extends Resource {
  readonly birthDate: TimeSpan | undefined;
  readonly gender: string | undefined;
  readonly isDeceased: boolean;
  readonly identifiers: readonly Identifier[];
}

export interface Encounter extends Resource {
  readonly status: string | undefined;
  readonly classCode: string | undefined;
  readonly start: TimeSpan | undefined;
  readonly reasons: readonly CodeableConcept[];
  readonly conditions: readonly ResourceReference[];
}

export interface Condition extends Resource {
  readonly code: CodeableConcept;
  readonly clinicalStatus: CodeableConcept;
  readonly verificationStatus: CodeableConcept;
  readonly categories: readonly CodeableConcept[];
  readonly onset: TimeSpan | undefined;
  readonly abatement: TimeSpan | undefined;
  readonly isAbated: boolean;
  readonly recorded: TimeSpan | undefined;
  readonly encounter: ResourceReference | undefined;
}

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
}

export interface Observation extends Resource, ObservedValue {
  readonly status: string | undefined;
  readonly categories: readonly CodeableConcept[];
  readonly effective: TimeSpan | undefined;
  readonly issued: TimeSpan | undefined;
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

export interface ServiceRequest extends Resource {
  readonly status: string | undefined;
  readonly intent: string | undefined;
  readonly isProhibition: boolean;
  readonly code: CodeableConcept;
  readonly authored: TimeSpan | undefined;
  readonly due: TimeSpan | undefined;
}

export interface Procedure extends Resource {
  readonly status: string | undefined;
  readonly code: CodeableConcept;
  readonly performed: TimeSpan | undefined;
}

function referenceTo(raw: JsonObject): string {
  return `${textOf(raw['resourceType']) ?? 'Resource'}/${textOf(raw['id']) ?? '(no id)'}`;
}

function referencesOf(value: unknown): readonly ResourceReference[] {
  return objectsOf(value).flatMap((item) => readReference(item) ?? []);
}

/** The start of a Period; its end when that is all there is. */
function periodTime(value: unknown): TimeSpan | undefined {
  return isObject(value) ? (readTime(value['start']) ?? readTime(value['end'])) : undefined;
}

function earliestEvent(timing: unknown): TimeSpan | undefined {
  const events = isObject(timing) && Array.isArray(timing['event']) ? timing['event'] : [];
  return events.flatMap((event) => readTime(event) ?? []).sort((one, other) => one.start - other.start)[0];
}

/** The choice element `name[x]` of an event, as dateTime, instant, earliest of a Period or earliest of a Timing. */
function eventTime(raw: JsonObject, name: string): TimeSpan | undefined {
  return (
    readTime(raw[`${name}DateTime`]) ??
    readTime(raw[`${name}Instant`]) ??
    periodTime(raw[`${name}Period`]) ??
    earliestEvent(raw[`${name}Timing`])
  );
}

export function readPatient(raw: JsonObject): Patient {
  return {
    reference: referenceTo(raw),
    birthDate: readTime(raw['birthDate']),
    gender: textOf(raw['gender']),
    isDeceased: raw['deceasedBoolean'] === true || textOf(raw['deceasedDateTime']) !== undefined,
    identifiers: objectsOf(raw['identifier']).flatMap((item) => readIdentifier(item) ?? []),
  };
}

export function readEncounter(raw: JsonObject): Encounter {
  const period = raw['period'];
  const encounterClass = raw['class'];
  return {
    reference: referenceTo(raw),
    status: textOf(raw['status']),
    classCode: isObject(encounterClass) ? textOf(encounterClass['code']) : undefined,
    start: isObject(period) ? readTime(period['start']) : undefined,
    reasons: readConcepts(raw['reasonCode']),
    conditions: [
      ...referencesOf(raw['reasonReference']),
      ...objectsOf(raw['diagnosis']).flatMap((item) => readReference(item['condition']) ?? []),
    ],
  };
}

export function readCondition(raw: JsonObject): Condition {
  return {
    reference: referenceTo(raw),
    code: readConcept(raw['code']),
    clinicalStatus: readConcept(raw['clinicalStatus']),
    verificationStatus: readConcept(raw['verificationStatus']),
    categories: readConcepts(raw['category']),
    onset: eventTime(raw, 'onset'),
    abatement: eventTime(raw, 'abatement'),
    isAbated: raw['abatementBoolean'] === true || textOf(raw['abatementString']) !== undefined,
    recorded: readTime(raw['recordedDate']),
    encounter: readReference(raw['encounter']),
  };
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
  };
}

export function readObservation(raw: JsonObject): Observation {
  return {
    ...readObservedValue(raw),
    reference: referenceTo(raw),
    status: textOf(raw['status']),
    categories: readConcepts(raw['category']),
    effective: eventTime(raw, 'effective'),
    issued: readTime(raw['issued']),
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

export function readServiceRequest(raw: JsonObject): ServiceRequest {
  return {
    reference: referenceTo(raw),
    status: textOf(raw['status']),
    intent: textOf(raw['intent']),
    isProhibition: raw['doNotPerform'] === true,
    code: readConcept(raw['code']),
    authored: readTime(raw['authoredOn']),
    due: eventTime(raw, 'occurrence'),
  };
}

export function readProcedure(raw: JsonObject): Procedure {
  return {
    reference: referenceTo(raw),
    status: textOf(raw['status']),
    code: readConcept(raw['code']),
    performed: eventTime(raw, 'performed'),
  };
}

/** When a specimen was collected: the one time that dates a laboratory result exactly. */
export function readCollectionTime(raw: JsonObject): TimeSpan | undefined {
  return isObject(raw['collection']) ? eventTime(raw['collection'], 'collected') : undefined;
}
