const [QUOTE, MINUS, POINT, COLON, BACKSLASH, LETTER_E, LETTER_U] = [0x22, 0x2d, 0x2e, 0x3a, 0x5c, 0x65, 0x75];
const [OPENING_BRACKET, CLOSING_BRACKET] = [0x5b, 0x5d];
export const [OPENING_BRACE, CLOSING_BRACE, COMMA] = [0x7b, 0x7d, 0x2c];
const [ZERO, NINE, SPACE, CAPITALS_TO_SMALL] = [0x30, 0x39, 0x20, 0x20];
const BLANKS = new Set(codesOf(' \t\n\r'));
const ESCAPED = new Set(codesOf('"\\/bfnrt'));
const SIGN = new Set(codesOf('+-'));
const WORDS = new Map(['true', 'false', 'null'].map((word) => [word.charCodeAt(0), word]));

function codesOf(letters: string): readonly number[] {
  return Array.from(letters, (letter) => letter.charCodeAt(0));
}

/** The text is no JSON, or nested so deep that it is not walked. */
export class NotWalked extends Error {}

/** FHIR is not nested half as deep; each level takes room on the stack. */
const DEEPEST = 100;

/** A text in UTF-8, and behind it a 0, which stands nowhere in JSON. */
export type JsonBytes = Buffer;

export function codeAt(json: JsonBytes, at: number): number {
  return json[at] ?? 0;
}

function endOfBlanks(json: JsonBytes, start: number): number {
  let at = start;
  while (BLANKS.has(codeAt(json, at))) at += 1;
  return at;
}

/** Nearly always there is nothing to skip: small enough to be compiled into whatever calls it. */
export function skipBlank(json: JsonBytes, start: number): number {
  return codeAt(json, start) > SPACE ? start : endOfBlanks(json, start);
}

function endOfEscape(json: JsonBytes, start: number): number {
  const code = codeAt(json, start + 1);
  if (ESCAPED.has(code)) return start + 2;
  const isUnicode = code === LETTER_U && /^[\da-f]{4}$/i.test(json.toString('latin1', start + 2, start + 6));
  if (!isUnicode) throw new NotWalked();
  return start + 6;
}

/** By code: 1 for what stands for itself in a string. One look instead of three comparisons for each letter. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, code) =>
  Number(code >= SPACE && code !== QUOTE && code !== BACKSLASH),
);

/** Where the string that starts here ends, its quotes passed. Throws NotWalked. */
export function endOfString(json: JsonBytes, start: number): number {
  if (codeAt(json, start) !== QUOTE) throw new NotWalked();
  let at = start + 1;
  for (;;) {
    while (PLAIN[codeAt(json, at)] === 1) at += 1;
    const code = codeAt(json, at);
    if (code === QUOTE) return at + 1;
    if (code !== BACKSLASH) throw new NotWalked();
    at = endOfEscape(json, at);
  }
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

function endOfDigits(json: JsonBytes, start: number): number {
  let at = start;
  while (isDigit(codeAt(json, at))) at += 1;
  if (at === start) throw new NotWalked();
  return at;
}

function endOfNumber(json: JsonBytes, start: number): number {
  let at = codeAt(json, start) === MINUS ? start + 1 : start;
  at = codeAt(json, at) === ZERO ? at + 1 : endOfDigits(json, at);
  if (codeAt(json, at) === POINT) at = endOfDigits(json, at + 1);
  if ((codeAt(json, at) | CAPITALS_TO_SMALL) !== LETTER_E) return at;
  return endOfDigits(json, SIGN.has(codeAt(json, at + 1)) ? at + 2 : at + 1);
}

function endOfWord(json: JsonBytes, start: number): number {
  const word = WORDS.get(codeAt(json, start));
  if (word === undefined) throw new NotWalked();
  for (let index = 1; index < word.length; index += 1) {
    if (codeAt(json, start + index) !== word.charCodeAt(index)) throw new NotWalked();
  }
  return start + word.length;
}

function endOfScalar(json: JsonBytes, start: number): number {
  const code = codeAt(json, start);
  return code === MINUS || isDigit(code) ? endOfNumber(json, start) : endOfWord(json, start);
}

/** Where the value of a member starts, behind its name and the colon. */
export function behindName(json: JsonBytes, start: number): number {
  const colon = skipBlank(json, endOfString(json, start));
  if (codeAt(json, colon) !== COLON) throw new NotWalked();
  return skipBlank(json, colon + 1);
}

/** Where the object or array that starts here ends, which closes so. */
function endOfItems(json: JsonBytes, start: number, closing: number, room: number): number {
  let at = skipBlank(json, start + 1);
  if (codeAt(json, at) === closing) return at + 1;
  for (;;) {
    const value = closing === CLOSING_BRACE ? behindName(json, at) : at;
    at = skipBlank(json, endOfValue(json, value, room));
    if (codeAt(json, at) === closing) return at + 1;
    if (codeAt(json, at) !== COMMA) throw new NotWalked();
    at = skipBlank(json, at + 1);
  }
}

/** Where the value that starts here ends. Throws NotWalked, also when it has more levels than there is room for. */
export function endOfValue(json: JsonBytes, start: number, room = DEEPEST): number {
  const code = codeAt(json, start);
  if (code === QUOTE) return endOfString(json, start);
  if (code !== OPENING_BRACE && code !== OPENING_BRACKET) return endOfScalar(json, start);
  if (room === 0) throw new NotWalked();
  return endOfItems(json, start, code === OPENING_BRACE ? CLOSING_BRACE : CLOSING_BRACKET, room - 1);
}
