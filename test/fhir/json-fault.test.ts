import { expect, test } from '@jest/globals';
import { jsonFaultOf, lineAndColumn } from '../../src/fhir/json-fault.js';

/* Why a text is no JSON, where, and how to mend it. */

test.each([
  ['comma too many', '{ "a": 1, }', 10, 'take out the comma'],
  ['comma missing', '{"a": 1 "b": 2}', 8, 'put a comma'],
  ['comma too many in a list', '{"a": [1,2,]}', 11, 'take out the comma'],
  ['colon missing', '{"a" 1}', 5, '"name": value'],
  ['line break in a text', '{"a": "x\n"}', 6, 'closing quote'],
  ['brace not closed', '{"a": 1\n', 6, 'missing }'],
  ['bracket not closed', '{"a": [1', 7, 'missing ]'],
  ['brace too many', '{"a":1}}', 7, 'a } too many'],
  ['comment', '{ // x\n"a":1}', 2, 'JSON has none'],
  ['backslash', '{"a": "\\x"}', 6, 'backslash'],
  ['no value', '{"a": tru}', 6, 'true, false or null'],
  ['no member', '{"a": 1, "b"', 11, ''],
  ['byte order mark', '\uFEFF{}', 0, 'without byte order mark'],
  ['empty', ' \n', undefined, 'bring back'],
])('no JSON: %s', (_, text, offset, mend) => {
  const fault = jsonFaultOf(text);
  expect(fault.message).toMatch(/^is no valid JSON: /);
  expect(fault.offset).toBe(offset);
  expect(fault.mend).toContain(mend);
});

test.each(['[', '{"a":'])('%s, as deep as no stack can hold', (opening) => {
  expect(jsonFaultOf(opening.repeat(50_000)).message).toMatch(/^is no valid JSON/);
});

test.each([
  ['', 0, 1, 1],
  ['ab\ncd', 1, 1, 2],
  ['ab\ncd', 2, 1, 3],
  ['ab\ncd', 3, 2, 1],
  ['a\r\n\r\nb', 5, 3, 1],
])('in %j the offset %d is line %d, column %d', (text, offset, line, column) => {
  expect(lineAndColumn(text, offset)).toEqual({ line, column });
});
