import type { CardReport, Counted, ReasonCount } from './card-report.js';
import type { Markup } from './markup.js';
import { plainText } from './plain-text.js';
import { bar, label, legend, plot } from './plot.js';
import { numeral, percentage, reasonInWords } from './report-words.js';

type CardTotal = Counted<{ readonly code: string }>;

/** Rows of a horizontal bar chart: words above, the bar below. */
const ROW = 48;
const BAR_HEIGHT = 18;
const WORDS_BASELINE = 14;
const BAR_TOP = 21;
/** A bar narrower than this share of the width has no room for its number. */
const ROOM_FOR_NUMBER = 0.08;

const OUTCOMES = ['accepted', 'overridden', 'ignored'] as const;

function segments(card: CardTotal, top: number): readonly Markup[] {
  let left = 0;
  return OUTCOMES.flatMap((outcome) => {
    const width = card[outcome] / Math.max(card.shown, 1);
    const at = left;
    left += width;
    if (width === 0) return [];
    const says = `${plainText(card.code)}: ${numeral(card[outcome])} ${outcome}`;
    const segment = bar({ left: at, width, top, height: BAR_HEIGHT, fill: outcome, says });
    const middle = { at: at + width / 2, baseline: top + 13.5, anchor: 'middle', kind: 'number' } as const;
    return width < ROOM_FOR_NUMBER ? [segment] : [segment, label({ ...middle, text: numeral(card[outcome]) })];
  });
}

function outcomeRow(card: CardTotal, index: number): readonly Markup[] {
  const top = index * ROW;
  return [
    label({ at: 0, baseline: top + WORDS_BASELINE, anchor: 'start', text: plainText(card.code, 40), kind: 'name' }),
    label({ at: 1, baseline: top + WORDS_BASELINE, anchor: 'end', text: `${numeral(card.shown)} shown` }),
    ...segments(card, top + BAR_TOP),
  ];
}

/** What became of the cards of each kind, as bars of three shares, with the legend. */
export function outcomeFigure({ cards, total }: CardReport): { readonly plot: Markup; readonly legend: Markup } {
  return {
    plot: plot({
      id: 'by-outcome',
      title: 'What became of the cards',
      description: `One bar for each kind of card stands for all that were shown, divided into accepted, overridden and ignored. Of all cards ${percentage(total.acceptedRate)} were accepted, ${percentage(total.overriddenRate)} overridden and ${percentage(total.ignoredRate)} ignored. The table beside it has the counts.`,
      height: Math.max(cards.length, 1) * ROW,
      marks: cards.flatMap(outcomeRow),
    }),
    legend: legend(OUTCOMES.map((outcome) => ({ fill: outcome, text: outcome }))),
  };
}

/** A reason as pages show it. */
export interface ReasonLine {
  readonly text: string;
  readonly count: number;
}

/** The most frequent reasons, and the others as one line: a client may make up any number of them. */
export function frequentReasons(
  reasons: readonly ReasonCount[],
  most: number,
  inWords: (reason: ReasonCount) => string,
): readonly ReasonLine[] {
  const lines = reasons.map((reason) => ({ text: inWords(reason), count: reason.count }));
  if (lines.length <= most) return lines;
  const rest = lines.slice(most - 1);
  const count = rest.reduce((sum, line) => sum + line.count, 0);
  return [...lines.slice(0, most - 1), { text: `${numeral(rest.length)} other reasons`, count }];
}

/** Words without the code, which the table has. */
function shortReason(reason: ReasonCount): string {
  return reasonInWords(reason.display === undefined ? reason : { ...reason, code: undefined });
}

const MOST_REASONS = 6;
const HEADING = 28;
/** The number stands behind the bar, and the words fit a phone. */
const WIDEST_REASON = 0.88;
const LONGEST_REASON = 48;

function reasonRow({ text, count }: ReasonLine, top: number, most: number): readonly Markup[] {
  const width = (count / most) * WIDEST_REASON;
  const [barTop, height] = [top + BAR_TOP, BAR_HEIGHT / 2];
  return [
    label({ at: 0, baseline: top + WORDS_BASELINE, anchor: 'start', text: plainText(text, LONGEST_REASON) }),
    bar({ left: 0, width, top: barTop, height, fill: 'overridden', says: `${text}: ${numeral(count)}` }),
    label({ at: width, shift: 6, baseline: barTop + height, anchor: 'start', text: numeral(count) }),
  ];
}

/** Why cards of each kind were overridden; undefined when none was. */
export function reasonFigure({ cards, total }: CardReport): Markup | undefined {
  const overridden = cards.filter(({ reasons }) => reasons.length > 0);
  if (overridden.length === 0) return undefined;
  const most = Math.max(1, ...overridden.flatMap(({ reasons }) => reasons.map(({ count }) => count)));
  const marks: Markup[] = [];
  let top = 0;
  for (const { code, reasons } of overridden) {
    marks.push(label({ at: 0, baseline: top + 17, anchor: 'start', text: plainText(code, 40), kind: 'name' }));
    top += HEADING;
    for (const line of frequentReasons(reasons, MOST_REASONS, shortReason)) {
      marks.push(...reasonRow(line, top, most));
      top += ROW - 8;
    }
    top += 8;
  }
  return plot({
    id: 'by-reason',
    title: 'Why cards were overridden',
    description: `For each kind of card, one bar for each reason given, as long as the number of cards. ${numeral(total.overridden)} cards were overridden. The table beside it has the counts.`,
    height: top,
    marks,
  });
}
