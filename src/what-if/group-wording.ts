import type { AnswerChange, WordingChange } from './compare.js';
import type { Hunk } from './line-diff.js';

/** One change of wording and everywhere it shows. */
export interface WordingGroup extends Hunk {
  /** Codes of the cards that say it. */
  readonly cards: readonly string[];
  /** Ids of the vignettes. */
  readonly vignettes: readonly string[];
  /** Whether the lines hold other values in some vignettes than in those shown. */
  readonly hasVariants: boolean;
}

/** Words of a common beginning or end that are kept, so that the same change in two places stays two changes. */
const CONTEXT_WORDS = 4;

function commonWords(one: readonly string[], other: readonly string[]): number {
  const differs = one.findIndex((word, index) => word !== other[index]);
  return differs < 0 ? Math.min(one.length, other.length) : differs;
}

type Sides = readonly [old: readonly string[], new: readonly string[]];

function wordsOf(lines: readonly string[]): readonly string[] {
  return lines.join('\n').replace(/\d+/g, '#').split(' ');
}

/** Both sides without what they begin with in common, but for its last words. */
function withoutHead([old, fresh]: Sides): Sides {
  const length = Math.max(0, commonWords(old, fresh) - CONTEXT_WORDS);
  return [old.slice(length), fresh.slice(length)];
}

function reversed([old, fresh]: Sides): Sides {
  return [old.toReversed(), fresh.toReversed()];
}

/** Numbers and dates are values of a patient, and the drugs a line quotes stand far from the words that changed. */
function essence({ old, new: fresh }: Hunk): string {
  const middle = withoutHead(reversed(withoutHead([wordsOf(old), wordsOf(fresh)])));
  return middle.map((words) => words.join(' ')).join('\0');
}

interface Place {
  readonly id: string;
  readonly change: WordingChange;
}

function groupOf(places: readonly [Place, ...Place[]]): WordingGroup {
  const { old, new: fresh } = places[0].change;
  const isOther = ({ change }: Place) =>
    change.old.join('\n') !== old.join('\n') || change.new.join('\n') !== fresh.join('\n');
  return {
    old,
    new: fresh,
    cards: [...new Set(places.map(({ change }) => change.card))],
    vignettes: [...new Set(places.map(({ id }) => id))],
    hasVariants: places.some(isOther),
  };
}

/** Each change of wording once, with the vignettes it shows in; the widest first. */
export function groupWording(changes: readonly AnswerChange[]): readonly WordingGroup[] {
  const groups = new Map<string, [Place, ...Place[]]>();
  for (const { id, wording } of changes) {
    for (const change of wording) {
      const key = essence(change);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [{ id, change }]);
      else group.push({ id, change });
    }
  }
  return [...groups.values()].map(groupOf).sort((one, other) => other.vignettes.length - one.vignettes.length);
}
