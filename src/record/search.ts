import { readSearchPage, type BundleEntry, type SearchPage } from '../fhir/bundle.js';
import { readTime } from '../fhir/date-time.js';
import { isObject } from '../fhir/json.js';
import type { GapReason } from '../knowledge/gap-reason.js';
import { sameOriginUrl, type FhirAccess } from './fhir-access.js';
import type { FetchFhir } from './fhir-client.js';
import { NOTHING, WHOLE } from './patient-record.js';

/** The pages of one search, as far as they could be read. */
export interface SearchResult {
  readonly entries: readonly BundleEntry[];
  readonly completeSince: number;
  readonly gap: GapReason | undefined;
  /** Whether a plainer query may succeed where this one was refused. */
  readonly isWorthPlainer: boolean;
}

export interface Source {
  readonly access: FhirAccess;
  readonly fetch: FetchFhir;
  readonly signal: AbortSignal;
}

const MAX_PAGES = 10;
/** Order is shown by this many steps back in time; fewer could be chance. */
const STEPS_THAT_SHOW_ORDER = 2;

/** Statuses that speak of the caller or of load, not of the form of the query. */
const FINAL_STATUSES = new Set([401, 403, 429, 503]);

/** The instant by which an entry is sorted; undefined when it is given less exactly, or not at all. */
export function entryTime({ resource }: BundleEntry): number | undefined {
  const { effectiveDateTime, effectiveInstant, effectivePeriod, authoredOn } = resource;
  const periodStart = isObject(effectivePeriod) ? effectivePeriod['start'] : undefined;
  const time = readTime(effectiveDateTime ?? effectiveInstant ?? periodStart ?? authoredOn);
  return time?.isPrecise === true ? time.start : undefined;
}

/**
 * How far back a first part of a search reaches when its entries prove to be sorted newest first: everything later
 * than the oldest one read is here. NOTHING when the order is not shown.
 */
export function reachOf(entries: readonly BundleEntry[]): number {
  let previous = Number.POSITIVE_INFINITY;
  let steps = 0;
  for (const entry of entries) {
    const time = entryTime(entry);
    if (time === undefined || time > previous) return NOTHING;
    if (time < previous && previous !== Number.POSITIVE_INFINITY) steps += 1;
    previous = time;
  }
  return steps >= STEPS_THAT_SHOW_ORDER ? previous + 1 : NOTHING;
}

/** How many entries came more than once: a page sent twice must not stand in for one that is missing. */
function repeatedEntries(pages: readonly SearchPage[]): number {
  if (pages.length < 2) return 0;
  const references = pages
    .flatMap(({ entries }) => entries)
    .flatMap(({ resource: { resourceType, id } }) => (typeof id === 'string' ? `${String(resourceType)}/${id}` : []));
  return references.length - new Set(references).size;
}

/** What is wrong with the pages read, apart from pages that were not. */
function defectOf(pages: readonly SearchPage[]): GapReason | undefined {
  if (pages.some(({ hasFailed }) => hasFailed)) return 'withheld';
  if (pages.some(({ unreadable }) => unreadable > 0)) return 'unreadable-entries';
  const matches = pages.reduce((sum, page) => sum + page.matches, 0);
  const total = pages[0]?.total;
  return total !== undefined && total > matches - repeatedEntries(pages) ? 'missing-entries' : undefined;
}

/** Sums up pages; `unread` says why the ones after them are missing. */
export function sumUp(
  pages: readonly SearchPage[],
  unread: GapReason | undefined,
): Omit<SearchResult, 'isWorthPlainer'> {
  const [only] = pages;
  const entries = pages.length === 1 && only !== undefined ? only.entries : pages.flatMap((page) => page.entries);
  const defect = pages.some(({ hasFailed, unreadable }) => hasFailed || unreadable > 0) ? defectOf(pages) : undefined;
  if (defect !== undefined) return { entries, completeSince: NOTHING, gap: defect };
  if (unread !== undefined) return { entries, completeSince: reachOf(entries), gap: unread };
  const missing = defectOf(pages);
  return { entries, completeSince: missing === undefined ? WHOLE : NOTHING, gap: missing };
}

interface PageReply {
  readonly page?: SearchPage;
  readonly failure?: GapReason;
  readonly isWorthPlainer: boolean;
}

async function readPage({ access, fetch, signal }: Source, url: string): Promise<PageReply> {
  const reply = await fetch(access, url, signal);
  if ('failure' in reply) {
    const isRefusal = reply.status !== undefined && !FINAL_STATUSES.has(reply.status);
    return { failure: reply.failure, isWorthPlainer: isRefusal };
  }
  const page = readSearchPage(reply.body);
  if (page !== undefined) return { page, isWorthPlainer: page.hasFailed };
  const isOutcome = isObject(reply.body) && reply.body['resourceType'] === 'OperationOutcome';
  return { failure: isOutcome ? 'outcome' : 'unreadable', isWorthPlainer: true };
}

/** Follows next links from `first`, on the server's origin only, without loops and up to a limit. */
export async function followPages(
  source: Source,
  first: SearchPage,
  firstUrl: string,
): Promise<Omit<SearchResult, 'isWorthPlainer'>> {
  const pages = [first];
  const seen = new Set([firstUrl]);
  let current = firstUrl;
  let next = first.nextUrl;
  while (next !== undefined) {
    const url = sameOriginUrl(source.access, next, current);
    if (url === undefined || seen.has(url) || pages.length >= MAX_PAGES) return sumUp(pages, 'unread-pages');
    seen.add(url);
    const { page, failure = 'unreadable' } = await readPage(source, url);
    if (page === undefined) return sumUp(pages, failure);
    pages.push(page);
    current = url;
    next = page.nextUrl;
  }
  return sumUp(pages, undefined);
}

/** Runs one query to its last page. */
export async function search(source: Source, query: string): Promise<SearchResult> {
  const url = `${source.access.baseUrl}/${query}`;
  const { page, failure = 'unreadable', isWorthPlainer } = await readPage(source, url);
  if (page === undefined) return { entries: [], completeSince: NOTHING, gap: failure, isWorthPlainer };
  return { ...(await followPages(source, page, url)), isWorthPlainer };
}
