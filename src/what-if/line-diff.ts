/** Lines that went and lines that came in their place. */
export interface Hunk {
  readonly old: readonly string[];
  readonly new: readonly string[];
}

/** Lengths of the longest common subsequences of what is left of both from each pair of positions on. */
function commonLengths(before: readonly string[], after: readonly string[]): readonly (readonly number[])[] {
  const table = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0));
  for (let row = before.length - 1; row >= 0; row -= 1) {
    const below = table[row + 1] ?? [];
    const current = table[row] ?? [];
    for (let column = after.length - 1; column >= 0; column -= 1) {
      current[column] =
        before[row] === after[column]
          ? (below[column + 1] ?? 0) + 1
          : Math.max(below[column] ?? 0, current[column + 1] ?? 0);
    }
  }
  return table;
}

/** One line of both, or of one side only. */
export interface Step {
  readonly kind: 'same' | 'old' | 'new';
  readonly line: string;
}

/** The way from one list of lines to the other that keeps the most of them. */
export function stepsOf(before: readonly string[], after: readonly string[]): readonly Step[] {
  const table = commonLengths(before, after);
  const steps: Step[] = [];
  let row = 0;
  let column = 0;
  while (row < before.length || column < after.length) {
    const [old, fresh] = [before[row], after[column]];
    const skipOld = table[row + 1]?.[column] ?? -1;
    const skipNew = table[row]?.[column + 1] ?? -1;
    if (old !== undefined && old === fresh) {
      steps.push({ kind: 'same', line: old });
      row += 1;
      column += 1;
    } else if (old !== undefined && (fresh === undefined || skipOld >= skipNew)) {
      steps.push({ kind: 'old', line: old });
      row += 1;
    } else {
      steps.push({ kind: 'new', line: fresh ?? '' });
      column += 1;
    }
  }
  return steps;
}

/** As many lines on both sides are one wording each; otherwise the lines belong together. */
function inPairs(hunk: Hunk): readonly Hunk[] {
  if (hunk.old.length !== hunk.new.length) return [hunk];
  return hunk.old.map((line, index) => ({ old: [line], new: [hunk.new[index] ?? ''] }));
}

/** What changed from one list of lines to the other, in order; nothing when they are the same. */
export function diffLines(before: readonly string[], after: readonly string[]): readonly Hunk[] {
  const hunks: Hunk[] = [];
  let open: { readonly old: string[]; readonly new: string[] } = { old: [], new: [] };
  for (const step of [...stepsOf(before, after), { kind: 'same' as const, line: '' }]) {
    if (step.kind !== 'same') open[step.kind].push(step.line);
    else if (open.old.length + open.new.length > 0) {
      hunks.push(...inPairs(open));
      open = { old: [], new: [] };
    }
  }
  return hunks;
}
