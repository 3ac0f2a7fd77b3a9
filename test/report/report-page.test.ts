import { describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { reportOf } from '../../src/report/card-report.js';
import { shownByDay } from '../../src/report/day-figure.js';
import { markup } from '../../src/report/markup.js';
import { countScale } from '../../src/report/plot.js';
import { REPORT_PAGE_POLICY, reportPage } from '../../src/report/report-page.js';
import { readScope, type ReportScope } from '../../src/report/scope.js';
import type { CardCounts } from '../../src/store/store.js';
import { cardCount, cardCounts, monthOfCards } from '../support/card-counts.js';

const NOW = Date.parse('2026-03-10T12:00:00Z');

function scopeFrom(from?: string): ReportScope {
  const scope = readScope({ from }, NOW);
  if (!('madeAt' in scope)) throw new Error('no scope');
  return scope;
}

const pageOf = (counts: CardCounts, from?: string) => reportPage(reportOf(counts, scopeFrom(from)));
const month = pageOf(monthOfCards('2026-03-10'));
const textOf = (page: string) =>
  page
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

describe('one page that needs nothing else', () => {
  test('no script, no address, no style but the one whose hash the policy holds', () => {
    const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(month) ?? [];
    expect(month).not.toMatch(
      /<script|javascript:|https?:|\bon\w+=|\bstyle=|<link|<img|@import|<iframe|<form|\bsrc=|\bhref=/i,
    );
    expect([...style.matchAll(/url\(/g)]).toEqual([]);
    expect(
      Array.from(month.matchAll(/url\(([^)]*)\)/g), ([, target]) => target).every((target) => target?.startsWith('#')),
    ).toBe(true);
    expect(REPORT_PAGE_POLICY).toContain(`style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`);
    expect(REPORT_PAGE_POLICY).toMatch(/^default-src 'none'; /);
    expect(month).toContain('http-equiv="Content-Security-Policy"');
  });

  test('every tag is closed, every id is one of a kind, every reference leads somewhere', () => {
    const open: string[] = [];
    for (const [, slash, name = '', rest = ''] of month.matchAll(/<(\/?)([a-z1-6]+)((?:"[^"]*"|[^">])*)>/g)) {
      if (['meta'].includes(name) || rest.endsWith('/')) continue;
      if (slash === '') open.push(name);
      else expect(open.pop()).toBe(name);
    }
    expect(open).toEqual([]);
    const ids = Array.from(month.matchAll(/\bid="([^"]+)"/g), ([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const targets = [...month.matchAll(/url\(#([^)]+)\)|aria-labelledby="([^"]+)"/g)].flatMap(([, fill, label]) =>
      fill === undefined ? (label?.split(' ') ?? []) : [fill],
    );
    expect(targets.length).toBeGreaterThan(50);
    expect(targets.filter((target) => !ids.includes(target))).toEqual([]);
  });

  test('light, dark, paper and phone', () => {
    expect(month).toContain('@media (prefers-color-scheme: dark)');
    expect(month).toContain('@media print');
    expect(month).toContain('name="viewport" content="width=device-width');
  });
});

