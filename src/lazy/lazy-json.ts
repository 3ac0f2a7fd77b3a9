const [QUOTE, COMMA, MINUS, POINT, COLON, BACKSLASH, LETTER_U] = [0x22, 0x2c, 0x2d, 0x2e, 0x3a, 0x5c, 0x75];
const [OPENING_BRACKET, OPENING_BRACE, CLOSING_BRACE] = [0x5b, 0x7b, 0x7d];
const [ZERO, NINE, SPACE] = [0x30, 0x39, 0x20];
const BLANKS = new Set(codesOf(' \t\n\r'));
const ESCAPED = new Set(codesOf('"\\/bfnrt'));
const EXPONENT = new Set(codesOf('eE'));
const SIGN = new Set(codesOf('+-'));
const WORDS = ['true', 'false', 'null'].map(codesOf);

function codesOf(letters: string): readonly number[] {
  return Array.from(letters, (letter) => letter.charCodeAt(0));
}

class NotJson extends Error {}

/** The UTF-16 codes of a text, and behind them 0, which stands nowhere in JSON. */
type Codes = Uint16Array;

function codeAt(codes: Codes, at: number): number {
  return codes[at] ?? 0;
}

function skipBlank(codes: Codes, start: number): number {
  let at = start;
  for (let code = codeAt(codes, at); code <= SPACE && BLANKS.has(code); code = codeAt(codes, at)) at += 1;
  return at;
}

function endOfEscape(codes: Codes, start: number): number {
  const code = codeAt(codes, start + 1);
  if (ESCAPED.has(code)) return start + 2;
  const isUnicode =
    code === LETTER_U && /^[\da-f]{4}$/i.test(String.fromCharCode(...codes.subarray(start + 2, start + 6)));
  if (!isUnicode) throw new NotJson();
  return start + 6;
}

function endOfString(codes: Codes, start: number): number {
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
function behindName(codes: Codes, start: number): number {
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

/** What closes the object or array that opens with this byte; undefined when it opens none. */
function closingOf(code: number): number | undefined {
  return code === OPENING_BRACE || code === OPENING_BRACKET ? code + 2 : undefined;
}

/** Where a value of any depth ends: what is open is kept in a list, so that no depth is too much for the stack. */
function endOfValue(codes: Codes, start: number): number {
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

interface Source {
  readonly text: string;
  readonly codes: Codes;
}

function parsePart({ text }: Source, start: number, end: number): unknown {
  return JSON.parse(text.slice(start, end));
}

/** Reads the value of a member, which starts here; where it ends. */
type ReadValue = (name: string, start: number) => number;

/** Reads the members of the object that starts here, in their order; where it ends. */
function readMembers(source: Source, start: number, readValue: ReadValue): number {
  const { codes } = source;
  let at = skipBlank(codes, start + 1);
  if (codeAt(codes, at) === CLOSING_BRACE) return at + 1;
  for (;;) {
    const name = String(parsePart(source, at, endOfString(codes, at)));
    at = skipBlank(codes, readValue(name, behindName(codes, at)));
    if (codeAt(codes, at) === CLOSING_BRACE) return at + 1;
    if (codeAt(codes, at) !== COMMA) throw new NotJson();
    at = skipBlank(codes, at + 1);
  }
}

/** Sets a member as JSON.parse does, `__proto__` too. */
function setMember(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') target[name] = value;
  else Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
}

/** Text of JSON that nobody has read yet. */
class Unread {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

function memberOf(target: object, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name);
  if (!(value instanceof Unread)) return value;
  const read: unknown = JSON.parse(value.text);
  Reflect.set(target, name, read);
  return read;
}

const MEMBERS = Symbol('members, read or not');

/** A proxy and no getters: V8 gives those places in its old heap, from where they would keep every text alive. */
const READING: ProxyHandler<object> = {
  get: (target, name) => (name === MEMBERS ? target : memberOf(target, name)),
  getOwnPropertyDescriptor: (target, name) => {
    memberOf(target, name);
    return Reflect.getOwnPropertyDescriptor(target, name);
  },
};

/**
 * Whether a member of an object may hold this word, of ASCII letters, as a text or at the end of one; true when it was
 * read already. Spares reading it to learn that it does not.
 */
export function mayHold(object: object, name: string, word: string): boolean {
  const members: unknown = Reflect.get(object, MEMBERS);
  const value: unknown = typeof members === 'object' && members !== null ? Reflect.get(members, name) : undefined;
  if (!(value instanceof Unread)) return true;
  // A letter of ASCII may be written as an escape, and this is how such escapes begin.
  return value.text.includes(`${word}"`) || value.text.includes('\\u00');
}

/** Reads the object that starts here, its members as text; where it ends. */
function readMembersAsText(source: Source, start: number, target: Record<string, unknown>): number {
  return readMembers(source, start, (name, from) => {
    const end = endOfValue(source.codes, from);
    setMember(target, name, new Unread(source.text.slice(from, end)));
    return end;
  });
}

function readObject(source: Source, lazyMember: string): object {
  const { text, codes } = source;
  const start = skipBlank(codes, 0);
  if (codeAt(codes, start) !== OPENING_BRACE) throw new NotJson();
  const target: Record<string, unknown> = {};
  const end = readMembers(source, start, (name, from) => {
    const isLazy = name === lazyMember && codeAt(codes, from) === OPENING_BRACE;
    const inner: Record<string, unknown> = {};
    const until = isLazy ? readMembersAsText(source, from, inner) : endOfValue(codes, from);
    setMember(target, name, isLazy ? new Proxy(inner, READING) : parsePart(source, from, until));
    return until;
  });
  if (skipBlank(codes, end) !== text.length) throw new NotJson();
  return target;
}

const LONGEST = 2_000_000;
const SCRATCH = Buffer.alloc(2 * (LONGEST + 1));

/**
 * Looks at the codes of a text in memory that is used again and emptied: to read them from the string would take twice
 * as long, memory of its own for each text would have to be collected.
 */
function withCodes<T>(text: string, look: (codes: Codes) => T): T {
  const length = SCRATCH.write(text, 'utf16le');
  try {
    return look(new Uint16Array(SCRATCH.buffer, SCRATCH.byteOffset, text.length + 1));
  } finally {
    SCRATCH.fill(0, 0, length);
  }
}

/**
 * As JSON.parse, but of one member, when it is an object, each member is parsed when it is first read: that object is a
 * Proxy. The text as a whole is checked at once: nothing read later can turn out to be no JSON. Beyond two million characters all is parsed
 * at once. Throws a SyntaxError like JSON.parse.
 */
export function parseLazily(text: string, lazyMember: string): unknown {
  if (text.length > LONGEST) return JSON.parse(text);
  try {
    return withCodes(text, (codes) => readObject({ text, codes }, lazyMember));
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    return JSON.parse(text);
  }
}
