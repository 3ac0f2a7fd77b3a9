import type { Thresholds } from '../../knowledge/thresholds.js';
import { factorToNanogramsPerLitre, inUnitOf, type Quantity } from '../../fhir/quantity.js';
import type { TroponinResult } from './troponin-result.js';

export type SerialCode =
  | 'in-range'
  | 'single'
  | 'too-close'
  | 'too-early'
  | 'not-recent'
  | 'imprecise-times'
  | 'qualitative'
  | 'mixed-assays'
  | 'undecided'
  | 'dynamic'
  | 'change-unknown';

/** What serial results are measured against. */
export interface SerialContext {
  readonly onset: number | undefined;
  readonly asOf: number;
  readonly thresholds: Thresholds;
  /** A preliminary result beside them is undecided. */
  readonly hasUndecidedPreliminary: boolean;
}

/** A sample: one specimen, by the first of its results. */
interface Sample {
  readonly result: TroponinResult;
  /** Exact collection time; undefined when the record is not exact. */
  readonly time: number | undefined;
}

function timeOf({ time, isTimeOfResult }: TroponinResult): number | undefined {
  return time?.isPrecise === true && !isTimeOfResult ? time.start : undefined;
}

/** One sample per specimen, oldest first. One pass, however many results a record holds. */
function samplesOf(results: readonly TroponinResult[], thresholds: Thresholds): readonly Sample[] {
  const sorted = [...results].sort((one, other) => (one.time?.start ?? 0) - (other.time?.start ?? 0));
  const specimens = new Set<string>();
  const samples: Sample[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const result of sorted) {
    const { specimen } = result;
    const time = timeOf(result);
    const isKnown = specimen !== undefined && specimens.has(specimen);
    const isSameTime = time !== undefined && time - last <= thresholds['same-specimen'];
    if (specimen !== undefined) specimens.add(specimen);
    if (isKnown || isSameTime) continue;
    if (time !== undefined) last = time;
    samples.push({ result, time });
  }
  return samples;
}

/** Results can be compared only within one code, assay family and unit; other makers' numbers mean other things. */
function assayOf({ family, quantity, code, label }: TroponinResult): string {
  const factor = quantity === undefined ? undefined : factorToNanogramsPerLitre(quantity);
  const unit = factor === undefined ? (quantity?.code ?? quantity?.unit ?? '') : 'mass concentration';
  return [family.name, code ?? label, unit].join('|');
}

function isLateEnough(samples: readonly Sample[], onset: number | undefined, thresholds: Thresholds): boolean {
  const last = samples.at(-1);
  if (onset === undefined || last?.time === undefined) return true;
  const isHighSensitivity = last.result.family.sensitivity === 'high-sensitivity';
  return last.time - onset >= thresholds[isHighSensitivity ? 'lateness-high-sensitivity' : 'lateness-conventional'];
}

function isSpacedEnough(samples: readonly Sample[], thresholds: Thresholds): boolean {
  const [first, last] = [samples[0]?.time, samples.at(-1)?.time];
  const isHighSensitivity = samples.every(({ result }) => result.family.sensitivity === 'high-sensitivity');
  if (first === undefined || last === undefined) return false;
  return last - first >= thresholds[isHighSensitivity ? 'spacing-high-sensitivity' : 'spacing-conventional'];
}

function scaled(quantity: Quantity, value: number): number {
  return value * (factorToNanogramsPerLitre(quantity) ?? 1);
}

function isBelow({ comparator }: Quantity): boolean {
  return comparator === '<' || comparator === '<=';
}

/** The widest change that the values allow: `<3` may be anything from 0, unless every value is such a one. */
function widestChange(quantities: readonly Quantity[]): number {
  if (quantities.every(isBelow)) return 0;
  const highest = quantities.reduce((most, quantity) => Math.max(most, scaled(quantity, quantity.value)), 0);
  const lowest = quantities.reduce(
    (least, quantity) => Math.min(least, isBelow(quantity) ? 0 : scaled(quantity, quantity.value)),
    Number.POSITIVE_INFINITY,
  );
  return highest - lowest;
}

