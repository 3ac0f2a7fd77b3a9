import { isObject, objectsOf, textOf, type JsonObject } from '../fhir/json.js';
import { isFhirId, parseReference, readReference } from '../fhir/reference.js';

/** What a file or folder holds of one patient, taken as all there is of him: raw Bundle entries, trusted in nothing. */
export interface Chart {
  readonly patientId: string;
  /** Entries by the type of their resource. */
  readonly byType: ReadonlyMap<string, readonly JsonObject[]>;
  /** Entries that may say or be anything: without resource, without type, and outcomes of what failed. */
  readonly unsorted: readonly unknown[];
  /** Links to pages that are not in the file. */
  readonly link: readonly JsonObject[];
  /** Marks of a server that cut something out. */
  readonly marks: readonly JsonObject[];
}

/** Why a file is no chart. */
export type ChartFault = 'no-bundle' | 'no-patient';

interface Content {
  readonly sorted: JsonObject[];
  readonly unsorted: unknown[];
  readonly link: JsonObject[];
  readonly marks: JsonObject[];
}

/** Answers to a batch are Bundles within a Bundle; deeper than that nothing is read. */
const DEEPEST = 3;

function collect(bundle: JsonObject, content: Content, depth: number): void {
  const { entry, link, meta } = bundle;
  const entries: readonly unknown[] = Array.isArray(entry) ? entry : entry === undefined ? [] : [entry];
  content.link.push(...objectsOf(link).filter(({ relation }) => relation === 'next'));
  if (isObject(meta)) content.marks.push(...objectsOf(meta['tag']), ...objectsOf(meta['security']));
  for (const one of entries) {
    const resource = isObject(one) ? one['resource'] : undefined;
    const type = isObject(resource) ? textOf(resource['resourceType']) : undefined;
    if (isObject(resource) && type === 'Bundle' && depth < DEEPEST) collect(resource, content, depth + 1);
    else if (isObject(one) && type !== undefined && type !== 'Bundle' && type !== 'OperationOutcome') {
      content.sorted.push(one);
    } else content.unsorted.push(one);
  }
}

function resourceOf(entry: JsonObject): JsonObject {
  const resource = entry['resource'];
  return isObject(resource) ? resource : {};
}

function groupByType(entries: readonly JsonObject[]): Map<string, JsonObject[]> {
  const byType = new Map<string, JsonObject[]>();
  for (const entry of entries) {
    const type = textOf(resourceOf(entry)['resourceType']) ?? '';
    const known = byType.get(type);
    if (known === undefined) byType.set(type, [entry]);
    else known.push(entry);
  }
  return byType;
}

/** The id that the full URL of an entry ends with, for resources that are still to get one of their own. */
function idInUrl(fullUrl: unknown): string | undefined {
  const id = textOf(fullUrl)?.split(/[/:]/).at(-1);
  return id !== undefined && isFhirId(id) ? id : undefined;
}

/** A Patient in a transaction may have no id yet; without one nobody could ask about him. */
function withId(entry: JsonObject, index: number): JsonObject {
  const resource = resourceOf(entry);
  if (textOf(resource['id']) !== undefined) return entry;
  return { ...entry, resource: { ...resource, id: idInUrl(entry['fullUrl']) ?? `patient-${String(index + 1)}` } };
}

function patientIdOf(entry: JsonObject): string {
  return textOf(resourceOf(entry)['id']) ?? '';
}

/** The id that a resource says its patient has, wherever the reference leads; undefined when it names none by id. */
export function namedPatient(resource: JsonObject): string | undefined {
  if (resource['resourceType'] === 'Patient') return textOf(resource['id']);
  const { type, id } = readReference(resource['subject'] ?? resource['patient']) ?? {};
  return type === 'Patient' ? id : undefined;
}

/** Of whom an entry of a file of several patients is; undefined when it may be anyone's. */
function ownerIn(entry: JsonObject, byUrl: ReadonlyMap<string, string>): string | undefined {
  const resource = resourceOf(entry);
  const { text } = readReference(resource['subject'] ?? resource['patient']) ?? {};
  return (text === undefined ? undefined : byUrl.get(text)) ?? namedPatient(resource);
}

