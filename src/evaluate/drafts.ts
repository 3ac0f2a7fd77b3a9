import { isObject, textOf, type JsonObject } from '../fhir/json.js';
import { readJsonFile } from './read-file.js';
import { UNREAD_WORDS } from './words.js';

function resourcesOf(value: unknown): readonly JsonObject[] {
  if (!isObject(value)) return [];
  if (value['resourceType'] !== 'Bundle') return [value];
  const entries: readonly unknown[] = Array.isArray(value['entry']) ? value['entry'] : [];
  return entries.flatMap((entry) => (isObject(entry) && isObject(entry['resource']) ? [entry['resource']] : []));
}

/** Drafts are selected by `Type/id`; one that has no id yet gets a running one. */
function withId(draft: JsonObject, index: number): JsonObject {
  return textOf(draft['id']) === undefined ? { ...draft, id: `draft-${String(index + 1)}` } : draft;
}

/** The drafts in a file: a Bundle, or one resource. In words what is wrong when there are none. */
export function readDraftFile(file: string): readonly JsonObject[] | string {
  const read = readJsonFile(file);
  if (typeof read === 'string') return UNREAD_WORDS[read];
  const drafts = resourcesOf(read.value).filter(({ resourceType }) => textOf(resourceType) !== undefined);
  return drafts.length === 0 ? 'holds no FHIR resource' : drafts.map(withId);
}
