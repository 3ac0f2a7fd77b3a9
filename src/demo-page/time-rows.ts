import type { ChartEntry, ChartLane } from '../demo/chart-view.js';
import type { TimeScale } from './time-scale.js';

/** An entry with its place on the line, in pixels. */
export interface PlacedEntry {
  readonly entry: ChartEntry;
  readonly x: number;
  /** End of what lasts. */
  readonly end: number | undefined;
  readonly text: string;
  readonly textX: number;
  readonly isTextBefore: boolean;
  /** Row of the lane, from 0. */
  readonly row: number;
}

export interface PlacedLane {
  readonly lane: ChartLane;
  readonly entries: readonly PlacedEntry[];
  readonly rows: number;
  readonly hidden: number;
}

const MOST_ROWS = 4;
const GAP = 10;

/** The words beside a mark. */
export function markText({ label, value, verdict, verdictText }: ChartEntry): string {
  if (verdict !== undefined)
    return `${value ?? ''}, ${verdictText ?? ''}`.replace("the laboratory's limit of", 'limit');
  return value === undefined || value === '' ? label : `${label}, ${value}`;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

function textPlace(x: number, end: number | undefined, width: number, wide: number) {
  const right = Math.max(x, 0) + 10;
  if (end === undefined && right + wide <= width)
    return { textX: right, isTextBefore: false, from: x - 7, to: right + wide };
  if (end === undefined) return { textX: x - 10, isTextBefore: true, from: x - 10 - wide, to: x + 7 };
  // What lasts carries its words above its beginning, pushed in from the right edge.
  const textX = Math.max(0, Math.min(x, width - wide));
  return { textX, isTextBefore: false, from: Math.min(x, textX), to: Math.max(end, textX + wide) };
}

/** Puts the dated entries of a lane into as few rows as have room for their words. */
export function placeLane(
  lane: ChartLane,
  scale: TimeScale,
  width: number,
  textWidth: (text: string) => number,
): PlacedLane {
  const rows: Span[][] = [];
  const placed: PlacedEntry[] = [];
  const dated = lane.entries.filter(({ at, isDraft }) => at !== undefined || isDraft);
  const newestFirst = dated.toSorted((one, other) => ((one.at ?? '9') < (other.at ?? '9') ? 1 : -1));
  for (const entry of newestFirst) {
    const x = entry.at === undefined ? width : scale.place(entry.at) * width;
    const end = entry.until === undefined || entry.isDraft ? undefined : scale.place(entry.until) * width;
    const text = markText(entry);
    const { from, to, ...words } = textPlace(x, end, width, textWidth(text));
    const free = rows.findIndex((taken) => taken.every((span) => to + GAP < span.from || from - GAP > span.to));
    const row = free < 0 ? rows.length : free;
    if (row >= MOST_ROWS) continue;
    (rows[row] ??= []).push({ from, to });
    placed.push({ entry, x, end, text, row, ...words });
  }
  return { lane, entries: placed, rows: Math.max(1, rows.length), hidden: lane.entries.length - placed.length };
}
