import { readSearchPage, type BundleEntry, type SearchPage } from '../fhir/bundle.js';
import { isObject, objectsOf, type JsonObject } from '../fhir/json.js';
import { readReference } from '../fhir/reference.js';
import type { DataNeed } from '../knowledge/content-types.js';
import type { Topic } from '../knowledge/topic.js';
import { entryTime } from '../record/search.js';
import { isReply, type Reply } from './exchange.js';
import { ask, nextWithin, publishedQuery, whyNoPage, type FhirContext } from './fhir-context.js';
import { inMilliseconds, type Row, type State } from './row.js';

/** Something wrong with the answer to one query. */
interface Finding {
  readonly state: Exclude<State, 'ok' | 'not checked'>;
  readonly words: string;
  readonly fix: string;
}

const SERVICE_COPES = 'the service checks and filters again; it only costs pages and time';

/** Whether a resource says that it is another patient's. */
export function isOfAnother({ resource }: BundleEntry, patientId: string): boolean {
  const subject = readReference(resource['subject'] ?? resource['patient']);
  return subject?.type === 'Patient' && subject.id !== undefined && subject.id !== patientId;
}

function codesOf(resource: JsonObject): readonly JsonObject[] {
  const concepts = [resource['code'], ...objectsOf(resource['component']).map(({ code }) => code)];
  return concepts.flatMap((concept) => (isObject(concept) ? objectsOf(concept['coding']) : []));
}

/** Whether a code of the resource, or of a part of it, is in one of the need's value sets. */
export function hasCodeOf({ valueSets = [] }: DataNeed, resource: JsonObject, { codes }: Topic): boolean {
  return codesOf(resource).some((coding) => codes.setsOf(coding).some((set) => valueSets.includes(set)));
}

function hasCategoryOf({ category }: DataNeed, resource: JsonObject): boolean {
  const codings = objectsOf(resource['category']).flatMap((concept) => objectsOf(concept['coding']));
  return codings.some(({ code }) => code === category);
}

/** Whether no entry that bears an exact time stands behind an older one. */
export function isNewestFirst(entries: readonly BundleEntry[]): boolean {
  const times = entries.flatMap((entry) => entryTime(entry) ?? []);
  return times.every((time, index) => time <= (times[index - 1] ?? Number.POSITIVE_INFINITY));
}

function paging(page: SearchPage, url: string, context: FhirContext): readonly Finding[] {
  if (page.nextUrl !== undefined && nextWithin(context, page, url) === undefined) {
    const fix =
      'have the server build its links from its public address: links to another origin are not followed, and cards say "unread pages"';
    return [{ state: 'fault', words: 'its next link leads to another origin', fix }];
  }
  const { total, matches } = page;
  if (page.nextUrl !== undefined || total === undefined || total <= matches) return [];
  const words = `total says ${String(total)}, ${String(matches)} came, and there is no next link`;
  return [
    {
      state: 'fault',
      words,
      fix: 'entries that were left out forbid "none found": ask its vendor, or let a token see all of them',
    },
  ];
}

function filtering(need: DataNeed, page: SearchPage, { topic }: FhirContext): readonly Finding[] {
  const own = page.entries
    .map(({ resource }) => resource)
    .filter(({ resourceType }) => resourceType === need.resourceType);
  const obey = (words: string): Finding => ({ state: 'warn', words, fix: SERVICE_COPES });
  return [
    ...(need.valueSets !== undefined && own.some((resource) => !hasCodeOf(need, resource, topic))
      ? [obey('`code` is not obeyed')]
      : []),
    ...(need.category !== undefined && own.some((resource) => !hasCategoryOf(need, resource))
      ? [obey('`category` is not obeyed')]
      : []),
    ...(need.count !== undefined && page.matches > need.count ? [obey('`_count` is not obeyed')] : []),
  ];
}

