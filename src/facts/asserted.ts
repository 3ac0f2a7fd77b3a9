import { hasKnownCoding, wordsOf } from '../fhir/codeable-concept.js';
import { mayLieIn, type TimeSpan } from '../fhir/date-time.js';
import { describeQuantity, type Quantity } from '../fhir/quantity.js';
import type { Observation } from '../fhir/observation.js';
import type { Condition } from '../fhir/resource.js';
import type { ConditionFact, ObservationFact, TextMatching } from '../knowledge/content-types.js';
import { thresholdOf } from '../knowledge/thresholds.js';
import { phrasePattern } from '../knowledge/phrase-pattern.js';
import { oncePer } from '../lazy/once.js';
import { WHOLE } from '../record/patient-record.js';
import {
  byReference,
  isCompleteSince,
  isInAny,
  labelIn,
  matchesByText,
  setsOfConcept,
  type Chart,
  type Listed,
} from './chart.js';
import { chartLabel, dateOf, describeDated, describeMoment, evidenceOf, shortened } from './describe-entry.js';
import { certaintyOf, hasOpenCertainty, isActive, isRefuted, isStated } from './derived/condition-status.js';
import { currentEncounter } from './derived/encounter.js';
import { isOfEpisode, type Episode } from './derived/episode.js';
import { ABSENT, present, presentOrAbsent, UNKNOWN, type Fact, type Item, type Phrase } from './fact.js';
import { tokensOf } from './phrase-index.js';
import { affirmedMatcher } from './text-match.js';

/** Begun or ended within the threshold; recorded within it when no onset is known; active when it bears no date. */
function isRecentCondition(condition: Condition, { within, dated }: ConditionFact, chart: Chart): boolean {
  const lookback = thresholdOf(chart.topic.thresholds, within) ?? 0;
  const window = { start: chart.asOf - lookback, end: chart.asOf };
  const { onset, recorded, abatement } = condition;
  const entered = onset === undefined && dated !== 'onset' ? recorded : undefined;
  const dates = [onset, entered, abatement].filter((date) => date !== undefined);
  if (dated === 'onset') return dates.some((date) => mayLieIn(date, window));
  return dates.length === 0 ? isActive(condition, chart.asOf) : dates.some((date) => mayLieIn(date, window));
}

const SEVERE = 'severe-condition';

const DENIALS = new Set(['not', 'non', 'no', 'without']);

function saysSevere(text: string): boolean {
  const words = tokensOf(text);
  return words.some((word, at) => (word === 'severe' || word === 'critical') && !DENIALS.has(words[at - 1] ?? ''));
}

/** Whether the entry says that it is severe: by its severity, or by a word. */
function isSevere({ severity, code }: Condition, chart: Chart): boolean {
  // Some codes state it themselves: what the value set calls them counts even where the record gives no words.
  const listed = (code.coding ?? []).flatMap((coding) => chart.topic.codes.displayOf(coding) ?? []);
  const words = [...wordsOf(severity), ...wordsOf(code), ...listed];
  return setsOfConcept(chart, severity).includes(SEVERE) || words.some(saysSevere);
}

function countsNow(condition: Condition, definition: ConditionFact, episode: Episode, chart: Chart): boolean {
  if (isRefuted(condition) || (definition.verification === 'stated' && !isStated(condition))) return false;
  if (definition.severity === 'severe' && !isSevere(condition, chart)) return false;
  if (definition.when === 'ever') return true;
  if (definition.when === 'recent') return isRecentCondition(condition, definition, chart);
  if (!isActive(condition, chart.asOf)) return false;
  return definition.when === 'active' || isOfEpisode(condition, episode, chart);
}

function encounterReasons(definition: ConditionFact, chart: Chart): readonly Item[] {
  // Also of an encounter that does not say whether it is going on: it may be.
  if (definition.orEncounterReason !== true || currentEncounter(chart).state === 'none') return [];
  return (chart.encounter()?.reasons ?? [])
    .filter((reason) => setsOfConcept(chart, reason).some((set) => definition.valueSets.includes(set)))
    .map((reason) => [chartLabel(reason, definition.title), ', reason of the encounter']);
}

/** With how sure the record is, unless it is. */
function describeCondition(condition: Condition, label: Phrase, chart: Chart): Item {
  const dated = describeDated(label, dateOf(condition), chart.asOf);
  return hasOpenCertainty(condition) ? [label, `, ${certaintyOf(condition)}`, ...dated.slice(1)] : dated;
}

function compileNames({ names = [], exceptWords = [] }: ConditionFact, matching: TextMatching) {
  const isNamed = affirmedMatcher(names, matching);
  const except = exceptWords.length === 0 ? undefined : phrasePattern(exceptWords);
  return (text: string) => isNamed(text) && except?.test(text) !== true;
}

const nameMatchers = oncePer((matching: TextMatching) =>
  oncePer((definition: ConditionFact) => compileNames(definition, matching)),
);

interface SortedConditions {
  readonly bySet: ReadonlyMap<string, readonly Listed<Condition>[]>;
  /** Without a coding of a known system: these may be matched by name. */
  readonly uncoded: readonly Listed<Condition>[];
}

const sortedConditions = oncePer((chart: Chart): SortedConditions => {
  const bySet = new Map<string, Listed<Condition>[]>();
  const all = chart.namedConditions();
  for (const listed of all) {
    for (const set of new Set(listed.sets)) bySet.set(set, [...(bySet.get(set) ?? []), listed]);
  }
  return { bySet, uncoded: all.filter(({ entry }) => !hasKnownCoding(entry.code)) };
});

