import { describe, expect, test } from '@jest/globals';
import { readSearchPage, type SearchPage } from '../../src/fhir/bundle.js';
import { NOTHING, WHOLE } from '../../src/record/patient-record.js';
import type { FhirReply } from '../../src/record/fhir-client.js';
import { followPages, reachOf, search, sumUp, type Source } from '../../src/record/search.js';

const BASE = 'https://ehr.example/fhir';
const T = '2026-03-10T';

interface PageParts {
  readonly times?: readonly string[];
  readonly next?: string;
  readonly total?: number;
  readonly issue?: object;
  readonly broken?: number;
  readonly ids?: readonly string[];
}

function bundle({ times = [], next, total, issue, broken = 0, ids = [] }: PageParts): object {
  const resource = (effectiveDateTime: string, index: number) => ({
    resource: {
      resourceType: 'Observation',
      code: { text: 'a result' },
      id: ids[index] ?? `o${effectiveDateTime}`,
      effectiveDateTime,
    },
  });
  const outcome = { resource: { resourceType: 'OperationOutcome', issue: [issue] } };
  const unreadable = Array.from({ length: broken }, () => ({}));
  return {
    resourceType: 'Bundle',
    total,
    link: next === undefined ? [] : [{ relation: 'next', url: next }],
    entry: [...times.map(resource), ...unreadable, ...(issue === undefined ? [] : [outcome])],
  };
}

function page(parts: PageParts): SearchPage {
  const read = readSearchPage(JSON.parse(JSON.stringify(bundle(parts))));
  if (read === undefined) throw new Error('no Bundle');
  return read;
}

/** A FHIR server of canned answers, and what it was asked. */
function server(answers: Readonly<Record<string, FhirReply | object>>): Source & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    access: { baseUrl: BASE, token: undefined },
    signal: new AbortController().signal,
    fetch: (_, url) => {
      asked.push(url);
      const answer = answers[url] ?? { failure: 'refused', status: 404 };
      return Promise.resolve('failure' in answer || 'body' in answer ? (answer as FhirReply) : { body: answer });
    },
  };
}

describe('how far back a first part reaches', () => {
  const at = (text: string) => Date.parse(text) + 1;

  test.each([
    ['newest first', [`${T}12:00:00Z`, `${T}11:00:00Z`, `${T}10:00:00Z`], at(`${T}10:00:00Z`)],
    ['across zones', [`${T}12:00:00+01:00`, `${T}10:30:00Z`, `${T}10:00:00+01:00`], at(`${T}09:00:00Z`)],
    ['ties between steps', [`${T}12:00:00Z`, `${T}11:00:00Z`, `${T}11:00:00Z`, `${T}10:00:00Z`], at(`${T}10:00:00Z`)],
    ['ties at the end', [`${T}12:00:00Z`, `${T}11:00:00Z`, `${T}10:00:00Z`, `${T}10:00:00Z`], at(`${T}10:00:00Z`)],
    ['oldest first', [`${T}10:00:00Z`, `${T}11:00:00Z`, `${T}12:00:00Z`], NOTHING],
    ['one out of order', [`${T}12:00:00Z`, `${T}11:00:00Z`, `${T}11:30:00Z`, `${T}10:00:00Z`], NOTHING],
    ['one undated', [`${T}12:00:00Z`, '', `${T}11:00:00Z`, `${T}10:00:00Z`], NOTHING],
    ['one dated to the day', [`${T}12:00:00Z`, `${T}11:00:00Z`, '2026-03-09'], NOTHING],
    ['one without zone', [`${T}12:00:00Z`, `${T}11:00:00Z`, '2026-03-09T10:00:00'], NOTHING],
    ['one step only', [`${T}12:00:00Z`, `${T}11:00:00Z`], NOTHING],
    ['ties only', [`${T}12:00:00Z`, `${T}12:00:00Z`, `${T}12:00:00Z`], NOTHING],
    ['one entry', [`${T}12:00:00Z`], NOTHING],
    ['none', [], NOTHING],
  ])('%s', (_, times, reach) => {
    expect(reachOf(page({ times }).entries)).toBe(reach);
  });

  test('an order is dated by when it was placed', () => {
    const order = (hour: string) => ({ resource: { authoredOn: `${T}${hour}:00:00Z` }, fullUrl: undefined });
    expect(reachOf(['12', '11', '10'].map(order))).toBe(at(`${T}10:00:00Z`));
    expect(reachOf(['10', '11', '12'].map(order))).toBe(NOTHING);
  });

  test('a Period counts by its start, an instant as it is; anything included spoils the order', () => {
    const entry = (members: object) => ({ resource: { resourceType: 'Observation', ...members }, fullUrl: undefined });
    const sorted = [
      entry({ effectivePeriod: { start: `${T}12:00:00Z` } }),
      entry({ effectiveInstant: `${T}11:00:00Z` }),
      entry({ effectiveDateTime: `${T}10:00:00Z` }),
    ];
    expect(reachOf(sorted)).toBe(at(`${T}10:00:00Z`));
    expect(reachOf([...sorted, entry({ issued: `${T}09:00:00Z` })])).toBe(NOTHING);
  });
});

