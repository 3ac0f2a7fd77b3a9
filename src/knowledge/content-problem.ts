import { describeProblem, shownPath } from './describe-problem.js';

/** Something wrong with the content, said so that an author can mend it. */
export interface ContentProblem {
  /** Path of the file, relative to the topic's folder. */
  readonly file: string;
  /** Where in it: a JSON pointer or the names that lead there. */
  readonly place: string;
  readonly message: string;
  /** How to mend it, as a request to the author. */
  readonly mend?: string;
  /** What is wrong word by word, to be found at the place. */
  readonly near?: string;
  /** Where in the text, for what cannot be read as JSON. */
  readonly offset?: number;
}

type Place = Pick<ContentProblem, 'file' | 'place'>;

/** Each problem once: a line that several cards share is checked with each of them. */
function eachOnce(problems: readonly ContentProblem[]): readonly ContentProblem[] {
  const keyOf = ({ file, place, message, near, offset }: ContentProblem) =>
    JSON.stringify([file, place, message, near, offset]);
  return [...new Map(problems.map((problem) => [keyOf(problem), problem])).values()];
}

/** The content is not fit to serve; the message lists every problem found once, with its line as the file stands. */
export class ContentError extends Error {
  readonly problems: readonly ContentProblem[];
  /** Each problem as an author reads it, several lines long. */
  readonly descriptions: readonly string[];

  constructor(folder: string, found: readonly ContentProblem[]) {
    const problems = eachOnce(found);
    const count = problems.length === 1 ? '1 problem' : `${String(problems.length)} problems`;
    const descriptions = problems.map((problem) => describeProblem(folder, problem));
    super(`The content in ${shownPath(folder)} has ${count}:\n\n${descriptions.join('\n\n')}`);
    this.name = 'ContentError';
    this.problems = problems;
    this.descriptions = descriptions;
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

function closest(name: string, known: Iterable<string>): string | undefined {
  return [...known]
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .filter(({ distance }) => distance <= Math.max(2, name.length / 4))
    .sort((one, other) => one.distance - other.distance)[0]?.candidate;
}

/** `, did you mean "x"?` when a known name is close to the misspelt one; otherwise nothing. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const close = closest(name, known);
  return close === undefined ? '' : `, did you mean "${close}"?`;
}

const MOST_NAMES = 30;

/** The names an author may choose from, as many as can be read. */
export function namesInWords(known: Iterable<string>): string {
  const names = [...known];
  const rest = names.length - MOST_NAMES;
  return names.slice(0, MOST_NAMES).join(', ') + (rest > 0 ? ` and ${String(rest)} more` : '');
}

/** `write "x"` when a known name is close, else the names there are. */
export function mendName(name: string, known: Iterable<string>): string {
  const close = closest(name, known);
  if (close !== undefined) return `write "${close}"`;
  const names = namesInWords(known);
  return names === '' ? 'take it out: there is none to name' : `write one of ${names}`;
}

/** The content names something that is not there. */
export function unknownName(at: Place, kind: string, name: string, known: Iterable<string>): ContentProblem {
  const names = [...known];
  return {
    ...at,
    message: `names the unknown ${kind} "${name}"${didYouMean(name, names)}`,
    mend: mendName(name, names),
    near: name,
  };
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
  return { ...at, message: 'is listed twice', mend: 'take one of the two out, or give this one a name of its own' };
}

/** The ids that stand more than once in a list of a file. */
export function repeatedIds(file: string, ids: readonly string[], list = ''): readonly ContentProblem[] {
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
  return twice.map((id) => listedTwice({ file, place: `${list}/${id}` }));
}
