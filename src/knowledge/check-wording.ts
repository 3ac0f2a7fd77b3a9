import { didYouMean, unknownName, unknownNames, type ContentProblem } from './content-problem.js';
import type { CardWording, Criterion, Line, TextLine } from './content-types.js';
import { LADDER_FACTS, placeholdersOf, type TopicContent } from './topic.js';

const FILE = 'cards.json';
/** CDS Hooks 2.0.1 §Card attributes: a summary has fewer than 140 characters. */
export const SUMMARY_LIMIT = 140;
/** Filled without a fact: the data that could not be had, with and without the reasons. */
const GAPS = ['gaps', 'gap-titles'];

export type Names = ReadonlySet<string>;

export function union(sets: readonly Names[]): Names {
  return new Set(sets.flatMap((set) => [...set]));
}

function intersection([first = new Set<string>(), ...others]: readonly Names[]): Names {
  return new Set([...first].filter((name) => others.every((other) => other.has(name))));
}

/** The facts that are surely present whenever the criterion is met: only those may be quoted under it. */
export function guaranteedBy(content: TopicContent, when: Criterion): Names {
  if ('all' in when) return union(when.all.map((part) => guaranteedBy(content, part)));
  if ('any' in when) return intersection(when.any.map((part) => guaranteedBy(content, part)));
  if ('not' in when) return new Set();
  if ('criterion' in when) {
    const named = content.facts.criteria[when.criterion];
    return named === undefined ? new Set() : guaranteedBy(content, named.when);
  }
  if ('is' in when && when.is !== 'present') return new Set();
  return new Set([when.fact]);
}

/** The facts that every patient of the cohort has. */
export function guaranteedForCohort(content: TopicContent): Names {
  const always = Object.entries(content.facts.facts)
    .filter(([, fact]) => fact.kind === 'derived' && fact.isGuaranteed === true)
    .map(([name]) => name);
  return union([new Set(always), guaranteedBy(content, content.cases.cohort)]);
}

/** What is known wherever a card may appear: by each row that names it, unless the row is also a fallback. */
function guaranteedOnCard(content: TopicContent, card: string): Names {
  const rows = content.cases.columns.flatMap((column) => column.rows).filter((row) => row.card === card);
  const byRow = rows.map((row) => (row.isFallback === true ? new Set<string>() : guaranteedBy(content, row.when)));
  return union([guaranteedForCohort(content), intersection(byRow)]);
}

export interface Text {
  readonly place: string;
  readonly text: string;
  readonly guaranteed: Names;
}

/** Only facts that are surely present may be quoted. */
export function checkPlaceholders(
  content: TopicContent,
  { place, text, guaranteed }: Text,
  builtIn: Names,
  file = FILE,
): readonly ContentProblem[] {
  const known = [...Object.keys(content.facts.facts), ...LADDER_FACTS];
  return placeholdersOf(text).flatMap((name) => {
    if (builtIn.has(name) || guaranteed.has(name)) return [];
    const message = known.includes(name)
      ? `quotes {{${name}}}, which may be unknown there; put it under a condition that makes it present`
      : `quotes {{${name}}}, which is no fact${didYouMean(name, known)}`;
    return [{ file, place, message }];
  });
}

