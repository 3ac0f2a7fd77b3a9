import type { HookRequest } from '../cds-hooks/types.js';
import type { BundleEntry } from '../fhir/bundle.js';
import { hasUnreadConcept, hasUnreadPart, isGarbled } from '../fhir/codeable-concept.js';
import { originalOf } from '../fhir/element.js';
import { isMissing, isObject, textOf, type JsonObject } from '../fhir/json.js';
import type { FindMedication } from '../fhir/medication.js';
import { once } from '../lazy/once.js';
import { ownerOf, readReference, type Ownership, type PatientIdentity } from '../fhir/reference.js';
import { readPatient } from '../fhir/resource.js';
import { lookup, NOTHING, type NeedAnswer, type PatientRecord } from './patient-record.js';
import type { Subject } from './answer-need.js';
import { medicationFinder } from './medications.js';
import { contextEntries, readProposal } from './proposal.js';

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
  if (type === 'Medication') return 'same-patient';
  const reference = readReference(subjectOf(resource));
  if (reference === undefined && type === 'Specimen') return 'same-patient';
  return ownerOf(reference, identity, fullUrl);
}

/** An AllergyIntolerance names its patient as `patient`. */
function subjectOf(resource: JsonObject): unknown {
  return resource['subject'] ?? resource['patient'];
}

/** The common case, a relative reference, decided without reading the reference apart. */
function isPlainlyOwn({ resource }: BundleEntry, ownReference: string): boolean {
  const subject = subjectOf(resource);
  return isObject(subject) && subject['reference'] === ownReference;
}

function hasUnreadCode(code: unknown): boolean {
  return !isMissing(code) && (!isObject(code) || hasUnreadPart(code));
}

/** Whether an Observation's code, or one of its parts', cannot be read or is missing, which R4 does not allow. */
function hasUnknownPart({ code, component }: JsonObject): boolean {
  if (isMissing(code) || isGarbled(code)) return true;
  if (isMissing(component)) return false;
  const parts: readonly unknown[] = Array.isArray(component) ? component : [component];
  return parts.some((part) => !isObject(part) || hasUnreadCode(part['code']));
}

/** Whether nobody can tell what an entry is about: it may be a result or a condition of any kind. */
function isUnknown(resource: JsonObject): boolean {
  if (resource['resourceType'] === 'Observation') return hasUnknownPart(resource);
  if (resource['resourceType'] === 'Encounter') return hasUnreadConcept(resource['reasonCode']);
  return isGarbled(resource['code']);
}

function holdsUnknown({ need, entries }: NeedAnswer): boolean {
  return entries.some(({ resource }) => resource['resourceType'] === need.resourceType && isUnknown(resource));
}

/** What an answer proves, seen from the entries that are the patient's or may be. */
function judgeOwn(answer: NeedAnswer, identity: PatientIdentity): NeedAnswer {
  const own = keepOwn(answer, identity);
  if (!holdsUnknown(own)) return own;
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

/** The newest date of the versions; only dates can tell which one replaces the others. */
function newestOf(versions: readonly JsonObject[]): number {
  const dates = versions.map((version) => Date.parse(versionOf(version))).filter((date) => !Number.isNaN(date));
  return dates.reduce((one, other) => Math.max(one, other), Number.NEGATIVE_INFINITY);
}

function withoutReplaced(versions: readonly JsonObject[]): readonly JsonObject[] {
  const newest = newestOf(versions);
  return versions.filter((version) => !(Date.parse(versionOf(version)) < newest));
}

/** Types that became one may hold the same id; what was made of one resource is of one version. */
function nameOf(resource: JsonObject): string {
  const { resourceType, id } = originalOf(resource);
  return `${String(resourceType)}/${String(id)}`;
}

/** Old versions left out, and equal ones but for the first. Versions without dates all stay: either may be the last. */
function withoutOldVersions(resources: readonly JsonObject[]): readonly JsonObject[] {
  const byId = new Map<unknown, Map<string, JsonObject>>();
  for (const resource of resources) {
    // Resources without an id cannot repeat one another.
    const key = typeof resource['id'] === 'string' ? nameOf(resource) : resource;
    const known = byId.get(key) ?? new Map<string, JsonObject>();
    byId.set(key, known);
    const content = JSON.stringify(resource);
    if (!known.has(content)) known.set(content, resource);
  }
  return [...byId.values()].flatMap((versions) => withoutReplaced([...versions.values()]));
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

/** What answers several needs is one object, told apart without writing it out. */
function withoutRepeats(resources: readonly JsonObject[]): readonly JsonObject[] {
  const distinct = [...new Set(resources)];
  return hasRepeatedIds(distinct) ? withoutOldVersions(distinct) : distinct;
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
  'MedicationRequest',
  'MedicationStatement',
  'MedicationDispense',
  'AllergyIntolerance',
];

/** The patient's resources of one type, from whatever answer, each once. Nearly always none comes twice. */
function collect(
  type: string,
  { answers, subject }: Pick<Gathered, 'answers' | 'subject'>,
  identity: () => PatientIdentity,
): readonly JsonObject[] {
  const ownReference = `Patient/${subject.patientId}`;
  const resources: JsonObject[] = [];
  for (const { entries } of answers) {
    for (const entry of entries) {
      if (entry.resource['resourceType'] !== type) continue;
      const isOwn = isPlainlyOwn(entry, ownReference) || ownerOfEntry(entry, identity()) === 'same-patient';
      if (isOwn) resources.push(entry.resource);
    }
  }
  return hasRepeatedIds(resources) ? withoutRepeats(resources) : resources;
}

/** What a record is made of. */
export interface Gathered {
  readonly request: Pick<HookRequest, 'hook' | 'context' | 'fhirServer'>;
  readonly subject: Subject;
  readonly answers: readonly NeedAnswer[];
  /** Medications asked for by reference. */
  readonly medications: readonly BundleEntry[];
  /** The version of FHIR that the client speaks. */
  readonly clientVersion: PatientRecord['clientVersion'];
}

function findMedicationIn({ request, answers, medications }: Gathered): FindMedication {
  const finder = once(() =>
    medicationFinder(
      [...answers.flatMap(({ entries }) => entries), ...contextEntries(request.context.draftOrders), ...medications],
      request.fhirServer,
    ),
  );
  return (reference) => finder()(reference);
}

/** Brings the answers together: only the patient's own resources, each once. */
export function assembleRecord(gathered: Gathered): PatientRecord {
  const { request, subject, answers } = gathered;
  const identity = once(() => identityOf(answers, subject, request.fhirServer));
  return {
    patientId: subject.patientId,
    hook: request.hook,
    userId: request.context.userId,
    encounterId: subject.encounterId,
    proposal: readProposal(request.hook, request.context, (entry) => ownerOfEntry(entry, identity())),
    gathered: answers,
    answers: lookup(
      answers.map(({ need }) => need.key),
      (key) => {
        const answer = answers.find(({ need }) => need.key === key);
        return answer === undefined ? undefined : judgeOwn(answer, identity());
      },
    ),
    resources: lookup(TYPES, (type) => collect(type, gathered, identity)),
    medication: findMedicationIn(gathered),
    clientVersion: gathered.clientVersion,
  };
}
