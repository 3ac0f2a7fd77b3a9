import { hash } from 'node:crypto';
import type { CardReport } from './card-report.js';
import { barInWords, dayFigure, shownByDay } from './day-figure.js';
import { markup, NOTHING, type Markup } from './markup.js';
import { outcomeFigure, reasonFigure } from './outcome-figures.js';
import { PAGE_STYLE } from './page-style.js';
import { dayTable, reasonTable, totalsTable } from './page-tables.js';
import { fillPatterns } from './plot.js';
import { notes, numeral, percentage, scopeSentence } from './report-words.js';

/** Content-Security-Policy of the page: its own style, and nothing else from anywhere. */
export const REPORT_PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${hash('sha256', PAGE_STYLE, 'base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

function keyFigures({ answers, total, unknownCards }: CardReport): Markup {
  const figures: readonly (readonly [string, number, string])[] = [
    ['Answers', answers, 'with or without cards'],
    ['Cards shown', total.shown, 'sent to clients'],
    ['Accepted', total.accepted, `${percentage(total.acceptedRate)} of shown`],
    ['Overridden', total.overridden, `${percentage(total.overriddenRate)} of shown`],
    ['Ignored', total.ignored, `${percentage(total.ignoredRate)}: no feedback`],
    ['Unknown cards', unknownCards, 'in no figure here'],
  ];
  const items = figures.map(
    ([title, count, remark]) => markup`<div><dt>${title}</dt><dd>${numeral(count)}<small>${remark}</small></dd></div>`,
  );
  return markup`<dl class="figures">${items}</dl>`;
}

function section(title: string, ...content: readonly Markup[]): Markup {
  return markup`<section><h2>${title}</h2>${content}</section>`;
}

function daySection(report: CardReport): Markup {
  const shown = shownByDay(report);
  const figure = dayFigure(shown);
  return section(
    'Cards shown by day',
    figure.legend,
    markup`<figure>${figure.plot}<figcaption>${barInWords(shown)}</figcaption></figure>`,
    markup`<details><summary>The counts as a table</summary>${dayTable(shown)}</details>`,
  );
}

function outcomeSection(report: CardReport): Markup {
  const figure = outcomeFigure(report);
  const table = totalsTable('Cards by kind', ['Card'], report.cards, ({ code }) => [code]);
  return section(
    'What became of the cards',
    figure.legend,
    markup`<div class="beside"><figure>${figure.plot}</figure>${table}</div>`,
  );
}

function reasonSection(report: CardReport): Markup {
  const figure = reasonFigure(report);
  const content =
    figure === undefined
      ? markup`<p>No card was overridden.</p>`
      : markup`<div class="beside"><figure>${figure}</figure>${reasonTable(report)}</div>`;
  return section('Why cards were overridden', content);
}

const SHORT_HASH = 12;

function tableSections({ rules, contents, clients, lines }: CardReport): Markup {
  const all = totalsTable(
    'One line for each card, rule, content and client',
    ['Card', 'Rule', 'Content', 'Client'],
    lines,
    ({ code, rule, topicVersion, contentHash, client }) => [
      code,
      rule,
      `${topicVersion} ${contentHash.slice(0, SHORT_HASH)}`,
      client,
    ],
  );
  return markup`${[
    section(
      'By rule',
      totalsTable('Cards by the rule behind them', ['Rule', 'Card'], rules, ({ rule, code }) => [rule, code]),
    ),
    section(
      'By content',
      totalsTable(
        'Cards by the content that made them: its version, and the beginning of its hash',
        ['Topic', 'Version', 'Hash'],
        contents,
        ({ topic, topicVersion, contentHash }) => [topic, topicVersion, contentHash.slice(0, SHORT_HASH)],
      ),
    ),
    section(
      'By client',
      totalsTable('Cards by client', ['Client'], clients, ({ client }) => [client]),
    ),
    section('Everything', markup`<details><summary>Every line of the report</summary>${all}</details>`),
  ]}`;
}

function noteSection(report: CardReport): Markup {
  const items = notes(report).map(([word, text]) => markup`<dt>${word}</dt><dd>${text}</dd>`);
  return section('How to read this', markup`<dl class="notes">${items}</dl>`);
}

function body(report: CardReport): Markup {
  const figures =
    report.total.shown === 0
      ? markup`<p>No card was shown in this period.</p>`
      : markup`${[daySection(report), outcomeSection(report), reasonSection(report), tableSections(report)]}`;
  return markup`<body>${report.total.shown === 0 ? NOTHING : fillPatterns()}<main><header><h1>Cards shown, and what became of them</h1><p>${scopeSentence(report)}</p><p class="made">Troponin First, report made ${report.scope.madeAt.slice(0, 16).replace('T', ' ')} UTC</p></header>${keyFigures(report)}${figures}${noteSection(report)}</main></body>`;
}

/** The report as one page of HTML that needs nothing else: no script, no file, no network. */
export function reportPage(report: CardReport): string {
  const style: Markup = { html: PAGE_STYLE };
  const title = `Card report ${report.scope.from} to ${report.scope.to}`;
  const { html } =
    markup`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="Content-Security-Policy" content="${REPORT_PAGE_POLICY}"><meta name="referrer" content="no-referrer"><title>${title}</title><style>${style}</style></head>${body(report)}</html>`;
  return `<!doctype html>\n${html}\n`;
}
