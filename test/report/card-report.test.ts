import { describe, expect, test } from '@jest/globals';
import { reportOf } from '../../src/report/card-report.js';
import { plainText } from '../../src/report/plain-text.js';
import { runReport, type ReportOptions, type ReportTools } from '../../src/report/report-command.js';
import { reportCsv } from '../../src/report/report-csv.js';
import { reportJson } from '../../src/report/report-json.js';
import { reportTable } from '../../src/report/report-table.js';
import { countScopeOf, daysIn, readScope, type ReportScope, type ScopeParameters } from '../../src/report/scope.js';
import { StoreError, type CardCounts, type CountScope } from '../../src/store/store.js';
import { cardCount, cardCounts, HASH_B, monthOfCards, ownReason } from '../support/card-counts.js';

const NOW = Date.parse('2026-03-10T12:00:00Z');
const SCOPE: ReportScope = {
  from: '2026-03-01',
  to: '2026-03-10',
  client: undefined,
  madeAt: '2026-03-10T12:00:00.000Z',
};

describe('what a report is about', () => {
  test.each<[string, ScopeParameters, Partial<ReportScope>]>([
    ['nothing said: thirty days, today included', {}, { from: '2026-02-09', to: '2026-03-10' }],
    ['a first day: until today', { from: '2026-03-09' }, { from: '2026-03-09', to: '2026-03-10' }],
    ['a last day: thirty days before', { to: '2026-01-31' }, { from: '2026-01-02', to: '2026-01-31' }],
    ['one day', { from: '2026-03-10', to: '2026-03-10' }, { from: '2026-03-10', to: '2026-03-10' }],
    ['a leap day', { from: '2024-02-29', to: '2024-03-01' }, { from: '2024-02-29' }],
    ['a client', { client: 'north-ehr' }, { client: 'north-ehr' }],
  ])('%s', (_, parameters, expected) => {
    expect(readScope(parameters, NOW)).toMatchObject({ ...expected, madeAt: '2026-03-10T12:00:00.000Z' });
  });

  test.each<[string, ScopeParameters, readonly string[]]>([
    ['a day that is none', { from: '2026-02-30' }, ['from']],
    ['a month that is none', { to: '2026-13-01' }, ['to']],
    ['a time', { from: '2026-03-01T00:00:00Z' }, ['from']],
    ['another way to write days', { from: '1.3.2026', to: '03/10/2026' }, ['from', 'to']],
    ['empty', { from: '' }, ['from']],
    ['the end before the beginning', { from: '2026-03-10', to: '2026-03-09' }, ['from']],
    ['a beginning in the future', { from: '2026-03-11' }, ['from']],
    ['more than ten years', { from: '2010-01-01' }, ['from']],
    ['a blank client', { client: ' ' }, ['client']],
    ['a client without end', { client: 'x'.repeat(201) }, ['client']],
  ])('refused: %s', (_, parameters, faulty) => {
    const faults = readScope(parameters, NOW);
    expect('madeAt' in faults ? [] : faults.map(({ parameter }) => parameter)).toEqual(faulty);
  });

  test('the store is asked for whole days, the last one included', () => {
    expect(countScopeOf({ ...SCOPE, client: 'north-ehr' })).toEqual({
      from: '2026-03-01T00:00:00.000Z',
      to: '2026-03-11T00:00:00.000Z',
      client: 'north-ehr',
    });
    expect(daysIn(SCOPE)).toBe(10);
  });
});

