import type { CodeSystem, ValueSet } from 'fhir/r4.js';
import { indexValueSets, type CodeIndex } from '../fhir/value-set.js';
import type {
  CardsFile,
  CasesFile,
  DrugsFile,
  FactsFile,
  LadderFile,
  SafetyFile,
  SiteRulesFile,
  TherapyOption,
  TopicFile,
} from './content-types.js';
import { oncePer } from '../lazy/once.js';
import { readThresholds, type Thresholds } from './thresholds.js';

/** The files of one folder below `cards/`, parsed and of the right shape. */
export interface TopicContent {
  readonly topic: TopicFile;
  readonly facts: FactsFile;
  readonly cases: CasesFile;
  readonly cards: CardsFile;
  readonly drugs: DrugsFile;
  readonly safety: SafetyFile;
  readonly ladder: LadderFile;
  readonly site: SiteRulesFile;
  readonly overrideReasons: CodeSystem;
  readonly valueSets: readonly ValueSet[];
}

/** One topic, proved whole: everything the service knows about one clinical question. */
export interface Topic extends TopicContent {
  /** SHA-256 of all files: says exactly which content made a card. */
  readonly contentHash: string;
  /** What the site added or changed, a sentence each; the rest is the product's own. */
  readonly siteChanges: readonly string[];
  readonly codes: CodeIndex;
  readonly thresholds: Thresholds;
  readonly valueSetById: ReadonlyMap<string, ValueSet>;
}

export function assembleTopic(content: TopicContent, contentHash: string, siteChanges: readonly string[] = []): Topic {
  return {
    ...content,
    contentHash,
    siteChanges,
    codes: indexValueSets(content.valueSets),
    thresholds: readThresholds(content.topic.thresholds),
    valueSetById: new Map(content.valueSets.map((valueSet) => [valueSet.id ?? '', valueSet])),
  };
}

/** Id of the service that answers a hook for a topic. */
export function serviceIdOf(topic: Topic, hook: string): string {
  return `${topic.topic.id}-${hook}`;
}

/** Whether a hook asks about orders that are being written. */
export function isOrderHook(hook: string): boolean {
  return hook === 'order-select' || hook === 'order-sign';
}

/** Every option of the therapy ladder, in its order. */
export const optionsOf = oncePer(({ ladder }: TopicContent): readonly TherapyOption[] =>
  ladder.steps.flatMap(({ options }) => options),
);

/** The placeholders of a text, in order: `{{name}}`. */
export function placeholdersOf(text: string): readonly string[] {
  return [...text.matchAll(/\{\{([^{}]*)\}\}/g)].map(([, name = '']) => name.trim());
}

/** The facts that the assessment itself adds for wording: where the patient stands on the ladder, and what comes next. */
export const LADDER_FACTS = ['ladder-position', 'next-options'] as const;
