import {
  didYouMean,
  mendName,
  namesInWords,
  repeatedIds,
  unknownName,
  type ContentProblem,
} from './content-problem.js';
import type { CardsFile, CaseColumn, Criterion, FactsFile, Line } from './content-types.js';
import { LADDER_FACTS, optionsOf, type TopicContent } from './topic.js';

/** A criterion with where it stands, so that a mistake in it can be found. */
interface Placed {
  readonly file: string;
  readonly place: string;
  readonly when: Criterion;
  /** Columns already answered there: their case may be asked. */
  readonly columns: readonly CaseColumn[];
}

/** What criteria may ask of a medication fact beside its being there. */
export const MEDICATION_CODES = ['active', 'draft', 'earlier', 'on-hold', 'as-needed', 'by-name', 'several'] as const;

/** Name of the fact that tells which row a column found. */
export function caseFactOf(column: { readonly id: string }): string {
  return `${column.id}-case`;
}

function inLines(
  file: string,
  place: string,
  lines: readonly Line[],
  columns: readonly CaseColumn[],
): readonly Placed[] {
  return lines.flatMap(({ when }, index) =>
    when === undefined ? [] : [{ file, place: `${place}/${String(index)}`, when, columns }],
  );
}

function inCards(cards: CardsFile, columns: readonly CaseColumn[]): readonly Placed[] {
  const file = 'cards.json';
  const ofCards = Object.entries(cards.cards).flatMap(([id, { indicator, summary, detail }]) => [
    ...[...indicator, ...summary].flatMap(({ when }) =>
      when === undefined ? [] : [{ file, place: `/cards/${id}`, when, columns }],
    ),
    ...inLines(file, `/cards/${id}/detail`, detail, columns),
  ]);
  const ofBlocks = Object.entries(cards.blocks).flatMap(([id, lines]) =>
    inLines(file, `/blocks/${id}`, lines, columns),
  );
  return [...ofCards, ...ofBlocks];
}

function inTherapy(content: TopicContent, columns: readonly CaseColumn[]): readonly Placed[] {
  const rules = content.safety.rules.flatMap(({ id, levels }) =>
    levels.map(({ when }, index) => ({
      file: 'safety.json',
      place: `/rules/${id}/levels/${String(index)}`,
      when,
      columns,
    })),
  );
  const options = optionsOf(content).flatMap(({ id, offerWhen }) =>
    offerWhen === undefined ? [] : [{ file: 'ladder.json', place: `/options/${id}`, when: offerWhen, columns }],
  );
  return [...rules, ...options];
}

function inSuggestions({ cards }: TopicContent, columns: readonly CaseColumn[]): readonly Placed[] {
  return Object.entries(cards.suggestions).flatMap(([id, { when, recommendedWhen }]) =>
    [when, recommendedWhen].flatMap((criterion) =>
      criterion === undefined ? [] : [{ file: 'cards.json', place: `/suggestions/${id}`, when: criterion, columns }],
    ),
  );
}

function allCriteria(content: TopicContent): readonly Placed[] {
  const { facts, cases, cards } = content;
  const named = Object.entries(facts.criteria).map(([name, { when }]) => ({
    file: 'facts.json',
    place: `/criteria/${name}`,
    when,
    columns: cases.columns,
  }));
  const rows = cases.columns.flatMap((column, index) =>
    column.rows.map(({ id, when }) => ({
      file: 'cases.json',
      place: `/columns/${column.id}/${id}`,
      when,
      columns: cases.columns.slice(0, index),
    })),
  );
  const silent = cases.silent.map(({ id, when }) => ({
    file: 'cases.json',
    place: `/silent/${id}`,
    when,
    columns: [],
  }));
  const shown = cases.columns.flatMap(({ id, shownWhen }) =>
    shownWhen === undefined
      ? []
      : [{ file: 'cases.json', place: `/columns/${id}/shownWhen`, when: shownWhen, columns: cases.columns }],
  );
  const cohort = { file: 'cases.json', place: '/cohort', when: cases.cohort, columns: [] };
  return [
    ...named,
    cohort,
    ...silent,
    ...rows,
    ...shown,
    ...inCards(cards, cases.columns),
    ...inTherapy(content, cases.columns),
    ...inSuggestions(content, cases.columns),
  ];
}

