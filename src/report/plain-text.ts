/** Control and format characters: they move a terminal's cursor, turn text around, or hide it. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\s]+/gu;
const LONGEST = 120;

/** Text of a client for people to read: one line of visible characters, not longer than `most`. */
export function plainText(text: string, most = LONGEST): string {
  const characters = Array.from(text.replace(INVISIBLE, ' ').trim());
  return characters.length <= most ? characters.join('') : `${characters.slice(0, most - 1).join('')}…`;
}
