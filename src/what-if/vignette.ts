import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, type JsonObject } from '../fhir/json.js';

/** How a kind of data cannot be read. */
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

/** The stories of a topic and the chart that each of them changes. */
export interface Stories {
  readonly base: readonly JsonObject[];
  readonly vignettes: readonly Vignette[];
}

/** A story cannot be read; the message names the file. */
export class StoryError extends Error {}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new StoryError(`${path}: ${error instanceof Error ? error.message : 'cannot be read'}`);
  }
}

/** Reads the stories of one folder below `fixtures/`; a topic without a folder has none. Throws a StoryError. */
export function loadStories(folder: string): Stories {
  const directory = join(folder, 'vignettes');
  if (!existsSync(directory)) return { base: [], vignettes: [] };
  const bundle = readJson(join(folder, 'base.json')) as {
    readonly entry: readonly { readonly resource: JsonObject }[];
  };
  const files = readdirSync(directory).filter((file) => file.endsWith('.json'));
  return {
    base: bundle.entry.map(({ resource }) => resource),
    vignettes: files.sort().map((file) => readJson(join(directory, file)) as Vignette),
  };
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

/** `Type/id` of a resource. */
export function referenceTo(resource: JsonObject): string {
  return `${String(resource['resourceType'])}/${String(resource['id'])}`;
}

/** The base chart with the vignette's differences. */
export function applyVignette(
  base: readonly JsonObject[],
  { chart = {} }: Pick<Vignette, 'chart'>,
): readonly JsonObject[] {
  const { remove = [], change = {}, add = [] } = chart;
  const kept = base.filter((resource) => !remove.includes(referenceTo(resource)));
  const changed = kept.map((resource) => mergePatch(resource, change[referenceTo(resource)] ?? {}) as JsonObject);
  return [...changed, ...add];
}
