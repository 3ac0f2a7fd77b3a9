import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readSearchPage, resourceTypeOf } from '../../src/fhir/bundle.js';
import { isObject, numberOf, objectsOf, textOf, textsOf } from '../../src/fhir/json.js';

const EMPTY = { entries: [], unreadable: 0, nextUrl: undefined, total: undefined, matches: 0, hasFailed: false };
const condition = { resourceType: 'Condition', id: 'c1' };
const bundle = (more: object) => ({ resourceType: 'Bundle', type: 'searchset', ...more });
const outcome = (...issue: readonly object[]) => ({ resource: { resourceType: 'OperationOutcome', issue } });

describe('a search page', () => {
  test.each([
    ['no entry', bundle({}), EMPTY],
    ['empty entry', bundle({ entry: [] }), EMPTY],
    ['any type of Bundle', { resourceType: 'Bundle' }, EMPTY],
    [
      'one match',
      bundle({ entry: [{ fullUrl: 'urn:x', resource: condition }] }),
      { ...EMPTY, entries: [{ resource: condition, fullUrl: 'urn:x' }], matches: 1 },
    ],
    [
      'a lone entry',
      bundle({ entry: { resource: condition } }),
      { ...EMPTY, entries: [{ resource: condition, fullUrl: undefined }], matches: 1 },
    ],
    [
      'search mode match',
      bundle({ entry: [{ resource: condition, search: { mode: 'match' } }] }),
      { ...EMPTY, entries: [{ resource: condition, fullUrl: undefined }], matches: 1 },
    ],
    [
      'search mode include',
      bundle({ entry: [{ resource: condition, search: { mode: 'include' } }] }),
      { ...EMPTY, entries: [{ resource: condition, fullUrl: undefined }] },
    ],
    ['total', bundle({ total: 7 }), { ...EMPTY, total: 7 }],
    ['total zero', bundle({ total: 0 }), { ...EMPTY, total: 0 }],
    ['total as text', bundle({ total: '7' }), EMPTY],
    [
      'next',
      bundle({
        link: [
          { relation: 'self', url: 'a' },
          { relation: 'next', url: 'b' },
        ],
      }),
      { ...EMPTY, nextUrl: 'b' },
    ],
    [
      'no next',
      bundle({
        link: [
          { relation: 'self', url: 'a' },
          { relation: 'previous', url: 'b' },
        ],
      }),
      EMPTY,
    ],
    ['a lone link', bundle({ link: { relation: 'next', url: 'b' } }), { ...EMPTY, nextUrl: 'b' }],
    ['next without URL', bundle({ link: [{ relation: 'next' }] }), { ...EMPTY, nextUrl: '' }],
    ['next with a bad URL', bundle({ link: [{ relation: 'next', url: 7 }] }), { ...EMPTY, nextUrl: '' }],
    ['link of another shape', bundle({ link: 'next' }), EMPTY],
  ])('%s', (_, value, page) => {
    expect(readSearchPage(value)).toEqual(page);
  });

  test.each([
    ['entry without resource', [{}]],
    ['null', [null]],
    ['text', ['Condition/c1']],
    ['null resource', [{ resource: null }]],
    ['resource without type', [{ resource: { id: 'c1' } }]],
    ['resource with a bad type', [{ resource: { resourceType: 7 } }]],
    ['resource that is a list', [{ resource: [condition] }]],
    ['entry that is a list', [[{ resource: condition }]]],
    ['entries null', null],
    ['entries text', 'none'],
  ])('unreadable, and counted: %s', (_, entry) => {
    expect(readSearchPage(bundle({ entry }))).toEqual({ ...EMPTY, unreadable: 1 });
  });

  test.each([
    ['error', { severity: 'error' }, true],
    ['fatal', { severity: 'fatal' }, true],
    ['warning', { severity: 'warning', code: 'not-found' }, false],
    ['information', { severity: 'information', code: 'informational' }, false],
    ['suppressed', { severity: 'information', code: 'suppressed' }, true],
    ['forbidden', { severity: 'warning', code: 'forbidden' }, true],
    ['security', { severity: 'warning', code: 'security' }, true],
    ['incomplete', { severity: 'warning', code: 'incomplete' }, true],
    ['too costly', { severity: 'warning', code: 'too-costly' }, true],
    ['no words', {}, false],
  ])('an outcome entry that says %s', (_, issue, hasFailed) => {
    expect(readSearchPage(bundle({ entry: [outcome(issue)] }))).toEqual({ ...EMPTY, hasFailed });
  });

  test('one failing issue among harmless ones is enough, in whichever entry', () => {
    const harmless = { severity: 'information' };
    const entry = [outcome(harmless, { severity: 'error' }), outcome(harmless), { resource: condition }];
    expect(readSearchPage(bundle({ entry }))).toMatchObject({ hasFailed: true, matches: 1 });
  });

  test.each([
    [null],
    [undefined],
    ['Bundle'],
    [7],
    [[]],
    [{}],
    [condition],
    [[bundle({})]],
    [{ resourceType: 'bundle' }],
  ])('%j is no Bundle', (value) => {
    expect(readSearchPage(value)).toBeUndefined();
  });

  test('any members at all: nothing throws, nothing found is lost uncounted', () => {
    fc.assert(
      fc.property(fc.array(fc.anything()), fc.anything(), fc.anything(), (entry, link, total) => {
        const page = readSearchPage(bundle({ entry, link, total }));
        expect((page?.entries.length ?? 0) + (page?.unreadable ?? 0)).toBe(entry.length);
      }),
    );
  });
});

describe('JSON of unknown shape', () => {
  test.each([
    [{}, true],
    [{ a: 1 }, true],
    [[], false],
    [null, false],
    [undefined, false],
    ['{}', false],
    [0, false],
  ])('isObject %j', (value, expected) => {
    expect(isObject(value)).toBe(expected);
  });

  test.each([
    ['a', 'a'],
    [' a ', ' a '],
    ['', undefined],
    [' \t\n', undefined],
    [7, undefined],
    [null, undefined],
    [['a'], undefined],
  ])('textOf %j', (value, expected) => {
    expect(textOf(value)).toBe(expected);
  });

  test.each([
    [0, 0],
    [-1.5, -1.5],
    ['7', undefined],
    [Number.NaN, undefined],
    [Number.NEGATIVE_INFINITY, undefined],
    [null, undefined],
    [true, undefined],
  ])('numberOf %j', (value, expected) => {
    expect(numberOf(value)).toBe(expected);
  });

  test.each([
    [
      [{ a: 1 }, null, 'b', [{ c: 1 }], { d: 1 }],
      [{ a: 1 }, { d: 1 }],
    ],
    [{ a: 1 }, [{ a: 1 }]],
    ['a', []],
    [null, []],
  ])('objectsOf %j', (value, expected) => {
    expect(objectsOf(value)).toEqual(expected);
  });

  test.each([
    [
      ['a', ' ', 7, null, 'b'],
      ['a', 'b'],
    ],
    ['a', []],
    [{ 0: 'a' }, []],
  ])('textsOf %j', (value, expected) => {
    expect(textsOf(value)).toEqual(expected);
  });

  test.each([
    [condition, 'Condition'],
    [{ resourceType: '' }, undefined],
    [{ resourceType: ['Condition'] }, undefined],
    [null, undefined],
  ])('resourceTypeOf %j', (value, expected) => {
    expect(resourceTypeOf(value)).toBe(expected);
  });
});
