import type { CodeableConcept } from 'fhir/r4.js';
import { hasUnreadConcept, readConcept, readConcepts } from './codeable-concept.js';
import { readTime, type TimeSpan } from './date-time.js';
import { eventTime, referencesOf, referenceTo, type Resource } from './element.js';
import { isMissing, isObject, objectsOf, textOf, type JsonObject } from './json.js';
import { readIdentifier, readReference, type Identifier, type ResourceReference } from './reference.js';

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
  /** A reason is given that cannot be read. */
  readonly hasUnreadReason: boolean;
  readonly conditions: readonly ResourceReference[];
}

export interface Condition extends Resource {
  readonly code: CodeableConcept;
  readonly clinicalStatus: CodeableConcept;
  readonly verificationStatus: CodeableConcept;
  readonly categories: readonly CodeableConcept[];
  readonly severity: CodeableConcept;
  readonly onset: TimeSpan | undefined;
  readonly abatement: TimeSpan | undefined;
  readonly isAbated: boolean;
  readonly recorded: TimeSpan | undefined;
  /** A date is given that cannot be read. */
  readonly hasUnreadDate: boolean;
  readonly encounter: ResourceReference | undefined;
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
    hasUnreadReason: hasUnreadConcept(raw['reasonCode']),
    conditions: [
      ...referencesOf(raw['reasonReference']),
      ...objectsOf(raw['diagnosis']).flatMap((item) => readReference(item['condition']) ?? []),
    ],
  };
}

/** A status as a concept; STU3 and DSTU2 write it as a plain code. */
function readStatus(value: unknown): CodeableConcept {
  const code = textOf(value);
  return code === undefined ? readConcept(value) : { coding: [{ code }] };
}

function isUnreadTime(value: unknown): boolean {
  return !isMissing(value) && value !== '' && readTime(value) === undefined;
}

export function readCondition(raw: JsonObject): Condition {
  return {
    reference: referenceTo(raw),
    code: readConcept(raw['code']),
    clinicalStatus: readStatus(raw['clinicalStatus']),
    verificationStatus: readStatus(raw['verificationStatus']),
    categories: readConcepts(raw['category']),
    severity: readConcept(raw['severity']),
    onset: eventTime(raw, 'onset'),
    abatement: eventTime(raw, 'abatement'),
    isAbated: raw['abatementBoolean'] === true || textOf(raw['abatementString']) !== undefined,
    recorded: readTime(raw['recordedDate']),
    hasUnreadDate: isUnreadTime(raw['recordedDate']) || isUnreadTime(raw['onsetDateTime']),
    encounter: readReference(raw['encounter']),
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
