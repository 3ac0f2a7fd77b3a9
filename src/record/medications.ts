import { isDeepStrictEqual } from 'node:util';
import { resourceTypeOf, type BundleEntry } from '../fhir/bundle.js';
import { isObject, objectsOf, textOf, type JsonObject } from '../fhir/json.js';
import { missingMedication, type FindMedication } from '../fhir/medication.js';
import { isFhirId, parseReference } from '../fhir/reference.js';
import type { Server } from './answer-need.js';
import { normalizeBaseUrl } from '../fhir/base-url.js';

/** Medications asked for one by one in a call; the drugs of further entries stay known by name only. */
const MOST_READS = 40;

function isOfServer(base: string | undefined, fhirServer: string | undefined): boolean {
  if (base === undefined) return true;
  const server = fhirServer === undefined ? undefined : normalizeBaseUrl(fhirServer);
  return server !== undefined && normalizeBaseUrl(base) === server;
}

/** Two Medications of one id that differ: whatever either holds may be the drug. */
function united(one: JsonObject, other: JsonObject): JsonObject {
  if (one === other) return one;
  const [first, second] = JSON.stringify(one) < JSON.stringify(other) ? [one, other] : [other, one];
  const ingredients = [...objectsOf(first['ingredient']), ...objectsOf(second['ingredient'])];
  return { ...first, ingredient: [...ingredients, { itemCodeableConcept: second['code'] }] };
}

function add(known: Map<string, JsonObject>, key: string, medication: JsonObject): void {
  const before = known.get(key);
  known.set(
    key,
    before === undefined || isDeepStrictEqual(before, medication) ? medication : united(before, medication),
  );
}

/** Finds Medications among entries by the full URL they came under, or by id when the reference is to this server. */
export function medicationFinder(entries: readonly BundleEntry[], fhirServer: string | undefined): FindMedication {
  const byUrl = new Map<string, JsonObject>();
  const byId = new Map<string, JsonObject>();
  for (const { resource, fullUrl } of entries) {
    if (resource['resourceType'] !== 'Medication') continue;
    const id = textOf(resource['id']);
    if (fullUrl !== undefined) add(byUrl, fullUrl, resource);
    const base = fullUrl === undefined ? undefined : parseReference(fullUrl).base;
    if (id !== undefined && isOfServer(base, fhirServer)) add(byId, id, resource);
  }
  return (reference) => {
    const known = byUrl.get(reference);
    if (known !== undefined) return known;
    const { type, id, base } = parseReference(reference);
    return type === 'Medication' && id !== undefined && isOfServer(base, fhirServer) ? byId.get(id) : undefined;
  };
}

const DRUG_ENTRIES = new Set(['MedicationRequest', 'MedicationStatement', 'MedicationDispense']);

function refersToMedication({ resource }: BundleEntry): boolean {
  return resource['medicationReference'] !== undefined && DRUG_ENTRIES.has(String(resource['resourceType']));
}

/** The ids of Medications on this server that entries refer to and nobody sent along. */
function missingIds(entries: readonly BundleEntry[], fhirServer: string | undefined): readonly string[] {
  const referring = entries.filter(refersToMedication);
  if (referring.length === 0) return [];
  const find = medicationFinder(entries, fhirServer);
  const ids = referring.flatMap(({ resource }) => {
    const reference = missingMedication(resource, find);
    const { type, id, base } = reference === undefined ? {} : parseReference(reference);
    return type === 'Medication' && id !== undefined && isFhirId(id) && isOfServer(base, fhirServer) ? [id] : [];
  });
  return [...new Set(ids)].sort().slice(0, MOST_READS);
}

async function readMedication(id: string, { source }: Server): Promise<readonly BundleEntry[]> {
  const { access, fetch, signal } = source;
  const reply = await fetch(access, `${access.baseUrl}/Medication/${id}`, signal);
  if ('failure' in reply || !isObject(reply.body)) return [];
  const isAsked = resourceTypeOf(reply.body) === 'Medication' && reply.body['id'] === id;
  return isAsked ? [{ resource: reply.body, fullUrl: undefined }] : [];
}

/** Reads the Medications that entries refer to and that came with no answer. What cannot be had stays missing. */
export async function readMissingMedications(
  entries: readonly BundleEntry[],
  fhirServer: string | undefined,
  openServer: () => Server | undefined,
): Promise<readonly BundleEntry[]> {
  const ids = missingIds(entries, fhirServer);
  const server = ids.length === 0 ? undefined : openServer();
  if (server === undefined) return [];
  const read = await Promise.all(ids.map((id) => readMedication(id, server)));
  return read.flat();
}