describe('sums', () => {
  const counts = cardCounts({
    answers: 100,
    unknownCards: 3,
    counts: [
      cardCount({ shown: 10, accepted: 4, overridden: 3, reasons: [{ reason: undefined, count: 3 }] }),
      cardCount({ client: 'south-ehr', shown: 5, overridden: 1, reasons: [{ reason: ownReason('acs'), count: 1 }] }),
      cardCount({ code: 'therapy-ladder', rule: 'T', contentHash: HASH_B, shown: 40, accepted: 1 }),
    ],
  });
  const report = reportOf(counts, SCOPE);

  test('ignored is what is left, and rates are shares of the shown', () => {
    expect(report.total).toEqual({
      shown: 55,
      accepted: 5,
      overridden: 4,
      ignored: 46,
      acceptedRate: 0.0909,
      overriddenRate: 0.0727,
      ignoredRate: 0.8364,
    });
    expect(report).toMatchObject({ answers: 100, unknownCards: 3 });
  });

  test('of nothing there is no rate', () => {
    expect(reportOf(cardCounts(), SCOPE).total).toMatchObject({ shown: 0, ignored: 0, acceptedRate: undefined });
  });

  test('by card, rule, content and client, the most shown first', () => {
    expect(report.cards.map(({ code, shown, ignored }) => [code, shown, ignored])).toEqual([
      ['therapy-ladder', 40, 39],
      ['troponin-not-found', 15, 7],
    ]);
    expect(report.rules.map(({ rule, shown }) => [rule, shown])).toEqual([
      ['T', 40],
      ['C-A', 15],
    ]);
    expect(report.contents.map(({ contentHash, shown }) => [contentHash.slice(0, 2), shown])).toEqual([
      ['b1', 40],
      ['aa', 15],
    ]);
    expect(report.clients.map(({ client, shown }) => [client, shown])).toEqual([
      ['north-ehr', 50],
      ['south-ehr', 5],
    ]);
    expect(report.lines).toHaveLength(3);
  });

  test('the order of the counts changes nothing', () => {
    const { counts: given, days } = monthOfCards('2026-03-10');
    const turned = cardCounts({ counts: [...given].reverse(), days: [...days].reverse() });
    expect(JSON.stringify(reportOf(turned, SCOPE))).toBe(
      JSON.stringify(reportOf(cardCounts({ counts: given, days }), SCOPE)),
    );
  });

  test('FBK-07 FBK-08 reasons are told by their code, those without by their words', () => {
    const reasons = [
      { reason: ownReason('acs', 'Evaluated elsewhere'), count: 2 },
      { reason: ownReason('acs', 'all is well'), count: 1 },
      { reason: { system: 'urn:ehr', code: 'acs', display: undefined }, count: 4 },
      { reason: { system: undefined, code: undefined, display: 'Busy' }, count: 1 },
      { reason: { system: undefined, code: undefined, display: 'Tired' }, count: 1 },
      { reason: undefined, count: 5 },
    ];
    const summed = reportOf(cardCounts({ counts: [cardCount({ reasons })] }), SCOPE).cards[0]?.reasons;
    expect(summed?.map(({ code, display, count }) => [code, display, count])).toEqual([
      [undefined, undefined, 5],
      ['acs', undefined, 4],
      ['acs', 'Evaluated elsewhere', 3],
      [undefined, 'Busy', 1],
      [undefined, 'Tired', 1],
    ]);
  });

  test('the product’s own reasons are called as the content calls them, whatever a client calls them', () => {
    const names = new Map([['urn:troponin-first:override-reason|acs', 'Evaluated elsewhere']]);
    const reasons = [{ reason: ownReason('acs', 'the card was wrong'), count: 1 }];
    const report = reportOf(cardCounts({ counts: [cardCount({ reasons })] }), SCOPE, names);
    expect(report.cards[0]?.reasons[0]?.display).toBe('Evaluated elsewhere');
  });

  test('a report says of which client the store counted, not which was asked for', () => {
    const asked = { ...SCOPE, client: 'north-ehr' };
    expect(reportOf(cardCounts(), asked).scope.client).toBeUndefined();
    expect(reportOf({ ...cardCounts(), client: 'north-ehr' }, asked).scope.client).toBe('north-ehr');
  });
});

describe('CSV', () => {
  /** RFC 4180 read back. */
  function parse(text: string): readonly (readonly string[])[] {
    const rows: string[][] = [[]];
    const pattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/gy;
    for (const [, quoted, bare = '', end] of text.matchAll(pattern)) {
      rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? bare);
      if (end === '\r\n') rows.push([]);
    }
    return rows.slice(0, -1);
  }

  test('a header, and one row for each line of the report', () => {
    const csv = reportCsv(reportOf(monthOfCards('2026-03-10'), SCOPE));
    const [head = [], ...rows] = parse(csv);
    expect(head.slice(0, 4)).toEqual(['from', 'to', 'card', 'rule']);
    expect(rows).toHaveLength(22);
    expect(rows.every((row) => row.length === head.length)).toBe(true);
    expect(csv.endsWith('\r\n')).toBe(true);
    expect(csv.replaceAll('\r\n', '')).not.toContain('\n');
    expect(rows[0]?.slice(2, 12)).toEqual([
      'therapy-ladder',
      'T',
      'esophageal-spasm',
      '1.0.0',
      'a'.repeat(64),
      'north-ehr',
      '288',
      '67',
      '13',
      '208',
    ]);
  });

  test.each([
    ['a comma', 'a,b', 'a,b'],
    ['a quote', 'a"b', 'a"b'],
    ['a line end', 'a\r\nb', 'a\r\nb'],
    ['a semicolon, at which some spreadsheets split', 'a;=1+1', 'a;=1+1'],
    ['a formula', '=1+1', "'=1+1"],
    ['a plus', '+1', "'+1"],
    ['a minus', '-1', "'-1"],
    ['an at', '@SUM(A1)', "'@SUM(A1)"],
    ['a tab before a formula', '\t=1', "'\t=1"],
    ['a blank before a formula', ' =1', "' =1"],
    ['a line end before anything', '\rx', "'\rx"],
    ['a full-width sign', '＝1', "'＝1"],
    ['a command', '=cmd|"/c calc"!A1', '\'=cmd|"/c calc"!A1'],
  ])('%s in the name of a client', (_, client, expected) => {
    const csv = reportCsv(reportOf(cardCounts({ counts: [cardCount({ client })] }), SCOPE));
    expect(parse(csv)[1]?.[7]).toBe(expected);
    if (client.includes(';')) expect(csv).toContain('"a;=1+1"');
  });

  test('a formula as the first reason', () => {
    const reasons = [{ reason: { system: undefined, code: undefined, display: '=HYPERLINK("x")' }, count: 1 }];
    const csv = reportCsv(reportOf(cardCounts({ counts: [cardCount({ reasons })] }), SCOPE));
    expect(parse(csv)[1]?.at(-1)).toBe('\'=HYPERLINK("x"): 1');
  });
});

