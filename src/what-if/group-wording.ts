import type { AnswerChange, WordingChange } from './compare.js';
import { stepsOf, type Hunk } from './line-diff.js';

/** One change of wording and everywhere it shows. */
export interface WordingGroup extends Hunk {
  /** Codes of the cards that say it. */
  readonly cards: readonly string[];
  /** Ids of the vignettes. */
  readonly vignettes: readonly string[];
  /** Whether the lines hold other values in some vignettes than in those shown. */
  readonly hasVariants: boolean;
}

/** Unchanged words beside a changed one that tell apart the same change in two places. */
const CONTEXT_WORDS = 2;

type ToWords = (lines: readonly string[]) => readonly string[];

/** A word of the chart that is shorter may as well be one of the content. */
const SHORTEST_VALUE = 5;

/** The words of lines without what they quote of a chart: names of entries, and numbers. */
function wordReader(quoted: Iterable<string>): ToWords {
  const values = [...new Set(quoted)]
    .filter(({ length }) => length >= SHORTEST_VALUE)
    .sort((one, other) => other.length - one.length);
  return (lines) => {
    // Words of a chart stand escaped in Markdown.
    const text = lines.join('\n').replaceAll('\\', '');
    return values
      .reduce((rest, value) => rest.replaceAll(value, '…'), text)
      .replace(/\d+/g, '#')
      .split(' ');
  };
}

/** The words that changed and those beside them. What is farther away may be a value of the patient, as numbers are. */
function essence({ old, new: fresh }: Hunk, wordsOf: ToWords): string {
  const steps = stepsOf(wordsOf(old), wordsOf(fresh));
  const isNear = (index: number) =>
    steps.slice(Math.max(0, index - CONTEXT_WORDS), index + CONTEXT_WORDS + 1).some(({ kind }) => kind !== 'same');
  return steps
    .filter((_, index) => isNear(index))
    .map(({ kind, line }) => `${kind} ${line}`)
    .join('\0');
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

/**
 * Each change of wording once, with the vignettes it shows in; the widest first. `quoted` are the names of chart entries
 * that lines may hold: a line that differs in them only is the same wording.
 */
export function groupWording(changes: readonly AnswerChange[], quoted: Iterable<string>): readonly WordingGroup[] {
  const wordsOf = wordReader(quoted);
  const groups = new Map<string, [Place, ...Place[]]>();
  for (const { id, wording } of changes) {
    for (const change of wording) {
      const key = essence(change, wordsOf);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [{ id, change }]);
      else group.push({ id, change });
    }
  }
  return [...groups.values()].map(groupOf).sort((one, other) => other.vignettes.length - one.vignettes.length);
}