function sorting(need: DataNeed, page: SearchPage): readonly Finding[] {
  if (need.newestFirst !== true || isNewestFirst(page.entries)) return [];
  const fix =
    'without order a first page proves nothing: every page is read, so keep charts short of 10 pages or have `_sort=-date` supported';
  return [{ state: 'warn', words: '`_sort` is not obeyed', fix }];
}

function timing({ milliseconds }: Reply, { timeBudgetMs }: FhirContext): readonly Finding[] {
  const words = `it took ${inMilliseconds(milliseconds)}, of ${String(timeBudgetMs)} ms for a whole answer`;
  const fix =
    'let the EHR send it as prefetch, speed up the search (an index on patient and code), or raise TF_TIME_BUDGET_MS';
  if (milliseconds > timeBudgetMs) return [{ state: 'fault', words, fix }];
  return milliseconds > timeBudgetMs / 2 ? [{ state: 'warn', words, fix }] : [];
}

function caching(reply: Reply): readonly Finding[] {
  const control = reply.header('cache-control') ?? '';
  if (!/\bpublic\b|max-age=0*[1-9]/i.test(control)) return [];
  const fix = 'have charts sent with Cache-Control: no-store, or a result of the last minutes may be missed';
  return [{ state: 'warn', words: 'its answers may be kept and sent again', fix }];
}

function strangers(page: SearchPage, patientId: string): readonly Finding[] {
  const count = page.entries.filter((entry) => isOfAnother(entry, patientId)).length;
  if (count === 0) return [];
  const words = `${count === 1 ? '1 entry is' : `${String(count)} entries are`} of another patient`;
  return [
    {
      state: 'fault',
      words,
      fix: 'the service sets them aside; but find out why `patient=` is not obeyed before anyone reads a chart there',
    },
  ];
}

function refusal(need: DataNeed, answer: Reply | { readonly unreached: string }, words: string): Finding {
  const status = isReply(answer) ? answer.status : undefined;
  if (status === 401 || status === 403) {
    return {
      state: 'fault',
      words,
      fix: `grant ${need.resourceType} read and search to the token (scope patient/${need.resourceType}.read or system/)`,
    };
  }
  return {
    state: 'warn',
    words,
    fix: 'an EHR will leave this key out; the service then asks in plainer forms, see the answer below',
  };
}

function findingsOf(
  need: DataNeed,
  reply: Reply,
  page: SearchPage,
  url: string,
  context: FhirContext,
  patientId: string,
) {
  return [
    ...strangers(page, patientId),
    ...paging(page, url, context),
    ...timing(reply, context),
    ...(page.hasFailed
      ? [{ state: 'warn' as const, words: 'it says that something is withheld', fix: 'see the rights of the token' }]
      : []),
    ...filtering(need, page, context),
    ...sorting(need, page),
    ...caching(reply),
  ];
}

function rowOf(check: string, good: string, findings: readonly Finding[]): Row {
  const worst = findings.some(({ state }) => state === 'fault') ? 'fault' : 'warn';
  if (findings.length === 0) return { check, state: 'ok', words: good };
  const fix = [...new Set(findings.map((one) => one.fix))].join('; ');
  return { check, state: worst, words: `${findings.map(({ words }) => words).join('; ')} (${good})`, fix };
}

/** The query of a need as discovery publishes it, asked as an EHR would to fill its prefetch. */
export async function checkQuery(need: DataNeed, context: FhirContext, patientId: string): Promise<Row> {
  const check = `fhir.query.${need.key}`;
  const url = `${context.base}/${publishedQuery(need, context, patientId)}`;
  const answer = await ask(context, url);
  const why = whyNoPage(answer);
  const page = isReply(answer) ? readSearchPage(answer.json) : undefined;
  if (why !== undefined || page === undefined || !isReply(answer)) {
    return rowOf(check, 'the query as discovery publishes it', [refusal(need, answer, why ?? 'no Bundle')]);
  }
  const good = `${page.matches === 1 ? '1 entry' : `${String(page.matches)} entries`}, ${inMilliseconds(answer.milliseconds)}`;
  return rowOf(check, good, findingsOf(need, answer, page, url, context, patientId));
}
