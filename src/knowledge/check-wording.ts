import {
  checkPhrases,
  checkPlaceholders,
  guaranteedBy,
  guaranteedForCohort,
  intersection,
  union,
  type Names,
} from './check-text.js';
import { didYouMean, mendName, unknownName, unknownNames, type ContentProblem } from './content-problem.js';
import type { CardWording, Criterion, Line, TextLine } from './content-types.js';
import { placeholdersOf, type TopicContent } from './topic.js';

const FILE = 'cards.json';
/** CDS Hooks 2.0.1 §Card attributes: a summary has fewer than 140 characters. */
export const SUMMARY_LIMIT = 140;
/** Filled without a fact: the data that could not be had, with and without the reasons. */
const GAPS = ['gaps', 'gap-titles'];

/** What is known wherever a card may appear: by each row that names it, unless the row is also a fallback. */
function guaranteedOnCard(content: TopicContent, card: string): Names {
  const rows = content.cases.columns.flatMap((column) => column.rows).filter((row) => row.card === card);
  const byRow = rows.map((row) => (row.isFallback === true ? new Set<string>() : guaranteedBy(content, row.when)));
  return union([guaranteedForCohort(content), intersection(byRow)]);
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
      mend: 'quote it in the detail instead; a summary must stay short whatever the chart says',
      near: `{{${name}}}`,
    })),
    ...(length >= SUMMARY_LIMIT
      ? [
          {
            file: FILE,
            place,
            message,
            mend: `shorten it by ${String(length - SUMMARY_LIMIT + 1)} characters; the detail has room`,
          },
        ]
      : []),
    ...(text.includes('\n')
      ? [{ file: FILE, place, message: 'has a line break', mend: 'write the summary on one line', near: '\n' }]
      : []),
  ];
}

function checkChoices(place: string, choices: readonly { readonly when?: Criterion }[]): readonly ContentProblem[] {
  const isOpen = choices.at(-1)?.when === undefined;
  const early = choices.slice(0, -1).findIndex(({ when }) => when === undefined);
  const last = `${place}/${String(choices.length - 1)}`;
  return [
    ...(isOpen
      ? []
      : [
          {
            file: FILE,
            place: last,
            message: 'must end with a choice that has no condition',
            mend: 'add a choice without "when" at the end, for all other patients',
          },
        ]),
    ...(early < 0
      ? []
      : [
          {
            file: FILE,
            place: `${place}/${String(early)}`,
            message: 'has a choice without condition that hides the ones after it',
            mend: 'give it a "when", or make it the last',
          },
        ]),
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
      : [
          {
            file: FILE,
            place,
            message: `repeats "${line.each}", which may be unknown there`,
            mend: `give the line "when": { "fact": "${line.each}", "is": "present" }`,
            near: line.each,
          },
        ];
  // Text of a chart is inert within a line; at its start `>5` would be a quotation.
  const start = /^\s*\{\{/.test(line.line)
    ? [
        {
          file: FILE,
          place,
          message: 'must not begin with a placeholder',
          mend: 'put a word before it, like "Seen: {{…}}"',
        },
      ]
    : [];
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
      return [
        {
          file: FILE,
          place: here,
          message: 'names a block that holds a block',
          mend: `write the lines of the inner block into "${line.block}"`,
          near: line.block,
        },
      ];
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
        mend: `${mendName(card, written)}, or write the card in cards.json`,
        near: card,
      })),
    ...written
      .filter((card) => !used.some((row) => row.card === card))
      .map((card) => ({
        file: FILE,
        place: `/cards/${card}`,
        message: 'is used by no row of cases.json',
        mend: `name it as "card" of a row of cases.json, or take it out`,
        near: card,
      })),
  ];
}

function checkBlockUse({ cards }: TopicContent): readonly ContentProblem[] {
  const used = Object.values(cards.cards).flatMap(({ detail }) =>
    detail.flatMap((line) => ('block' in line ? [line.block] : [])),
  );
  return Object.keys(cards.blocks)
    .filter((block) => !used.includes(block))
    .map((block) => ({
      file: FILE,
      place: `/blocks/${block}`,
      message: 'is used by no card',
      mend: `show it in a detail with { "block": "${block}" }, or take it out`,
      near: block,
    }));
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
