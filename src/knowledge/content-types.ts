// Generated from the JSON Schemas by `npm run types`. Do not edit.

/**
 * V: seen in a public source. M: from memory, to be checked in the primary document. D: a safety default of this project, for the clinical lead to sign off.
 */
export type EvidenceMark = 'V' | 'M' | 'D';
/**
 * @minItems 1
 */
export type Phrases = string[];
export type FactDefinition =
  ConditionFact | ProcedureFact | MedicationFact | AllergyFact | OrderFact | ObservationFact | DerivedFact;
/**
 * A statement about facts. Met, not met, or undetermined when a fact it needs is unknown.
 */
export type Criterion =
  FactState | FactCode | FactBelow | FactAbove | FactAtLeast | NamedReference | AllOf | AnyOf | NotMet;
/**
 * One line of Markdown; a line for each item of a fact (with {{item}}); or a block of lines. Shown only when its condition is met. A line with {{gaps}} or {{gap-titles}} is shown only when data could not be had.
 */
export type Line = TextLine | BlockLine | LadderLine;

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
  /**
   * How a suggested order is coded; a site puts its own codes in their place.
   */
  orders: {
    [k: string]: OrderCoding;
  };
}
export interface ServiceText {
  hook:
    | 'patient-view'
    | 'order-select'
    | 'order-sign'
    | 'encounter-start'
    | 'encounter-discharge'
    | 'problem-list-item-create';
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
export interface OrderCoding {
  text: string;
  /**
   * The set that holds the code, so that the order is recognised when it comes back.
   */
  valueSet: string;
  coding: OrderCode;
}
export interface OrderCode {
  system: string;
  code: string;
  display: string;
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
    | 'Patient'
    | 'Encounter'
    | 'Condition'
    | 'Observation'
    | 'DiagnosticReport'
    | 'ServiceRequest'
    | 'Procedure'
    | 'MedicationRequest'
    | 'MedicationStatement'
    | 'MedicationDispense'
    | 'AllergyIntolerance';
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
  /**
   * The drug may stand in a Medication of its own: ask the server to send it along.
   */
  withMedications?: boolean;
}
export interface ConditionFact {
  kind: 'condition';
  title: string;
  /**
   * @minItems 1
   */
  valueSets: string[];
  /**
   * active: on the list now. episode: active and dated in the episode. ever: personal history, resolved entries included. recent: begun, recorded or ended within a threshold, or active without any date.
   */
  when: 'active' | 'episode' | 'ever' | 'recent';
  /**
   * stated: only confirmed or provisional entries, or those without a verification status; not unconfirmed or differential ones.
   */
  verification?: 'stated';
  /**
   * The reason of the current encounter counts as well.
   */
  orEncounterReason?: boolean;
  /**
   * Name of the threshold for recent.
   */
  within?: string;
  /**
   * Only entries that say they are severe, by their severity or by the word.
   */
  severity?: 'severe';
  /**
   * For recent: only a stated onset or end counts, not when it was recorded: for codes that mean history.
   */
  dated?: 'onset';
  /**
   * Phrases that name it in an entry without a coding of a known system; a denied one does not match.
   *
   * @minItems 1
   */
  names?: string[];
  /**
   * A text that holds one of these is not matched by name: it only asks.
   *
   * @minItems 1
   */
  exceptWords?: string[];
}
export interface ProcedureFact {
  kind: 'procedure';
  title: string;
  /**
   * @minItems 1
   */
  valueSets: string[];
  /**
   * Name of the threshold that limits its age; without a date it counts.
   */
  within?: string;
  /**
   * Phrases that name it where no code of the value sets does; a match is said to be by name.
   *
   * @minItems 1
   */
  names?: string[];
}
/**
 * A drug of a class of drugs.json, from orders, statements, dispenses and the drafts of the hook.
 */
export interface MedicationFact {
  kind: 'medication';
  title: string;
  /**
   * Classes of drugs.json.
   *
   * @minItems 1
   */
  classes: string[];
  /**
   * current: active, on hold, reported, of unknown status, covered by a dispensed supply, or drafted in the hook. recent: current, or completed, ordered or dispensed within a threshold. tried: completed or stopped, and not current.
   */
  when: 'current' | 'recent' | 'tried';
  /**
   * Name of the threshold for recent.
   */
  within?: string;
  /**
   * recent entries that are not current count only from this number on.
   */
  orders?: number;
}
/**
 * An active allergy or intolerance to a drug of a class.
 */
export interface AllergyFact {
  kind: 'allergy';
  title: string;
  /**
   * @minItems 1
   */
  classes: string[];
}
/**
 * A procedure or test that the user is about to order: a draft of the hook. Never unknown.
 */
export interface OrderFact {
  kind: 'order';
  title: string;
  /**
   * @minItems 1
   */
  valueSets: string[];
  /**
   * @minItems 1
   */
  names?: string[];
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
 * drugs.json: the drug classes that rules speak of, and how an entry of a chart is recognised as one: by code, else by name. Phrases are compared word by word, without regard to case; a * at an end lets the word go on.
 */
export interface DrugsFile {
  /**
   * Routes that matter to a class, by the code of the route or by words of the route, the form or the drug's name.
   */
  routes: {
    [k: string]: DrugRoute;
  };
  classes: {
    [k: string]: DrugClass;
  };
  /**
   * Texts that name no drug: an entry called so cannot be read.
   */
  noNames: string[];
}
export interface DrugRoute {
  valueSets: string[];
  words: string[];
}
export interface DrugClass {
  /**
   * What a clinician calls the class in a sentence.
   */
  title: string;
  valueSets: string[];
  /**
   * Generic names and usual abbreviations.
   */
  names: string[];
  /**
   * Brand names, combination products included.
   */
  brands?: string[];
  /**
   * Phrases taken out of a text before names are looked for.
   */
  notNames?: string[];
  /**
   * An entry that is given on these routes only does not count.
   */
  exceptRoutes?: string[];
  evidence: EvidenceMark;
  /**
   * Where names and brands were seen.
   */
  source: string;
  /**
   * An entry whose words hold one of these does not count, for example extended release.
   */
  exceptWords?: string[];
  /**
   * The substances of the class with the phrases that name each, where two of one class matter.
   */
  substances?: {
    [k: string]: string[];
  };
  /**
   * An entry with one of these codes does not count.
   */
  exceptValueSets?: string[];
  /**
   * What an allergy to the whole class is called; not looked for in medications.
   */
  allergyNames?: string[];
}
/**
 * safety.json: what speaks against a therapy option in this patient. Each rule annotates the lines of its options and, where it has a card, warns of the pair when the drug is taken or drafted.
 */
export interface SafetyFile {
  rules: SafetyRule[];
  /**
   * Codes offered on every safety card.
   */
  overrideReasons: string[];
  /**
   * References linked on every safety card.
   */
  references: string[];
}
export interface SafetyRule {
  id: string;
  title: string;
  kind: 'contraindication' | 'interaction' | 'duplicate-therapy' | 'monitoring' | 'medication-review';
  /**
   * Options of ladder.json whose line it annotates.
   */
  options: string[];
  /**
   * Facts of drugs or drafted procedures: one of them present means that the option is taken or about to be.
   *
   * @minItems 1
   */
  taking: string[];
  /**
   * Worst first; the first that is met counts. An undecided one blocks the option.
   *
   * @minItems 1
   */
  levels: SafetyLevel[];
  /**
   * What to find out when a value was never recorded.
   */
  ask?: string;
  card?: SafetyCard;
  rationale: string;
  evidence: EvidenceMark;
  source: string;
  /**
   * Name every level met of the gravest kind, not only the first: the findings are independent.
   */
  every?: boolean;
}
export interface SafetyLevel {
  /**
   * stop: do not use. caution: only after review. ask: ask or measure first. none: recorded so that nobody takes it for forgotten; says nothing.
   */
  level: 'stop' | 'caution' | 'ask' | 'none';
  /**
   * Only for these of the options.
   *
   * @minItems 1
   */
  for?: string[];
  when: Criterion;
  /**
   * The finding first, then why; without the level.
   */
  line: string;
}
export interface SafetyCard {
  /**
   * Indicator when the drug is on the chart.
   */
  active?: 'info' | 'warning' | 'critical';
  /**
   * Indicator when a draft order makes the pair.
   */
  draft?: 'info' | 'warning' | 'critical';
  summary: string;
  advice: string[];
  /**
   * Rules that share a word here become one card; without it, the facts of taking.
   */
  merge?: string[];
  /**
   * Codes offered beside those of every safety card.
   */
  overrideReasons?: string[];
  references?: string[];
}
/**
 * ladder.json: the therapy options step by step, as the therapy card lists them.
 */
export interface LadderFile {
  steps: TherapyStep[];
}
export interface TherapyStep {
  id: string;
  title: string;
  /**
   * Said once for the whole step.
   */
  note?: string;
  evidence?: EvidenceMark;
  source?: string;
  /**
   * @minItems 1
   */
  options: TherapyOption[];
}
export interface TherapyOption {
  id: string;
  title: string;
  /**
   * What the card says behind the title.
   */
  text: string;
  /**
   * Facts of which one present means that the patient is on it.
   */
  taking?: string[];
  /**
   * Facts of which one present means that it was tried.
   */
  tried?: string[];
  /**
   * Whether and when it may be named as the next option.
   */
  offer: 'first' | 'adjunct' | 'specialist' | 'never';
  offerWhen?: Criterion;
  /**
   * Endoscopy with biopsies and manometry come before it.
   */
  isInvasive?: boolean;
  /**
   * Its line is shown only when a rule speaks of it.
   */
  onlyIfTaken?: boolean;
  evidence: EvidenceMark;
  source: string;
  benefit: string;
  harms: string;
  /**
   * For the reviewer; cards name no doses.
   */
  dose?: string;
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
  safety: SafetyPlacement;
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
  shownWhen?: Criterion;
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
 * Where safety cards stand among the others, and how many there may be; what is beyond is merged into the last.
 */
export interface SafetyPlacement {
  /**
   * Id of a column.
   */
  after: string;
  most: number;
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
  /**
   * Orders that cards may suggest, as drafts for the user to sign.
   */
  suggestions: {
    [k: string]: SuggestedOrder;
  };
  levels: LevelWords;
  words: LadderWords;
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
  suggestions?: string[];
  /**
   * Codes of the CodeSystem override-reasons.
   */
  overrideReasons?: string[];
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
/**
 * The ladder, each option with what speaks against it in this patient.
 */
export interface LadderLine {
  when?: Criterion;
  ladder: true;
}
export interface SuggestedOrder {
  /**
   * Short text of the button.
   */
  label: string;
  /**
   * What the action does, good on its own.
   */
  description: string;
  /**
   * Name of an order of topic.json.
   */
  order: string;
  /**
   * repeat: at the time of the fact repeat-troponin-due.
   */
  timing: 'now' | 'repeat';
  when: Criterion;
  recommendedWhen?: Criterion;
  evidence: EvidenceMark;
  source: string;
}
/**
 * How the levels of safety rules are said.
 */
export interface LevelWords {
  stop: string;
  caution: string;
  ask: string;
}
/**
 * What the annotated lines of the ladder say beside their rules.
 */
export interface LadderWords {
  on: string;
  tried: string;
  unchecked: string;
  removeDraft: string;
  removeDraftDescription: string;
}
/**
 * site.json: what a site may change of this topic in its own folder below TF_SITE_DIR, and within which bounds. Whatever does not stand here stays as it is.
 */
export interface SiteRulesFile {
  /**
   * The thresholds a site may change, by their names in topic.json. Those whose number stands in the wording of cards are not among them.
   */
  thresholds: {
    [k: string]: ThresholdBounds;
  };
  /**
   * Value sets of troponin results: what a site must state of the assay behind its code.
   */
  assays: {
    [k: string]: AssayRule;
  };
  /**
   * Value sets of what is no troponin result: where a display names troponin it must also say what else the code is.
   *
   * @minItems 1
   */
  notResults: string[];
  /**
   * Value sets whose codes can make an answer milder: a second person must have verified a site's code. Codes of all other sets only add a warning, an option's contraindication or a patient.
   *
   * @minItems 1
   */
  calming: CalmingSets[];
  /**
   * Value sets that contradict one another: no code may stand in two sets of a row, the product's own included.
   *
   * @minItems 1
   */
  apart: ApartSets[];
}
export interface ThresholdBounds {
  /**
   * In the unit of the threshold.
   */
  least: number;
  most: number;
  /**
   * What an answer would wrongly say beyond the bounds.
   */
  why: string;
}
export interface AssayRule {
  analyte: 'troponin I' | 'troponin T' | 'troponin';
  sensitivity: 'high-sensitivity' | 'conventional' | 'qualitative';
  /**
   * Units its results may come in; none for yes/no tests.
   *
   * @minItems 1
   */
  units?: string[];
  /**
   * Words that contradict the set in the display of a code: a name of the other analyte.
   */
  notNamed?: string[];
}
export interface CalmingSets {
  /**
   * @minItems 1
   */
  valueSets: string[];
  why: string;
}
export interface ApartSets {
  /**
   * Apart from one another, and from all of `from`.
   *
   * @minItems 1
   */
  valueSets: string[];
  /**
   * @minItems 1
   */
  from?: string[];
  why: string;
}
/**
 * codes.json of a site, below TF_SITE_DIR/<topic>/: its own laboratory, order, diagnosis, procedure and drug codes. They are added to value sets of the topic; none can be taken out.
 */
export interface SiteCodesFile {
  /**
   * @minItems 1
   */
  codes: SiteCodes[];
}
export interface SiteCodes {
  /**
   * The id of the value set, as its file is named below valuesets/.
   */
  valueSet: string;
  /**
   * @minItems 1
   * @maxItems 100
   */
  concepts: SiteConcept[];
  assay?: SiteAssay;
  verified: Verified;
  /**
   * Another person who did the same; asked for where a wrong code could calm, see site.json.
   */
  secondVerified?: Verified;
}
export interface SiteConcept {
  /**
   * The URI of a code system: the canonical one of LOINC, SNOMED CT and so on, or one of the site's own.
   */
  system: string;
  /**
   * As the record writes it. Letters, digits and . _ ~ : / - only: it becomes part of searches.
   */
  code: string;
  display: string;
}
/**
 * What the laboratory runs behind a code of troponin results.
 */
export interface SiteAssay {
  /**
   * Maker and platform.
   */
  name: string;
  analyte: 'troponin I' | 'troponin T' | 'troponin';
  sensitivity: 'high-sensitivity' | 'conventional' | 'qualitative';
  /**
   * The unit its results come in.
   */
  unit?: string;
}
/**
 * Who compared the code or number with its source, and when.
 */
export interface Verified {
  /**
   * A name or a role, never a patient.
   */
  by: string;
  on: string;
  note?: string;
}
/**
 * orders.json of a site, below TF_SITE_DIR/<topic>/: how this site codes the orders that cards suggest. Takes the place of the orders of topic.json, name by name; the code is recognised when the order comes back.
 */
export interface SiteOrdersFile {
  orders: {
    [k: string]: SiteOrder;
  };
}
export interface SiteOrder {
  text: string;
  coding: SiteOrderCode;
}
export interface SiteOrderCode {
  /**
   * The URI of a code system: the canonical one of LOINC, SNOMED CT and so on, or one of the site's own.
   */
  system: string;
  /**
   * As the record writes it. Letters, digits and . _ ~ : / - only: it becomes part of searches.
   */
  code: string;
  display: string;
}
/**
 * thresholds.json of a site, below TF_SITE_DIR/<topic>/: numbers in place of those of topic.json, within the bounds of site.json.
 */
export interface SiteThresholdsFile {
  thresholds: {
    [k: string]: SiteThreshold;
  };
}
export interface SiteThreshold {
  value: number;
  unit: 'minutes' | 'hours' | 'days' | 'fraction';
  reason: string;
  verified: Verified;
}
