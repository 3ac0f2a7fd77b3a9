import { readSearchPage, type BundleEntry, type SearchPage } from '../fhir/bundle.js';
import { DAY } from '../fhir/date-time.js';
import type { DataNeed } from '../knowledge/content-types.js';
import { entryTime } from '../record/search.js';
import { hasCodeOf, isNewestFirst, isOfAnother } from './check-need.js';
import { isReply } from './exchange.js';
import { ask, nextWithin, publishedQuery, readPages, whyNoPage, type FhirContext, type Pages } from './fhir-context.js';
import { fault, notChecked, ok, warn, type Row } from './row.js';

const idOf = ({ resource }: BundleEntry): string => String(resource['id']);

const CHECK_PAGING = 'fhir.paging';

function judgeOnlyPage({ matches, total = 0 }: SearchPage): Row {
  if (matches > 1 || total <= 1) {
    const words = 'everything came on one page: _count is not obeyed, or there is one entry at most';
    return notChecked(CHECK_PAGING, words);
  }
  const fix = 'ask its vendor for next links: without them nothing can be called whole';
  return fault(CHECK_PAGING, 'there is more than one entry, one came, and there is no next link', fix);
}

async function followNext(context: FhirContext, page: SearchPage, url: string): Promise<Row> {
  const next = nextWithin(context, page, url);
  if (next === undefined) {
    const fix = 'have the server build its links from its public address (base URL, forwarded headers)';
    return fault(CHECK_PAGING, 'its next link leads to another origin, where the service does not follow', fix);
  }
  const answer = await ask(context, next);
  const why = whyNoPage(answer);
  if (why !== undefined) {
    const fix = 'see that the token is taken on paging links too, and that they live for a minute';
    return fault(CHECK_PAGING, `its next link was not answered with a page: ${why}`, fix);
  }
  const second = readSearchPage(isReply(answer) ? answer.json : undefined);
  const isRepeated = second?.entries.map(idOf)[0] === page.entries.map(idOf)[0];
  const fix = 'ask its vendor: pages that repeat stand in for entries that are missing';
  return isRepeated
    ? fault(CHECK_PAGING, 'its second page is the first one again', fix)
    : ok(CHECK_PAGING, 'pages follow one another on its own origin');
}

/** Asks for one entry a page, so that there is a second page to go to. */
export async function checkPaging(context: FhirContext, patientId: string): Promise<Row> {
  const url = `${context.base}/Observation?patient=${patientId}&_count=1`;
  const answer = await ask(context, url);
  const page = isReply(answer) ? readSearchPage(answer.json) : undefined;
  const why = whyNoPage(answer);
  if (why !== undefined || page === undefined) {
    return notChecked(CHECK_PAGING, `a search with _count=1 was not answered: ${why ?? 'no Bundle'}`);
  }
  return page.nextUrl === undefined ? judgeOnlyPage(page) : followNext(context, page, url);
}

/** Whether results come newest first; fewer than three different times show nothing. */
export async function checkSort(context: FhirContext, patientId: string): Promise<Row> {
  const check = 'fhir.sort';
  const answer = await ask(context, `${context.base}/Observation?patient=${patientId}&_sort=-date&_count=100`);
  const why = whyNoPage(answer);
  const fix =
    'without order a first page proves nothing: every page is read, and charts of more than 10 pages stay unread in part';
  if (why !== undefined) return warn(check, `a search with _sort is refused (${why})`, fix);
  const { entries } = readSearchPage(isReply(answer) ? answer.json : undefined) ?? { entries: [] };
  if (!isNewestFirst(entries)) return warn(check, '`_sort=-date` is not obeyed', fix);
  const times = new Set(entries.flatMap((entry) => entryTime(entry) ?? []));
  return times.size < 3
    ? notChecked(check, 'this patient has too few dated Observations to show an order')
    : ok(check, `newest first, shown by ${String(times.size)} different times`);
}

