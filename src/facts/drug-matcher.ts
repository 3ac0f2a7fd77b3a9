import type { CodeableConcept } from 'fhir/r4.js';
import { wordsOf } from '../fhir/codeable-concept.js';
import type { DrugClass, DrugsFile } from '../knowledge/content-types.js';
import type { Topic } from '../knowledge/topic.js';
import { oncePer } from '../lazy/once.js';
import { indexPhrases, tokensOf, type PhraseIndex } from './phrase-index.js';

/** How an entry was recognised as a drug of a class. */
export type MatchedBy = 'code' | 'name';

/** What an entry of a chart calls a drug, what is in it, and where it goes. */
export interface NamedDrug {
  readonly names: readonly CodeableConcept[];
  readonly parts: readonly CodeableConcept[];
  readonly routes: readonly CodeableConcept[];
}

export interface RecognisedDrug {
  readonly classes: ReadonlyMap<string, MatchedBy>;
  /** Substances told apart within a class, as `class/substance`. */
  readonly substances: ReadonlySet<string>;
  /** Whether the entry names its drug at all, by words or by a listed code. */
  readonly isReadable: boolean;
}

export interface DrugMatcher {
  readonly recognise: (drug: NamedDrug) => RecognisedDrug;
  /** As `recognise`, with the names of whole classes: "calcium channel blockers". */
  readonly recogniseAllergy: (drug: NamedDrug) => RecognisedDrug;
}

type Use = 'name' | 'not-name' | 'except';

interface Meaning {
  readonly drugClass: string;
  readonly use: Use;
}

function phrasesOf([drugClass, definition]: readonly [string, DrugClass]): readonly (readonly [string, Meaning])[] {
  const all = (phrases: readonly string[] = [], use: Use) =>
    phrases.map((phrase) => [phrase, { drugClass, use }] as const);
  return [
    ...all(definition.names, 'name'),
    ...all(definition.brands, 'name'),
    ...all(definition.notNames, 'not-name'),
    ...all(definition.exceptWords, 'except'),
  ];
}

function substancePhrases([drugClass, { substances = {} }]: readonly [string, DrugClass]): readonly (readonly [
  string,
  string,
])[] {
  return Object.entries(substances).flatMap(([substance, phrases]) =>
    [substance, ...phrases].map((phrase) => [phrase, `${drugClass}/${substance}`] as const),
  );
}

interface Found {
  readonly named: readonly string[];
  readonly excepted: readonly string[];
}

/** The classes a text names, each unless the name stands within a phrase that is another drug's. */
function findClasses(tokens: readonly string[], index: PhraseIndex<Meaning>): Found {
  const found = index.find(tokens);
  const covered = new Set<string>();
  for (const { meaning, at, length } of found) {
    if (meaning.use !== 'not-name') continue;
    for (let place = at; place < at + length; place += 1) covered.add(`${meaning.drugClass} ${String(place)}`);
  }
  return {
    named: found
      .filter(({ meaning, at }) => meaning.use === 'name' && !covered.has(`${meaning.drugClass} ${String(at)}`))
      .map(({ meaning }) => meaning.drugClass),
    excepted: found.filter(({ meaning }) => meaning.use === 'except').map(({ meaning }) => meaning.drugClass),
  };
}

function classesByValueSet({ classes }: DrugsFile): ReadonlyMap<string, readonly string[]> {
  const bySet = new Map<string, string[]>();
  for (const [drugClass, { valueSets }] of Object.entries(classes)) {
    for (const set of valueSets) bySet.set(set, [...(bySet.get(set) ?? []), drugClass]);
  }
  return bySet;
}

/** The routes that are known of an entry: by code, or by words of route, form and name. */
function routeReader(topic: Topic): (drug: NamedDrug, tokens: readonly (readonly string[])[]) => ReadonlySet<string> {
  const entries = Object.entries(topic.drugs.routes);
  const words = indexPhrases(entries.flatMap(([route, { words }]) => words.map((word) => [word, route] as const)));
  const bySet = new Map(entries.flatMap(([route, { valueSets }]) => valueSets.map((set) => [set, route] as const)));
  return ({ routes }, tokens) => {
    const coded = routes.flatMap(({ coding = [] }) => coding.flatMap((one) => topic.codes.setsOf(one)));
    const texts = [...tokens, ...routes.flatMap(wordsOf).map(tokensOf)];
    const named = texts.flatMap((text) => words.find(text).map(({ meaning }) => meaning));
    return new Set([...coded.flatMap((set) => bySet.get(set) ?? []), ...named]);
  };
}

/** Whether the drug surely goes only where it does not count: into the eye, onto the skin. */
function isElsewhere({ exceptRoutes = [] }: DrugClass, routes: ReadonlySet<string>): boolean {
  return routes.size > 0 && [...routes].every((route) => exceptRoutes.includes(route));
}

const HAS_WORDS = /\p{L}{3}/u;
/** What is read of a name: no text may stall a call. */
const LONGEST_NAME = 500;

interface Compiled {
  readonly topic: Topic;
  readonly index: PhraseIndex<Meaning>;
  readonly substances: PhraseIndex<string>;
  readonly classesOfSet: ReadonlyMap<string, readonly string[]>;
  readonly routesOf: ReturnType<typeof routeReader>;
  readonly noNames: ReadonlySet<string>;
}

