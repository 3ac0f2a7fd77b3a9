import type { CardReport } from './card-report.js';
import { reasonInWords } from './report-words.js';

const COLUMNS = [
  'from',
  'to',
  'card',
  'rule',
  'topic',
  'topicVersion',
  'contentHash',
  'client',
  'shown',
  'accepted',
  'overridden',
  'ignored',
  'overrideReasons',
];

/** What a spreadsheet takes for a formula, also behind blanks and in full width. */
const FORMULA = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/u;
/** Nothing in it that separates cells anywhere: some spreadsheets split at semicolons. */
const BARE = /^[^",;\t\r\n]*$/;

/** One cell, RFC 4180 §2: quoted where it must be, and made harmless where a spreadsheet would calculate it. */
function cell(value: string | number): string {
  const text = typeof value === 'string' && FORMULA.test(value) ? `'${value}` : String(value);
  return BARE.test(text) ? text : `"${text.replaceAll('"', '""')}"`;
}

/** The report's lines as CSV with a header, RFC 4180. Reasons share one cell, `words (code): count` each. */
export function reportCsv({ scope, lines }: CardReport): string {
  const rows = lines.map((line) => [
    scope.from,
    scope.to,
    line.code,
    line.rule,
    line.topic,
    line.topicVersion,
    line.contentHash,
    line.client,
    line.shown,
    line.accepted,
    line.overridden,
    line.ignored,
    line.reasons.map((reason) => `${reasonInWords(reason)}: ${String(reason.count)}`).join('; '),
  ]);
  return [COLUMNS, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}
