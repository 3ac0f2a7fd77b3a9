import type { CardWording, CaseRow, Criterion, Line } from '../knowledge/content-types.js';
import { placeholdersOf, type Topic } from '../knowledge/topic.js';

/** The facts a criterion asks for, those behind named criteria included. */
function factsOfCriterion(when: Criterion | undefined, topic: Topic): readonly string[] {
  if (when === undefined) return [];
  if ('all' in when) return when.all.flatMap((part) => factsOfCriterion(part, topic));
  if ('any' in when) return when.any.flatMap((part) => factsOfCriterion(part, topic));
  if ('not' in when) return factsOfCriterion(when.not, topic);
  if ('criterion' in when) return factsOfCriterion(topic.facts.criteria[when.criterion]?.when, topic);
  return [when.fact];
}

function factsOfLine(line: Line, topic: Topic): readonly string[] {
  if ('block' in line) {
    const lines = topic.cards.blocks[line.block] ?? [];
    return [...factsOfCriterion(line.when, topic), ...lines.flatMap((inner) => factsOfLine(inner, topic))];
  }
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

function needsOfFact(name: string, topic: Topic): readonly string[] {
  const fact = topic.facts.facts[name];
  switch (fact?.kind) {
    case 'condition':
      return ['conditions', 'encounter'];
    case 'procedure':
      return ['procedures'];
    case 'observation':
      return [fact.need];
    case 'derived':
      return fact.needs;
    case undefined:
      return [];
  }
}

/** The basis of a card: the same for every patient. */
export function basisOfCard(card: string, wording: CardWording, topic: Topic): CardBasis {
  const ofRows = rowsUpTo(card, topic).flatMap(({ when }) => factsOfCriterion(when, topic));
  const named = new Set([...factsOfWording(wording, topic), ...ofRows]);
  const facts = [...named].filter((name) => topic.facts.facts[name] !== undefined);
  return { facts, needs: new Set(facts.flatMap((name) => needsOfFact(name, topic))) };
}