/** Whether a text says a phrase, as whole words; a mark without letters anywhere. */
function says(text: string, phrase: string): boolean {
  if (!/\p{L}/u.test(phrase)) return text.includes(phrase);
  const escaped = phrase.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\p{L}-])${escaped}(?!\\p{L})`, 'iu').test(text);
}

/** No text says what topic.json forbids. */
export function checkPhrases(
  { topic }: TopicContent,
  place: string,
  text: string,
  file = FILE,
): readonly ContentProblem[] {
  return topic.neverSay
    .filter((phrase) => says(text, phrase))
    .map((phrase) => ({ file, place, message: `says "${phrase}", which no card may say` }));
}

function longestSummary(
  content: TopicContent,
  text: string,
): { readonly length: number; readonly unbounded: readonly string[] } {
  const names = placeholdersOf(text);
  const bounds = names.map((name) => {
    const fact = content.facts.facts[name];
    return fact?.kind === 'derived' ? fact.maxLength : undefined;
  });
  const literal = text.replace(/\{\{[^{}]*\}\}/g, '').length;
  return {
    length: literal + bounds.reduce<number>((sum, bound) => sum + (bound ?? 0), 0),
    unbounded: names.filter((_, index) => bounds[index] === undefined),
  };
}

function checkSummaryLength(content: TopicContent, place: string, text: string): readonly ContentProblem[] {
  const { length, unbounded } = longestSummary(content, text);
  const message = `can reach ${String(length)} characters; a summary must stay below ${String(SUMMARY_LIMIT)}`;
  return [
    ...unbounded.map((name) => ({
      file: FILE,
      place,
      message: `quotes {{${name}}}, whose length has no maxLength in facts.json`,
    })),
    ...(length >= SUMMARY_LIMIT ? [{ file: FILE, place, message }] : []),
    ...(text.includes('\n') ? [{ file: FILE, place, message: 'has a line break' }] : []),
  ];
}

function checkChoices(place: string, choices: readonly { readonly when?: Criterion }[]): readonly ContentProblem[] {
  const isOpen = choices.at(-1)?.when === undefined;
  const early = choices.slice(0, -1).some(({ when }) => when === undefined);
  return [
    ...(isOpen ? [] : [{ file: FILE, place, message: 'must end with a choice that has no condition' }]),
    ...(early ? [{ file: FILE, place, message: 'has a choice without condition that hides the ones after it' }] : []),
  ];
}

function checkTextLine(
  content: TopicContent,
  place: string,
  line: TextLine,
  guaranteed: Names,
): readonly ContentProblem[] {
  const inLine = union([guaranteed, line.when === undefined ? new Set() : guaranteedBy(content, line.when)]);
  const builtIn = new Set(line.each === undefined ? GAPS : [...GAPS, 'item']);
  const each =
    line.each === undefined || inLine.has(line.each)
      ? []
      : [{ file: FILE, place, message: `repeats "${line.each}", which may be unknown there` }];
  // Text of a chart is inert within a line; at its start `>5` would be a quotation.
  const start = /^\s*\{\{/.test(line.line) ? [{ file: FILE, place, message: 'must not begin with a placeholder' }] : [];
  return [
    ...each,
    ...start,
    ...checkPlaceholders(content, { place, text: line.line, guaranteed: inLine }, builtIn),
    ...checkPhrases(content, place, line.line),
  ];
}

function checkLines(
  content: TopicContent,
  place: string,
  lines: readonly Line[],
  guaranteed: Names,
): readonly ContentProblem[] {
  return lines.flatMap((line, index) => {
    const here = `${place}/${String(index)}`;
    if ('ladder' in line) return [];
    if (!('block' in line)) return checkTextLine(content, here, line, guaranteed);
    const block = content.cards.blocks[line.block];
    if (block === undefined) {
      return [unknownName({ file: FILE, place: here }, 'block', line.block, Object.keys(content.cards.blocks))];
    }
    if (block.some((inner) => 'block' in inner))
      return [{ file: FILE, place: here, message: 'names a block that holds a block' }];
    const inBlock = line.when === undefined ? guaranteed : union([guaranteed, guaranteedBy(content, line.when)]);
    return checkLines(content, `/blocks/${line.block}`, block, inBlock);
  });
}

function checkCard(content: TopicContent, id: string, card: CardWording): readonly ContentProblem[] {
  const guaranteed = guaranteedOnCard(content, id);
  const place = `/cards/${id}`;
  const references = content.topic.references.map((reference) => reference.id);
  return [
    ...checkChoices(`${place}/indicator`, card.indicator),
    ...checkChoices(`${place}/summary`, card.summary),
    ...card.summary.flatMap(({ text, when }, index) => {
      const here = `${place}/summary/${String(index)}`;
      const known = when === undefined ? guaranteed : union([guaranteed, guaranteedBy(content, when)]);
      return [
        ...checkSummaryLength(content, here, text),
        ...checkPlaceholders(content, { place: here, text, guaranteed: known }, new Set()),
        ...checkPhrases(content, here, text),
      ];
    }),
    ...checkLines(content, `${place}/detail`, card.detail, guaranteed),
    ...unknownNames({ file: FILE, place }, 'reference', card.references, references),
  ];
}

function checkCardUse({ cases, cards }: TopicContent): readonly ContentProblem[] {
  const written = Object.keys(cards.cards);
  const used = cases.columns
    .flatMap(({ rows }) => rows)
    .flatMap(({ card, id }) => (card === null ? [] : [{ card, id }]));
  return [
    ...used
      .filter(({ card }) => !written.includes(card))
      .map(({ card, id }) => ({
        file: 'cases.json',
        place: `/${id}`,
        message: `names the card "${card}", which has no text in cards.json${didYouMean(card, written)}`,
      })),
    ...written
      .filter((card) => !used.some((row) => row.card === card))
      .map((card) => ({ file: FILE, place: `/cards/${card}`, message: 'is used by no row of cases.json' })),
  ];
}

function checkBlockUse({ cards }: TopicContent): readonly ContentProblem[] {
  const used = Object.values(cards.cards).flatMap(({ detail }) =>
    detail.flatMap((line) => ('block' in line ? [line.block] : [])),
  );
  return Object.keys(cards.blocks)
    .filter((block) => !used.includes(block))
    .map((block) => ({ file: FILE, place: `/blocks/${block}`, message: 'is used by no card' }));
}

/** Every card has text for every case, quotes only what is surely known, stays short, and says nothing forbidden. */
export function checkWording(content: TopicContent): readonly ContentProblem[] {
  return [
    ...checkCardUse(content),
    ...Object.entries(content.cards.cards).flatMap(([id, card]) => checkCard(content, id, card)),
    ...checkPhrases(content, '/closing', content.cards.closing),
    ...checkPhrases(content, '/sourceLabel', content.topic.sourceLabel, 'topic.json'),
    ...Object.entries(content.cards.gapReasons).flatMap(([reason, words]) =>
      checkPhrases(content, `/gapReasons/${reason}`, words),
    ),
    ...checkBlockUse(content),
  ];
}
