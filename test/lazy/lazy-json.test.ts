import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mayHold, parseLazily } from '../../src/lazy/lazy-json.js';

/* JSON whose prefetch is parsed when it is read: for every text the same as JSON.parse, refusals included. */

type Parse = (json: Buffer) => unknown;

function outcomeOf(parse: Parse, json: Buffer): unknown {
  try {
    return { value: parse(json) };
  } catch (error) {
    return { refused: error instanceof SyntaxError };
  }
}

const whole: Parse = (json) => JSON.parse(json.toString('utf8'));
const lazily: Parse = (json) => parseLazily(json, 'prefetch');
const read = (text: string) => lazily(Buffer.from(text)) as { prefetch: Record<string, unknown> };

/** Written out again, so that every member was read, and in its place. */
const written =
  (parse: Parse): Parse =>
  (json) =>
    JSON.stringify(parse(json));

function expectAlike(json: Buffer | string): void {
  const bytes = Buffer.from(json);
  expect(outcomeOf(written(lazily), bytes)).toEqual(outcomeOf(written(whole), bytes));
  expect(outcomeOf(lazily, bytes)).toEqual(outcomeOf(whole, bytes));
}

const inPrefetch = (value: string) => `{"hook":"patient-view","prefetch":{"labs":${value},"patient":null}}`;

describe.each([
  ['nothing', ''],
  ['blanks', ' \t\r\n'],
  ['a text', '"text"'],
  ['a number', '1'],
  ['a list', '[1,{"prefetch":{}}]'],
  ['an empty object', ' { } '],
  ['no prefetch', '{"hook":"patient-view"}'],
  ['prefetch null', '{"prefetch":null}'],
  ['prefetch a list', '{"prefetch":[1]}'],
  ['prefetch empty', '{"prefetch":{ }}'],
  ['prefetch twice', '{"prefetch":{"a":1},"hook":"x","prefetch":{"b":2}}'],
  ['prefetch within prefetch', '{"prefetch":{"prefetch":{"a":1}}}'],
  ['a key twice', '{"prefetch":{"a":1,"b":2,"a":3}}'],
  ['a key written with escapes', '{"pre\\u0066etch":{"\\u0061":1}}'],
  ['keys that are numbers', '{"prefetch":{"2":1,"b":2,"1":3},"1":0}'],
  ['__proto__', '{"__proto__":{"a":1},"prefetch":{"__proto__":{"b":2},"constructor":1}}'],
  ['something behind it', '{"prefetch":{}} x'],
  ['nothing behind the comma', '{"prefetch":{"a":1,}}'],
  ['two values', '{"prefetch":{"a":1 2}}'],
  ['no end', '{"prefetch":{"a":1}'],
  ['a foreign bracket', '{"prefetch":{"a":[1}}'],
  ['no colon', '{"prefetch":{"a" 1}}'],
  ['no quotes', '{"prefetch":{a:1}}'],
  ['a comment', '{"prefetch":{/* */"a":1}}'],
])('%s', (_, text) => {
  test('is what JSON.parse makes of it', () => {
    expectAlike(text);
  });
});

describe.each([
  ...['0', '-0', '10', '-1.5', '1e5', '1E+5', '1.0e-5', '123456789012345678901', '1e400'],
  ...['01', '-', '+1', '.5', '1.', '1e', '1e+', '0x10', '1_0', 'NaN', 'Infinity', '-Infinity'],
  ...['true', 'false', 'null', 'tru', 'truee', 'nul', 'True', 'undefined'],
  ...['""', '"a', '"a\nb"', '"a\tb"', '"\\n\\t\\"\\\\\\/\\b\\f\\r"', '"\\x"', '"\\u12"', '"\\u12G4"', '"\\uD83D"'],
  ...['"\\', '"\\u', '"é 漢 😀"', '"\ud800"', '"\u2028"', '"\u007f"', '"ģ"', '"\u225c"', "'a'"],
  ...[
    '[]',
    '[ ]',
    '[1,2]',
    '[1,]',
    '[,1]',
    '[1 2]',
    '[[[]]]',
    '[[[',
    ']',
    '{"a":{"b":[{}]}}',
    '{"a"}',
    '{,}',
    '{"a":}',
  ],
  ...['\ufeff1', '\u00a01', '1\u00a0', '\v1', ' 1 ', '\r\n1\t', '{\n"a"\t:\r1 }'],
])('a value written %j', (value) => {
  test.each([
    ['in prefetch', inPrefetch(value)],
    ['beside it', `{"a":${value},"prefetch":{"b":${value}}}`],
    ['in a list', inPrefetch(`[${value},${value}]`)],
  ])('%s', (_, text) => {
    expectAlike(text);
  });
});

