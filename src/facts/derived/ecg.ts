import type { CodeableConcept } from 'fhir/r4.js';
import { codesOf, labelOf } from '../../fhir/codeable-concept.js';
import { mayLieIn, type TimeSpan } from '../../fhir/date-time.js';
import type { DiagnosticReport, Observation } from '../../fhir/observation.js';
import type { Procedure } from '../../fhir/resource.js';
import { isCompleteSince, isIn, matchesByText, setsOfConcept, type Chart, type Listed } from '../chart.js';
import { describeMoment, evidenceOf } from '../describe-entry.js';
import { ABSENT, present, UNKNOWN, type Fact, type Item, type Phrase } from '../fact.js';
import type { Episode } from './episode.js';

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

function readingOfFlags(interpretations: readonly CodeableConcept[]): Reading | undefined {
  const flags = interpretations.flatMap(codesOf);
  if (flags.some((flag) => ABNORMAL_FLAGS.has(flag))) return 'abnormal';
  return flags.includes('N') ? 'normal' : undefined;
}

function worse(one: Reading | undefined, other: Reading | undefined): Reading | undefined {
  return WORST_FIRST.find((reading) => reading === one || reading === other);
}

/** Ordered, but nothing was recorded: the entry says so itself. */
function isWithoutTracing({ absentReason, text, concept, interpretations }: Observation, chart: Chart): boolean {
  if (text !== undefined && chart.words.deniesEcg(text)) return true;
  return absentReason !== undefined && text === undefined && concept === undefined && interpretations.length === 0;
}

function readObservationTrace(listed: Listed<Observation>, chart: Chart): Omit<EcgTrace, 'time'> {
  const { entry } = listed;
  const value = entry.concept === undefined ? [] : setsOfConcept(chart, entry.concept);
  // A flag on a measured interval (QTc) is about that number, not about the ECG.
  const isMeasurement = isIn(listed, 'ecg-measurement');
  const flags = isMeasurement ? undefined : readingOfFlags(entry.interpretations);
  return {
    reference: entry.reference,
    reading: worse(readingOfSets([...listed.sets, ...value]), flags),
    words: isMeasurement
      ? undefined
      : (entry.text ?? (entry.concept === undefined ? undefined : labelOf(entry.concept))),
    isMatchedByText: listed.sets.length === 0,
  };
}

function observationTraces(chart: Chart, episode: Episode): readonly EcgTrace[] {
  return chart.observations().flatMap((listed) => {
    const time = listed.entry.effective ?? listed.entry.issued;
    if (!isEcg(listed, chart) || !RECORDED.has(listed.entry.status ?? '') || time === undefined) return [];
    if (isWithoutTracing(listed.entry, chart)) return [];
    return mayLieIn(time, episode.window) ? [{ ...readObservationTrace(listed, chart), time }] : [];
  });
}

function reportTrace(listed: Listed<DiagnosticReport>, time: TimeSpan, chart: Chart): EcgTrace {
  const { reference, conclusion, conclusionCodes } = listed.entry;
  const sets = conclusionCodes.flatMap((concept) => setsOfConcept(chart, concept));
  return {
    reference,
    time,
    reading: readingOfSets(sets),
    words: conclusion ?? conclusionCodes.flatMap((concept) => labelOf(concept) ?? [])[0],
    isMatchedByText: listed.sets.length === 0,
  };
}

function reportTraces(chart: Chart, episode: Episode): readonly EcgTrace[] {
  return chart.reports().flatMap((listed) => {
    const time = listed.entry.effective ?? listed.entry.issued;
    if (!isEcg(listed, chart) || !RECORDED.has(listed.entry.status ?? '') || time === undefined) return [];
    return mayLieIn(time, episode.window) ? [reportTrace(listed, time, chart)] : [];
  });
}

function procedureTraces(chart: Chart, episode: Episode): readonly EcgTrace[] {
  return chart.procedures().flatMap((listed: Listed<Procedure>) => {
    const { reference, status, performed } = listed.entry;
    if (
      !isEcg(listed, chart) ||
      status !== 'completed' ||
      performed === undefined ||
      !mayLieIn(performed, episode.window)
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

/** The trace that says most: the newest that was read, else the newest. */
function mostTelling(traces: readonly EcgTrace[]): EcgTrace | undefined {
  return (
    traces.find(({ reading }) => reading !== undefined) ?? traces.find(({ words }) => words !== undefined) ?? traces[0]
  );
}

function areSearched(needs: readonly string[], chart: Chart, { window }: Episode): boolean {
  return needs.every((need) => isCompleteSince(chart, need, window.start));
}

/** An ECG may hide in three places; none is absent before all three were read. */
export function ecg(chart: Chart, episode: Episode, traces: readonly EcgTrace[]): Fact {
  const trace = mostTelling(traces);
  if (trace !== undefined) {
    const evidence = [evidenceOf(trace.reference, 'ECG', trace.time, trace.reading)];
    return present([describeTrace(trace, chart.asOf)], { evidence });
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
