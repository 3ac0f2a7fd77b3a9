import type { CardFigures, CardReport } from './card-report.js';
import { plainText } from './plain-text.js';
import { notes, numeral, percentage, reasonInWords, scopeSentence } from './report-words.js';

type Row = readonly string[];

const SHORT_HASH = 12;

function aligned(head: Row, rows: readonly Row[]): readonly string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => Array.from(row[column] ?? '').length)));
  const pad = (text: string, column: number) => {
    const fill = ' '.repeat((widths[column] ?? 0) - Array.from(text).length);
    return column === 0 ? text + fill : fill + text;
  };
  return all.map((row) => row.map(pad).join('  ').trimEnd());
}

function figures({ shown, accepted, overridden, ignored, ...rates }: CardFigures): Row {
  const withRate = (count: number, rate: number | undefined) => `${numeral(count)} (${percentage(rate)})`;
  return [
    numeral(shown),
    withRate(accepted, rates.acceptedRate),
    withRate(overridden, rates.overriddenRate),
    withRate(ignored, rates.ignoredRate),
  ];
}

function section<T extends CardFigures>(title: string, lines: readonly T[], nameOf: (line: T) => string): Row {
  const head = [title, 'shown', 'accepted', 'overridden', 'ignored'];
  return [
    '',
    ...aligned(
      head,
      lines.map((line) => [plainText(nameOf(line)), ...figures(line)]),
    ),
  ];
}

function reasonSection({ cards }: CardReport): Row {
  const rows = cards.flatMap(({ code, reasons }) =>
    reasons.map((reason) => [`${plainText(code)}: ${reasonInWords(reason)}`, numeral(reason.count)]),
  );
  return rows.length === 0 ? [] : ['', ...aligned(['override reason', 'cards'], rows)];
}

/** The report as plain text for a terminal. */
export function reportTable(report: CardReport): string {
  const lines = [
    scopeSentence(report),
    ...section('all cards', [report.total], () => 'all'),
    ...section('card', report.cards, ({ code }) => code),
    ...section('rule', report.rules, ({ rule, code }) => `${rule} (${code})`),
    ...section('content', report.contents, ({ topic, topicVersion, contentHash }) =>
      [topic, topicVersion, contentHash.slice(0, SHORT_HASH)].join(' '),
    ),
    ...section('client', report.clients, ({ client }) => client),
    ...reasonSection(report),
    '',
    ...notes(report).map(([word, text]) => `${word}: ${text}`),
  ];
  return `${lines.join('\n')}\n`;
}
