import type { BundleEntry } from '../fhir/bundle.js';
import { isObject, textOf, type JsonObject } from '../fhir/json.js';
import { ownerOf, readReference, type Ownership, type PatientIdentity } from '../fhir/reference.js';
import { readPatient } from '../fhir/resource.js';
import { NOTHING, type NeedAnswer, type PatientRecord } from './patient-record.js';
import type { Subject } from './answer-need.js';

/** Resources that speak of a patient through `subject`; a Specimen may do without one. */
const WITHOUT_SUBJECT = new Set(['Specimen']);

function identityOf(answers: readonly NeedAnswer[], subject: Subject, fhirServer: string | undefined): PatientIdentity {
  const entries = answers.flatMap((answer) => answer.entries);
  const own = entries.filter(
    ({ resource }) => resource['resourceType'] === 'Patient' && resource['id'] === subject.patientId,
  );
  return {
    patientId: subject.patientId,
    fhirServer,
    identifiers: own.flatMap(({ resource }) => readPatient(resource).identifiers),
    fullUrls: new Set(own.flatMap(({ fullUrl }) => fullUrl ?? [])),
  };
}

function ownerOfEntry({ resource, fullUrl }: BundleEntry, identity: PatientIdentity): Ownership {
  if (resource['resourceType'] === 'Patient')
    return resource['id'] === identity.patientId ? 'same-patient' : 'other-patient';
  const subject = resource['subject'];
  // The common case, a relative reference, is decided without reading the reference apart.
  if (isObject(subject) && subject['reference'] === `Patient/${identity.patientId}`) return 'same-patient';
  const reference = readReference(subject);
  if (reference === undefined && WITHOUT_SUBJECT.has(String(resource['resourceType']))) return 'same-patient';
  return ownerOf(reference, identity, fullUrl);
}

/** Takes out what is not surely the patient's. An entry that may be means that the need is not whole. */
function keepOwn(answer: NeedAnswer, identity: PatientIdentity): NeedAnswer {
  const owners = answer.entries.map((entry) => ownerOfEntry(entry, identity));
  const hasUndecided = owners.some(
    (owner, index) =>
      owner === 'undecided' && answer.entries[index]?.resource['resourceType'] === answer.need.resourceType,
  );
  const own = owners.every((owner) => owner === 'same-patient')
    ? answer.entries
    : answer.entries.filter((_, index) => owners[index] === 'same-patient');
  if (!hasUndecided) return own === answer.entries ? answer : { ...answer, entries: own };
  return { ...answer, entries: own, completeSince: NOTHING, gap: answer.gap ?? 'unattributed-entries' };
}

function versionOf(resource: JsonObject): string {
  const meta = resource['meta'];
  return isObject(meta) ? (textOf(meta['lastUpdated']) ?? '') : '';
}

/** The newer of two versions of one resource; without dates, the one that came later. */
function newer(one: JsonObject, other: JsonObject): JsonObject {
  return Date.parse(versionOf(other)) < Date.parse(versionOf(one)) ? one : other;
}

/** Every resource once, by type, in the order first met. */
function collect(answers: readonly NeedAnswer[]): ReadonlyMap<string, readonly JsonObject[]> {
  const byType = new Map<string, Map<string, JsonObject>>();
  for (const { resource } of answers.flatMap(({ entries }) => entries)) {
    const type = String(resource['resourceType']);
    const known = byType.get(type) ?? new Map<string, JsonObject>();
    byType.set(type, known);
    const id = textOf(resource['id']) ?? `(no id ${String(known.size)})`;
    const before = known.get(id);
    known.set(id, before === undefined ? resource : newer(before, resource));
  }
  return new Map([...byType].map(([type, resources]) => [type, [...resources.values()]]));
}

/** Brings the answers together: only the patient's own resources, each once. */
export function assembleRecord(
  answers: readonly NeedAnswer[],
  subject: Subject,
  fhirServer: string | undefined,
): PatientRecord {
  const identity = identityOf(answers, subject, fhirServer);
  const own = answers.map((answer) => keepOwn(answer, identity));
  return {
    patientId: subject.patientId,
    encounterId: subject.encounterId,
    answers: new Map(own.map((answer) => [answer.need.key, answer])),
    resources: collect(own),
  };
}
