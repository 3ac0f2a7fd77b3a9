import type { Assessment } from '../assessment/assess.js';
import type { Grounds } from '../assessment/criteria.js';
import type { OptionOutcome } from '../assessment/ladder.js';
import type { RuleOutcome } from '../assessment/safety.js';
import type { SafetyLevel, TherapyStep } from '../knowledge/content-types.js';
import { factsOfCriterion } from '../knowledge/criterion-facts.js';
import type { Topic } from '../knowledge/topic.js';
import { inertMarkdown } from './inert-text.js';
import { parseTemplate, renderItem, renderLine, type Template } from './template.js';

const templates = new WeakMap<SafetyLevel, Template>();

/** `linezolid linezolid 600 MG`: the rule names the drug for records that only name its brand. */
const TWICE = /(?<![\p{L}\p{N}-])([\p{L}-]{4,}) (?=\1(?![\p{L}\p{N}-]))/giu;

/** The words of a level, with the facts it quotes. */
export function levelText(level: SafetyLevel, grounds: Grounds): string {
  const template = templates.get(level) ?? parseTemplate(level.line);
  templates.set(level, template);
  return renderLine(template, { get: grounds.get, gaps: '', gapTitles: '' }).replace(TWICE, '');
}

/** Whether a rule is open only because something was never measured, and not because a list could not be read. */
function lacksOnlyMeasurements({ open }: RuleOutcome, grounds: Grounds, topic: Topic): boolean {
  const unknown = open
    .flatMap(({ when }) => factsOfCriterion(when, topic))
    .filter((name) => grounds.get(name).state === 'unknown');
  return unknown.every((name) => topic.facts.facts[name]?.kind === 'observation');
}

/** What has to be found out before an open rule can be decided. */
function questionOf(outcome: RuleOutcome, grounds: Grounds, topic: Topic): string {
  const { ask } = outcome.rule;
  const { unchecked } = topic.cards.words;
  return ask !== undefined && lacksOnlyMeasurements(outcome, grounds, topic) ? ask : unchecked;
}

type Said = 'stop' | 'caution' | 'ask';

/** What the lines of one card are written with. */
interface Pen {
  readonly grounds: Grounds;
  readonly topic: Topic;
  /** Texts that many lines would repeat, by the mark that stands for them. */
  readonly notes: ReadonlyMap<string, string>;
}

function textsOf(said: Said, { rules }: OptionOutcome, { grounds, topic, notes }: Pen): readonly string[] {
  const met = rules
    .flatMap(({ levels }) => levels)
    .filter(({ level }) => level === said)
    .map((level) => levelText(level, grounds));
  const open =
    said === 'ask' ? rules.filter((rule) => rule.open.length > 0).map((rule) => questionOf(rule, grounds, topic)) : [];
  return [...new Set([...met, ...open].map((text) => notes.get(text) ?? text))];
}

function marked(word: string, texts: readonly string[]): readonly string[] {
  return texts.length === 0 ? [] : [`**${word}:** ${texts.join('; ')}.`];
}

/** Whether the card names the entry elsewhere: in the position, or in what a rule says. */
function isNamed({ option, rules }: OptionOutcome): boolean {
  return option.offer !== 'never' || rules.some(({ levels }) => levels.some(({ level }) => level !== 'none'));
}

/** Where the patient stands with the option; with the entry, where nothing else names it. */
function standingWord(outcome: OptionOutcome, grounds: Grounds, { cards: { words } }: Topic): string {
  const { standing, shownBy } = outcome;
  if (standing !== 'on') return standing === 'tried' ? ` (${words.tried})` : '';
  const [fact] = shownBy.map(grounds.get);
  const [item] = fact?.state === 'present' && !isNamed(outcome) ? fact.items : [];
  return item === undefined ? ` (${words.on})` : ` (${words.on} ${renderItem(item, inertMarkdown)})`;
}

/** One option: what speaks against it in place of what it is, when it must not be used. */
function optionLine(outcome: OptionOutcome, label: string, pen: Pen): string {
  const { option } = outcome;
  const { grounds, topic } = pen;
  const { levels } = topic.cards;
  const stop = textsOf('stop', outcome, pen);
  const caution = marked(levels.caution, textsOf('caution', outcome, pen));
  const title = `${label}${standingWord(outcome, grounds, topic)}`;
  if (stop.length > 0) return [`- ${marked(`${title}, ${levels.stop}`, stop).join('')}`, ...caution].join(' ');
  const ask = marked(levels.ask, textsOf('ask', outcome, pen));
  const text = option.text === '' ? [] : [`${option.text}.`];
  return [`- **${title}:**`, ...text, ...caution, ...ask].join(' ');
}

/** A hazard that nobody takes or orders is not worth a line, unless a review of it is due. */
function isWorthALine({ option, rules, standing, isDrafted }: OptionOutcome): boolean {
  if (option.onlyIfTaken !== true || standing === 'on' || isDrafted) return true;
  return rules.some(
    ({ rule, levels }) => rule.kind === 'medication-review' && levels.some(({ level }) => level !== 'none'),
  );
}

/** One step: its options under its title, or a lone option with the title before it. */
function stepLines(step: TherapyStep, outcomes: readonly OptionOutcome[], pen: Pen): readonly string[] {
  const [first] = outcomes;
  if (first === undefined) return [];
  const note = step.note === undefined ? [] : [step.note];
  if (step.options.length === 1) return [...note, optionLine(first, `${step.title}, ${first.option.title}`, pen)];
  const header = [`**${step.title}**`, ...note].join(' ');
  return [header, ...outcomes.map((outcome) => optionLine(outcome, outcome.option.title, pen))];
}

/** From this many lines on a text is said once, above them. */
const WORTH_A_NOTE = 5;

function noteTexts(outcomes: readonly OptionOutcome[], grounds: Grounds, topic: Topic): ReadonlyMap<string, string> {
  const pen: Pen = { grounds, topic, notes: new Map() };
  const counts = new Map<string, number>();
  for (const outcome of outcomes) {
    const texts = [...textsOf('caution', outcome, pen), ...textsOf('ask', outcome, pen)];
    for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const repeated = [...counts].filter(([, count]) => count >= WORTH_A_NOTE).map(([text]) => text);
  return new Map(repeated.map((text, index) => [text, `(${String.fromCharCode(97 + index)})`]));
}

/** The ladder in order, each option with its standing and with what speaks against it in this patient. */
export function ladderLines({ ladder, grounds }: Assessment, topic: Topic): readonly string[] {
  const outcomes = ladder().options.filter(isWorthALine);
  const notes = noteTexts(outcomes, grounds, topic);
  const pen: Pen = { grounds, topic, notes };
  return [
    ...Array.from(notes, ([text, sign]) => `${sign} ${text}.`),
    ...topic.ladder.steps.flatMap((step) =>
      stepLines(
        step,
        outcomes.filter(({ option }) => step.options.includes(option)),
        pen,
      ),
    ),
  ];
}

/** The facts behind what the ladder says of this patient. */
export function factsOfLadderLines({ ladder }: Assessment, topic: Topic): readonly string[] {
  return ladder().options.flatMap(({ rules, shownBy }) => [
    ...shownBy,
    ...rules.flatMap(({ levels }) => levels.flatMap(({ when }) => factsOfCriterion(when, topic))),
  ]);
}
