import { countOf, effectText } from './effect-text.js';
import type { Look } from './session.js';

/** What a look found, as the author is told; nothing when there is nothing new. */
export function tellLook(look: Look, start: string): string {
  switch (look.kind) {
    case 'unchanged':
      return '';
    case 'broken':
      return `${look.message}\n\nNothing else changed: the last good content goes on.`;
    case 'mended':
      return 'The content is whole again, and as it was before.';
    case 'changed': {
      const since = `Against ${start}: ${countOf(look.sinceStart, 'vignette')} answered otherwise.`;
      return `${look.effects.map(effectText).join('\n\n')}\n${since}`;
    }
  }
}

const COLOURS: readonly (readonly [start: RegExp, code: string])[] = [
  [/^ *− /, '31'],
  [/^ *\+ /, '32'],
  [/^(?:Not as the vignettes expect|The content in )/, '31;1'],
  [/^(?:Other |Edited: )/, '1'],
];

/** The text with what went in red and what came in green, for a terminal. */
export function colored(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      const code = COLOURS.find(([start]) => start.test(line))?.[1];
      return code === undefined ? line : `\u001b[${code}m${line}\u001b[0m`;
    })
    .join('\n');
}
