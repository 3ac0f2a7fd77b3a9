import type { Assessment } from '../assessment/assess.js';
import type { Grounds } from '../assessment/criteria.js';
import type { OptionOutcome } from '../assessment/ladder.js';
import type { RuleOutcome } from '../assessment/safety.js';
import type { SafetyLevel, TherapyStep } from '../knowledge/content-types.js';
import { factsOfCriterion } from '../knowledge/criterion-facts.js';
import type { Topic } from '../knowledge/topic.js';
import { oncePer } from '../lazy/once.js';
import { inertMarkdown } from './inert-text.js';
import { parseTemplate, renderItem, renderLine, type Template } from './template.js';

/** `linezolid linezolid 600 MG`: the rule names the drug for records that only name its brand. */
const TWICE = /(?<![\p{L}\p{N}-])([\p{L}-]{4,}) (?=\1(?![\p{L}\p{N}-]))/giu;

/** The words of a level as they are said, or to be filled where they quote facts. */
const wordsOf = oncePer(({ line }: SafetyLevel): string | Template => {
  const template = parseTemplate(line);
  return template.length === 1 ? line.replace(TWICE, '') : template;
});

/** The words of a level, with the facts it quotes. */
export function levelText(level: SafetyLevel, grounds: Grounds): string {
  const words = wordsOf(level);
  if (typeof words === 'string') return words;
  return renderLine(words, { get: grounds.get, gaps: '', gapTitles: '' }).replace(TWICE, '');
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

/** What speaks against one option, in words. */
interface OptionTexts {
  readonly outcome: OptionOutcome;
  readonly stop: readonly string[];
  readonly caution: readonly string[];
  readonly ask: readonly string[];
}

function textsOf(outcome: OptionOutcome, grounds: Grounds, topic: Topic): OptionTexts {
  const { rules } = outcome;
  if (rules.length === 0) return { outcome, stop: [], caution: [], ask: [] };
  const levels = rules.flatMap((rule) => rule.levels);
  const said = (word: SafetyLevel['level']) =>
    levels.filter(({ level }) => level === word).map((level) => levelText(level, grounds));
  const open = rules.filter((rule) => rule.open.length > 0).map((rule) => questionOf(rule, grounds, topic));
  return {
    outcome,
    stop: unique(said('stop')),
    caution: unique(said('caution')),
    ask: unique([...said('ask'), ...open]),
  };
}

function unique(texts: readonly string[]): readonly string[] {
  return texts.length < 2 ? texts : [...new Set(texts)];
}

/** What the lines of one card are written with. */
interface Pen {
  readonly grounds: Grounds;
  readonly topic: Topic;
  /** Texts that many lines would repeat, by the mark that stands for them. */
  readonly notes: ReadonlyMap<string, string>;
}

function marked(word: string, texts: readonly string[], { notes }: Pen): readonly string[] {
  return texts.length === 0 ? [] : [`**${word}:** ${texts.map((text) => notes.get(text) ?? text).join('; ')}.`];
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
function optionLine({ outcome, stop, ...texts }: OptionTexts, label: string, pen: Pen): string {
  const { option } = outcome;
  const { grounds, topic } = pen;
  const { levels } = topic.cards;
  const caution = marked(levels.caution, texts.caution, pen);
  const title = `${label}${standingWord(outcome, grounds, topic)}`;
  if (stop.length > 0) return [`- ${marked(`${title}, ${levels.stop}`, stop, pen).join('')}`, ...caution].join(' ');
  const ask = marked(levels.ask, texts.ask, pen);
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
function stepLines(step: TherapyStep, options: readonly OptionTexts[], pen: Pen): readonly string[] {
  const [first] = options;
  if (first === undefined) return [];
  const note = step.note === undefined ? [] : [step.note];
  if (step.options.length === 1)
    return [...note, optionLine(first, `${step.title}, ${first.outcome.option.title}`, pen)];
  const header = [`**${step.title}**`, ...note].join(' ');
  return [header, ...options.map((option) => optionLine(option, option.outcome.option.title, pen))];
}

/** From this many lines on a text is said once, above them. */
const WORTH_A_NOTE = 5;

function noteTexts(options: readonly OptionTexts[]): ReadonlyMap<string, string> {
  const counts = new Map<string, number>();
  for (const { caution, ask } of options)
    for (const text of [...caution, ...ask]) counts.set(text, (counts.get(text) ?? 0) + 1);
  const repeated = [...counts].filter(([, count]) => count >= WORTH_A_NOTE).map(([text]) => text);
  return new Map(repeated.map((text, index) => [text, `(${String.fromCharCode(97 + index)})`]));
}

/** The ladder in order, each option with its standing and with what speaks against it in this patient. */
export function ladderLines({ ladder, grounds }: Assessment, topic: Topic): readonly string[] {
  const options = ladder()
    .options.filter(isWorthALine)
    .map((outcome) => textsOf(outcome, grounds, topic));
  const notes = noteTexts(options);
  const pen: Pen = { grounds, topic, notes };
  return [
    ...Array.from(notes, ([text, sign]) => `${sign} ${text}.`),
    ...topic.ladder.steps.flatMap((step) =>
      stepLines(
        step,
        options.filter(({ outcome }) => step.options.includes(outcome.option)),
        pen,
      ),
    ),
  ];
}

/** The facts behind what the ladder says of this patient. */
export function factsOfLadderLines({ ladder }: Assessment, topic: Topic): readonly string[] {
  const names: string[] = [];
  for (const { rules, shownBy } of ladder().options) {
    names.push(...shownBy);
    for (const { levels } of rules) for (const { when } of levels) names.push(...factsOfCriterion(when, topic));
  }
  return names;
}
