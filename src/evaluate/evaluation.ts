import type { ChartAnswer } from './answer-chart.js';
import type { Unread } from './read-file.js';

/** One answer, and the file it was given for. */
export interface SourcedAnswer extends ChartAnswer {
  readonly source: string;
}

/** How often something in a file was not read. */
export interface UnreadCount {
  readonly source: string;
  readonly reason: Unread;
  readonly count: number;
}

/** What came of evaluating a path. */
export interface Evaluation {
  readonly answers: readonly SourcedAnswer[];
  readonly unread: readonly UnreadCount[];
  /** What a gap's reason is called in the content. */
  readonly gapWords: Readonly<Record<string, string>>;
}

/** Whether every patient was answered and everything was read. */
export function isComplete({ answers, unread }: Evaluation): boolean {
  return unread.length === 0 && answers.every(({ outcome }) => 'cards' in outcome);
}

/** The evaluation in a sentence. */
export function sumUp({ answers, unread }: Evaluation): string {
  const withCards = answers.filter(({ outcome }) => 'cards' in outcome && outcome.cards.length > 0).length;
  const silent = answers.filter(({ outcome }) => 'cards' in outcome && outcome.cards.length === 0).length;
  const notRead = unread.reduce((sum, { count }) => sum + count, 0);
  const numbers = [answers.length, withCards, silent, answers.length - withCards - silent, notRead].map(String);
  const [all = '', cards = '', none = '', failed = '', lost = ''] = numbers;
  return `${all} ${all === '1' ? 'call' : 'calls'}: ${cards} with cards, ${none} without, ${failed} not answered. Not read: ${lost}.`;
}
