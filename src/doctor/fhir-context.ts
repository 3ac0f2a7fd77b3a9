import { readSearchPage, type BundleEntry, type SearchPage } from '../fhir/bundle.js';
import type { Topic } from '../knowledge/topic.js';
import type { DataNeed } from '../knowledge/content-types.js';
import { prefetchTemplate } from '../record/queries.js';
import type { FetchFhir } from '../record/fhir-client.js';
import { isRedirect, isReply, kindOf, type Asked, type Exchange, type Reply, type Unreached } from './exchange.js';

/** What the checks of a FHIR server work with. */
export interface FhirContext {
  /** Base URL without trailing slash. */
  readonly base: string;
  readonly exchange: Exchange;
  readonly token: string | undefined;
  /** Ids of the patients to look at; none when nothing may be asked of a patient. */
  readonly patients: readonly string[];
  readonly encounterId: string | undefined;
  readonly topic: Topic;
  /** What the service has for a whole answer, in milliseconds. */
  readonly timeBudgetMs: number;
  /** How many pages of one search are read at most. */
  readonly pages: number;
  /** Current instant in milliseconds. */
  readonly now: () => number;
}

/** Asks the FHIR server with the service's own headers. */
export function ask({ exchange, token }: FhirContext, url: string, asked: Asked = {}): Promise<Reply | Unreached> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const headers = { accept: 'application/fhir+json', 'cache-control': 'no-cache', ...authorization, ...asked.headers };
  return exchange(url, { ...asked, headers });
}

/** The query of a need as discovery publishes it, resolved and encoded as an EHR does. */
export function publishedQuery(need: DataNeed, { topic }: FhirContext, patientId: string): string {
  return encodeURI(prefetchTemplate(need, topic).replaceAll('{{context.patientId}}', patientId));
}

/** The service's own way to ask, over the doctor's exchange. */
export function fetchBy(context: FhirContext): FetchFhir {
  return async (_, url, signal) => {
    if (signal.aborted) return { failure: 'timeout' };
    const answer = await ask(context, url);
    if (!isReply(answer)) return { failure: 'network' };
    const { status, json } = answer;
    if (status >= 500) return { failure: 'server-error', status };
    if (status >= 400) return { failure: 'refused', status };
    return status >= 300 || json === undefined ? { failure: 'unreadable', status } : { body: json };
  };
}

/** Why an answer is no search result, in words; undefined when it is one. */
export function whyNoPage(answer: Reply | Unreached): string | undefined {
  if (!isReply(answer)) return answer.unreached;
  if (isRedirect(answer)) return `it redirects (status ${String(answer.status)}), which the service does not follow`;
  if (answer.status !== 200) return `status ${String(answer.status)}`;
  return readSearchPage(answer.json) === undefined ? `${kindOf(answer)} that is no Bundle` : undefined;
}

/** The pages of one search, as far as they could be read. */
export interface Pages {
  readonly entries: readonly BundleEntry[];
  readonly read: number;
  /** Why there may be more than was read; undefined when all was. */
  readonly unread: string | undefined;
}

/** Where a next link leads; undefined when it leaves the server's origin. */
export function nextWithin({ base }: FhirContext, page: SearchPage, current: string): string | undefined {
  const { nextUrl } = page;
  if (nextUrl === undefined || nextUrl === '' || !URL.canParse(nextUrl, current)) return undefined;
  const url = new URL(nextUrl, current);
  return url.origin === new URL(base).origin ? url.href : undefined;
}

/** Reads a search page by page, up to the limit of the context. */
export async function readPages(context: FhirContext, query: string): Promise<Pages> {
  const entries: BundleEntry[] = [];
  let url: string | undefined = `${context.base}/${query}`;
  let read = 0;
  while (url !== undefined) {
    if (read >= context.pages) return { entries, read, unread: `more than ${String(context.pages)} pages` };
    const answer = await ask(context, url);
    const page = isReply(answer) && answer.status === 200 ? readSearchPage(answer.json) : undefined;
    if (page === undefined) return { entries, read, unread: whyNoPage(answer) ?? 'unreadable' };
    read += 1;
    entries.push(...page.entries);
    const next = nextWithin(context, page, url);
    if (page.nextUrl !== undefined && next === undefined)
      return { entries, read, unread: 'its next link cannot be followed' };
    url = next;
  }
  return { entries, read, unread: undefined };
}
