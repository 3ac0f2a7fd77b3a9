import type { CardFigures, CardReport, Counted } from './card-report.js';
import { nameOfGroup, sumOfGroup, type ShownByDay } from './day-figure.js';
import { markup, type Markup } from './markup.js';
import { frequentReasons } from './outcome-figures.js';
import { plainText } from './plain-text.js';
import { numeral, percentage, reasonInWords } from './report-words.js';

export interface Column {
  readonly title: string;
  /** Words stand left, numbers right. */
  readonly isWords?: boolean;
}

type Cell = string | Markup;

function headCell({ title, isWords = false }: Column): Markup {
  return markup`<th scope="col"${isWords ? markup` class="words"` : ''}>${title}</th>`;
}

function bodyCell(cell: Cell, isFirst: boolean, isWords: boolean): Markup {
  if (isFirst) return markup`<th scope="row" class="words">${cell}</th>`;
  return markup`<td${isWords ? markup` class="words"` : ''}>${cell}</td>`;
}

/** A table that scrolls by itself where it is too wide, also by keyboard. */
export function table(caption: string, columns: readonly Column[], rows: readonly (readonly Cell[])[]): Markup {
  const lines = rows.map(
    (row) =>
      markup`<tr>${row.map((cell, index) => bodyCell(cell, index === 0, columns[index]?.isWords === true))}</tr>`,
  );
  return markup`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table><caption>${caption}</caption><thead><tr>${columns.map(headCell)}</tr></thead><tbody>${lines}</tbody></table></div>`;
}

const FIGURE_COLUMNS: readonly Column[] = [
  { title: 'Shown' },
  { title: 'Accepted' },
  { title: 'Overridden' },
  { title: 'Ignored' },
];

function withRate(count: number, rate: number | undefined): Markup {
  return markup`${numeral(count)} <small>${percentage(rate)}</small>`;
}

function figureCells({ shown, accepted, overridden, ignored, ...rates }: CardFigures): readonly Cell[] {
  return [
    numeral(shown),
    withRate(accepted, rates.acceptedRate),
    withRate(overridden, rates.overriddenRate),
    withRate(ignored, rates.ignoredRate),
  ];
}

/** One row for each total: what it is about, then its figures. */
export function totalsTable<K>(
  caption: string,
  titles: readonly string[],
  totals: readonly Counted<K>[],
  wordsOf: (total: Counted<K>) => readonly string[],
): Markup {
  const columns = [...titles.map((title) => ({ title, isWords: true })), ...FIGURE_COLUMNS];
  const rows = totals.map((total) => [...wordsOf(total).map((text) => plainText(text)), ...figureCells(total)]);
  return table(caption, columns, rows);
}

export function dayTable({ groups, kinds }: ShownByDay): Markup {
  const columns = [
    { title: 'Day', isWords: true },
    { title: 'All' },
    ...kinds.map((kind) => ({ title: plainText(kind) })),
  ];
  const rows = groups.map((group) => [
    markup`<span class="whole">${nameOfGroup(group)}</span>`,
    numeral(sumOfGroup(group)),
    ...kinds.map((kind) => numeral(group.shown.get(kind) ?? 0)),
  ]);
  return table('Cards shown by day and kind', columns, rows);
}

const MOST_REASONS = 30;

export function reasonTable({ cards }: CardReport): Markup {
  const rows = cards.flatMap(({ code, overridden, reasons }) =>
    frequentReasons(reasons, MOST_REASONS, reasonInWords).map(({ text, count }) => [
      plainText(code),
      text,
      withRate(count, overridden === 0 ? undefined : count / overridden),
    ]),
  );
  const columns = [{ title: 'Card', isWords: true }, { title: 'Reason', isWords: true }, { title: 'Overridden' }];
  return table('Overridden cards by reason; shares are of the overridden cards of that kind', columns, rows);
}
