import { isMissing, isObject, type JsonObject } from '../fhir/json.js';
import type { FhirVersion } from './version.js';

/** The codes of one version, each with its R4 twin; undefined for a code that says no more than nothing. */
export type CodeTable = Readonly<Record<string, string | undefined>>;

/** Code tables by version; a version without one has the codes of R4. */
export type CodeTables = Partial<Readonly<Record<FhirVersion, CodeTable>>>;

/** Codes that are their own twins. */
export function same(...codes: readonly string[]): CodeTable {
  return Object.fromEntries(codes.map((code) => [code, code]));
}

/** A plain code in R4. One that its version does not know becomes `unknown`; what is no code at all stays as it is. */
export function liftCode(value: unknown, tables: CodeTables, version: FhirVersion): unknown {
  const table = tables[version];
  if (typeof value !== 'string' || value === '' || table === undefined) return value;
  return Object.hasOwn(table, value) ? table[value] : 'unknown';
}

const NOT_KNOWN = {
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: 'unknown', display: 'Unknown' }],
};

/** A plain code as the concept that R4 wants. A concept stays one, whatever the version. */
export function liftToConcept(value: unknown, system: string, tables: CodeTables, version: FhirVersion): unknown {
  if (isMissing(value) || isObject(value)) return value;
  const code = liftCode(value, tables, version);
  if (code === undefined || code === '') return undefined;
  return typeof code !== 'string' || code === 'unknown' ? NOT_KNOWN : { coding: [{ system, code }] };
}

/** The resource with members under their R4 names. Where it has the R4 member already that one stays. */
export function renamed(resource: JsonObject, names: Readonly<Record<string, string>>): JsonObject {
  const entries = Object.entries(resource).flatMap(([member, value]): (readonly [string, unknown])[] => {
    const name = Object.hasOwn(names, member) ? names[member] : undefined;
    if (name === undefined) return [[member, value]];
    return isMissing(resource[name]) ? [[name, value]] : [];
  });
  return Object.fromEntries(entries);
}

/** The resource with some members changed; those that are undefined are taken out. */
export function withMembers(resource: JsonObject, members: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries({ ...resource, ...members }).filter(([, value]) => value !== undefined));
}

/** The items of a member that repeats, what cannot be read among them. A lone value counts as a list of one. */
export function itemsOf(value: unknown): readonly unknown[] {
  if (isMissing(value)) return [];
  return Array.isArray(value) ? value : [value];
}

/** What is there but says nothing anyone could read, in the place of a concept. */
export const UNREADABLE: JsonObject = {};

/** The concept of a CodeableReference, its reference's words where it has none. */
export function conceptOf(value: unknown): unknown {
  if (!isObject(value)) return value;
  if (!isMissing(value['concept'])) return value['concept'];
  const reference = value['reference'];
  const display = isObject(reference) ? reference['display'] : undefined;
  return typeof display === 'string' ? { text: display } : undefined;
}

/** The Reference of a CodeableReference. */
export function referenceOf(value: unknown): unknown {
  return isObject(value) ? (value['reference'] ?? undefined) : undefined;
}

/** A list of R5 CodeableReferences as the two lists of R4. One that says nothing readable is an unreadable concept. */
export function splitReferences(value: unknown): { readonly concepts: unknown[]; readonly references: unknown[] } {
  const concepts: unknown[] = [];
  const references: unknown[] = [];
  for (const item of itemsOf(value)) {
    const reference = referenceOf(item);
    if (reference !== undefined) references.push(reference);
    const concept = isObject(item) ? item['concept'] : item;
    if (!isMissing(concept)) concepts.push(concept);
    else if (reference === undefined) concepts.push(UNREADABLE);
  }
  return { concepts, references };
}

/** R4's `reasonCode` and `reasonReference` from R5's `reason`. */
export function reasonsOf({ reason, reasonCode, reasonReference }: JsonObject): JsonObject {
  if (isMissing(reason)) return {};
  const { concepts, references } = splitReferences(reason);
  return {
    reason: undefined,
    ...(concepts.length > 0 && { reasonCode: [...itemsOf(reasonCode), ...concepts] }),
    ...(references.length > 0 && { reasonReference: [...itemsOf(reasonReference), ...references] }),
  };
}
