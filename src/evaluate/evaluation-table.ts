import type { Card } from '../cds-hooks/types.js';
import { plainText } from '../report/plain-text.js';
import { sumUp, type Evaluation, type SourcedAnswer } from './evaluation.js';
import { NOT_FIRED_WORDS, refusalWords, UNREAD_WORDS, WHOLE_RECORD } from './words.js';

type GapWords = Evaluation['gapWords'];

const LONGEST = 400;

function instant(asOf: number | undefined): string {
  return asOf === undefined ? '' : ` as of ${new Date(asOf).toISOString()}`;
}

function headOf({ source, patientId, hook, asOf, encounterId }: SourcedAnswer): string {
  const encounter = encounterId === undefined ? 'no encounter' : `encounter ${plainText(encounterId)}`;
  return `${plainText(source, LONGEST)}: patient ${plainText(patientId)}, ${hook}${instant(asOf)}, ${encounter}`;
}

/** Rule, content, chart entries and gaps of a card, as its `basis` has them. */
function whyOf({ extension }: Card, gapWords: GapWords): readonly string[] {
  const { rule, topicVersion, contentHash, evidence = [], gaps = [] } = extension['org.troponin-first.basis'];
  const entries = evidence.map(({ reference, display, value, date }) =>
    plainText([reference, [display, value, date].filter((part) => part !== undefined).join(', ')].join(': '), LONGEST),
  );
  const unknown = gaps.map(({ need, reason }) => `${need}: ${gapWords[reason] ?? reason}`);
  return [
    `rule ${rule}, content ${topicVersion} ${contentHash.slice(0, 12)}`,
    ...entries.map((text) => `because  ${text}`),
    ...unknown.map((text) => `unknown  ${plainText(text, LONGEST)}`),
  ];
}

function cardLines(card: Card, why: boolean, gapWords: GapWords): readonly string[] {
  const { indicator, source, summary } = card;
  const basis = why ? whyOf(card, gapWords) : [];
  return [
    `  ${indicator.toUpperCase().padEnd(8)}  ${source.topic.code}`,
    ...[plainText(summary, LONGEST), ...basis].map((line) => `            ${line}`),
  ];
}

function outcomeLines({ outcome }: SourcedAnswer, why: boolean, gapWords: GapWords): readonly string[] {
  if ('notFired' in outcome) return [`  NOT ANSWERED  ${NOT_FIRED_WORDS[outcome.notFired]}`];
  if ('problem' in outcome) {
    const issues = outcome.issues.map(({ expression, text }) => `    ${expression}: ${text}`);
    return [`  NOT ANSWERED  ${refusalWords(outcome.problem)}`, ...issues];
  }
  if (outcome.cards.length === 0) return ['  no card'];
  return outcome.cards.flatMap((card) => cardLines(card, why, gapWords));
}

/** The evaluation as plain text for a terminal; with what each card stands on when `why` is asked. */
export function evaluationTable(evaluation: Evaluation, why: boolean): string {
  const { answers, unread, gapWords } = evaluation;
  const lines = [
    ...answers.flatMap((answer) => [headOf(answer), ...outcomeLines(answer, why, gapWords), '']),
    ...unread.map(({ source, reason, count }) =>
      ['NOT READ', plainText(source, LONGEST), `${UNREAD_WORDS[reason]} (${String(count)})`].join('  '),
    ),
    sumUp(evaluation),
    WHOLE_RECORD,
  ];
  return `${lines.join('\n')}\n`;
}
