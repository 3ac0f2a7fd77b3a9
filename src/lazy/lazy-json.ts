import {
  behindName,
  CLOSING_BRACE,
  codeAt,
  COMMA,
  endOfString,
  endOfValue,
  NotJson,
  OPENING_BRACE,
  skipBlank,
  type Codes,
} from './json-text.js';

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

/** V8 looks for up to six letters more than ten times as fast as for more. */
const SHORT = 6;

function hasEnding(text: string, word: string): boolean {
  return text.includes(word.slice(0, SHORT)) && text.includes(`${word}"`);
}

/**
 * Whether a member of an object may hold this word, of ASCII letters, as a text or at the end of one; true when it was
 * read already. Spares reading it to learn that it does not.
 */
export function mayHold(object: object, name: string, word: string): boolean {
  const members: unknown = Reflect.get(object, MEMBERS);
  const value: unknown = typeof members === 'object' && members !== null ? Reflect.get(members, name) : undefined;
  if (!(value instanceof Unread)) return true;
  // A letter of ASCII may be written as an escape, and this is how such escapes begin.
  return hasEnding(value.text, word) || value.text.includes('\\u00');
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
    if (name === lazyMember && codeAt(codes, from) === OPENING_BRACE) {
      const members: Record<string, unknown> = {};
      setMember(target, name, new Proxy(members, READING));
      return readMembersAsText(source, from, members);
    }
    const until = endOfValue(codes, from);
    setMember(target, name, parsePart(source, from, until));
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
