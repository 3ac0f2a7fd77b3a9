import type { CardWording, CaseRow, Line } from '../knowledge/content-types.js';
import { factsOfCriterion } from '../knowledge/criterion-facts.js';
import { needsOfFact } from '../knowledge/fact-needs.js';
import { optionsOf, placeholdersOf, type Topic } from '../knowledge/topic.js';

function factsOfLine(line: Line, topic: Topic): readonly string[] {
  if ('block' in line) {
    const lines = topic.cards.blocks[line.block] ?? [];
    return [...factsOfCriterion(line.when, topic), ...lines.flatMap((inner) => factsOfLine(inner, topic))];
  }
  if ('ladder' in line) return factsOfCriterion(line.when, topic);
  const each = line.each === undefined ? [] : [line.each];
  return [...factsOfCriterion(line.when, topic), ...each, ...placeholdersOf(line.line)];
}

function factsOfWording({ indicator, summary, detail }: CardWording, topic: Topic): readonly string[] {
  return [
    ...indicator.flatMap(({ when }) => factsOfCriterion(when, topic)),
    ...summary.flatMap(({ when, text }) => [...factsOfCriterion(when, topic), ...placeholdersOf(text)]),
    ...detail.flatMap((line) => factsOfLine(line, topic)),
  ];
}

function rowsUpTo(card: string, topic: Topic): readonly CaseRow[] {
  const last = topic.cases.columns.findIndex(({ rows }) => rows.some((row) => row.card === card));
  return topic.cases.columns.slice(0, last + 1).flatMap(({ rows }) => rows);
}

/** What a card may stand on: the facts its rows and wording name, and the data needs behind them. */
export interface CardBasis {
  readonly facts: readonly string[];
  readonly needs: ReadonlySet<string>;
}

/** What the annotated ladder may ask of a chart. */
function factsOfLadder(topic: Topic): readonly string[] {
  const rules = topic.safety.rules.flatMap(({ levels }) => levels.flatMap(({ when }) => factsOfCriterion(when, topic)));
  return [...rules, ...optionsOf(topic).flatMap(({ taking = [], tried = [] }) => [...taking, ...tried])];
}

/** The basis of a card: the same for every patient. */
export function basisOfCard(card: string, wording: CardWording, topic: Topic): CardBasis {
  const ofRows = rowsUpTo(card, topic).flatMap(({ when }) => factsOfCriterion(when, topic));
  const named = new Set([...factsOfWording(wording, topic), ...ofRows]);
  const facts = [...named].filter((name) => topic.facts.facts[name] !== undefined);
  const ladder = wording.detail.some((line) => 'ladder' in line) ? factsOfLadder(topic) : [];
  return { facts, needs: new Set([...facts, ...ladder].flatMap((name) => needsOfFact(name, topic))) };
}
