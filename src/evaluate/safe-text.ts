/** What a terminal obeys, turns around or hides, but for line ends. */
const OBEYED = /[^\P{C}\n]|[\u2028\u2029]/gu;

/** Text of several lines for a terminal: what it would obey becomes a blank. */
export function safeLines(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(OBEYED, ' ');
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    const code = character.charCodeAt(index).toString(16);
    return `\\u${code.padStart(4, '0')}`;
  }).join('');
}

/** JSON, indented, in which nothing is left that a terminal would obey. */
export function safeJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replace(OBEYED, escaped);
}
