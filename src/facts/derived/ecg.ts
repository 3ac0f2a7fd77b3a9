import type { CodeableConcept } from 'fhir/r4.js';
import { codesOf, labelOf, wordsOf } from '../../fhir/codeable-concept.js';
import { HOUR, mayLieIn, type TimeSpan } from '../../fhir/date-time.js';
import type { DiagnosticReport, Observation } from '../../fhir/observation.js';
import type { Procedure, ServiceRequest } from '../../fhir/resource.js';
import { WHOLE } from '../../record/patient-record.js';
import { isCompleteSince, isIn, matchesByText, setsOfConcept, type Chart, type Listed } from '../chart.js';
import { describeMoment, describeOpenOrder, evidenceOf } from '../describe-entry.js';
import { ABSENT, present, UNKNOWN, type Fact, type Item, type Phrase } from '../fact.js';
import { draftedOrders } from '../procedure-facts.js';
import type { Episode } from './episode.js';
import { isRecentOrder, ORDER_INTENTS } from './troponin-orders.js';

type Reading = 'normal' | 'abnormal' | 'nondiagnostic';

/** A trace of a 12-lead ECG in the episode. */
export interface EcgTrace {
  readonly reference: string;
  readonly time: TimeSpan;
  /** What a person or the machine read in it; undefined for a tracing only. */
  readonly reading: Reading | undefined;
  readonly words: string | undefined;
  readonly isMatchedByText: boolean;
}

const RECORDED = new Set(['final', 'amended', 'corrected', 'appended', 'preliminary']);
const FINDING_SETS = ['ecg-normal', 'ecg-abnormal', 'ecg-nondiagnostic'];
const ECG_SETS = ['ecg', 'ecg-tracing-only', 'ecg-measurement', ...FINDING_SETS];
const WORST_FIRST: readonly Reading[] = ['abnormal', 'nondiagnostic', 'normal'];
const ABNORMAL_FLAGS = new Set(['A', 'AA']);

function isEcg<T extends { readonly code: CodeableConcept }>(listed: Listed<T>, chart: Chart): boolean {
  return isIn(listed, ...ECG_SETS) || matchesByText(listed.entry.code, chart.words.namesEcg);
}

function readingOfSets(sets: readonly string[]): Reading | undefined {
  if (sets.includes('ecg-abnormal') || sets.includes('acs-active')) return 'abnormal';
  if (sets.includes('ecg-nondiagnostic')) return 'nondiagnostic';
  return sets.includes('ecg-normal') ? 'normal' : undefined;
}

function readingOfFlags(interpretations: readonly CodeableConcept[], chart: Chart): Reading | undefined {
  const flags = interpretations.flatMap(codesOf);
  const words = interpretations.flatMap(wordsOf);
  const isAbnormal = flags.some((flag) => ABNORMAL_FLAGS.has(flag));
  if (isAbnormal || words.some((text) => chart.words.readsResult(text) === 'elevated')) return 'abnormal';
  return flags.includes('N') ? 'normal' : undefined;
}

/** Words may raise an alarm, never calm one. */
function readingOfWords(words: string | undefined, chart: Chart): Reading | undefined {
  return words !== undefined && chart.words.worriesAboutEcg(words) ? 'abnormal' : undefined;
}

const WIDEST_DAY = 51 * HOUR;

/** A month or a year says nothing about this episode. */
function mayBeOfEpisode(time: TimeSpan, { window }: Episode): boolean {
  return time.end - time.start <= WIDEST_DAY && mayLieIn(time, window);
}

function worse(one: Reading | undefined, other: Reading | undefined): Reading | undefined {
  return WORST_FIRST.find((reading) => reading === one || reading === other);
}

/** Ordered, but nothing was recorded: the entry says so itself. */
function isWithoutTracing({ absentReason, text, concept, interpretations }: Observation, chart: Chart): boolean {
  const words = [...(text === undefined ? [] : [text]), ...(concept === undefined ? [] : wordsOf(concept))];
  if (words.some(chart.words.deniesEcg)) return true;
  return absentReason !== undefined && text === undefined && concept === undefined && interpretations.length === 0;
}

function readObservationTrace(listed: Listed<Observation>, chart: Chart): Omit<EcgTrace, 'time'> {
  const { entry } = listed;
  const value = entry.concept === undefined ? [] : setsOfConcept(chart, entry.concept);
  // A flag on a measured interval (QTc) is about that number, not about the ECG.
  const isMeasurement = isIn(listed, 'ecg-measurement');
  const flags = isMeasurement ? undefined : readingOfFlags(entry.interpretations, chart);
  const label = entry.concept === undefined ? undefined : labelOf(entry.concept);
  const words = isMeasurement ? undefined : (entry.text ?? label);
  const coded = worse(readingOfSets([...listed.sets, ...value]), flags);
  return {
    reference: entry.reference,
    reading: worse(coded, readingOfWords(words, chart)),
    words,
    isMatchedByText: listed.sets.length === 0,
  };
}

function observationTraces(chart: Chart, episode: Episode): readonly EcgTrace[] {
  return chart.observations().flatMap((listed) => {
    const time = listed.entry.effective ?? listed.entry.issued;
    if (!isEcg(listed, chart) || !RECORDED.has(listed.entry.status ?? '') || time === undefined) return [];
    if (isWithoutTracing(listed.entry, chart)) return [];
    return mayBeOfEpisode(time, episode) ? [{ ...readObservationTrace(listed, chart), time }] : [];
  });
}