describe('for who cannot see it', () => {
  test('each plot has a title and a description with its figures', () => {
    const plots = [...month.matchAll(/<svg class="plot[\s\S]*?<desc id="[^"]+">([^<]*)<\/desc>/g)];
    expect(plots).toHaveLength(3);
    for (const [plot, description] of plots) {
      expect(plot).toMatch(/role="img" aria-labelledby="[\w-]+ [\w-]+"/);
      expect(description).toMatch(/\d.*The table (?:below|beside it) has the counts\./);
    }
    expect(month).toContain('Of all cards 30 % were accepted, 13 % overridden and 57 % ignored.');
  });

  test('each table has a caption and heads for its columns and rows', () => {
    const tables = [...month.matchAll(/<table>[\s\S]*?<\/table>/g)].map(([table]) => table);
    expect(tables).toHaveLength(7);
    for (const table of tables) {
      expect(table).toMatch(/^<table><caption>[^<]+<\/caption><thead><tr>(?:<th scope="col"[^>]*>[^<]+<\/th>)+<\/tr>/);
      const rows = table.split('<tbody>')[1]?.match(/<tr><th scope="row"/g) ?? [];
      expect(rows).toHaveLength(table.split('<tr>').length - 2);
    }
  });

  test('kinds are told by texture and name, not by colour alone', () => {
    const textures = Array.from(month.matchAll(/<pattern id="kind-[^"]+".*?d="([^"]*)"/g), ([, texture]) => texture);
    expect(textures).toHaveLength(8);
    expect(new Set(textures).size).toBe(8);
  });
});

describe('what it says', () => {
  const text = textOf(month);

  test.each([
    'From 2026-02-09 to 2026-03-10 (30 days, UTC) the service gave all clients 48,213 answers with 790 cards.',
    'Ignored No feedback was received. CDS Hooks clients do not report a card that is ignored, some show cards to nobody (silent mode)',
    '7 cards are named by feedback and in no answer on record',
    'report made 2026-03-10 12:00 UTC',
    'One bar for each day.',
  ])('%s', (sentence) => {
    expect(text).toContain(sentence);
  });

  test('the counts of the plots are those of the tables', () => {
    const says = [...month.matchAll(/<title>(\S+): (\d+) (accepted|overridden|ignored)<\/title>/g)];
    const sum = (outcome: string) =>
      says.filter(([, , , of]) => of === outcome).reduce((all, [, , count]) => all + Number(count), 0);
    expect([sum('accepted'), sum('overridden'), sum('ignored')]).toEqual([236, 105, 449]);
    const days = [...month.matchAll(/<title>\d{4}-\d\d-\d\d: (\d+) /g)].reduce(
      (all, [, count]) => all + Number(count),
      0,
    );
    expect(days).toBe(790);
  });

  test('nothing shown: said, and no empty plot', () => {
    const page = pageOf(cardCounts({ answers: 12 }));
    expect(textOf(page)).toContain('No card was shown in this period.');
    expect(page).not.toContain('<svg');
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('a card without feedback and one day: no division by zero', () => {
    const page = pageOf(
      cardCounts({
        answers: 1,
        counts: [cardCount({ shown: 1 })],
        days: [{ day: '2026-03-10', code: 'troponin-not-found', shown: 1 }],
      }),
      '2026-03-10',
    );
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
    expect(textOf(page)).toContain('No card was overridden.');
  });
});

describe('hostile text', () => {
  const ATTACK = `"><script>alert(1)</script><img src=x onerror='alert(1)'>\u202e&lt;`;

  test.each(['client', 'code', 'rule', 'topic', 'topicVersion', 'contentHash'] as const)('as %s', (member) => {
    const counts = cardCounts({
      counts: [cardCount({ [member]: ATTACK, overridden: 1 })],
      days: [{ day: '2026-03-10', code: ATTACK, shown: 1 }],
    });
    const page = pageOf(counts);
    expect(page).not.toMatch(/<script|<img|onerror='|\u202e/);
    expect(page).toContain('&quot;&gt;&lt;script');
  });

  test('as the client of the whole report, as a reason, and as its code', () => {
    const reasons = [
      { reason: { system: undefined, code: undefined, display: ATTACK }, count: 1 },
      { reason: { system: ATTACK, code: ATTACK, display: undefined }, count: 1 },
    ];
    const counts = { ...cardCounts({ counts: [cardCount({ overridden: 2, reasons })] }), client: ATTACK };
    expect(pageOf(counts)).not.toMatch(/<script|<img|onerror='|\u202e/);
  });

  test('thousands of made-up reasons do not make a page without end', () => {
    const reasons = Array.from({ length: 5000 }, (_, index) => ({
      reason: { system: undefined, code: undefined, display: `reason ${String(index)}` },
      count: 1,
    }));
    const page = pageOf(cardCounts({ counts: [cardCount({ shown: 5000, overridden: 5000, reasons })] }));
    expect(page.length).toBeLessThan(60_000);
    expect(textOf(page)).toContain('4,971 other reasons');
  });

  test('a template escapes text, also in attributes, and nothing else', () => {
    expect(markup`<a title="${`"'<>&`}">${'<b>'}${markup`<i>${1}</i>`}${[markup`x`, markup`y`]}</a>`.html).toBe(
      '<a title="&quot;&#39;&lt;&gt;&amp;">&lt;b&gt;<i>1</i>xy</a>',
    );
  });
});

describe('scales and days', () => {
  test.each([
    [0, 1, 1],
    [1, 1, 1],
    [4, 1, 4],
    [6, 2, 6],
    [39, 10, 40],
    [51, 20, 60],
    [1234, 500, 1500],
  ])('up to %d: steps of %d to %d', (greatest, step, top) => {
    expect(countScale(greatest)).toEqual({ step, top });
  });

  test.each([
    ['2026-03-10', 1, '2026-03-10', '2026-03-10'],
    ['2026-01-08', 62, '2026-01-08', '2026-03-10'],
    ['2026-01-07', 9, '2026-01-13', '2026-03-10'],
    ['2025-03-11', 53, '2025-03-17', '2026-03-10'],
    ['2021-03-11', 21, '2021-06-09', '2026-03-10'],
  ])('from %s: %d bars', (from, bars, firstEnds, lastEnds) => {
    const { groups } = shownByDay(reportOf(monthOfCards('2026-03-10'), scopeFrom(from)));
    expect(groups).toHaveLength(bars);
    expect([groups[0]?.last, groups.at(-1)?.last]).toEqual([firstEnds, lastEnds]);
  });

  test('no card is lost when days and kinds are put together', () => {
    const { groups, kinds } = shownByDay(reportOf(monthOfCards('2026-03-10', 365), scopeFrom('2025-03-11')));
    const sum = groups.flatMap(({ shown }) => [...shown.values()]).reduce((all, count) => all + count, 0);
    expect(sum).toBe(790);
    expect(kinds).toHaveLength(8);
    expect(kinds.at(-1)).toBe('other cards');
  });
});
