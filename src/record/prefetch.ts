import { readSearchPage, resourceTypeOf, type SearchPage } from '../fhir/bundle.js';
import { isObject, type JsonObject } from '../fhir/json.js';
import type { DataNeed } from '../knowledge/content-types.js';
import type { GapReason } from '../knowledge/gap-reason.js';

/** What the client sent under one prefetch key. */
export type PrefetchValue =
  /** Resources, as one page that may name a next one. An asked-and-empty key is a page without entries. */
  | { readonly page: SearchPage }
  /** The key says nothing that could be used. */
  | { readonly gap: GapReason };

const EMPTY_PAGE: SearchPage = {
  entries: [],
  unreadable: 0,
  nextUrl: undefined,
  total: undefined,
  matches: 0,
  hasFailed: false,
};

function pageOf(resource: JsonObject): SearchPage {
  return { ...EMPTY_PAGE, entries: [{ resource, fullUrl: undefined }], matches: 1 };
}

/**
 * Reads one prefetch key. CDS Hooks 2.0.1 §Prefetch: an absent key was not answered; `null` and an empty Bundle were
 * asked and found empty; an OperationOutcome is a failure. A single resource counts only for a read.
 */
export function readPrefetch(prefetch: JsonObject, need: DataNeed): PrefetchValue {
  const value = Object.hasOwn(prefetch, need.key) ? prefetch[need.key] : undefined;
  if (value === undefined) return { gap: 'not-supplied' };
  if (value === null) return { page: EMPTY_PAGE };
  const page = readSearchPage(value);
  if (page !== undefined) return { page };
  const type = resourceTypeOf(value);
  if (type === 'OperationOutcome') return { gap: 'outcome' };
  if (isObject(value) && need.read !== undefined && type === need.resourceType) return { page: pageOf(value) };
  return { gap: 'unreadable' };
}