function codesOfFact(
  { facts }: TopicContent,
  name: string,
  columns: readonly CaseColumn[],
): readonly string[] | undefined {
  const column = columns.find((candidate) => caseFactOf(candidate) === name);
  if (column !== undefined) return column.rows.map(({ id }) => id);
  if (isLadderFact(name)) return [];
  const fact = facts.facts[name];
  switch (fact?.kind) {
    case undefined:
      return undefined;
    case 'derived':
      return fact.codes ?? [];
    case 'medication':
      return MEDICATION_CODES;
    case 'order':
      return ['draft'];
    case 'condition':
    case 'procedure':
    case 'observation':
    case 'allergy':
      return [];
  }
}

function isLadderFact(name: string): boolean {
  return (LADDER_FACTS as readonly string[]).includes(name);
}

function checkFactCriterion(
  content: TopicContent,
  { file, place, columns }: Placed,
  fact: string,
  value?: string,
): readonly ContentProblem[] {
  const codes = codesOfFact(content, fact, columns);
  const known = [...Object.keys(content.facts.facts), ...columns.map(caseFactOf), ...LADDER_FACTS];
  if (codes === undefined) return [unknownName({ file, place }, 'fact', fact, known)];
  if (value === undefined || codes.includes(value)) return [];
  const message = `asks fact "${fact}" for "${value}", which it never is${didYouMean(value, codes)}`;
  const mend =
    codes.length === 0 ? `write "is": "present", "absent" or "unknown" in place of "value"` : mendName(value, codes);
  return [{ file, place, message, mend, near: value }];
}

function hasNumberIn(facts: FactsFile['facts'], name: string): boolean {
  const fact = facts[name];
  return fact?.kind === 'observation' || (fact?.kind === 'derived' && fact.isNumber === true);
}

function checkComparison({ facts }: TopicContent, { file, place }: Placed, name: string): readonly ContentProblem[] {
  const fact = facts.facts[name];
  if (fact === undefined || hasNumberIn(facts.facts, name)) return [];
  const numbers = Object.keys(facts.facts).filter((key) => hasNumberIn(facts.facts, key));
  return [
    {
      file,
      place,
      message: `compares fact "${name}", which has no number`,
      mend: `ask it with "is" or "value"; those with a number are ${namesInWords(numbers)}`,
      near: name,
    },
  ];
}

function checkNamed(
  content: TopicContent,
  placed: Placed,
  name: string,
  path: readonly string[],
): readonly ContentProblem[] {
  const { file, place } = placed;
  const named = content.facts.criteria[name];
  if (named === undefined) {
    const known = Object.keys(content.facts.criteria);
    return [unknownName({ file, place }, 'criterion', name, known)];
  }
  if (path.includes(name))
    return [
      {
        file,
        place,
        message: `is circular: ${[...path, name].join(' > ')}`,
        mend: 'take one of them out of the circle: write what it means in place of its name',
        near: name,
      },
    ];
  return checkOne(content, { ...placed, when: named.when }, [...path, name]);
}

function checkOne(content: TopicContent, placed: Placed, path: readonly string[] = []): readonly ContentProblem[] {
  const { when } = placed;
  if ('all' in when) return when.all.flatMap((part) => checkOne(content, { ...placed, when: part }, path));
  if ('any' in when) return when.any.flatMap((part) => checkOne(content, { ...placed, when: part }, path));
  if ('not' in when) return checkOne(content, { ...placed, when: when.not }, path);
  if ('criterion' in when) return checkNamed(content, placed, when.criterion, path);
  const comparing = 'below' in when || 'above' in when || 'atLeast' in when;
  return [
    ...checkFactCriterion(content, placed, when.fact, 'value' in when ? when.value : undefined),
    ...(comparing ? checkComparison(content, placed, when.fact) : []),
  ];
}

function checkRows({ cases }: TopicContent): readonly ContentProblem[] {
  const ids = [...cases.silent, ...cases.columns.flatMap(({ rows }) => rows)].map(({ id }) => id);
  const fallbacks = cases.columns.filter(({ rows }) => rows.filter(({ isFallback }) => isFallback === true).length > 1);
  return [
    ...repeatedIds('cases.json', ids),
    ...fallbacks.map(({ id }) => ({
      file: 'cases.json',
      place: `/columns/${id}`,
      message: 'has more than one fallback',
      mend: 'leave "isFallback" at the row that is to be taken when nothing can be determined',
      near: 'isFallback',
    })),
  ];
}

/** Every name in every criterion leads to a fact, a code it can take, or a named criterion. */
export function checkCriteria(content: TopicContent): readonly ContentProblem[] {
  const problems = [...allCriteria(content).flatMap((placed) => checkOne(content, placed)), ...checkRows(content)];
  const seen = new Set<string>();
  return problems.filter(({ file, place, message }) => {
    const key = `${file}${place}${message}`;
    return seen.has(key) ? false : seen.add(key);
  });
}