test.each([90, 110, 100_000])('lists %d deep', (deep) => {
  const value = `${'['.repeat(deep)}${']'.repeat(deep)}`;
  expect(read(inPrefetch(value))).toHaveProperty('prefetch.patient', null);
  expect(outcomeOf(lazily, Buffer.from(inPrefetch(value.slice(1))))).toEqual({ refused: true });
});

test.each([
  ['a byte that begins nothing', [0xff]],
  ['a character cut off', [0xc3]],
  ['a character cut off and the end of the text', [0xe6, 0xbc, 0x22]],
  ['half a surrogate pair', [0xed, 0xa0, 0x80]],
  ['a quote in two bytes', [0xc0, 0xa2]],
])('%s', (_, bytes) => {
  const damaged = (text: string) => Buffer.from(text.replace('?', String.fromCharCode(...bytes)), 'latin1');
  expectAlike(damaged(inPrefetch('"a?b"')));
  expectAlike(damaged(inPrefetch('?1')));
});

test('a text beyond a million bytes, and the small one after it', () => {
  const value = `"${'x'.repeat(1_000_000)}"`;
  expectAlike(inPrefetch(value));
  expectAlike(inPrefetch('1'));
});

test('any JSON, however it is spaced', () => {
  fc.assert(
    fc.property(fc.json(), fc.json(), fc.nat(4), (labs, more, spaces) => {
      const { a, b } = { a: JSON.parse(labs) as unknown, b: JSON.parse(more) as unknown };
      expectAlike(JSON.stringify({ a, prefetch: { labs: a, [more]: b }, b }, null, spaces));
    }),
    { numRuns: 300 },
  );
});

/** Characters that decide what JSON is, more often than others. */
const piece = fc.constantFrom(...Array.from('{}[]:,"\\0123456789.-+eEtrufalsn \n\t\u0000é漢'));

test('any damage to a text', () => {
  const whole = inPrefetch('[{"code":"a\\"b\\u00e9","value":-1.50e+3,"is":[true,false,null,{}]}]');
  fc.assert(
    fc.property(fc.nat(whole.length), fc.nat(3), fc.array(piece, { maxLength: 3 }), (at, gone, added) => {
      expectAlike(whole.slice(0, at) + added.join('') + whole.slice(at + gone));
    }),
    { numRuns: 3000 },
  );
});

test('any sequence of such characters', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      expectAlike(inPrefetch(pieces.join('')));
    }),
    { numRuns: 3000 },
  );
});

describe('what was parsed lazily', () => {
  const readOne = () => read(inPrefetch('{"a":[1]}'));

  test('is the same thing at every look', () => {
    const { prefetch } = readOne();
    expect(prefetch['labs']).toBe(prefetch['labs']);
    expect(Object.values(prefetch)[0]).toBe(prefetch['labs']);
  });

  test.each([
    ['keys', (prefetch: object) => Object.keys(prefetch), ['labs', 'patient']],
    ['entries', Object.entries, [['labs', { a: [1] }], ['patient', null]]], // prettier-ignore
    ['a copy', (prefetch: object) => ({ ...prefetch }), { labs: { a: [1] }, patient: null }],
    ['hasOwn', (prefetch: object) => ['labs', 'none'].map((key) => Object.hasOwn(prefetch, key)), [true, false]],
    ['in', (prefetch: object) => ['labs', 'none'].map((key) => key in prefetch), [true, false]],
    ['no member', (prefetch: Record<string, unknown>) => prefetch['none'], undefined],
  ] as const)('has %s like any object', (_, look, expected) => {
    expect((look as (prefetch: object) => unknown)(readOne().prefetch)).toEqual(expected);
  });
});

describe('whether a member may hold a word is told without reading it', () => {
  const holds = (text: string) => mayHold(read(text).prefetch, 'labs', 'Condition');

  test.each([
    ['the word', '{"resourceType":"Condition"}', true],
    ['the end of a text', '{"display":"Old Condition"}', true],
    ['an escape that may be one of its letters', '{"resourceType":"\\u0043ondition"}', true],
    ['another word', '{"resourceType":"Observation"}', false],
    ['its beginning', '{"a":"Conditions","b":"Condition/1"}', false],
    ['nothing', 'null', false],
  ])('%s', (_, value, expected) => {
    expect(holds(inPrefetch(value))).toBe(expected);
  });

  test('it may when it was read, or was never text', () => {
    const { prefetch } = read(inPrefetch('[]'));
    expect(mayHold(prefetch, 'labs', 'Condition')).toBe(false);
    expect(prefetch['labs']).toEqual([]);
    expect(mayHold(prefetch, 'labs', 'Condition')).toBe(true);
    expect(mayHold({ labs: null }, 'labs', 'Condition')).toBe(true);
  });
});
