import { readFileSync, readdirSync } from 'node:fs';
import { isObject, type JsonObject } from '../../src/fhir/json.js';

export type Fault = 'http-500' | 'http-403' | 'timeout' | 'operation-outcome' | 'next-page-403';

/** One story a clinician can review, as the file says it. */
export interface Vignette {
  readonly id: string;
  readonly title: string;
  readonly story: string;
  readonly asOf: string;
  readonly hook: string;
  readonly chart?: {
    readonly remove?: readonly string[];
    readonly change?: Readonly<Record<string, JsonObject>>;
    readonly add?: readonly JsonObject[];
  };
  readonly context?: JsonObject;
  readonly faults?: Readonly<Record<string, Fault>>;
  readonly covers: {
    readonly fires: readonly string[];
    readonly nearMiss: readonly string[];
    readonly missing: readonly string[];
  };
  readonly expect: {
    readonly cards: readonly string[];
    readonly says?: Readonly<Record<string, readonly string[]>>;
    readonly neverSays?: readonly string[];
  };
}

const FOLDER = new URL('../../fixtures/esophageal-spasm/', import.meta.url).pathname;

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

export function loadVignettes(): readonly Vignette[] {
  return readdirSync(`${FOLDER}vignettes`)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => readJson(`${FOLDER}vignettes/${file}`) as Vignette);
}

/** RFC 7396: arrays are replaced, null deletes. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const before = isObject(target) ? target : {};
  const kept = Object.entries(before).filter(([key]) => patch[key] !== null);
  const patched = Object.entries(patch).filter(([, value]) => value !== null);
  return Object.fromEntries([
    ...kept,
    ...patched.map(([key, value]) => [key, mergePatch(before[key], value)] as const),
  ]);
}

export function referenceTo(resource: JsonObject): string {
  return `${String(resource['resourceType'])}/${String(resource['id'])}`;
}

export function baseChart(): readonly JsonObject[] {
  const bundle = readJson(`${FOLDER}base.json`) as { readonly entry: readonly { readonly resource: JsonObject }[] };
  return bundle.entry.map(({ resource }) => resource);
}

/** The base chart with the vignette's differences. */
export function chartOf({ chart = {} }: Pick<Vignette, 'chart'>): readonly JsonObject[] {
  const { remove = [], change = {}, add = [] } = chart;
  const kept = baseChart().filter((resource) => !remove.includes(referenceTo(resource)));
  const changed = kept.map((resource) => mergePatch(resource, change[referenceTo(resource)] ?? {}) as JsonObject);
  return [...changed, ...add];
}
