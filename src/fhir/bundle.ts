import { isObject, objectsOf, textOf, type JsonObject } from './json.js';

/** One resource of a searchset, with the URL its server gave it. */
export interface BundleEntry {
  readonly resource: JsonObject;
  readonly fullUrl: string | undefined;
}

/** One page of a search answer, read without trust. */
export interface SearchPage {
  readonly entries: readonly BundleEntry[];
  /** Entries that hold no resource, or one without a type: something was found that cannot be read. */
  readonly unreadable: number;
  readonly nextUrl: string | undefined;
  /** The server's own count of matches, when it gives one. */
  readonly total: number | undefined;
  /** How many entries are matches rather than included resources or outcomes. */
  readonly matches: number;
  /** Whether an entry says that part of the search failed or was withheld. */
  readonly hasFailed: boolean;
}

export function resourceTypeOf(value: unknown): string | undefined {
  return isObject(value) ? textOf(value['resourceType']) : undefined;
}

const FAILURES = new Set(['error', 'fatal']);
const WITHHELD = new Set(['suppressed', 'forbidden', 'security', 'incomplete', 'too-costly']);

/** Whether an OperationOutcome says that data are missing from the answer. Hints and warnings do not. */
function saysDataMissing(outcome: JsonObject): boolean {
  return objectsOf(outcome['issue']).some(
    ({ severity, code }) =>
      (typeof severity === 'string' && FAILURES.has(severity)) || (typeof code === 'string' && WITHHELD.has(code)),
  );
}

/** Marks of a server that cut something out: by consent, by label, or because fewer elements were asked for. */
const CUT = new Set(['SUBSETTED', 'REDACTED', 'MASKED', 'ABSTRED']);

function isCut({ meta }: JsonObject): boolean {
  if (!isObject(meta) || (meta['security'] === undefined && meta['tag'] === undefined)) return false;
  const marks = [...objectsOf(meta['security']), ...objectsOf(meta['tag'])];
  return marks.some(({ code }) => typeof code === 'string' && CUT.has(code));
}

function nextUrlOf(bundle: JsonObject): string | undefined {
  const next = objectsOf(bundle['link']).find((link) => link['relation'] === 'next');
  return next === undefined ? undefined : (textOf(next['url']) ?? '');
}

function isMatch(entry: JsonObject): boolean {
  const search = entry['search'];
  return !isObject(search) || search['mode'] === undefined || search['mode'] === 'match';
}

function isNamed(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

/** Whether an entry can be told apart. A Bundle within a Bundle is the answer to another question. */
function isReadable({ resourceType }: JsonObject): boolean {
  return isNamed(resourceType) && resourceType !== 'Bundle';
}

function entriesOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** Reads one Bundle of any type; undefined when the value is no Bundle. A next link without URL is kept as ''. */
export function readSearchPage(value: unknown): SearchPage | undefined {
  if (!isObject(value) || value['resourceType'] !== 'Bundle') return undefined;
  const raw = entriesOf(value['entry']);
  const entries: BundleEntry[] = [];
  let unreadable = 0;
  let matches = 0;
  let hasFailed = isCut(value);
  for (const entry of raw) {
    const resource = isObject(entry) ? entry['resource'] : undefined;
    if (!isObject(entry) || !isObject(resource) || !isReadable(resource)) unreadable += 1;
    else if (resource['resourceType'] === 'OperationOutcome') hasFailed ||= saysDataMissing(resource);
    else {
      entries.push({ resource, fullUrl: textOf(entry['fullUrl']) });
      if (isMatch(entry)) matches += 1;
      if (resource['meta'] !== undefined) hasFailed ||= isCut(resource);
    }
  }
  const total = typeof value['total'] === 'number' ? value['total'] : undefined;
  return { entries, unreadable, nextUrl: nextUrlOf(value), total, matches, hasFailed };
}