function reportTrace(listed: Listed<DiagnosticReport>, time: TimeSpan, chart: Chart): EcgTrace {
  const { reference, conclusion, conclusionCodes } = listed.entry;
  const sets = conclusionCodes.flatMap((concept) => setsOfConcept(chart, concept));
  const words = conclusion ?? conclusionCodes.flatMap((concept) => labelOf(concept) ?? [])[0];
  const reading = worse(readingOfSets(sets), readingOfWords(words, chart));
  return { reference, time, reading, words, isMatchedByText: listed.sets.length === 0 };
}

function reportTraces(chart: Chart, episode: Episode): readonly EcgTrace[] {
  return chart.reports().flatMap((listed) => {
    const time = listed.entry.effective ?? listed.entry.issued;
    if (!isEcg(listed, chart) || !RECORDED.has(listed.entry.status ?? '') || time === undefined) return [];
    const { conclusion } = listed.entry;
    if (conclusion !== undefined && chart.words.deniesEcg(conclusion)) return [];
    return mayBeOfEpisode(time, episode) ? [reportTrace(listed, time, chart)] : [];
  });
}

function procedureTraces(chart: Chart, episode: Episode): readonly EcgTrace[] {
  return chart.procedures().flatMap((listed: Listed<Procedure>) => {
    const { reference, status, performed } = listed.entry;
    if (
      !isEcg(listed, chart) ||
      status !== 'completed' ||
      performed === undefined ||
      !mayBeOfEpisode(performed, episode)
    )
      return [];
    return [
      { reference, time: performed, reading: undefined, words: undefined, isMatchedByText: listed.sets.length === 0 },
    ];
  });
}

/** Every ECG of the episode, newest first. */
export function readEcgs(chart: Chart, episode: Episode): readonly EcgTrace[] {
  const traces = [
    ...observationTraces(chart, episode),
    ...reportTraces(chart, episode),
    ...procedureTraces(chart, episode),
  ];
  return traces.sort((one, other) => other.time.start - one.time.start);
}

function describeTrace({ time, reading, words, isMatchedByText }: EcgTrace, asOf: number): Item {
  const text: readonly Phrase[] = words === undefined ? [] : [', "', { chart: words.slice(0, 80) }, '"'];
  return [
    describeMoment(time, asOf),
    reading === undefined ? ', tracing recorded' : `, flagged ${reading}`,
    ...text,
    ...(isMatchedByText ? [', matched by text'] : []),
  ];
}

/** What to show: the newest trace that was read, and before it any newer one with words that nobody coded. */
function mostTelling(traces: readonly EcgTrace[]): readonly EcgTrace[] {
  const read = traces.findIndex(({ reading }) => reading !== undefined);
  const worded = traces.findIndex(({ words }) => words !== undefined);
  if (read < 0) return traces.slice(Math.max(worded, 0), Math.max(worded, 0) + 1);
  return [
    ...traces
      .slice(0, read)
      .filter(({ words }) => words !== undefined)
      .slice(0, 1),
    ...traces.slice(read, read + 1),
  ];
}

function areSearched(needs: readonly string[], chart: Chart, { window }: Episode): boolean {
  return needs.every((need) => isCompleteSince(chart, need, window.start));
}

/** An ECG may hide in three places; none is absent before all three were read. */
export function ecg(chart: Chart, episode: Episode, traces: readonly EcgTrace[]): Fact {
  const told = mostTelling(traces);
  if (told.length > 0) {
    const evidence = told.map(({ reference, time, reading }) => evidenceOf(reference, 'ECG', time, reading));
    return present(
      told.map((trace) => describeTrace(trace, chart.asOf)),
      { evidence },
    );
  }
  return areSearched(['studies', 'reports', 'procedures'], chart, episode) ? ABSENT : UNKNOWN;
}

export function ecgAbnormal(chart: Chart, episode: Episode, traces: readonly EcgTrace[]): Fact {
  const abnormal = traces.find(({ reading }) => reading === 'abnormal');
  if (abnormal === undefined) return areSearched(['studies', 'reports'], chart, episode) ? ABSENT : UNKNOWN;
  const evidence = [evidenceOf(abnormal.reference, 'ECG', abnormal.time, 'abnormal')];
  return present([[describeMoment(abnormal.time, chart.asOf)]], { evidence });
}

export function ecgUninterpreted(traces: readonly EcgTrace[]): Fact {
  const isRead = traces.some(({ reading, words }) => reading !== undefined || words !== undefined);
  return traces.length > 0 && !isRead ? present([['no interpretation']]) : ABSENT;
}

function describeOrder({ authored, due, status }: ServiceRequest, isDraft: boolean, asOf: number): Item {
  return [describeOpenOrder({ isDraft, isOnHold: status === 'on-hold', time: due ?? authored }, asOf)];
}

/** An ECG order that a suggested one would repeat: placed of late and open, or a draft of the hook. */
export function openEcgOrder(chart: Chart): Fact {
  const isEcgOrder = ({ code }: ServiceRequest) =>
    setsOfConcept(chart, code).some((set) => ECG_SETS.includes(set)) || wordsOf(code).some(chart.words.namesEcg);
  const drafted = draftedOrders(chart).filter(isEcgOrder);
  const placed = chart
    .orders()
    .map(({ entry }) => entry)
    .filter(({ status, intent = '' }) => ['active', 'on-hold'].includes(status ?? '') && ORDER_INTENTS.has(intent))
    .filter((order) => !order.isProhibition && isEcgOrder(order) && isRecentOrder(order, chart));
  const [order] = [...drafted, ...placed];
  if (order !== undefined) {
    return present([describeOrder(order, drafted.includes(order), chart.asOf)], {
      evidence: [evidenceOf(order.reference, 'ECG order', order.authored, order.status)],
    });
  }
  return isCompleteSince(chart, 'orders', WHOLE) ? ABSENT : UNKNOWN;
}
