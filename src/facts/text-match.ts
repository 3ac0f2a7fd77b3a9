import type { TextMatching } from '../knowledge/content-types.js';
import { escaped, phrasePattern } from '../knowledge/phrase-pattern.js';
import { oncePer } from '../lazy/once.js';

type Phrases = readonly string[];

/**
 * A quick first look: whether the text holds the letters of any phrase at all. Says yes too often, never too rarely;
 * it spares nearly every text of a chart the exact comparison.
 */
export function hintPattern(phrases: Phrases): RegExp {
  const words = phrases.map((phrase) =>
    phrase
      .replaceAll('*', '')
      .split(/[\s,-]+/)
      .reduce((one, other) => (other.length > one.length ? other : one)),
  );
  return new RegExp([...new Set(words)].map(escaped).join('|'), 'iu');
}

/** Content's phrases, made ready once per topic. */
export interface TextMatcher {
  /** Whether a condition's text is worth reading. */
  readonly hintsCondition: (text: string) => boolean;
  /** Whether the text of a study, report or order is worth reading. */
  readonly hintsStudy: (text: string) => boolean;
  /** Whether the text names the condition and does not deny it. */
  readonly namesCondition: (text: string) => boolean;
  readonly namesTroponin: (text: string) => boolean;
  readonly namesNoResult: (text: string) => boolean;
  readonly namesEcg: (text: string) => boolean;
  /** Whether an ECG's own text says that there is none. */
  readonly deniesEcg: (text: string) => boolean;
  /** Whether an ECG's own text says something that worries. */
  readonly worriesAboutEcg: (text: string) => boolean;
  readonly namesChestPain: (text: string) => boolean;
  readonly readsResult: (text: string) => ResultReading;
}

/** What is read of a text: names of a condition or a result stand at its beginning, and no text may stall a call. */
const LONGEST_TEXT = 500;
const NEARBY_WORDS = 4;
const CLAUSE_END = /[.,;:()\n]/;

function wordsOf(text: string): readonly string[] {
  return text.split(/[\s/]+/).filter((word) => word !== '');
}

/** The last words before a name, within its clause: what another clause denies is another matter. */
function wordsBefore(text: string): string {
  return wordsOf(text.split(CLAUSE_END).at(-1) ?? '')
    .slice(-NEARBY_WORDS)
    .join(' ');
}

/** The first words after a name, within its clause. */
function wordsAfter(text: string): string {
  return wordsOf(text.split(CLAUSE_END)[0] ?? '')
    .slice(0, NEARBY_WORDS)
    .join(' ');
}

/** What directly follows behind a comma or bracket: `(ruled out)`. */
function nextClause(text: string): string {
  return text.replace(/^\s*[,;:(]?\s*/, '');
}

/** "Spasm ruled out by manometry" denies the spasm; "spasm, ruled out infarction" denies what follows. */
const ENDS_OR_EXPLAINS = '\\s*(?:$|[.,;:)]|(?:by|with|on|via|after|in|today|yesterday)\\b)';

type Denial = Pick<TextMatching, 'negatedBefore' | 'negatedAfter' | 'notExcluded'>;

/** Whether a text names one of the phrases without denying it. */
export function affirmedMatcher(
  phrases: Phrases,
  { negatedBefore, negatedAfter, notExcluded }: Denial,
): (text: string) => boolean {
  const names = new RegExp(phrasePattern(phrases).source, 'giu');
  const before = phrasePattern(negatedBefore);
  const denial = `${phrasePattern(negatedAfter).source}${ENDS_OR_EXPLAINS}`;
  const after = new RegExp(denial, 'iu');
  const startsDenied = new RegExp(`^${denial}`, 'iu');
  const doubt = phrasePattern(notExcluded);
  return (whole) => {
    const text = whole.slice(0, LONGEST_TEXT);
    return Array.from(text.matchAll(names)).some((match) => {
      const rest = text.slice(match.index + match[0].length);
      const [left, right] = [wordsBefore(text.slice(0, match.index)), wordsAfter(rest)];
      if (doubt.test(left) || doubt.test(right)) return true;
      return !before.test(left) && !after.test(right) && !startsDenied.test(nextClause(rest));
    });
  };
}

export type ResultReading = 'elevated' | 'not-elevated' | 'detected' | 'undecided';

/**
 * Reads a result written in words. What is said to be absent ("not detected") is taken out first; where worrying and
 * calming words both remain, nothing is decided.
 */
function resultReader(matching: TextMatching): (text: string) => ResultReading {
  const ignored = new RegExp(phrasePattern(matching.ignoredInResult).source, 'giu');
  const denied = new RegExp(phrasePattern(matching.deniedResult).source, 'giu');
  const elevated = new RegExp(phrasePattern(matching.elevatedResult).source, 'giu');
  const normal = phrasePattern(matching.normalResult);
  const detected = phrasePattern(matching.detectedResult);
  return (text) => {
    const said = text.slice(0, LONGEST_TEXT).replace(ignored, ' ');
    const affirmed = said.replace(denied, ' ');
    const rest = affirmed.replace(elevated, ' ');
    const isCalming = affirmed !== said || normal.test(rest);
    if (rest !== affirmed) return isCalming ? 'undecided' : 'elevated';
    if (detected.test(rest)) return isCalming ? 'undecided' : 'detected';
    return isCalming ? 'not-elevated' : 'undecided';
  };
}

function compile(matching: TextMatching): TextMatcher {
  const conditions = [...matching.condition, ...matching.chestPain];
  const [conditionHint, studyHint] = [hintPattern(conditions), hintPattern([...matching.troponin, ...matching.ecg])];
  const notDone = phrasePattern(matching.ecgNotDone);
  const [troponin, noResult, ecg, notEcg] = [
    phrasePattern(matching.troponin),
    phrasePattern(matching.notTroponinResult),
    phrasePattern(matching.ecg),
    phrasePattern([...matching.notEcg, ...matching.ecgNotDone]),
  ];
  return {
    hintsCondition: (text) => conditionHint.test(text),
    hintsStudy: (text) => studyHint.test(text),
    namesCondition: affirmedMatcher(matching.condition, matching),
    namesChestPain: affirmedMatcher(matching.chestPain, matching),
    namesTroponin: (text) => troponin.test(text),
    namesNoResult: (text) => noResult.test(text),
    namesEcg: (text) => ecg.test(text) && !notEcg.test(text),
    deniesEcg: (text) => notDone.test(text.slice(0, LONGEST_TEXT)),
    worriesAboutEcg: affirmedMatcher(matching.ecgWorrying, matching),
    readsResult: resultReader(matching),
  };
}

/** The matcher of a topic's words; compiled on first use. */
export const textMatcherOf = oncePer(compile);
