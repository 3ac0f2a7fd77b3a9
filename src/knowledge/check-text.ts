import { didYouMean, mendName, type ContentProblem } from './content-problem.js';
import { sayInstead } from './say-instead.js';
import type { Criterion } from './content-types.js';
import { LADDER_FACTS, placeholdersOf, type TopicContent } from './topic.js';

const FILE = 'cards.json';

/** Names of facts. */
export type Names = ReadonlySet<string>;

/** The names that any set holds. */
export function union(sets: readonly Names[]): Names {
  return new Set(sets.flatMap((set) => [...set]));
}

/** The names that all sets hold. */
export function intersection([first = new Set<string>(), ...others]: readonly Names[]): Names {
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

/** A text of the content with the facts that are surely present where it is shown. */
export interface Text {
  readonly place: string;
  readonly text: string;
  readonly guaranteed: Names;
}

function mayBeUnknown(name: string, guaranteed: Names): Pick<ContentProblem, 'message' | 'mend'> {
  const sure = [...guaranteed].map((known) => `{{${known}}}`).join(', ');
  return {
    message: `quotes {{${name}}}, which may be unknown there; put it under a condition that makes it present`,
    mend: `give the line "when": { "fact": "${name}", "is": "present" }${sure === '' ? '' : `, or quote what is sure there: ${sure}`}`,
  };
}

function noFact(name: string, sure: readonly string[]): Pick<ContentProblem, 'mend'> {
  if (name === 'item')
    return { mend: 'give the line "each": the fact whose items it lists, under a condition that makes it present' };
  return { mend: `${mendName(name, sure)}; those are known there, another needs a condition` };
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
    const near = `{{${name}}}`;
    return known.includes(name)
      ? [{ file, place, near, ...mayBeUnknown(name, guaranteed) }]
      : [
          {
            file,
            place,
            near,
            ...noFact(name, [...builtIn, ...guaranteed]),
            message: `quotes {{${name}}}, which is no fact${didYouMean(name, known)}`,
          },
        ];
  });
}

/** Whether a text says a phrase, as whole words; a mark without letters anywhere. */
function says(text: string, phrase: string): boolean {
  if (!/\p{L}/u.test(phrase)) return text.includes(phrase);
  const escaped = phrase.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\p{L}-])${escaped}(?!\\p{L})`, 'iu').test(text);
}

/** The phrase as it stands in a text, capitals and all. */
function asWritten(text: string, phrase: string): string {
  const at = text.toLowerCase().indexOf(phrase.toLowerCase());
  return at < 0 ? phrase : text.slice(at, at + phrase.length);
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
    .map((phrase) => ({
      file,
      place,
      message: `says "${phrase}", which no card may say`,
      mend: sayInstead(phrase),
      near: asWritten(text, phrase),
    }));
}