/** References within the Bundle that only its full URLs resolve, made the plain ones that a server would make of them. */
function resolveUrns(entries: readonly JsonObject[]): void {
  const plain = new Map<string, string>();
  for (const { fullUrl, resource } of entries) {
    if (typeof fullUrl !== 'string' || !fullUrl.startsWith('urn:') || !isObject(resource)) continue;
    const [type, id] = [textOf(resource['resourceType']), textOf(resource['id'])];
    if (type !== undefined && id !== undefined) plain.set(fullUrl, `${type}/${id}`);
  }
  if (plain.size > 0) for (const entry of entries) resolveIn(entry['resource'], plain);
}

function resolveIn(value: unknown, plain: ReadonlyMap<string, string>): void {
  if (typeof value !== 'object' || value === null) return;
  const found = 'reference' in value && typeof value.reference === 'string' ? plain.get(value.reference) : undefined;
  if (found !== undefined) Object.assign(value, { reference: found });
  for (const part of Object.values(value)) if (typeof part === 'object') resolveIn(part, plain);
}

/** One chart for each patient of a file that holds several, or no Patient at all. What may be anyone's is in each. */
function splitByPatient(entries: readonly JsonObject[], patients: readonly JsonObject[], content: Content): Chart[] {
  const byUrl = new Map(
    patients.flatMap((entry) => {
      const url = textOf(entry['fullUrl']);
      return url === undefined ? [] : [[url, patientIdOf(entry)] as const];
    }),
  );
  const own = new Map<string, JsonObject[]>(patients.map((entry) => [patientIdOf(entry), []]));
  const shared: JsonObject[] = [];
  for (const entry of entries) {
    const owner = ownerIn(entry, byUrl);
    const known = owner === undefined ? shared : own.get(owner);
    if (known !== undefined) known.push(entry);
    else if (owner !== undefined) own.set(owner, [entry]);
  }
  return [...own].map(([patientId, some]) => ({ ...content, patientId, byType: groupByType([...some, ...shared]) }));
}

/**
 * The charts of a FHIR Bundle of any type. A file about one patient is his alone: what it says of others is left to
 * the same checks as in a call.
 */
export function chartsOf(value: unknown): readonly Chart[] | ChartFault {
  if (!isObject(value) || value['resourceType'] !== 'Bundle') return 'no-bundle';
  const content: Content = { sorted: [], unsorted: [], link: [], marks: [] };
  collect(value, content, 0);
  let found = 0;
  const entries = content.sorted.map((entry) =>
    resourceOf(entry)['resourceType'] === 'Patient' ? withId(entry, found++) : entry,
  );
  resolveUrns(entries);
  const patients = entries.filter((entry) => resourceOf(entry)['resourceType'] === 'Patient');
  const ids = new Set(patients.map(patientIdOf));
  const [only] = ids;
  if (only !== undefined && ids.size === 1) return [{ ...content, patientId: only, byType: groupByType(entries) }];
  const charts = splitByPatient(entries, patients, content);
  return charts.length === 0 ? 'no-patient' : charts;
}

/** The chart of a patient whose resources were brought together from elsewhere. */
export function chartOfResources(patientId: string, resources: readonly JsonObject[]): Chart {
  const byType = groupByType(resources.map((resource) => ({ resource })));
  return { patientId, byType, unsorted: [], link: [], marks: [] };
}

/** The resources of one type in a chart. */
export function resourcesIn({ byType }: Chart, type: string): readonly JsonObject[] {
  return (byType.get(type) ?? []).map(resourceOf);
}

/** `Type/id` of the Medications that a drug entry leads to; empty for other resources. */
export function medicationIdOf({ medicationReference }: JsonObject): string | undefined {
  const text = isObject(medicationReference) ? textOf(medicationReference['reference']) : undefined;
  if (text === undefined) return undefined;
  const { type, id } = parseReference(text);
  return type === 'Medication' ? id : undefined;
}