describe('pages summed up', () => {
  const sorted = { times: [`${T}12:00:00Z`, `${T}11:00:00Z`, `${T}10:00:00Z`] };
  const reach = Date.parse(`${T}10:00:00Z`) + 1;

  test.each<[string, readonly PageParts[], Parameters<typeof sumUp>[1], number, string | undefined]>([
    ['one whole page', [sorted], undefined, WHOLE, undefined],
    ['an empty page', [{}], undefined, WHOLE, undefined],
    ['total as counted', [{ ...sorted, total: 3 }], undefined, WHOLE, undefined],
    [
      'total over two pages',
      [
        { ...sorted, total: 4 },
        { times: [`${T}09:00:00Z`], total: 4 },
      ],
      undefined,
      WHOLE,
      undefined,
    ],
    ['total smaller than the entries', [{ ...sorted, total: 1 }], undefined, WHOLE, undefined],
    ['total larger than the entries', [{ ...sorted, total: 4 }], undefined, NOTHING, 'missing-entries'],
    ['total of an empty page', [{ total: 1 }], undefined, NOTHING, 'missing-entries'],
    ['an unreadable entry', [{ ...sorted, broken: 1 }], undefined, NOTHING, 'unreadable-entries'],
    ['an error in an outcome entry', [{ ...sorted, issue: { severity: 'error' } }], undefined, NOTHING, 'withheld'],
    [
      'a suppressed part',
      [{ ...sorted, issue: { severity: 'information', code: 'suppressed' } }],
      undefined,
      NOTHING,
      'withheld',
    ],
    ['a hint', [{ ...sorted, issue: { severity: 'warning' } }], undefined, WHOLE, undefined],
    ['pages unread, sorted', [sorted], 'unread-pages', reach, 'unread-pages'],
    ['pages unread, order not shown', [{ times: [`${T}12:00:00Z`] }], 'timeout', NOTHING, 'timeout'],
    ['pages unread, and a larger total is no news', [{ ...sorted, total: 99 }], 'timeout', reach, 'timeout'],
    ['pages unread, and a defect on those read', [{ ...sorted, broken: 1 }], 'timeout', NOTHING, 'unreadable-entries'],
    ['a defect on a later page', [sorted, { broken: 1 }], undefined, NOTHING, 'unreadable-entries'],
  ])('%s', (_, parts, unread, completeSince, gap) => {
    const pages = parts.map(page);
    expect(sumUp(pages, unread)).toEqual({ entries: pages.flatMap(({ entries }) => entries), completeSince, gap });
  });

  test('a page sent twice does not stand for the one that is missing', () => {
    const pages = [page({ ...sorted, total: 6 }), page({ ...sorted, total: 6 })];
    expect(sumUp(pages, undefined)).toMatchObject({ completeSince: NOTHING, gap: 'missing-entries' });
  });
});

