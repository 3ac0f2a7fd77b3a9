import type { TextMatching } from '../knowledge/content-types.js';

type Phrases = readonly string[];

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** An expression that finds any of the phrases as whole words, whatever the case and spacing. */
export function phrasePattern(phrases: Phrases): RegExp {
  const alternatives = phrases.map((phrase) => escaped(phrase).replace(/\s+/g, '\\s+'));
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${alternatives.join('|')})(?![\\p{L}\\p{N}])`, 'iu');
}

/** Content's phrases, made ready once per topic. */
export interface TextMatcher {
  /** Whether the text names the condition and does not deny it. */
  readonly namesCondition: (text: string) => boolean;
  readonly namesTroponin: (text: string) => boolean;
  readonly namesNoResult: (text: string) => boolean;
  readonly namesEcg: (text: string) => boolean;
  readonly readsElevated: (text: string) => boolean;
  readonly readsNormal: (text: string) => boolean;
  readonly readsDetected: (text: string) => boolean;
}

const NEARBY_WORDS = 4;

function lastWords(text: string, count: number): string {
  return text
    .split(/[\s,.;:()/]+/)
    .filter((word) => word !== '')
    .slice(-count)
    .join(' ');
}

function firstWords(text: string, count: number): string {
  return text
    .split(/[\s,.;:()/]+/)
    .filter((word) => word !== '')
    .slice(0, count)
    .join(' ');
}

function conditionMatcher(matching: TextMatching): (text: string) => boolean {
  const names = new RegExp(phrasePattern(matching.condition).source, 'giu');
  const before = phrasePattern(matching.negatedBefore);
  const after = phrasePattern(matching.negatedAfter);
  const doubt = phrasePattern(matching.notExcluded);
  return (text) =>
    [...text.matchAll(names)].some((match) => {
      const left = lastWords(text.slice(0, match.index), NEARBY_WORDS);
      const right = firstWords(text.slice(match.index + match[0].length), NEARBY_WORDS);
      return doubt.test(left) || doubt.test(right) || !(before.test(left) || after.test(right));
    });
}

const matchers = new WeakMap<TextMatching, TextMatcher>();

function compile(matching: TextMatching): TextMatcher {
  const [troponin, noResult, ecg, notEcg] = [
    phrasePattern(matching.troponin),
    phrasePattern(matching.notTroponinResult),
    phrasePattern(matching.ecg),
    phrasePattern(matching.notEcg),
  ];
  const elevated = phrasePattern(matching.elevatedResult);
  const normal = phrasePattern(matching.normalResult);
  const detected = phrasePattern(matching.detectedResult);
  return {
    namesCondition: conditionMatcher(matching),
    namesTroponin: (text) => troponin.test(text),
    namesNoResult: (text) => noResult.test(text),
    namesEcg: (text) => ecg.test(text) && !notEcg.test(text),
    // "not elevated" and "not detected" are normal: the longer phrase decides.
    readsNormal: (text) => normal.test(text),
    readsElevated: (text) => elevated.test(text) && !normal.test(text),
    readsDetected: (text) => detected.test(text) && !normal.test(text),
  };
}

/** The matcher of a topic's words; compiled on first use. */
export function textMatcherOf(matching: TextMatching): TextMatcher {
  const known = matchers.get(matching) ?? compile(matching);
  matchers.set(matching, known);
  return known;
}
