import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { placeIn, type TextPlace } from './content-place.js';
import type { ContentProblem } from './content-problem.js';

/** What of a long line is shown, in characters, and how much of it before the place. */
const WIDTH = 120;
const BEFORE = 60;

/** A path that a terminal can open from where the command runs. */
export function shownPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short === '' || short.startsWith('..') ? path : short;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** The line with a mark under the place. */
function excerpt({ line, column, length, text }: TextPlace): readonly string[] {
  const from = text.length <= WIDTH ? 0 : Math.max(0, column - 1 - BEFORE);
  const shown = text.slice(from, from + WIDTH);
  const indent = text.slice(from, column - 1).replace(/[^\t]/g, ' ');
  const mark = '^'.repeat(Math.min(length, Math.max(1, shown.length - indent.length)));
  const gutter = String(line).padStart(6);
  return [`${gutter} | ${shown}`, `${' '.repeat(gutter.length)} | ${indent}${mark}`];
}

/** A problem as an author reads it: where, the line, what is wrong, and how to mend it. Reads the file once more. */
export function describeProblem(folder: string, problem: ContentProblem): string {
  const { file, place, message, mend } = problem;
  const path = join(folder, file);
  const text = textOf(path);
  const found = text === undefined || text.trim() === '' ? undefined : placeIn(text, problem);
  const where = found === undefined ? '' : `:${String(found.line)}:${String(found.column)}`;
  const names = place === '' ? '' : ` at ${place}`;
  return [
    `${shownPath(path)}${where}`,
    ...(found === undefined ? [] : excerpt(found)),
    `  ${found === undefined ? `${names.trim()} ${message}`.trim() : message}`,
    ...(mend === undefined ? [] : [`  To mend it: ${mend}`]),
  ].join('\n');
}
