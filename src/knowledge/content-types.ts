// Generated from the JSON Schemas by `npm run types`. Do not edit.

/**
 * V: seen in a public source. M: from memory, to be checked in the primary document. D: a safety default of this project, for the clinical lead to sign off.
 */
export type EvidenceMark = 'V' | 'M' | 'D';
/**
 * @minItems 1
 */
export type Phrases = string[];
export type FactDefinition = ConditionFact | ProcedureFact | ObservationFact | DerivedFact;
/**
 * A statement about facts. Met, not met, or undetermined when a fact it needs is unknown.
 */
export type Criterion =
  FactState | FactCode | FactBelow | FactAbove | FactAtLeast | NamedReference | AllOf | AnyOf | NotMet;
/**
 * One line of Markdown; a line for each item of a fact (with {{item}}); or a block of lines. Shown only when its condition is met. A line with {{gaps}} or {{gap-titles}} is shown only when data could not be had.
 */
export type Line = TextLine | BlockLine;

/**
 * topic.json: what the topic is about, where its statements come from, its numbers and its words for reading free text.
 */
export interface TopicFile {
  id: string;
  title: string;
  version: string;
  status: 'draft' | 'active';
  /**
   * Who signed this version off and when; for a draft, that nobody has.
   */
  reviewed: string;
  /**
   * The label of every card's source.
   */
  sourceLabel: string;
  /**
   * @minItems 1
   */
  services: ServiceText[];
  /**
   * @minItems 1
   */
  references: Guideline[];
  thresholds: {
    [k: string]: Threshold;
  };
  textMatching: TextMatching;
  /**
   * Phrases that no card may contain.
   *
   * @minItems 1
   */
  neverSay: string[];
}
export interface ServiceText {
  hook: 'patient-view';
  title: string;
  description: string;
  usageRequirements: string;
}
export interface Guideline {
  id: string;
  label: string;
  url: string;
  evidence: EvidenceMark;
  note: string;
}
export interface Threshold {
  value: number;
  unit: 'minutes' | 'hours' | 'days' | 'fraction';
  meaning: string;
  evidence: EvidenceMark;
}
/**
 * Words for entries that carry no coding of a known code system. Compared word by word, without regard to case; a * at an end lets the word go on. negatedBefore and negatedAfter: in the four words before or after the name and in the same clause, no match. notExcluded: phrases near the name that say the suspicion stands, although they hold a negation. notTroponinResult: words that make a troponin entry something else than a patient's value; such an entry never counts as reassurance. ignoredInResult, deniedResult: taken out of a result's words first, the latter as calming. detectedResult: elevated for a qualitative assay, undecided for any other, since healthy people have measurable high-sensitivity troponin.
 */
export interface TextMatching {
  condition: Phrases;
  negatedBefore: Phrases;
  negatedAfter: Phrases;
  troponin: Phrases;
  notTroponinResult: Phrases;
  ecg: Phrases;
  notEcg: Phrases;
  elevatedResult: Phrases;
  normalResult: Phrases;
  detectedResult: Phrases;
  notExcluded: Phrases;
  chestPain: Phrases;
  ignoredInResult: Phrases;
  deniedResult: Phrases;
  ecgNotDone: Phrases;
  ecgWorrying: Phrases;
}
/**
 * facts.json: which data the topic needs, which facts it reads from them, and named combinations of facts.
 */
export interface FactsFile {
  /**
   * @minItems 1
   */
  needs: DataNeed[];
  facts: {
    [k: string]: FactDefinition;
  };
  criteria: {
    [k: string]: NamedCriterion;
  };
}
/**
 * One prefetch key, and the query the service makes itself when the key is not sent.
 */
export interface DataNeed {
  key: string;
  /**
   * What a clinician calls these data.
   */
  title: string;
  resourceType:
    'Patient' | 'Encounter' | 'Condition' | 'Observation' | 'DiagnosticReport' | 'ServiceRequest' | 'Procedure';
  /**
   * Without it the service cannot answer at all (HTTP 412).
   */
  required?: boolean;
  /**
   * Read by this id of the context instead of a search.
   */
  read?: 'patientId' | 'encounterId';
  /**
   * Search by the codes of these value sets.
   *
   * @minItems 1
   */
  valueSets?: string[];
  category?: string;
  /**
   * Ask for the newest first, so that a first page may be enough.
   */
  newestFirst?: boolean;
  count?: number;
  /**
   * Older entries are not needed.
   */
  withinDays?: number;
}
export interface ConditionFact {
  kind: 'condition';
  title: string;
  /**
   * @minItems 1
   */
  valueSets: string[];
  /**
   * active: on the list now. episode: active and dated in the episode. ever: personal history, resolved entries included.
   */
  when: 'active' | 'episode' | 'ever';
  /**
   * stated: only confirmed or provisional entries, or those without a verification status; not unconfirmed or differential ones.
   */
  verification?: 'stated';
  /**
   * The reason of the current encounter counts as well.
   */
  orEncounterReason?: boolean;
}
export interface ProcedureFact {
  kind: 'procedure';
  title: string;
  /**
   * @minItems 1
   */
  valueSets: string[];
}
/**
 * The latest final measurement, as a number.
 */
