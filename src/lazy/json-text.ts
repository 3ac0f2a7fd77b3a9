const [QUOTE, MINUS, POINT, COLON, BACKSLASH, LETTER_U] = [0x22, 0x2d, 0x2e, 0x3a, 0x5c, 0x75];
const OPENING_BRACKET = 0x5b;
export const [OPENING_BRACE, CLOSING_BRACE, COMMA] = [0x7b, 0x7d, 0x2c];
const [ZERO, NINE, SPACE] = [0x30, 0x39, 0x20];
const BLANKS = new Set(codesOf(' \t\n\r'));
const ESCAPED = new Set(codesOf('"\\/bfnrt'));
const EXPONENT = new Set(codesOf('eE'));
const SIGN = new Set(codesOf('+-'));
const WORDS = ['true', 'false', 'null'].map(codesOf);

function codesOf(letters: string): readonly number[] {
  return Array.from(letters, (letter) => letter.charCodeAt(0));
}

/** The text is no JSON. */
export class NotJson extends Error {}

/** The UTF-16 codes of a text, and behind them 0, which stands nowhere in JSON. */
export type Codes = Uint16Array;

export function codeAt(codes: Codes, at: number): number {
  return codes[at] ?? 0;
}

function endOfBlanks(codes: Codes, start: number): number {
  let at = start;
  while (BLANKS.has(codeAt(codes, at))) at += 1;
  return at;
}

/** Nearly always there is nothing to skip: small enough to be compiled into whatever calls it. */
export function skipBlank(codes: Codes, start: number): number {
  return codeAt(codes, start) > SPACE ? start : endOfBlanks(codes, start);
}

function endOfEscape(codes: Codes, start: number): number {
  const code = codeAt(codes, start + 1);
  if (ESCAPED.has(code)) return start + 2;
  const isUnicode =
    code === LETTER_U && /^[\da-f]{4}$/i.test(String.fromCharCode(...codes.subarray(start + 2, start + 6)));
  if (!isUnicode) throw new NotJson();
  return start + 6;
}

/** Where the string that starts here ends, its quotes passed. Throws NotJson. */
export function endOfString(codes: Codes, start: number): number {
  if (codeAt(codes, start) !== QUOTE) throw new NotJson();
  let at = start + 1;
  for (let code = codeAt(codes, at); code !== QUOTE; code = codeAt(codes, at)) {
    if (code < SPACE) throw new NotJson();
    at = code === BACKSLASH ? endOfEscape(codes, at) : at + 1;
  }
  return at + 1;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

function endOfDigits(codes: Codes, start: number): number {
  let at = start;
  while (isDigit(codeAt(codes, at))) at += 1;
  if (at === start) throw new NotJson();
  return at;
}

function endOfNumber(codes: Codes, start: number): number {
  let at = codeAt(codes, start) === MINUS ? start + 1 : start;
  at = codeAt(codes, at) === ZERO ? at + 1 : endOfDigits(codes, at);
  if (codeAt(codes, at) === POINT) at = endOfDigits(codes, at + 1);
  if (!EXPONENT.has(codeAt(codes, at))) return at;
  return endOfDigits(codes, SIGN.has(codeAt(codes, at + 1)) ? at + 2 : at + 1);
}

function endOfScalar(codes: Codes, start: number): number {
  const code = codeAt(codes, start);
  if (code === QUOTE) return endOfString(codes, start);
  if (code === MINUS || isDigit(code)) return endOfNumber(codes, start);
  const word = WORDS.find((one) => one.every((letter, index) => codeAt(codes, start + index) === letter));
  if (word === undefined) throw new NotJson();
  return start + word.length;
}

/** Where the value of a member starts, behind its name and the colon. */
export function behindName(codes: Codes, start: number): number {
  const colon = skipBlank(codes, endOfString(codes, start));
  if (codeAt(codes, colon) !== COLON) throw new NotJson();
  return skipBlank(codes, colon + 1);
}

/** Where the value of an item starts, in what closes so: in an object behind a name. */
function valueOfItem(codes: Codes, start: number, closing: number): number {
  const at = skipBlank(codes, start);
  return closing === CLOSING_BRACE ? behindName(codes, at) : at;
}

/** From the end of a value to the next one, or to the end of all that is open. Takes away what is closed. */
function nextValue(codes: Codes, end: number, closings: number[]): number {
  let at = end;
  for (let closing = closings.at(-1); closing !== undefined; closing = closings.at(-1)) {
    at = skipBlank(codes, at);
    if (codeAt(codes, at) === COMMA) return valueOfItem(codes, at + 1, closing);
    if (codeAt(codes, at) !== closing) throw new NotJson();
    closings.pop();
    at += 1;
  }
  return at;
}

/** What closes the object or array that opens with this code; undefined when it opens none. */
function closingOf(code: number): number | undefined {
  return code === OPENING_BRACE || code === OPENING_BRACKET ? code + 2 : undefined;
}

/** Where a value of any depth ends: what is open is kept in a list, so that no depth is too much for the stack. */
export function endOfValue(codes: Codes, start: number): number {
  const closings: number[] = [];
  let at = start;
  do {
    const closing = closingOf(codeAt(codes, at));
    const inner = closing === undefined ? endOfScalar(codes, at) : skipBlank(codes, at + 1);
    if (closing === undefined) at = nextValue(codes, inner, closings);
    else if (codeAt(codes, inner) === closing) at = nextValue(codes, inner + 1, closings);
    else {
      closings.push(closing);
      at = valueOfItem(codes, inner, closing);
    }
  } while (closings.length > 0);
  return at;
}