/** Whether a date in the search is obeyed; a result of before it is only more to read. */
export async function checkDates(context: FhirContext, patientId: string): Promise<Row> {
  const check = 'fhir.date';
  const from = context.now() - 2 * DAY;
  const day = new Date(from).toISOString().slice(0, 10);
  const answer = await ask(context, `${context.base}/Observation?patient=${patientId}&date=ge${day}`);
  const why = whyNoPage(answer);
  if (why !== undefined)
    return warn(
      check,
      `a search with a date is refused (${why})`,
      'the service then asks without it, for longer lists',
    );
  const page = readSearchPage(isReply(answer) ? answer.json : undefined);
  const before = (page?.entries ?? []).filter((entry) => (entryTime(entry) ?? from) < from - DAY);
  return before.length === 0
    ? ok(check, '`date` is obeyed, as far as entries show')
    : warn(
        check,
        '`date` is not obeyed: older results come too',
        'the service filters again; it only costs pages and time',
      );
}

/** The code searches against all Observations of the patient: what one holds, the other must bring. */
async function checkCodes(need: DataNeed, all: Pages, context: FhirContext, patientId: string): Promise<Row> {
  const check = `fhir.codes.${need.key}`;
  const held = all.entries.filter(
    (entry) =>
      entry.resource['resourceType'] === need.resourceType &&
      !isOfAnother(entry, patientId) &&
      hasCodeOf(need, entry.resource, context.topic),
  );
  // What only a component is coded with, `code` need not find.
  const known = held.filter(({ resource }) => hasCodeOf(need, { code: resource['code'] }, context.topic)).map(idOf);
  if (known.length === 0)
    return notChecked(check, `this patient has no ${need.title} under a known code: give one who has`);
  const found = await readPages(context, publishedQuery(need, context, patientId));
  if (found.unread !== undefined) return notChecked(check, `the query was not read whole: ${found.unread}`);
  const brought = new Set(found.entries.map(idOf));
  const missing = known.filter((id) => !brought.has(id)).length;
  return missing === 0
    ? ok(check, `the comma list of codes brings all ${String(known.length)} that the chart holds`)
    : fault(
        check,
        `the comma list of codes misses ${String(missing)} of ${String(known.length)} that the chart holds`,
        'do not go live with it: have comma lists (or) in `code` supported, or send prefetch that is searched in another way',
      );
}

/** Code searches of every need that has codes, against the whole list. */
export async function checkCodeSearches(context: FhirContext, patientId: string): Promise<readonly Row[]> {
  const needs = context.topic.facts.needs.filter(({ valueSets }) => valueSets !== undefined);
  const all = await readPages(context, `Observation?patient=${patientId}`);
  const why = all.unread;
  if (why !== undefined) {
    return needs.map(({ key }) =>
      notChecked(`fhir.codes.${key}`, `all Observations could not be listed to compare with: ${why}`),
    );
  }
  const rows: Row[] = [];
  for (const need of needs) rows.push(await checkCodes(need, all, context, patientId));
  return rows;
}

/** The service asks with GET; a server that also takes POST leaves room when a proxy caps URLs. */
export async function checkPostSearch(context: FhirContext, patientId: string): Promise<Row> {
  const check = 'fhir.post-search';
  const { needs } = context.topic.facts;
  const longest = Math.max(
    ...needs.map((need) => `${context.base}/${publishedQuery(need, context, patientId)}`.length),
  );
  const length = `the longest query is a URL of ${String(longest)} characters`;
  const answer = await ask(context, `${context.base}/Observation/_search`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `patient=${encodeURIComponent(patientId)}&_count=1`,
  });
  return whyNoPage(answer) === undefined
    ? ok(check, `POST _search is answered; the service uses GET, and ${length}`)
    : ok(
        check,
        `POST _search is not answered, and not needed: the service uses GET; ${length}, which proxies must let through`,
      );
}
