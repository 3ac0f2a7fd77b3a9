import { mayLieIn, type TimeSpan } from '../fhir/date-time.js';
import { describeQuantity, type Quantity } from '../fhir/quantity.js';
import type { Observation } from '../fhir/observation.js';
import type { Condition } from '../fhir/resource.js';
import type { ConditionFact, ObservationFact, ProcedureFact } from '../knowledge/content-types.js';
import { isThresholdName } from '../knowledge/thresholds.js';
import { WHOLE } from '../record/patient-record.js';
import { isCompleteSince, isInAny, setsOfConcept, type Chart, type Listed } from './chart.js';
import { chartLabel, dateOf, describeDated, describeMoment, evidenceOf, shortened } from './describe-entry.js';
import { certaintyOf, hasOpenCertainty, isActive, isRefuted, isStated } from './derived/condition-status.js';
import { currentEncounter } from './derived/encounter.js';
import { isOfEpisode, type Episode } from './derived/episode.js';
import { ABSENT, present, presentOrAbsent, UNKNOWN, type Fact, type Item, type Phrase } from './fact.js';

function countsNow(condition: Condition, definition: ConditionFact, episode: Episode, chart: Chart): boolean {
  if (isRefuted(condition) || (definition.verification === 'stated' && !isStated(condition))) return false;
  if (definition.when === 'ever') return true;
  if (!isActive(condition, chart.asOf)) return false;
  return definition.when === 'active' || isOfEpisode(condition, episode, chart);
}

function encounterReasons(definition: ConditionFact, chart: Chart): readonly Item[] {
  const current = currentEncounter(chart);
  if (definition.orEncounterReason !== true || current.state !== 'current') return [];
  return current.encounter.reasons
    .filter((reason) => setsOfConcept(chart, reason).some((set) => definition.valueSets.includes(set)))
    .map((reason) => [chartLabel(reason, definition.title), ', reason of the encounter']);
}

/** With how sure the record is, unless it is. */
function describeCondition(condition: Condition, label: Phrase, chart: Chart): Item {
  const dated = describeDated(label, dateOf(condition), chart.asOf);
  return hasOpenCertainty(condition) ? [label, `, ${certaintyOf(condition)}`, ...dated.slice(1)] : dated;
}

/** A coded condition. Absent only when the whole list of conditions was read. */
export function conditionFact(definition: ConditionFact, episode: Episode, chart: Chart): Fact {
  const conditions = chart
    .conditions()
    .filter((listed) => isInAny(listed, definition.valueSets) && countsNow(listed.entry, definition, episode, chart))
    .map(({ entry }) => entry);
  const label = (condition: Condition) => chartLabel(condition.code, definition.title);
  const items = [
    ...conditions.map((condition) => describeCondition(condition, label(condition), chart)),
    ...encounterReasons(definition, chart),
  ];
  const evidence = conditions.map((condition) => evidenceOf(condition.reference, label(condition), dateOf(condition)));
  if (items.length > 0) return present(items.slice(0, 1), { evidence });
  return isCompleteSince(chart, 'conditions', WHOLE) ? ABSENT : UNKNOWN;
}

/** A procedure that was completed, at any time. */
export function procedureFact(definition: ProcedureFact, chart: Chart): Fact {
  const done = chart
    .procedures()
    .filter((listed) => isInAny(listed, definition.valueSets) && listed.entry.status === 'completed')
    .map(({ entry }) => entry);
  const label = (code: (typeof done)[number]['code']) => chartLabel(code, definition.title);
  const evidence = done.map(({ reference, code, performed }) => evidenceOf(reference, label(code), performed));
  const items = done.slice(0, 1).map(({ code, performed }) => describeDated(label(code), performed, chart.asOf));
  if (items.length > 0) return present(items, { evidence });
  return isCompleteSince(chart, 'procedures', WHOLE) ? ABSENT : UNKNOWN;
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

function ageLimit(definition: ObservationFact, chart: Chart): number {
  const { within } = definition;
  return within !== undefined && isThresholdName(within) ? chart.asOf - chart.topic.thresholds[within] : WHOLE;
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
