import type { Card } from '../cds-hooks/types.js';
import { plainText } from '../report/plain-text.js';
import { sumUp, type Evaluation, type SourcedAnswer } from './evaluation.js';
import { safeLines } from './safe-text.js';
import { NOT_FIRED_WORDS, refusalWords, UNREAD_WORDS, WHOLE_RECORD } from './words.js';

/** Text of a file or chart as text, whatever Markdown would make of it. */
function inert(text: string): string {
  return plainText(text, 400)
    .replace(/[\\`*_[\]#|!~]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;');
}

function whyOf({ extension }: Card, { gapWords }: Evaluation): readonly string[] {
  const { rule, topicVersion, contentHash, evidence = [], gaps = [] } = extension['org.troponin-first.basis'];
  return [
    `Why: rule ${rule}, content ${topicVersion} ${contentHash.slice(0, 12)}.`,
    '',
    ...evidence.map(({ reference, display, value, date }) => {
      const parts = [display, value, date].filter((part) => part !== undefined);
      return `- ${inert(reference)}: ${inert(parts.join(', '))}`;
    }),
    ...gaps.map(({ need, reason }) => `- not known: ${inert(need)}, ${inert(gapWords[reason] ?? reason)}`),
    '',
  ];
}

function cardLines(card: Card, why: boolean, evaluation: Evaluation): readonly string[] {
  const { indicator, source, summary, detail } = card;
  return [
    `### ${inert(summary)}`,
    '',
    `${indicator}, ${source.topic.code}`,
    '',
    // The service made it harmless Markdown already.
    safeLines(detail),
    '',
    ...(why ? whyOf(card, evaluation) : []),
  ];
}

function answerLines(answer: SourcedAnswer, why: boolean, evaluation: Evaluation): readonly string[] {
  const { outcome, source, patientId, hook, asOf } = answer;
  const when = asOf === undefined ? '' : ` as of ${new Date(asOf).toISOString()}`;
  const head = [`## ${inert(patientId)}`, '', `${inert(source)}, ${hook}${when}`, ''];
  if ('notFired' in outcome) return [...head, `**Not answered:** ${NOT_FIRED_WORDS[outcome.notFired]}.`, ''];
  if ('problem' in outcome) {
    const issues = outcome.issues.map(({ expression, text }) => `- ${inert(expression)}: ${inert(text)}`);
    return [...head, `**Not answered.** ${refusalWords(outcome.problem)}`, '', ...issues, ''];
  }
  if (outcome.cards.length === 0) return [...head, 'No card.', ''];
  return [...head, ...outcome.cards.flatMap((card) => cardLines(card, why, evaluation))];
}

/** The evaluation as a Markdown page. */
export function evaluationMarkdown(evaluation: Evaluation, why: boolean): string {
  const unread = evaluation.unread.map(
    ({ source, reason, count }) => `- not read: ${inert(source)}, ${UNREAD_WORDS[reason]} (${String(count)})`,
  );
  const lines = [
    '# Cards',
    '',
    `${sumUp(evaluation)} ${WHOLE_RECORD}`,
    '',
    ...(unread.length === 0 ? [] : [...unread, '']),
    ...evaluation.answers.flatMap((answer) => answerLines(answer, why, evaluation)),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}
