import { isDeepStrictEqual } from 'node:util';
import type { BundleEntry } from '../fhir/bundle.js';
import { saysSomething } from '../fhir/codeable-concept.js';
import { isObject, textOf, type JsonObject } from '../fhir/json.js';
import { ownerOf, readReference, type Ownership, type PatientIdentity } from '../fhir/reference.js';
import { readPatient } from '../fhir/resource.js';
import { lookup, NOTHING, type NeedAnswer, type PatientRecord } from './patient-record.js';
import type { Subject } from './answer-need.js';

function identityOf(answers: readonly NeedAnswer[], subject: Subject, fhirServer: string | undefined): PatientIdentity {
  const own = answers.flatMap(({ need, entries }) =>
    need.resourceType === 'Patient' ? entries.filter(({ resource }) => resource['id'] === subject.patientId) : [],
  );
  return {
    patientId: subject.patientId,
    fhirServer,
    identifiers: own.flatMap(({ resource }) => readPatient(resource).identifiers),
    fullUrls: new Set(own.flatMap(({ fullUrl }) => fullUrl ?? [])),
  };
}

function ownerOfEntry({ resource, fullUrl }: BundleEntry, identity: PatientIdentity): Ownership {
  const type = resource['resourceType'];
  if (type === 'Patient') return resource['id'] === identity.patientId ? 'same-patient' : 'other-patient';
  const reference = readReference(resource['subject']);
  if (reference === undefined && type === 'Specimen') return 'same-patient';
  return ownerOf(reference, identity, fullUrl);
}

/** The common case, a relative reference, decided without reading the reference apart. */
function isPlainlyOwn({ resource }: BundleEntry, ownReference: string): boolean {
  const subject = resource['subject'];
  return isObject(subject) && subject['reference'] === ownReference;
}

/** An Observation without a meaningful code, which R4 requires, may be a result of any kind. */
function holdsNameless({ need, entries }: NeedAnswer): boolean {
  if (need.resourceType !== 'Observation') return false;
  return entries.some(({ resource }) => resource['resourceType'] === 'Observation' && !saysSomething(resource['code']));
}

/** What an answer proves, seen from the entries that are the patient's or may be. */
function judgeOwn(answer: NeedAnswer, identity: PatientIdentity): NeedAnswer {
  const own = keepOwn(answer, identity);
  if (!holdsNameless(own)) return own;
  return { ...own, completeSince: NOTHING, gap: own.gap ?? 'unreadable-entries' };
}

/** Takes out what is not surely the patient's. An entry that may be means that the need is not whole. */
function keepOwn(answer: NeedAnswer, identity: PatientIdentity): NeedAnswer {
  const ownReference = `Patient/${identity.patientId}`;
  if (answer.entries.every((entry) => isPlainlyOwn(entry, ownReference))) return answer;
  const owned = answer.entries.map((entry) => ({ entry, owner: ownerOfEntry(entry, identity) }));
  const entries = owned.filter(({ owner }) => owner === 'same-patient').map(({ entry }) => entry);
  const hasUndecided = owned.some(
    ({ entry, owner }) => owner === 'undecided' && entry.resource['resourceType'] === answer.need.resourceType,
  );
  // A resource read by its id that is someone else's was not found for this patient.
  const isLost = answer.need.read !== undefined && entries.length === 0;
  if (isLost) return { ...answer, entries, completeSince: NOTHING, gap: answer.gap ?? 'other-patient' };
  const isOthers = answer.need.required === true && entries.length === 0;
  if (isOthers) return { ...answer, entries, completeSince: NOTHING, gap: answer.gap ?? 'other-patient' };
  if (!hasUndecided) return { ...answer, entries };
  return { ...answer, entries, completeSince: NOTHING, gap: answer.gap ?? 'unattributed-entries' };
}

function versionOf(resource: JsonObject): string {
  const meta = resource['meta'];
  return isObject(meta) ? (textOf(meta['lastUpdated']) ?? '') : '';
}

/** Whether a version is surely replaced by another: only dates can tell. */
function isReplaced(resource: JsonObject, others: readonly JsonObject[]): boolean {
  const date = Date.parse(versionOf(resource));
  return others.some((other) => Date.parse(versionOf(other)) > date);
}

/** Old versions left out, and equal ones but for the first. Versions without dates all stay: either may be the last. */
function withoutOldVersions(resources: readonly JsonObject[]): readonly JsonObject[] {
  const byId = new Map<unknown, JsonObject[]>();
  for (const resource of resources) {
    // Resources without an id cannot repeat one another.
    const key = typeof resource['id'] === 'string' ? resource['id'] : resource;
    const known = byId.get(key) ?? [];
    byId.set(key, known);
    if (!known.some((other) => isDeepStrictEqual(other, resource))) known.push(resource);
  }
  return [...byId.values()].flatMap((versions) => versions.filter((version) => !isReplaced(version, versions)));
}

function hasRepeatedIds(resources: readonly JsonObject[]): boolean {
  const seen = new Set<string>();
  for (const { id } of resources) {
    if (typeof id !== 'string') continue;
    if (seen.has(id)) return true;
    seen.add(id);
  }
  return false;
}

/** The types of resource this service reads. */
const TYPES = [
  'Patient',
  'Encounter',
  'Condition',
  'Observation',
  'DiagnosticReport',
  'ServiceRequest',
  'Procedure',
  'Specimen',
];

/** The patient's resources of one type, from whatever answer, each once. Nearly always none comes twice. */
function collect(type: string, answers: readonly NeedAnswer[], identity: () => PatientIdentity): readonly JsonObject[] {
  const ownReference = `Patient/${identity().patientId}`;
  const resources: JsonObject[] = [];
  for (const { entries } of answers) {
    for (const entry of entries) {
      if (entry.resource['resourceType'] !== type) continue;
      const isOwn = isPlainlyOwn(entry, ownReference) || ownerOfEntry(entry, identity()) === 'same-patient';
      if (isOwn) resources.push(entry.resource);
    }
  }
  return hasRepeatedIds(resources) ? withoutOldVersions(resources) : resources;
}

/** Brings the answers together: only the patient's own resources, each once. */
export function assembleRecord(
  answers: readonly NeedAnswer[],
  subject: Subject,
  fhirServer: string | undefined,
): PatientRecord {
  let known: PatientIdentity | undefined;
  const identity = () => (known ??= identityOf(answers, subject, fhirServer));
  return {
    patientId: subject.patientId,
    encounterId: subject.encounterId,
    answers: lookup(
      answers.map(({ need }) => need.key),
      (key) => {
        const answer = answers.find(({ need }) => need.key === key);
        return answer === undefined ? undefined : judgeOwn(answer, identity());
      },
    ),
    resources: lookup(TYPES, (type) => collect(type, answers, identity)),
  };
}
