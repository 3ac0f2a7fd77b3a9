import type { BundleEntry } from '../fhir/bundle.js';
import type { FhirVersion } from '../fhir-versions/version.js';
import { textOf } from '../fhir/json.js';
import { isFhirId } from '../fhir/reference.js';
import type { DataNeed } from '../knowledge/content-types.js';
import type { GapReason } from '../knowledge/gap-reason.js';
import type { Topic } from '../knowledge/topic.js';
import { grantsSearch } from './granted-scopes.js';
import { NOTHING, WHOLE, type NeedAnswer } from './patient-record.js';
import { readPrefetch } from './prefetch.js';
import { boundOf, isAskedAlike, needsIn, searchForms, type QueryForm } from './queries.js';
import { followPages, search, sumUp, type SearchResult, type Source } from './search.js';

/** What one call asks about: ids that are checked FHIR ids, and the clock. */
export interface Subject {
  readonly patientId: string;
  readonly encounterId: string | undefined;
  readonly asOf: number;
}

/** Asks the same query once per call, however many needs fall back to it. */
type SearchOnce = (query: string) => Promise<SearchResult>;

/** The FHIR server of one call. */
export interface Server {
  readonly source: Source;
  readonly searchOnce: SearchOnce;
  /** The version it speaks, found out when first asked for. */
  readonly version: () => Promise<FhirVersion>;
}

/** A search proves nothing about what the token may not see. What it found all the same may alarm. */
async function searchAsGranted(source: Source, query: string): Promise<SearchResult> {
  const result = await search(source, query);
  if (grantsSearch(source.access.scope, query.replace(/\?.*$/, ''))) return result;
  return { ...result, completeSince: NOTHING, gap: result.gap ?? 'scope-not-granted', isWorthPlainer: false };
}

export function createServer(
  source: Source,
  version: Server['version'] = () => Promise.resolve<FhirVersion>('R4'),
): Server {
  const asked = new Map<string, Promise<SearchResult>>();
  const searchOnce: SearchOnce = (query) => {
    const running = asked.get(query) ?? searchAsGranted(source, query);
    asked.set(query, running);
    return running;
  };
  return { source, searchOnce, version };
}

type PartialAnswer = Omit<NeedAnswer, 'need' | 'origin'>;

function mergeQueries(results: readonly SearchResult[]): SearchResult {
  return {
    entries: results.flatMap(({ entries }) => entries),
    completeSince: Math.max(...results.map(({ completeSince }) => completeSince)),
    gap: results.find(({ gap }) => gap !== undefined)?.gap,
    isWorthPlainer: results.some(({ isWorthPlainer }) => isWorthPlainer),
  };
}

/** Tries one form after the other until one is answered whole; what earlier forms brought is kept. */
async function searchInForms(
  forms: readonly QueryForm[],
  searchOnce: SearchOnce,
  bound: number,
): Promise<PartialAnswer> {
  const entries: BundleEntry[] = [];
  let best: PartialAnswer = { entries, completeSince: NOTHING, gap: 'not-supplied' };
  for (const form of forms) {
    const result = mergeQueries(await Promise.all(form.map(searchOnce)));
    for (const entry of result.entries) entries.push(entry);
    const completeSince = result.completeSince === WHOLE ? bound : result.completeSince;
    if (result.gap === undefined) return { entries, completeSince, gap: undefined };
    if (best.gap === 'not-supplied' || completeSince <= best.completeSince)
      best = { entries, completeSince, gap: result.gap };
    if (!result.isWorthPlainer) break;
  }
  return best;
}

async function readById(need: DataNeed, id: string | undefined, source: Source): Promise<PartialAnswer> {
  if (id === undefined || !isFhirId(id)) return { entries: [], completeSince: NOTHING, gap: 'no-encounter' };
  const reply = await source.fetch(source.access, `${source.access.baseUrl}/${need.resourceType}/${id}`, source.signal);
  if ('failure' in reply) {
    const isGone = reply.status === 404 || reply.status === 410;
    return { entries: [], completeSince: NOTHING, gap: isGone ? 'not-found' : reply.failure };
  }
  const value = readPrefetch({ [need.key]: reply.body }, need);
  return 'gap' in value ? { entries: [], completeSince: NOTHING, gap: value.gap } : sumUp([value.page], undefined);
}

/** What was asked for under several types is as whole as the least of them. */
function mergeTypes(answers: readonly PartialAnswer[]): PartialAnswer {
  const [only] = answers;
  if (only !== undefined && answers.length === 1) return only;
  return {
    entries: answers.flatMap(({ entries }) => entries),
    completeSince: Math.max(...answers.map(({ completeSince }) => completeSince)),
    gap: answers.find(({ gap }) => gap !== undefined)?.gap,
  };
}

