import { isComplete, type Evaluation } from './evaluation.js';
import { safeJson } from './safe-text.js';
import { NOT_FIRED_WORDS, UNREAD_WORDS, WHOLE_RECORD } from './words.js';

/** The evaluation as JSON: the cards as the service would send them, or why there is no answer. */
export function evaluationJson(evaluation: Evaluation): string {
  const answers = evaluation.answers.map(({ outcome, asOf, encounterId, ...about }) => ({
    ...about,
    asOf: asOf === undefined ? undefined : new Date(asOf).toISOString(),
    encounterId,
    ...('notFired' in outcome
      ? { notAnswered: { code: outcome.notFired, text: NOT_FIRED_WORDS[outcome.notFired] } }
      : 'problem' in outcome
        ? { notAnswered: { code: outcome.problem, issues: outcome.issues } }
        : { cards: outcome.cards }),
  }));
  const unread = evaluation.unread.map((one) => ({ ...one, text: UNREAD_WORDS[one.reason] }));
  return `${safeJson({ isComplete: isComplete(evaluation), note: WHOLE_RECORD, answers, unread })}\n`;
}