/** The conditions of a definition's kind: by a listed code, or by name where the entry carries no known coding. */
function conditionsOfKind(definition: ConditionFact, chart: Chart): readonly Listed<Condition>[] {
  const { bySet, uncoded } = sortedConditions(chart);
  const { valueSets, names } = definition;
  const named = names === undefined ? [] : uncoded;
  // Of most kinds a chart holds nothing.
  if (named.length === 0 && !valueSets.some((set) => bySet.has(set))) return [];
  const coded = valueSets.flatMap((set) => bySet.get(set) ?? []);
  const isNamed = nameMatchers(chart.topic.topic.textMatching)(definition);
  return [...new Set([...coded, ...named.filter(({ entry }) => matchesByText(entry.code, isNamed))])].sort(byReference);
}

/** A condition by code or name. Absent only when the whole list of conditions was read. */
export function conditionFact(definition: ConditionFact, episode: Episode, chart: Chart): Fact {
  const conditions = conditionsOfKind(definition, chart)
    .map(({ entry }) => entry)
    .filter((entry) => countsNow(entry, definition, episode, chart));
  const reasons = encounterReasons(definition, chart);
  if (conditions.length === 0 && reasons.length === 0)
    return isCompleteSince(chart, 'conditions', WHOLE) ? ABSENT : UNKNOWN;
  const label = (condition: Condition) => labelIn(chart, condition.code, definition.title);
  const items = [...conditions.map((condition) => describeCondition(condition, label(condition), chart)), ...reasons];
  const evidence = conditions.map((condition) => evidenceOf(condition.reference, label(condition), dateOf(condition)));
  return present(items.slice(0, 1), { evidence });
}

interface Measurement {
  readonly entry: Observation;
  readonly time: TimeSpan;
  readonly quantity: Quantity;
}

const USABLE = new Set(['final', 'amended', 'corrected', 'preliminary']);

/** A measured quantity, stand-alone or as a component (blood pressure). */
function quantityOf({ entry }: Listed<Observation>, valueSets: readonly string[], chart: Chart): Quantity | undefined {
  const isAsked = (sets: readonly string[]) => sets.some((set) => valueSets.includes(set));
  if (isAsked(setsOfConcept(chart, entry.code))) return entry.quantity;
  return entry.components.find(({ code }) => isAsked(setsOfConcept(chart, code)))?.quantity;
}

function ageLimit({ within }: ObservationFact, { asOf, topic }: Chart): number {
  const lookback = thresholdOf(topic.thresholds, within);
  return lookback === undefined ? WHOLE : asOf - lookback;
}

function measurementsOf(definition: ObservationFact, chart: Chart): readonly Measurement[] {
  const recent = { start: ageLimit(definition, chart), end: chart.asOf + chart.topic.thresholds['future-tolerance'] };
  return chart
    .observations()
    .filter((listed) => isInAny(listed, definition.valueSets) && USABLE.has(listed.entry.status ?? ''))
    .flatMap((listed) => {
      const quantity = quantityOf(listed, definition.valueSets, chart);
      const time = listed.entry.effective ?? listed.entry.issued;
      const isUsable = quantity !== undefined && time !== undefined && mayLieIn(time, recent);
      return isUsable ? [{ entry: listed.entry, time, quantity }] : [];
    })
    .sort((one, other) => other.time.start - one.time.start);
}

function hasReadUnit({ unit, code }: Quantity, definition: ObservationFact): boolean {
  if (code !== undefined) return definition.units.includes(code);
  return unit !== undefined && definition.units.includes(unit);
}

/** The number to compare: `<90` is somewhere below 90, not 90. */
function comparableNumber({ value, comparator }: Quantity): number {
  if (comparator === '<') return value - Number.EPSILON * Math.max(1, Math.abs(value));
  return comparator === '>' ? value + Number.EPSILON * Math.max(1, Math.abs(value)) : value;
}

/** The latest measurement in a unit that is read. Never measured and not readable are both unknown: never normal. */
export function observationFact(definition: ObservationFact, chart: Chart): Fact {
  const latest = measurementsOf(definition, chart).find(({ quantity }) => hasReadUnit(quantity, definition));
  if (latest === undefined) return UNKNOWN;
  const { entry, time, quantity } = latest;
  const printed = describeQuantity(quantity);
  const evidence = [evidenceOf(entry.reference, definition.title, time, printed)];
  return present([[{ chart: printed }, `, ${describeMoment(time, chart.asOf)}`]], {
    number: comparableNumber(quantity),
    evidence,
  });
}

/** Measurements of the definitions' kind that came in a unit nobody here reads. */
export function setAsideMeasurements(definitions: readonly ObservationFact[], chart: Chart): Fact {
  const items = definitions.flatMap((definition) =>
    measurementsOf(definition, chart)
      .filter(({ quantity }) => !hasReadUnit(quantity, definition))
      .map(({ quantity, time }): Item => [
        `${definition.title} `,
        { chart: describeQuantity(quantity) },
        ` of ${describeMoment(time, chart.asOf)}, unit ${(quantity.unit ?? quantity.code) === undefined ? 'missing' : 'not read'}`,
      ]),
  );
  return presentOrAbsent(shortened(items));
}
