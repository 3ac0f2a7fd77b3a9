import {
  behindName,
  CLOSING_BRACE,
  codeAt,
  COMMA,
  endOfString,
  endOfValue,
  NotWalked,
  OPENING_BRACE,
  skipBlank,
  type JsonBytes,
} from './json-bytes.js';

function parsePart(json: JsonBytes, start: number, end: number): unknown {
  return JSON.parse(json.toString('utf8', start, end));
}

/** Reads the value of a member, which starts here; where it ends. */
type ReadValue = (name: string, start: number) => number;

/** Reads the members of the object that starts here, in their order; where it ends. */
function readMembers(json: JsonBytes, start: number, readValue: ReadValue): number {
  let at = skipBlank(json, start + 1);
  if (codeAt(json, at) === CLOSING_BRACE) return at + 1;
  for (;;) {
    const name = String(parsePart(json, at, endOfString(json, at)));
    at = skipBlank(json, readValue(name, behindName(json, at)));
    if (codeAt(json, at) === CLOSING_BRACE) return at + 1;
    if (codeAt(json, at) !== COMMA) throw new NotWalked();
    at = skipBlank(json, at + 1);
  }
}

/** Sets a member as JSON.parse does, `__proto__` too. */
function setMember(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') target[name] = value;
  else Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
}

/** JSON that nobody has read yet. */
class Unread {
  readonly json: Buffer;
  constructor(json: Buffer) {
    this.json = json;
  }
}

function memberOf(target: object, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name);
  if (!(value instanceof Unread)) return value;
  const read: unknown = JSON.parse(value.json.toString());
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

/** Node looks for up to six letters several times as fast as for more. */
const SHORT = 6;

function hasEnding(json: Buffer, word: string): boolean {
  return json.includes(word.slice(0, SHORT)) && json.includes(`${word}"`);
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
  return hasEnding(value.json, word) || value.json.includes('\\u00');
}

/** Reads the object that starts here, its members not yet: they are kept as parts of what was sent. Where it ends. */
function readMembersLater(json: JsonBytes, start: number, sent: Buffer, target: Record<string, unknown>): number {
  return readMembers(json, start, (name, from) => {
    const end = endOfValue(json, from);
    setMember(target, name, new Unread(sent.subarray(from, end)));
    return end;
  });
}

function readObject(json: JsonBytes, sent: Buffer, lazyMember: string): object {
  const start = skipBlank(json, 0);
  if (codeAt(json, start) !== OPENING_BRACE) throw new NotWalked();
  const target: Record<string, unknown> = {};
  const end = readMembers(json, start, (name, from) => {
    if (name === lazyMember && codeAt(json, from) === OPENING_BRACE) {
      const members: Record<string, unknown> = {};
      setMember(target, name, new Proxy(members, READING));
      return readMembersLater(json, from, sent, members);
    }
    const until = endOfValue(json, from);
    setMember(target, name, parsePart(json, from, until));
    return until;
  });
  if (skipBlank(json, end) !== sent.length) throw new NotWalked();
  return target;
}

const LONGEST = 1_000_000;
const END = Buffer.alloc(1);
const SCRATCH = Buffer.alloc(LONGEST + END.length);

/** Looks at a text with its end marked, in memory that is used again and emptied: nothing is left to be collected. */
function withEnd<T>(sent: Buffer, look: (json: JsonBytes) => T): T {
  if (sent.length > LONGEST) return look(Buffer.concat([sent, END]));
  sent.copy(SCRATCH);
  try {
    return look(SCRATCH.subarray(0, sent.length + END.length));
  } finally {
    SCRATCH.fill(0, 0, sent.length);
  }
}

/**
 * As JSON.parse of a text in UTF-8, but of one member, when it is an object, each member is parsed when it is first
 * read: that object is a Proxy. The text as a whole is checked at once: nothing read later can turn out to be no JSON.
 * Throws a SyntaxError like JSON.parse.
 */
export function parseLazily(sent: Buffer, lazyMember: string): unknown {
  try {
    return withEnd(sent, (json) => readObject(json, sent, lazyMember));
  } catch (error) {
    if (!(error instanceof NotWalked)) throw error;
    return JSON.parse(sent.toString());
  }
}