interface Read {
  readonly concepts: readonly CodeableConcept[];
  readonly tokens: readonly (readonly string[])[];
  readonly sets: readonly string[];
}

function readNames({ names, parts }: NamedDrug, { codes }: Topic): Read {
  const concepts = [...names, ...parts];
  const texts = new Set(concepts.flatMap(wordsOf).map((text) => text.slice(0, LONGEST_NAME)));
  return {
    concepts,
    tokens: Array.from(texts, tokensOf),
    sets: concepts.flatMap(({ coding = [] }) => coding.flatMap((one) => codes.setsOf(one))),
  };
}

/** Whether a concept says which drug it is: a listed code, or words that are more than "unknown medication". */
function isReadable(concept: CodeableConcept, { topic, classesOfSet, noNames }: Compiled): boolean {
  const isListed = (concept.coding ?? []).some((one) => topic.codes.setsOf(one).some((set) => classesOfSet.has(set)));
  if (isListed) return true;
  return wordsOf(concept).some((text) => HAS_WORDS.test(text) && !noNames.has(tokensOf(text).join(' ')));
}

function isWholeReadable({ names, parts }: NamedDrug, compiled: Compiled): boolean {
  if (names.some((name) => isReadable(name, compiled))) return true;
  return parts.length > 0 && parts.every((part) => isReadable(part, compiled));
}

/** The classes of a drug by name and by code, without any exceptions. */
function classesOf({ tokens, sets }: Read, { index, classesOfSet }: Compiled): Map<string, MatchedBy> {
  const classes = new Map<string, MatchedBy>();
  for (const text of tokens) for (const drugClass of findClasses(text, index).named) classes.set(drugClass, 'name');
  for (const set of sets) for (const drugClass of classesOfSet.get(set) ?? []) classes.set(drugClass, 'code');
  return classes;
}

/** Takes out the classes that its form, its codes or its route rule out. */
function takeOutExceptions(classes: Map<string, MatchedBy>, drug: NamedDrug, read: Read, compiled: Compiled): void {
  if (classes.size === 0) return;
  for (const text of read.tokens)
    for (const drugClass of findClasses(text, compiled.index).excepted) classes.delete(drugClass);
  const routes = compiled.routesOf(drug, read.tokens);
  for (const drugClass of [...classes.keys()]) {
    const definition = compiled.topic.drugs.classes[drugClass];
    if (definition === undefined) continue;
    const isOtherForm = read.sets.some((set) => definition.exceptValueSets?.includes(set));
    if (isOtherForm || isElsewhere(definition, routes)) classes.delete(drugClass);
  }
}

function substancesOf({ concepts, tokens }: Read, { substances, topic }: Compiled): ReadonlySet<string> {
  const displays = concepts.flatMap(({ coding = [] }) => coding.flatMap((one) => topic.codes.displayOf(one) ?? []));
  const labels = [...tokens, ...displays.map(tokensOf)];
  return new Set(labels.flatMap((label) => substances.find(label).map(({ meaning }) => meaning)));
}

function recogniserOf(compiled: Compiled, withExceptions: boolean): (drug: NamedDrug) => RecognisedDrug {
  return (drug) => {
    const read = readNames(drug, compiled.topic);
    const classes = classesOf(read, compiled);
    if (withExceptions) takeOutExceptions(classes, drug, read, compiled);
    return {
      classes,
      substances: classes.size === 0 ? new Set() : substancesOf(read, compiled),
      isReadable: isWholeReadable(drug, compiled),
    };
  };
}

function compile(topic: Topic): DrugMatcher {
  const definitions = Object.entries(topic.drugs.classes);
  const compiled: Compiled = {
    topic,
    index: indexPhrases(definitions.flatMap(phrasesOf)),
    substances: indexPhrases(definitions.flatMap(substancePhrases)),
    classesOfSet: classesByValueSet(topic.drugs),
    routesOf: routeReader(topic),
    noNames: new Set(topic.drugs.noNames.map((phrase) => tokensOf(phrase).join(' '))),
  };
  return {
    recognise: recogniserOf(compiled, true),
    recogniseAllergy: withClassNames(recogniserOf(compiled, false), topic.drugs),
  };
}

/** Allergies are recorded against whole classes as well, and hold whatever the form. */
function withClassNames(recognise: DrugMatcher['recognise'], { classes }: DrugsFile): DrugMatcher['recognise'] {
  const names = indexPhrases(
    Object.entries(classes).flatMap(([drugClass, { allergyNames = [] }]) =>
      allergyNames.map((name) => [name, drugClass] as const),
    ),
  );
  return (drug) => {
    const recognised = recognise(drug);
    const named = drug.names.flatMap(wordsOf).flatMap((text) => names.find(tokensOf(text)));
    const added = named.map(({ meaning }) => [meaning, 'name'] as const);
    return { ...recognised, classes: new Map([...added, ...recognised.classes]) };
  };
}

/** The matcher of a topic's drugs; compiled on first use. */
export const drugMatcherOf = oncePer(compile);
