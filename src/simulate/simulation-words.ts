import type { AsOf } from '../evaluate/answer-chart.js';
import { NOT_FIRED_WORDS, UNREAD_WORDS, WHOLE_RECORD } from '../evaluate/words.js';
import type { Simulated } from './simulate.js';
import type { ServiceTally } from './tally.js';

/** What was simulated, and what was counted. */
export interface Simulation {
  readonly simulated: Simulated;
  readonly when: AsOf;
}

/** A count for every thousand of a whole, to one decimal; 0 of nothing. */
export function perThousand(count: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((count * 10_000) / whole) / 10;
}

/** A count as people read it: `48,213`. */
export function numeral(count: number): string {
  return count.toLocaleString('en-US');
}

function instants(when: AsOf): string {
  return 'at' in when
    ? `as of ${new Date(when.at).toISOString()}`
    : 'each as of the last entry of its chart, as if it were opened then, once';
}

/** What the numbers are about. */
export function opening({ simulated, when }: Simulation): readonly string[] {
  const partial = simulated.isPartial ? ['PARTIAL: ended before the last chart; this is what was counted so far.'] : [];
  return [
    ...partial,
    `${numeral(simulated.charts)} ${simulated.charts === 1 ? 'chart' : 'charts'}, ${instants(when)}. ${WHOLE_RECORD}`,
  ];
}

/** What a service did, in a sentence. */
export function callSentence({ calls, withCards, silent, unanswered }: ServiceTally): string {
  const failed = Object.values(unanswered).reduce((sum, one) => sum + one, 0);
  const rate = perThousand(withCards, calls).toFixed(1);
  return `${numeral(calls)} ${calls === 1 ? 'call' : 'calls'}: ${numeral(withCards)} with cards (${rate} per 1,000), ${numeral(silent)} without, ${numeral(failed)} not answered.`;
}

/** Calls not answered and hooks not fired, with their reasons. */
export function troubles({ unanswered, notFired }: ServiceTally): readonly (readonly [string, number])[] {
  const words: Readonly<Record<string, string>> = NOT_FIRED_WORDS;
  return [
    ...Object.entries(unanswered).map(([reason, count]) => [`not answered: ${reason}`, count] as const),
    ...Object.entries(notFired).map(([reason, count]) => [`not fired: ${words[reason] ?? reason}`, count] as const),
  ];
}

/** What was not read, with reasons. */
export function unreadLines({ unread }: Simulated): readonly (readonly [string, number])[] {
  const words: Readonly<Record<string, string>> = UNREAD_WORDS;
  return Object.entries(unread).map(([reason, count]) => [`not read: ${words[reason] ?? reason}`, count] as const);
}