describe('text', () => {
  test.each([
    ['a terminal sequence', 'a\u001b[31mb', 'a [31mb'],
    ['turned text', 'a\u202eb', 'a b'],
    ['hidden characters', 'a\u200bb\u0000c', 'a b c'],
    ['line ends', ' a\r\n b\u2028c ', 'a b c'],
    ['too long', 'x'.repeat(200), `${'x'.repeat(119)}…`],
    ['pairs stay whole', '😀'.repeat(121), `${'😀'.repeat(119)}…`],
    ['other scripts', 'Klinik Süd 北', 'Klinik Süd 北'],
  ])('%s', (_, text, expected) => {
    expect(plainText(text)).toBe(expected);
  });

  test('for a terminal: sentence, tables, and what ignored means', () => {
    const text = reportTable(reportOf({ ...monthOfCards('2026-03-10'), client: 'no\u001b[2Jrth' }, SCOPE));
    expect(text).toContain(
      'From 2026-03-01 to 2026-03-10 (10 days, UTC) the service gave the client no [2Jrth 48,213 answers with 790 cards.',
    );
    expect(text).toMatch(/^troponin-not-found +131 +52 \(40 %\) +31 \(24 %\) +48 \(37 %\)$/m);
    expect(text).toMatch(/Ignored: No feedback was received\./);
    expect(text).not.toContain('\u001b');
  });

  test('as JSON it says what ignored means and leaves nothing out', () => {
    const report = reportOf(monthOfCards('2026-03-10'), SCOPE);
    const json = JSON.parse(JSON.stringify(reportJson(report))) as Record<string, unknown>;
    expect(json).toMatchObject({ from: '2026-03-01', to: '2026-03-10', answers: 48_213, unknownCards: 7 });
    expect(json['ignoredMeans']).toContain('no feedback');
    for (const key of ['total', 'cards', 'rules', 'contents', 'clients', 'lines', 'days'])
      expect(json).toHaveProperty(key);
  });
});

describe('the command', () => {
  function tools(counts: CardCounts | Error = monthOfCards('2026-03-10')) {
    const asked: CountScope[] = [];
    let open = 0;
    const given: ReportTools = {
      openStore: () => {
        open += 1;
        return Promise.resolve({
          countCards: (scope) => {
            asked.push(scope);
            return counts instanceof Error ? Promise.reject(counts) : Promise.resolve(counts);
          },
          close: () => {
            open -= 1;
            return Promise.resolve();
          },
        });
      },
      reasonNames: () => new Map(),
      now: () => NOW,
    };
    return { given, asked, isOpen: () => open > 0 };
  }

  test.each<[string, ReportOptions, RegExp, string | undefined]>([
    ['a table by itself', {}, /^From 2026-02-09 to 2026-03-10/, undefined],
    ['JSON', { format: 'json' }, /^\{\n {2}"from": "2026-02-09"/, undefined],
    ['CSV to a file', { format: 'csv', out: 'cards.csv' }, /^from,to,card/, 'cards.csv'],
    ['a page', { format: 'html', from: '2026-03-01' }, /^<!doctype html>/, undefined],
  ])('%s', async (_, args, text, file) => {
    const { given, asked, isOpen } = tools();
    expect(await runReport(args, given)).toEqual({ text: expect.stringMatching(text), file });
    expect(asked).toHaveLength(1);
    expect(isOpen()).toBe(false);
  });

  test.each([
    ['a format nobody knows', { format: 'pdf' }, /--format/],
    ['a format of the language', { format: 'toString' }, /--format/],
    ['a bad day', { from: 'monday' }, /--from must be a day/],
  ])('refused: %s', async (_, args, says) => {
    const { given, asked } = tools();
    const result = await runReport(args, given);
    expect('faults' in result ? result.faults.join(' ') : '').toMatch(says);
    expect(asked).toEqual([]);
  });

  test('a store that is down is closed and said', async () => {
    const { given, isOpen } = tools(new StoreError('down'));
    await expect(runReport({}, given)).rejects.toThrow(StoreError);
    expect(isOpen()).toBe(false);
  });
});
