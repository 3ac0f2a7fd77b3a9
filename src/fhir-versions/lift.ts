import { isMissing, isObject, type JsonObject } from '../fhir/json.js';
import { liftAllergy, liftCondition } from './lift-condition.js';
import { liftEncounter } from './lift-encounter.js';
import {
  liftMedication,
  liftMedicationDispense,
  liftMedicationOrder,
  liftMedicationRequest,
  liftMedicationStatement,
  liftSubstance,
} from './lift-medications.js';
import { liftDiagnosticOrder, liftProcedure, liftProcedureRequest, liftServiceRequest } from './lift-orders.js';
import { liftObservation, liftReport } from './lift-results.js';
import { itemsOf } from './members.js';
import { isOldType, versionOfResource } from './shape.js';
import type { FhirVersion } from './version.js';

type Lift = (raw: JsonObject, version: FhirVersion) => JsonObject | readonly JsonObject[];

/** Patient and Specimen are the same in all versions, as far as they are read. */
const LIFTS: Readonly<Record<string, Lift>> = {
  AllergyIntolerance: liftAllergy,
  Condition: liftCondition,
  DiagnosticOrder: liftDiagnosticOrder,
  DiagnosticReport: liftReport,
  Encounter: liftEncounter,
  Medication: liftMedication,
  MedicationDispense: liftMedicationDispense,
  MedicationOrder: liftMedicationOrder,
  MedicationRequest: liftMedicationRequest,
  MedicationStatement: liftMedicationStatement,
  Observation: liftObservation,
  Procedure: liftProcedure,
  ProcedureRequest: liftProcedureRequest,
  ServiceRequest: liftServiceRequest,
  Substance: liftSubstance,
};

function isR4(version: FhirVersion): boolean {
  return version === 'R4' || version === 'R4B';
}

function liftAs(raw: JsonObject, version: FhirVersion): readonly JsonObject[] {
  const type = String(raw['resourceType']);
  const lift = Object.hasOwn(LIFTS, type) ? LIFTS[type] : undefined;
  const lifted = lift === undefined ? raw : lift(raw, version);
  return Array.isArray(lifted) ? (lifted as readonly JsonObject[]) : [lifted as JsonObject];
}

/** Contained resources are of the version of the one around them, unless their own shape says otherwise. */
function withContained(raw: JsonObject, version: FhirVersion): JsonObject {
  if (isMissing(raw['contained'])) return raw;
  const contained = itemsOf(raw['contained']).flatMap((one): readonly unknown[] =>
    isObject(one) ? liftAs(one, versionOfResource(one, version)) : [one],
  );
  return { ...raw, contained };
}

/**
 * A resource in R4 shape: itself when it is one already. Several only for a DSTU2 DiagnosticOrder, which orders several
 * things at once. A value without a faithful twin becomes one that R4's readers cannot read, or "unknown".
 */
export function liftResource(raw: JsonObject, stated: FhirVersion | undefined): readonly JsonObject[] {
  const version = versionOfResource(raw, stated);
  return isR4(version) ? [raw] : liftAs(withContained(raw, version), version);
}

/** Further resources made of one are no matches of a search: its count is of what the server holds. */
function liftEntry(entry: unknown, stated: FhirVersion | undefined): readonly unknown[] {
  const resource = isObject(entry) ? entry['resource'] : undefined;
  if (!isObject(entry) || !isObject(resource)) return [entry];
  const [first, ...more] = liftResource(resource, stated);
  if (first === resource) return [entry];
  return [
    { ...entry, resource: first },
    ...more.map((one) => ({ ...entry, resource: one, search: { mode: 'include' } })),
  ];
}

/** Nearly every Bundle is of R4 and only looked at: nothing is made for it. */
function isOfR4(entry: unknown, stated: FhirVersion | undefined): boolean {
  const resource = isObject(entry) ? entry['resource'] : undefined;
  return !isObject(resource) || isR4(versionOfResource(resource, stated));
}

function liftBundle(bundle: JsonObject, stated: FhirVersion | undefined): JsonObject {
  const entries = itemsOf(bundle['entry']);
  if (entries.every((entry) => isOfR4(entry, stated))) return bundle;
  return { ...bundle, entry: entries.flatMap((entry) => liftEntry(entry, stated)) };
}

/**
 * What a client or a FHIR server sent, a Bundle or one resource, in R4 shapes. `stated` is the version it is said to
 * speak. An R4 body is given back as it came, anything that is no resource too.
 */
export function liftBody(body: unknown, stated: FhirVersion | undefined): unknown {
  if (!isObject(body)) return body;
  return body['resourceType'] === 'Bundle' ? liftBundle(body, stated) : liftResource(body, stated)[0];
}

/** Entries that are looked at closely to tell the version of a list: what a server sends in one answer is of one version. */
const SAMPLE = 2;

/**
 * A quick look at a body that nearly always is R4: false when it holds a type that R4 does not have, or when the first
 * entries are of another version. Of a lone odd entry in a list of R4 it knows nothing.
 */
export function looksLikeR4(body: unknown, stated: FhirVersion | undefined): boolean {
  if (stated !== undefined && !isR4(stated)) return false;
  if (!isObject(body)) return true;
  if (body['resourceType'] !== 'Bundle') return isR4(versionOfResource(body, stated));
  let looked = 0;
  for (const entry of itemsOf(body['entry'])) {
    const resource = isObject(entry) ? entry['resource'] : undefined;
    if (!isObject(resource)) continue;
    if (isOldType(resource)) return false;
    looked += 1;
    if (looked <= SAMPLE && !isR4(versionOfResource(resource, stated))) return false;
  }
  return true;
}
