/** Something wrong with the content, said so that an author can mend it. */
export interface ContentProblem {
  /** Path of the file, relative to the topic's folder. */
  readonly file: string;
  /** Where in it: a JSON pointer or the names that lead there. */
  readonly place: string;
  readonly message: string;
}

type Place = Pick<ContentProblem, 'file' | 'place'>;

function describe({ file, place, message }: ContentProblem): string {
  return `  ${file}${place === '' ? '' : ` at ${place}`}: ${message}`;
}

/** The content is not fit to serve; the message lists every problem found. */
export class ContentError extends Error {
  readonly problems: readonly ContentProblem[];

  constructor(folder: string, problems: readonly ContentProblem[]) {
    const count = problems.length === 1 ? '1 problem' : `${String(problems.length)} problems`;
    super(`The content in ${folder} has ${count}:\n${problems.map(describe).join('\n')}`);
    this.name = 'ContentError';
    this.problems = problems;
  }
}

function editDistance(one: string, other: string): number {
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const cost = one[row - 1] === other[column - 1] ? 0 : 1;
      const replaced = (previous[column - 1] ?? 0) + cost;
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[other.length] ?? 0;
}

/** `, did you mean "x"?` when a known name is close to the misspelt one; otherwise nothing. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const close = [...known]
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .filter(({ distance }) => distance <= Math.max(2, name.length / 4))
    .sort((one, other) => one.distance - other.distance)[0];
  return close === undefined ? '' : `, did you mean "${close.candidate}"?`;
}

/** The content names something that is not there. */
export function unknownName(at: Place, kind: string, name: string, known: Iterable<string>): ContentProblem {
  return { ...at, message: `names the unknown ${kind} "${name}"${didYouMean(name, known)}` };
}

/** Those of the names that nothing bears. */
export function unknownNames(
  at: Place,
  kind: string,
  names: readonly string[],
  known: readonly string[],
): readonly ContentProblem[] {
  return names.filter((name) => !known.includes(name)).map((name) => unknownName(at, kind, name, known));
}

/** Something stands in a list a second time. */
export function listedTwice(at: Place): ContentProblem {
  return { ...at, message: 'is listed twice' };
}

/** The ids that stand more than once in a list of a file. */
export function repeatedIds(file: string, ids: readonly string[], list = ''): readonly ContentProblem[] {
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
  return twice.map((id) => listedTwice({ file, place: `${list}/${id}` }));
}
