import type { CardReport } from './card-report.js';
import type { Markup } from './markup.js';
import { plainText } from './plain-text.js';
import { bar, countScale, gridLine, label, legend, plot, type CountScale } from './plot.js';
import { numeral } from './report-words.js';
import { dayAfter, daysIn } from './scope.js';

/** Some days together, and how many cards of each kind were shown in them. */
export interface DayGroup {
  readonly first: string;
  readonly last: string;
  readonly shown: ReadonlyMap<string, number>;
}

/** The cards shown by time. */
export interface ShownByDay {
  readonly groups: readonly DayGroup[];
  /** Kinds of cards, the most shown first; the rarest together as OTHER. */
  readonly kinds: readonly string[];
}

const OTHER = 'other cards';
const MOST_KINDS = 7;
const MOST_BARS = 62;
const GROUP_SIZES = [1, 7, 28, 91];

const PLOT_TOP = 18;
const PLOT_BOTTOM = 218;
const PLOT_HEIGHT = 244;
const GAP = 0.2;
const MOST_LABELS = 3;

function namedKinds({ cards }: CardReport): readonly string[] {
  const codes = cards.map(({ code }) => code);
  return codes.length <= MOST_KINDS + 1 ? codes : codes.slice(0, MOST_KINDS);
}

function add(shown: Map<string, number>, kind: string, count: number): void {
  shown.set(kind, (shown.get(kind) ?? 0) + count);
}

/** Days are put together when there are too many for a bar each. */
export function shownByDay(report: CardReport): ShownByDay {
  const { scope, days } = report;
  const kinds = namedKinds(report);
  const size = GROUP_SIZES.find((one) => Math.ceil(daysIn(scope) / one) <= MOST_BARS) ?? 91;
  const groups = Array.from({ length: Math.ceil(daysIn(scope) / size) }, (_, index) => {
    const first = dayAfter(scope.from, index * size);
    const end = dayAfter(first, size - 1);
    return { first, last: end < scope.to ? end : scope.to, shown: new Map<string, number>() };
  });
  let hasOthers = false;
  for (const { day, code, shown } of days) {
    const group = groups.find(({ first, last }) => first <= day && day <= last);
    const isNamed = kinds.includes(code);
    hasOthers ||= !isNamed;
    if (group !== undefined) add(group.shown, isNamed ? code : OTHER, shown);
  }
  return { groups, kinds: hasOthers ? [...kinds, OTHER] : kinds };
}

/** How a group of days is named. */
export function nameOfGroup({ first, last }: DayGroup): string {
  return first === last ? first : `${first} to ${last}`;
}

export function sumOfGroup({ shown }: DayGroup): number {
  return [...shown.values()].reduce((sum, count) => sum + count, 0);
}

function fillOf(kind: string, kinds: readonly string[]): string {
  const index = kinds.indexOf(kind);
  return kind === OTHER || index >= MOST_KINDS ? 'kind-other' : `kind-${String(index + 1)}`;
}

function height(count: number, { top }: CountScale): number {
  return (count / top) * (PLOT_BOTTOM - PLOT_TOP);
}

function stack(group: DayGroup, index: number, { groups, kinds }: ShownByDay, scale: CountScale): readonly Markup[] {
  const slot = 1 / groups.length;
  let floor = PLOT_BOTTOM;
  return kinds.flatMap((kind) => {
    const count = group.shown.get(kind) ?? 0;
    if (count === 0) return [];
    floor -= height(count, scale);
    return [
      bar({
        left: (index + GAP / 2) * slot,
        width: (1 - GAP) * slot,
        top: floor,
        height: height(count, scale),
        fill: fillOf(kind, kinds),
        says: `${nameOfGroup(group)}: ${numeral(count)} ${plainText(kind)}`,
      }),
    ];
  });
}

function countAxis(scale: CountScale): readonly Markup[] {
  const counts = Array.from({ length: scale.top / scale.step + 1 }, (_, index) => index * scale.step);
  return counts.flatMap((count) => {
    const y = PLOT_BOTTOM - height(count, scale);
    return [
      gridLine(y, count === 0 ? 'axis' : 'grid'),
      label({ at: 0, shift: -8, baseline: y + 4.5, anchor: 'end', text: numeral(count) }),
    ];
  });
}

/** Days below the bars: as many as fit on a phone. */
function dayAxis(groups: readonly DayGroup[]): readonly Markup[] {
  const count = Math.min(MOST_LABELS, groups.length);
  const indexes = Array.from({ length: count }, (_, index) =>
    count === 1 ? 0 : Math.round((index * (groups.length - 1)) / (count - 1)),
  );
  return indexes.map((index) => {
    const isFirst = index === 0 && groups.length > 1;
    const isLast = index === groups.length - 1 && groups.length > 1;
    const at = isFirst ? 0 : isLast ? 1 : (index + 0.5) / groups.length;
    const anchor = isFirst ? 'start' : isLast ? 'end' : 'middle';
    return label({ at, baseline: PLOT_BOTTOM + 18, anchor, text: groups[index]?.first ?? '' });
  });
}

/** What one bar stands for. */
export function barInWords({ groups }: ShownByDay): string {
  const [first] = groups;
  const days = first === undefined ? 1 : daysIn({ from: first.first, to: first.last });
  if (days === 1) return 'One bar for each day.';
  return `One bar for each ${String(days)} days; the last may stand for fewer.`;
}

/** Cards shown by day as stacked bars, with the legend. */
export function dayFigure(shown: ShownByDay): { readonly plot: Markup; readonly legend: Markup } {
  const { groups, kinds } = shown;
  const greatest = Math.max(0, ...groups.map(sumOfGroup));
  const scale = countScale(greatest);
  const busiest = groups.find((group) => sumOfGroup(group) === greatest);
  return {
    plot: plot({
      id: 'by-day',
      title: 'Cards shown by day',
      description: `Stacked bars, divided by kind of card. ${barInWords(shown)} The most cards, ${numeral(greatest)}, were shown on ${busiest === undefined ? 'no day' : nameOfGroup(busiest)}. The table below has the counts.`,
      height: PLOT_HEIGHT,
      hasCountAxis: true,
      marks: [
        ...countAxis(scale),
        ...groups.flatMap((group, index) => stack(group, index, shown, scale)),
        gridLine(PLOT_BOTTOM, 'axis'),
        ...dayAxis(groups),
      ],
    }),
    legend: legend(kinds.map((kind) => ({ fill: fillOf(kind, kinds), text: plainText(kind) }))),
  };
}
