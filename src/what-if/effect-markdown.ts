import type { Effect } from './effect.js';
import { alike, countOf, describeEdited, diffOf, headOf, idsOf, silenceOf, whereOf } from './effect-text.js';

/** Longer than any run of backticks in the lines, so that no line ends the block. */
function fenced(language: string, lines: readonly string[]): readonly string[] {
  const longest = Math.max(2, ...lines.flatMap((line) => (line.match(/`+/g) ?? []).map(({ length }) => length)));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}${language}`, ...lines, fence, ''];
}

function answers({ changes }: Effect): readonly string[] {
  const groups = alike(changes);
  if (groups.length === 0) return [];
  return [
    '#### Other answers',
    '',
    ...groups.flatMap(({ lines, vignettes }) => [
      ...vignettes.map(({ id, title }) => `- ${id} ${title}`),
      '',
      ...fenced('text', lines),
    ]),
  ];
}

function wording({ wording: groups }: Effect): readonly string[] {
  if (groups.length === 0) return [];
  return [
    '#### Other wording',
    '',
    ...groups.flatMap((group) => [whereOf(group), '', ...fenced('diff', diffOf(group, '-'))]),
  ];
}

function broken({ broken: faults }: Effect): readonly string[] {
  if (faults.length === 0) return ['Every vignette is answered as it expects.', ''];
  return [
    `#### Not as ${countOf(faults.length, 'vignette')} expect${faults.length === 1 ? 's' : ''}: ${idsOf(faults.map(({ id }) => id))}`,
    '',
    ...faults.flatMap(({ id, title, faults: lines }) => lines.map((line) => `- ${id} ${title}: ${line}`)),
    '',
  ];
}

/** The effect as a comment of a pull request. */
export function effectMarkdown(effect: Effect): string {
  const edited = describeEdited(effect);
  const paragraphs = [...(edited === '' ? [] : [`Edited: ${edited}`]), ...silenceOf(effect)];
  return [
    `### Effect on the vignettes`,
    '',
    headOf(effect),
    '',
    ...paragraphs.flatMap((line) => [line, '']),
    ...answers(effect),
    ...wording(effect),
    ...broken(effect),
  ]
    .join('\n')
    .trimEnd();
}