/** Change inside the normal range: too large, small, or not to be told without numbers and a limit. */
function changeOf(
  results: readonly TroponinResult[],
  thresholds: Thresholds,
): 'dynamic' | 'change-unknown' | undefined {
  const quantities = results.flatMap(({ quantity }) => quantity ?? []);
  const limits = results.flatMap(({ limit, quantity }) =>
    limit === undefined || quantity === undefined ? [] : [scaled(quantity, limit)],
  );
  if (quantities.length < results.length || limits.length === 0) return 'change-unknown';
  return widestChange(quantities) >= thresholds['dynamic-change'] * limits.reduce((one, other) => Math.min(one, other))
    ? 'dynamic'
    : undefined;
}

function timingOf(samples: readonly Sample[], { onset, asOf, thresholds }: SerialContext): readonly SerialCode[] {
  if (samples.some(({ time }) => time === undefined)) return ['imprecise-times'];
  const codes: SerialCode[] = [];
  if (!isSpacedEnough(samples, thresholds)) codes.push('too-close');
  if (!isLateEnough(samples, onset, thresholds)) codes.push('too-early');
  const last = samples.at(-1)?.time;
  if (last !== undefined && last < asOf - thresholds['recent-sample']) codes.push('not-recent');
  return codes;
}

/**
 * What serial testing shows, from the final, not elevated or undecided results of the episode. `in-range` needs two
 * samples of one assay, far enough apart, late enough after a known onset, recent, none undecided, without a large change.
 */
export function serialCodes(results: readonly TroponinResult[], context: SerialContext): readonly SerialCode[] {
  const { thresholds } = context;
  const quantitative = results.filter(({ family }) => family.sensitivity !== 'qualitative');
  const undecided: readonly SerialCode[] =
    context.hasUndecidedPreliminary || results.some(({ judgement }) => judgement === 'undecided') ? ['undecided'] : [];
  if (quantitative.length === 0) return ['qualitative', ...undecided];
  const isMixed = new Set(quantitative.map(assayOf)).size > 1;
  const samples = samplesOf(quantitative, thresholds);
  const mixed: readonly SerialCode[] = isMixed ? ['mixed-assays'] : [];
  if (samples.length < 2) return ['single', ...mixed, ...undecided];
  const change = isMixed ? undefined : changeOf(quantitative, thresholds);
  const codes = [...mixed, ...undecided, ...timingOf(samples, context), ...(change === undefined ? [] : [change])];
  return codes.length === 0 ? ['in-range'] : codes;
}

/** Time from the first to the last sample, when both are exact and there are two. */
export function sampleSpan(results: readonly TroponinResult[], thresholds: Thresholds): number | undefined {
  const samples = samplesOf(results, thresholds);
  const [first, last] = [samples[0]?.time, samples.at(-1)?.time];
  return samples.length < 2 || first === undefined || last === undefined ? undefined : last - first;
}

/** Exact time of the last quantitative sample. */
export function lastSampleTime(results: readonly TroponinResult[]): number | undefined {
  const times = results
    .filter(({ family }) => family.sensitivity !== 'qualitative')
    .flatMap((result) => timeOf(result) ?? []);
  return times.length === 0 ? undefined : times.reduce((one, other) => Math.max(one, other));
}

/**
 * The one sample, when it is a high-sensitivity value below a limit of detection that the panel states, or reported as
 * below a number well under the upper limit.
 */
export function belowDetection(results: readonly TroponinResult[], thresholds: Thresholds): TroponinResult | undefined {
  const samples = samplesOf(results, thresholds);
  const only = samples.length === 1 ? samples[0]?.result : undefined;
  if (only?.family.sensitivity !== 'high-sensitivity' || only.judgement !== 'not-elevated') return undefined;
  const { quantity, detectionLimit, limit } = only;
  if (quantity === undefined) return undefined;
  if (isBelow(quantity)) return limit !== undefined && quantity.value <= limit / 2 ? only : undefined;
  const stated = detectionLimit === undefined ? undefined : inUnitOf(quantity, detectionLimit);
  return stated !== undefined && quantity.value < stated ? only : undefined;
}