export interface ObservationFact {
  kind: 'observation';
  title: string;
  need: string;
  /**
   * @minItems 1
   */
  valueSets: string[];
  /**
   * Units read; a value in any other is set aside and said.
   *
   * @minItems 1
   */
  units: string[];
  /**
   * Name of the threshold that limits its age.
   */
  within?: string;
}
/**
 * Calculated by a function of src/facts/derived.
 */
export interface DerivedFact {
  kind: 'derived';
  title: string;
  /**
   * The data it stands on: their gaps are said on a card that uses it.
   */
  needs: string[];
  /**
   * The values it can take.
   *
   * @minItems 1
   */
  codes?: string[];
  /**
   * Longest text it can put into a summary.
   */
  maxLength?: number;
  /**
   * Present for every patient of the cohort, so that wording may always quote it.
   */
  isGuaranteed?: boolean;
  /**
   * It has a number, so that criteria may compare it.
   */
  isNumber?: boolean;
}
export interface NamedCriterion {
  title: string;
  when: Criterion;
  evidence: EvidenceMark;
  source: string;
}
export interface FactState {
  fact: string;
  is: 'present' | 'absent' | 'unknown';
}
export interface FactCode {
  fact: string;
  /**
   * One of the codes the fact can take.
   */
  value: string;
}
export interface FactBelow {
  fact: string;
  below: number;
}
export interface FactAbove {
  fact: string;
  above: number;
}
export interface FactAtLeast {
  fact: string;
  atLeast: number;
}
export interface NamedReference {
  /**
   * Name of a criterion of facts.json.
   */
  criterion: string;
}
export interface AllOf {
  /**
   * @minItems 1
   */
  all: Criterion[];
}
export interface AnyOf {
  /**
   * @minItems 1
   */
  any: Criterion[];
}
export interface NotMet {
  not: Criterion;
}
/**
 * cases.json: the case table. In each column the first row that is met decides. The cohort says who the topic is about; when it is undetermined the request is answered with HTTP 412, never with silence.
 */
export interface CasesFile {
  cohort: Criterion;
  silent: SilentRow[];
  /**
   * @minItems 1
   */
  columns: CaseColumn[];
}
export interface SilentRow {
  id: string;
  title: string;
  when: Criterion;
  rationale: string;
}
/**
 * At most one card comes from each column; columns are answered in order and a later one may ask which case an earlier one found.
 */
export interface CaseColumn {
  id: string;
  title: string;
  /**
   * @minItems 1
   */
  rows: CaseRow[];
}
export interface CaseRow {
  id: string;
  title: string;
  when: Criterion;
  /**
   * Card of cards.json; null: this column stays silent.
   */
  card: string | null;
  /**
   * Also taken when no row is met but one could not be determined.
   */
  isFallback?: boolean;
  /**
   * No card of a later column beside it.
   */
  isOnly?: boolean;
  rationale: string;
  evidence: EvidenceMark;
  source: string;
}
/**
 * cards.json: the wording. {{fact}} stands for a fact's display and may be used only where the fact is surely known.
 */
export interface CardsFile {
  cards: {
    [k: string]: CardWording;
  };
  blocks: {
    /**
     * @minItems 1
     */
    [k: string]: Line[];
  };
  /**
   * Last sentence of every detail.
   */
  closing: string;
  /**
   * Words for the reasons why data could not be had.
   */
  gapReasons: {
    [k: string]: string;
  };
}
export interface CardWording {
  /**
   * @minItems 1
   */
  indicator: IndicatorChoice[];
  /**
   * @minItems 1
   */
  summary: SummaryChoice[];
  /**
   * @minItems 1
   */
  detail: Line[];
  references: string[];
}
export interface IndicatorChoice {
  when?: Criterion;
  is: 'info' | 'warning' | 'critical';
  evidence?: EvidenceMark;
  source?: string;
}
export interface SummaryChoice {
  when?: Criterion;
  text: string;
  evidence?: EvidenceMark;
  source?: string;
}
export interface TextLine {
  when?: Criterion;
  each?: string;
  line: string;
  evidence?: EvidenceMark;
  source?: string;
}
export interface BlockLine {
  when?: Criterion;
  block: string;
}
