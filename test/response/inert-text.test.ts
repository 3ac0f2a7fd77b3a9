import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { inertMarkdown, plainLine } from '../../src/response/inert-text.js';

const PUNCTUATION_ESCAPE = /\\([!-/:-@[-`{-~])/g;

/** What a GitHub-flavored Markdown renderer would act on in the middle of a line. */
const ACTS_IN_A_LINE: readonly (readonly [string, RegExp])[] = [
  ['emphasis, strike-through or code', /[*_~`]/],
  ['link, image, footnote or table', /[[\]|]/],
  ['tag or comment', /<[a-z/!?]/i],
  ['entity', /&#?\w+;/],
  ['line break', /[\n\r]/],
];

/** What it would act on at the start of a line. */
const ACTS_AT_THE_START: readonly (readonly [string, RegExp])[] = [
  ['heading', /^\s*#/],
  ['quotation', /^\s*>/],
  ['list', /^\s*(?:[-+*]|\d{1,9}[.)])(?:\s|$)/],
  ['ruler or underline', /^\s*(?:(?:-\s*){3,}|=+)$/],
  ['code', /^(?: {4}|\t)/],
];

/** Bare links are found in the text as it reads, escapes already undone. */
const LINK = /(?:https?:\/\/|ftp:\/\/|www\.\w|mailto:\w|xmpp:\w|[\w.+-]@[\w-])/i;

function actingIn(markdown: string, isAtStart: boolean): readonly string[] {
  const residue = markdown.replace(PUNCTUATION_ESCAPE, 'x');
  const patterns = isAtStart ? [...ACTS_IN_A_LINE, ...ACTS_AT_THE_START] : ACTS_IN_A_LINE;
  const found = patterns.filter(([, pattern]) => pattern.test(residue)).map(([name]) => name);
  return LINK.test(markdown.replace(PUNCTUATION_ESCAPE, '$1')) ? [...found, 'bare link'] : found;
}

/** The words a reader sees. */
function seen(markdown: string): string {
  return markdown.replace(PUNCTUATION_ESCAPE, '$1').replaceAll('\u200b', '');
}

const INJECTIONS: readonly (readonly [string, string])[] = [
  ['heading', '# Troponin normal'],
  ['heading, last level', '###### small'],
  ['list with a dash', '- item'],
  ['list with a plus', '+ item'],
  ['list with a star', '* item'],
  ['ordered list with a bracket', '12) patient seen'],
  ['quotation', '> all clear'],
  ['ruler of stars', '***'],
  ['ruler of underscores', '___'],
  ['emphasis', '*normal*'],
  ['strong', '**normal**'],
  ['strong by underscores', '__normal__'],
  ['strike-through', '2~3 to 3~4'],
  ['strike-through, double', '~~elevated~~'],
  ['code', '`rm`'],
  ['fence', '```js'],
  ['fence of tildes', '~~~'],
  ['tag', '<script>alert(1)</script>'],
  ['limits that look like a tag', '<LLN and K>ULN'],
  ['closing tag', '</li>'],
  ['image tag', '<img src=x onerror=alert(1)>'],
  ['comment', '<!-- elevated -->'],
  ['declaration', '<!DOCTYPE html>'],
  ['processing instruction', '<?php ?>'],
  ['entity', '&lt;script&gt;'],
  ['numeric entity', '&#60;b&#62;'],
  ['link', '[result](https://evil.example)'],
  ['link by reference', '[result][1]'],
  ['link definition', '[1]: https://evil.example'],
  ['image', '![x](https://evil.example/x.png)'],
  ['footnote', 'value[^1]'],
  ['angle link', '<https://evil.example>'],
  ['bare link http', 'see http://evil.example/a'],
  ['bare link https, capitals', 'HTTPS://EVIL.example'],
  ['bare link www', 'www.evil.example'],
  ['bare link ftp', 'ftp://evil.example'],
  ['bare link mail', 'call dr@evil.example'],
  ['mailto', 'mailto:dr@evil.example'],
  ['link hidden by escapes', 'http\\://evil.example'],
  ['table', 'a | b'],
  ['table rule', '|---|---|'],
  ['task', '- [x] done'],
];

describe('injections', () => {
  test.each(INJECTIONS)('%s would act when left alone', (_, text) => {
    expect(actingIn(text, true)).not.toEqual([]);
  });

  test.each(INJECTIONS)('%s is inert and reads the same', (_, text) => {
    const markdown = inertMarkdown(text);
    expect(actingIn(markdown, true)).toEqual([]);
    expect(seen(markdown)).toBe(text);
  });

  test('an escape of the chart is escaped itself', () => {
    expect(seen(inertMarkdown('\\*normal\\*'))).toBe('\\*normal\\*');
    expect(actingIn(inertMarkdown('\\*normal\\*'), true)).toEqual([]);
  });

  test('an ordered list is inert', () => {
    expect(actingIn(inertMarkdown('1. patient seen'), true)).toEqual([]);
  });

  test('and reads the same: a backslash before a digit is shown', () => {
    expect(seen(inertMarkdown('1. patient seen'))).toBe('1. patient seen');
  });

  test.each([
    ['line feed', 'a\n# b', 'a # b'],
    ['carriage return', 'a\r\n\r\n- b', 'a - b'],
    ['tab', '\ta', 'a'],
    ['NUL', 'a\u0000b', 'a b'],
    ['escape sequence', 'a\u001b[2Jb', 'a [2Jb'],
    ['C1 control', 'a\u0085b', 'a b'],
    ['right-to-left override', 'a\u202egnp.exe', 'a gnp.exe'],
    ['isolates', '\u2066a\u2069b', 'a b'],
    ['left-to-right and Arabic marks', 'a\u200e\u200f\u061cb', 'a b'],
    ['byte order mark', '\ufeffa', 'a'],
    ['a tag across lines', 'a <im\ng src=x>', 'a <im g src=x>'],
  ])('%s is taken out', (_, text, plain) => {
    expect(plainLine(text)).toBe(plain);
    expect(seen(inertMarkdown(text))).toBe(plain);
    expect(actingIn(inertMarkdown(text), true)).toEqual([]);
  });

  test('any text at all is inert in the middle of a line and on one line', () => {
    const nasty = fc.string({
      unit: fc.constantFrom(...Array.from('*_~`[](){}<>#|!&\\-+.0 a\n\t@:/'), 'www', 'http://', '&lt;', '😀'),
    });
    fc.assert(
      fc.property(fc.oneof(nasty, fc.string({ unit: 'binary' })), (text) => {
        expect(actingIn(`Condition: ${inertMarkdown(text)}.`, false)).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  describe('also when the words of the chart begin the line', () => {
    test.each([
      ['a number that starts a list', '1. x'],
      ['a lone ordinal', '1.'],
      ['a ruler of dashes', '---'],
      ['an underline', '==='],
    ])('%s', (_, text) => {
      expect(actingIn(inertMarkdown(text), true)).toEqual([]);
    });
  });

  test.each([
    ['line separator', 'a\u2028b'],
    ['paragraph separator', 'a\u2029b'],
  ])('%s is no part of one line', (_, text) => {
    expect(plainLine(text)).toBe('a b');
  });
});

describe('harmless text is left alone', () => {
  test.each([
    '<3 ng/L',
    '<=3',
    '0.05 ng/mL',
    '0.05',
    '14 ng/L',
    '14 µg/L',
    '98 %',
    'Chest pain, unspecified',
    'Troponin T',
    'K22.4',
    'Übelkeit und Schmerz',
    'x-1 - y',
    '"quoted" text; said: so',
  ])('%s', (text) => {
    expect(inertMarkdown(text)).toBe(text);
    expect(plainLine(text)).toBe(text);
  });

  test.each([
    ['2 * 3', '2 \\* 3'],
    ['120 mm[Hg]', '120 mm\\[Hg\\]'],
    ['Diffuse spasm (K22.4)', 'Diffuse spasm \\(K22.4\\)'],
    ['a < b', 'a \\< b'],
    ['R&D', 'R\\&D'],
  ])('%s is escaped as %s', (text, markdown) => {
    expect(inertMarkdown(text)).toBe(markdown);
  });
});

describe('length', () => {
  test.each([
    ['120 characters stay', 'a'.repeat(120), 'a'.repeat(120)],
    ['121 are cut', 'a'.repeat(121), `${'a'.repeat(119)}…`],
    ['10,000 are cut', 'a'.repeat(10_000), `${'a'.repeat(119)}…`],
    ['120 emoji stay', '😀'.repeat(120), '😀'.repeat(120)],
    ['a surrogate pair is never cut', '😀'.repeat(10_000), `${'😀'.repeat(119)}…`],
    ['spaces around do not count', ` ${'a'.repeat(120)} `, 'a'.repeat(120)],
  ])('%s', (_, text, shortened) => {
    expect(inertMarkdown(text)).toBe(shortened);
    expect(plainLine(text)).toBe(shortened);
  });

  test('an escape is never cut from its character', () => {
    expect(inertMarkdown('*'.repeat(10_000))).toBe(`${'\\*'.repeat(119)}…`);
  });

  test('a hostile text of 100,000 characters takes no time worth telling', () => {
    const started = performance.now();
    for (const text of ['\u202e'.repeat(100_000), '1'.repeat(100_000), ' '.repeat(100_000), '<'.repeat(100_000)]) {
      inertMarkdown(`x${text}x`);
    }
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
