const OTHERWISE: readonly (readonly [words: RegExp, advice: string])[] = [
  [
    /excluded|ruled out/i,
    'say what the record shows, like "no elevated troponin is recorded for this episode"; a card excludes nothing',
  ],
  [/^safe$/i, 'say what was checked and found, or what is missing; a card clears nobody'],
  [
    /^no (?:interaction|contraindication)$/i,
    'leave the line out, or say what was not checked; what no rule names is not cleared',
  ],
  [/was not done|not performed/i, 'write "is not recorded": the record does not show what was done elsewhere'],
  [/^atypical$/i, 'write "noncardiac", "possibly cardiac" or "cardiac", as the 2021 chest pain guideline does'],
  [/failure to/i, 'say what to do next; a card blames nobody'],
  [/^!$/, 'end the sentence with a full stop; the indicator says how grave it is'],
  [/deadly|cure/i, 'name the finding and its consequence in plain clinical words'],
];

/** What an author may write in place of words that no card may say. */
export function sayInstead(phrase: string): string {
  const advice = OTHERWISE.find(([words]) => words.test(phrase))?.[1] ?? 'say it in other words';
  return `${advice} (/neverSay of topic.json lists these words)`;
}