async function fetchNeed(need: DataNeed, topic: Topic, subject: Subject, server: Server): Promise<PartialAnswer> {
  if (need.read !== undefined) {
    return readById(need, need.read === 'patientId' ? subject.patientId : subject.encounterId, server.source);
  }
  const { patientId, asOf } = subject;
  const version = isAskedAlike(need) ? 'R4' : await server.version();
  const answers = needsIn(version, need).map((one) =>
    searchInForms(searchForms(one, topic, patientId, asOf, version), server.searchOnce, boundOf(need, asOf)),
  );
  return mergeTypes(await Promise.all(answers));
}

/** Whether the answer reaches as far back as the need asks. */
function suffices(need: DataNeed, answer: PartialAnswer, asOf: number): boolean {
  return answer.gap === undefined || answer.completeSince <= boundOf(need, asOf);
}

/** Whether a read brought the very resource that was asked for. */
function hasAsked(need: DataNeed, answer: PartialAnswer, subject: Subject): boolean {
  if (need.read === undefined) return true;
  const id = need.read === 'patientId' ? subject.patientId : subject.encounterId;
  return answer.entries.some(
    ({ resource }) => textOf(resource['id']) === id && resource['resourceType'] === need.resourceType,
  );
}

const UNANSWERED = { entries: [], completeSince: NOTHING } as const;

/** What the prefetched pages say, checked to be what was asked for. */
function checked(need: DataNeed, sent: PartialAnswer, subject: Subject): PartialAnswer {
  // Without this a list of something else would read as "no conditions" and be answered with silence.
  const isOtherList =
    need.required === true &&
    sent.entries.length > 0 &&
    !sent.entries.some(({ resource }) => resource['resourceType'] === need.resourceType);
  if (isOtherList) return { ...UNANSWERED, gap: 'unreadable' };
  if (hasAsked(need, sent, subject)) return sent;
  if (sent.entries.length > 0) return { ...UNANSWERED, gap: 'other-patient' };
  return { ...UNANSWERED, gap: sent.gap ?? 'not-found' };
}

/**
 * Answers a need from prefetch alone, or undefined when prefetch does not settle it. CDS Hooks 2.0.1 §Prefetch: asked
 * and found empty is an answer, and is not asked again.
 */
export function answerFromPrefetch(
  need: DataNeed,
  subject: Subject,
  prefetch: Readonly<Record<string, unknown>>,
): NeedAnswer | undefined {
  if (need.read === 'encounterId' && subject.encounterId === undefined) {
    return { need, origin: 'none', ...UNANSWERED, gap: 'no-encounter' };
  }
  const value = readPrefetch(prefetch, need);
  if ('gap' in value || value.page.nextUrl !== undefined) return undefined;
  const answer = checked(need, sumUp([value.page], undefined), subject);
  const isSettled = answer.gap === 'not-found' || suffices(need, answer, subject.asOf);
  return isSettled ? { need, origin: 'prefetch', ...answer } : undefined;
}

async function readPrefetchedPages(
  need: DataNeed,
  prefetch: Readonly<Record<string, unknown>>,
  source: Source | undefined,
): Promise<PartialAnswer> {
  const value = readPrefetch(prefetch, need);
  if ('gap' in value) return { ...UNANSWERED, gap: value.gap };
  if (value.page.nextUrl === undefined) return sumUp([value.page], undefined);
  if (source === undefined) return sumUp([value.page], 'unread-pages');
  return followPages(source, value.page, `${source.access.baseUrl}/`);
}

/**
 * Answers one need: from prefetch, and where that does not suffice from the FHIR server, or with the reason why no
 * server may be asked. Never throws; what could not be had is a gap.
 */
export async function answerNeed(
  need: DataNeed,
  topic: Topic,
  subject: Subject,
  prefetch: Readonly<Record<string, unknown>>,
  server: Server | GapReason,
): Promise<NeedAnswer> {
  const settled = answerFromPrefetch(need, subject, prefetch);
  if (settled !== undefined) return settled;
  const source = typeof server === 'string' ? undefined : server.source;
  const prefetched = checked(need, await readPrefetchedPages(need, prefetch, source), subject);
  if (suffices(need, prefetched, subject.asOf)) return { need, origin: 'prefetch', ...prefetched };
  if (typeof server === 'string') {
    const gap = prefetched.gap === 'not-supplied' ? server : prefetched.gap;
    return { need, origin: prefetched.entries.length > 0 ? 'prefetch' : 'none', ...prefetched, gap };
  }
  const fetched = checked(need, await fetchNeed(need, topic, subject, server), subject);
  return {
    need,
    origin: prefetched.entries.length > 0 ? 'both' : 'fhir-server',
    entries: [...prefetched.entries, ...fetched.entries],
    completeSince: Math.min(prefetched.completeSince, fetched.completeSince),
    gap: fetched.gap,
  };
}