describe('following next links', () => {
  const FIRST = `${BASE}/Observation?patient=p1`;
  const times = [`${T}12:00:00Z`];
  const last = bundle({ times: [`${T}09:00:00Z`] });

  test.each<[string, string, string]>([
    ['absolute', `${BASE}/Observation?page=2`, `${BASE}/Observation?page=2`],
    ['another path of the server', 'https://ehr.example/paging?id=7', 'https://ehr.example/paging?id=7'],
    ['its default port', 'https://ehr.example:443/fhir/x', `${BASE}/x`],
    ['relative to the type', '?page=2', `${BASE}/Observation?page=2`],
    ['relative to the base', 'Observation?page=2', `${BASE}/Observation?page=2`],
    ['from the root', '/fhir/Observation?page=2', `${BASE}/Observation?page=2`],
  ])('%s', async (_, next, url) => {
    const source = server({ [url]: last });
    const result = await followPages(source, page({ times, next }), FIRST);
    expect(source.asked).toEqual([url]);
    expect(result).toMatchObject({ completeSince: WHOLE, gap: undefined });
    expect(result.entries).toHaveLength(2);
  });

  test.each([
    ['another host', 'https://evil.example/fhir/Observation?page=2'],
    ['a host that starts alike', 'https://ehr.example.evil/fhir'],
    ['another port', 'https://ehr.example:444/fhir'],
    ['another scheme', 'http://ehr.example/fhir/Observation?page=2'],
    ['no scheme', '//evil.example/fhir'],
    ['user information', 'https://user:pass@ehr.example/fhir?page=2'],
    ['a file', 'file:///etc/passwd'],
    ['a script', 'javascript:alert(1)'],
    ['no URL', 'http://[broken'],
    ['nothing', ''],
    ['itself', FIRST],
  ])('never: %s', async (_, next) => {
    const source = server({});
    const result = await followPages(source, page({ times, next }), FIRST);
    expect(source.asked).toEqual([]);
    expect(result).toMatchObject({ completeSince: NOTHING, gap: 'unread-pages' });
  });

  test('a loop ends where it begins', async () => {
    const source = server({
      [`${BASE}/b`]: bundle({ times, next: `${BASE}/c` }),
      [`${BASE}/c`]: bundle({ times, next: `${BASE}/b` }),
    });
    const result = await followPages(source, page({ times, next: `${BASE}/b` }), FIRST);
    expect(source.asked).toEqual([`${BASE}/b`, `${BASE}/c`]);
    expect(result.gap).toBe('unread-pages');
  });

  test('ten pages and no more', async () => {
    const pages = Array.from({ length: 30 }, (_, index) => [
      `${BASE}/${String(index)}`,
      bundle({ times, next: `${BASE}/${String(index + 1)}` }),
    ]);
    const source = server(Object.fromEntries(pages) as Record<string, object>);
    const result = await followPages(source, page({ times, next: `${BASE}/0` }), FIRST);
    expect(source.asked).toHaveLength(9);
    expect(result.entries).toHaveLength(10);
    expect(result.gap).toBe('unread-pages');
  });

  test.each<[string, FhirReply | object, string]>([
    ['refused', { failure: 'refused', status: 403 }, 'refused'],
    ['too slow', { failure: 'timeout' }, 'timeout'],
    ['an outcome', { body: { resourceType: 'OperationOutcome' } }, 'outcome'],
    ['no Bundle', { body: [] }, 'unreadable'],
  ])('a later page is %s: what was read is kept', async (_, answer, gap) => {
    const sorted = { times: [`${T}12:00:00Z`, `${T}11:00:00Z`, `${T}10:00:00Z`], next: `${BASE}/2` };
    const result = await followPages(server({ [`${BASE}/2`]: answer }), page(sorted), FIRST);
    expect(result).toMatchObject({ completeSince: Date.parse(`${T}10:00:00Z`) + 1, gap });
    expect(result.entries).toHaveLength(3);
  });

  test('the total of the first page counts all pages', async () => {
    const source = server({ [`${BASE}/2`]: last });
    const parts = { times, next: `${BASE}/2` };
    expect(await followPages(source, page({ ...parts, total: 2 }), FIRST)).toMatchObject({ gap: undefined });
    expect(await followPages(source, page({ ...parts, total: 3 }), FIRST)).toMatchObject({ gap: 'missing-entries' });
  });
});

describe('one query', () => {
  const url = `${BASE}/Condition?patient=p1`;

  test.each<[string, FhirReply | object, string | undefined, boolean]>([
    ['answered', bundle({}), undefined, false],
    ['refused for its form', { failure: 'refused', status: 400 }, 'refused', true],
    ['not found', { failure: 'refused', status: 404 }, 'refused', true],
    ['failed', { failure: 'server-error', status: 500 }, 'server-error', true],
    ['not authenticated', { failure: 'refused', status: 401 }, 'refused', false],
    ['forbidden', { failure: 'refused', status: 403 }, 'refused', false],
    ['too many', { failure: 'refused', status: 429 }, 'refused', false],
    ['not available', { failure: 'server-error', status: 503 }, 'server-error', false],
    ['no time left', { failure: 'timeout' }, 'timeout', false],
    ['not reached', { failure: 'network' }, 'network', false],
    ['an outcome', { body: { resourceType: 'OperationOutcome' } }, 'outcome', true],
    ['another resource', { body: { resourceType: 'Condition' } }, 'unreadable', true],
    ['a Bundle that says it failed', bundle({ issue: { severity: 'error' } }), 'withheld', true],
  ])('%s', async (_, answer, gap, isWorthPlainer) => {
    const result = await search(server({ [url]: answer }), 'Condition?patient=p1');
    expect(result).toMatchObject({ gap, isWorthPlainer, completeSince: gap === undefined ? WHOLE : NOTHING });
  });
});
