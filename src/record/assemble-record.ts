import type { BundleEntry } from '../fhir/bundle.js';
import { isObject, textOf, type JsonObject } from '../fhir/json.js';
import { ownerOf, readReference, type Ownership, type PatientIdentity } from '../fhir/reference.js';
import { readPatient } from '../fhir/resource.js';
import { NOTHING, type NeedAnswer, type PatientRecord } from './patient-record.js';
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
  if (!hasUndecided) return { ...answer, entries };
  return { ...answer, entries, completeSince: NOTHING, gap: answer.gap ?? 'unattributed-entries' };
}

function versionOf(resource: JsonObject): string {
  const meta = resource['meta'];
  return isObject(meta) ? (textOf(meta['lastUpdated']) ?? '') : '';
}

/** The newer of two versions of one resource; without dates, the one that came later. */
function newer(one: JsonObject, other: JsonObject): JsonObject {
  return Date.parse(versionOf(other)) < Date.parse(versionOf(one)) ? one : other;
}

function withoutOldVersions(resources: readonly JsonObject[]): readonly JsonObject[] {
  const byId = new Map<unknown, JsonObject>();
  for (const resource of resources) {
    // Resources without an id cannot repeat one another.
    const key = typeof resource['id'] === 'string' ? resource['id'] : resource;
    const before = byId.get(key);
    byId.set(key, before === undefined ? resource : newer(before, resource));
  }
  return [...byId.values()];
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

function groupByType(answers: readonly NeedAnswer[]): ReadonlyMap<string, readonly JsonObject[]> {
  const byType = new Map<string, JsonObject[]>();
  for (const { entries } of answers) {
    for (const { resource } of entries) {
      const type = String(resource['resourceType']);
      const known = byType.get(type);
      if (known === undefined) byType.set(type, [resource]);
      else known.push(resource);
    }
  }
  return byType;
}

/** Every resource once, by type, in the order first met. Nearly always none comes twice. */
function collect(answers: readonly NeedAnswer[]): ReadonlyMap<string, readonly JsonObject[]> {
  const byType = new Map<string, readonly JsonObject[]>();
  for (const [type, resources] of groupByType(answers)) {
    byType.set(type, hasRepeatedIds(resources) ? withoutOldVersions(resources) : resources);
  }
  return byType;
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
