import { describe, expect, test } from '@jest/globals';
import { indexPhrases, tokensOf } from '../../src/facts/phrase-index.js';

describe('the words of a text', () => {
  test.each([
    ['Nitroglycerin 0.4 MG Sublingual Tablet', ['nitroglycerin', '0', '4', 'mg', 'sublingual', 'tablet']],
    ['acetaminophen-codeine', ['acetaminophen', 'codeine']],
    ['isosorbide/hydralazine (BiDil)', ['isosorbide', 'hydralazine', 'bidil']],
    ['  Viagra®\t50\n', ['viagra', '50']],
    ['éphédrine Straße', ['éphédrine', 'straße']],
    ['St. John’s wort', ['st', 'john', 's', 'wort']],
    ['', []],
    [' -/(*) ', []],
  ])('%j', (text, tokens) => {
    expect(tokensOf(text)).toEqual(tokens);
  });
});

describe('phrases in a text', () => {
  const index = indexPhrases([
    ['nitroglycerin', 'nitroglycerin'],
    ['isosorb*', 'isosorbide'],
    ['isosorbide dinitrate', 'dinitrate'],
    ['potassium chlor*', 'chloride'],
    ['Amyl Nitrite', 'amyl'],
    ['acetaminophen-codeine', 'codeine'],
    ['nitro bid', 'nitro-bid'],
    ['nitro', 'nitro'],
    ['', 'blank'],
    [' * ', 'star'],
  ]);
  test.each<[string, string, readonly string[]]>([
    ['one word', 'Nitroglycerin 0.4 mg', ['nitroglycerin@0+1']],
    ['in the middle', 'apply nitroglycerin ointment', ['nitroglycerin@1+1']],
    ['twice', 'nitroglycerin or nitroglycerin', ['nitroglycerin@0+1', 'nitroglycerin@2+1']],
    ['a longer word is another', 'nitroglycerine', []],
    ['a shorter word is another', 'nitroglyc', []],
    ['a word that goes on', 'isosorbid mononitrate', ['isosorbide@0+1']],
    ['a word that goes on by nothing', 'isosorb', ['isosorbide@0+1']],
    ['a phrase and the word it begins with', 'isosorbide dinitrate', ['dinitrate@0+2', 'isosorbide@0+1']],
    ['two words, the last open', 'potassium chloride ER', ['chloride@0+2']],
    ['two words, the last open, by nothing', 'potassium chlor', ['chloride@0+2']],
    ['the first word of two is not open', 'potassiums chloride', []],
    ['the first word alone', 'potassium', []],
    ['two words with another between', 'potassium and chloride', []],
    ['any case', 'AMYL nitrite', ['amyl@0+2']],
    ['any stop between the words', 'amyl-nitrite, inhaled', ['amyl@0+2']],
    ['a phrase that is written with a hyphen', 'acetaminophen / codeine', ['codeine@0+2']],
    ['phrases that begin alike', 'nitro bid ointment', ['nitro-bid@0+2', 'nitro@0+1']],
    ['at the very end', 'bid nitro', ['nitro@1+1']],
    ['a blank phrase is never found', 'blank star', []],
    ['no text', '', []],
  ])('%s: %j', (_, text, expected) => {
    const found = index
      .find(tokensOf(text))
      .map(({ meaning, at, length }) => `${meaning}@${String(at)}+${String(length)}`);
    expect([...found].sort()).toEqual([...expected].sort());
  });

  test('the same phrase may mean several things', () => {
    const both = indexPhrases([
      ['tadalafil', 'heart'],
      ['tadalafil', 'lungs'],
      ['tadal*', 'open'],
    ]);
    expect(both.find(['tadalafil']).map(({ meaning }) => meaning)).toEqual(['heart', 'lungs', 'open']);
  });

  test('names of members that every object has are only words', () => {
    expect(indexPhrases([['a', 1]]).find(['constructor', '__proto__', 'a'])).toEqual([
      { meaning: 1, at: 2, length: 1 },
    ]);
  });

  test('without any phrase nothing is found', () => {
    expect(indexPhrases([]).find(['nitroglycerin'])).toEqual([]);
  });
});
