import { describeDuration, describeTime } from '../../fhir/date-time.js';
import { describeQuantity } from '../../fhir/quantity.js';
import { WHOLE } from '../../record/patient-record.js';
import { isCompleteSince, isIn } from '../chart.js';
import { chartLabel, dateOf, describeDated, describeMoment, evidenceOf, shortened } from '../describe-entry.js';
import {
  ABSENT,
  present,
  presentOrAbsent,
  UNKNOWN,
  type Evidence,
  type Fact,
  type Item,
  type Phrase,
} from '../fact.js';
import { isActive, isRefuted } from './condition-status.js';
import { isOfEpisode } from './episode.js';
import { belowDetection, lastSampleTime, sampleSpan, serialCodes, type SerialContext } from './serial.js';
import type { TroponinResult } from './troponin-result.js';
import { inInterval, isSearched, type TroponinReview } from './troponin-review.js';

function describeProperties({
  code,
  family,
  limit,
  quantity,
  flag,
  isMatchedByText,
  isPreliminary,
  isTimeOfResult,
}: TroponinResult): readonly Phrase[] {
  const unit = quantity === undefined ? undefined : (quantity.unit ?? quantity.code);
  return [
    { chart: family.name },
    ...(code === undefined ? [] : [', ', { chart: code }]),
    ...(isMatchedByText ? [', matched by text'] : []),
    ...(limit === undefined
      ? []
      : [', limit ', { chart: `${String(Number(limit.toPrecision(6)))}${unit === undefined ? '' : ` ${unit}`}` }]),
    ...(flag === undefined ? [] : [', flag ', { chart: flag }]),
    ...(isPreliminary ? [', preliminary'] : []),
    ...(isTimeOfResult ? [', result time, collection time unknown'] : []),
  ];
}

export function describeResult(result: TroponinResult, asOf: number): Item {
  const { printed, time } = result;
  return [
    { chart: printed },
    ' (',
    ...describeProperties(result),
    ')',
    time === undefined ? ', undated' : `, ${describeMoment(time, asOf)}`,
  ];
}

function describeResults(results: readonly TroponinResult[], asOf: number): readonly Item[] {
  return shortened([...results].reverse().map((result) => describeResult(result, asOf)));
}

function evidenceOfResults(results: readonly TroponinResult[]): readonly Evidence[] {
  return results.map((result) => evidenceOf(result.reference, { chart: result.label }, result.time, result.printed));
}

function factOfResults(results: readonly TroponinResult[], asOf: number): Fact {
  return presentOrAbsent(describeResults(results, asOf), { evidence: evidenceOfResults(results) });
}

export function troponinData(review: TroponinReview): Fact {
  return isSearched(review, review.episode.window.start) ? present([['complete']]) : UNKNOWN;
}

/** Whether results under local codes or names were searched for the episode window as well. */
export function localLaboratoryData({ chart, episode }: TroponinReview): Fact {
  return isCompleteSince(chart, 'labs', episode.window.start) ? present([['complete']]) : UNKNOWN;
}

/** An absence that was not proved is unknown. */
export function factOrUnknown(fact: Fact, isSound: boolean): Fact {
  return fact.state === 'absent' && !isSound ? UNKNOWN : fact;
}

function highFindings({ chart, episode }: TroponinReview): {
  readonly items: readonly Item[];
  readonly evidence: readonly Evidence[];
} {
  const findings = chart
    .conditions()
    .filter(
      (listed) =>
        isIn(listed, 'high-troponin-finding') && !isRefuted(listed.entry) && isActive(listed.entry, chart.asOf),
    )
    .map(({ entry }) => entry)
    .filter((condition) => isOfEpisode(condition, episode, chart));
  const label = (condition: (typeof findings)[number]) => chartLabel(condition.code, 'High troponin (finding)');
  return {
    items: findings.map((condition) => [
      ...describeDated(label(condition), dateOf(condition), chart.asOf),
      '; ask for the value',
    ]),
    evidence: findings.map((condition) => evidenceOf(condition.reference, label(condition), dateOf(condition))),
  };
}

export function elevatedTroponin(review: TroponinReview): Fact {
  const { chart, elevated, episode } = review;
  const findings = highFindings(review);
  const fact = presentOrAbsent([...describeResults(elevated, chart.asOf), ...findings.items], {
    evidence: [...evidenceOfResults(elevated), ...findings.evidence],
  });
  return factOrUnknown(fact, isSearched(review, episode.alarm.start));
}

/** Day of the latest elevated result, for the summary. */
export function elevatedTroponinDate({ elevated }: TroponinReview): Fact {
  const time = elevated.at(-1)?.time;
  return time === undefined ? ABSENT : present([[describeTime(time).slice(0, 10)]]);
}

export function elevatedByOneSignOnly({ elevated }: TroponinReview): Fact {
  return elevated.some(({ isContradictory }) => isContradictory) ? present([['flag and range disagree']]) : ABSENT;
}

export function troponinResults(review: TroponinReview): Fact {
  return factOrUnknown(
    factOfResults(review.inWindow, review.chart.asOf),
    isSearched(review, review.episode.window.start),
  );
}

function finalResults({ inWindow }: TroponinReview): readonly TroponinResult[] {
  return inWindow.filter(({ isPreliminary }) => !isPreliminary);
}

export function finalTroponinResults(review: TroponinReview): Fact {
  const fact = factOfResults(finalResults(review), review.chart.asOf);
  return factOrUnknown(fact, isSearched(review, review.episode.window.start));
}

export function olderTroponin(review: TroponinReview): Fact {
  const latest = review.older.slice(0, 1);
  return factOrUnknown(factOfResults(latest, review.chart.asOf), isSearched(review, WHOLE));
}

export function olderTroponinDate({ older }: TroponinReview): Fact {
  const time = older[0]?.time;
  return time === undefined ? ABSENT : present([[describeTime(time).slice(0, 10)]]);
}

export function recentElevatedTroponin({ older, chart }: TroponinReview): Fact {
  const recent = { start: chart.asOf - chart.topic.thresholds['recent-elevated'], end: chart.asOf };
  const elevated = inInterval(
    older.filter(({ judgement }) => judgement === 'elevated'),
    recent,
  );
  return factOfResults(elevated.slice(-1), chart.asOf);
}

function serialContext({ episode, chart, inWindow }: TroponinReview): SerialContext {
  return {
    onset: episode.onset,
    asOf: chart.asOf,
    thresholds: chart.topic.thresholds,
    hasUndecidedPreliminary: inWindow.some(
      ({ isPreliminary, judgement }) => isPreliminary && judgement === 'undecided',
    ),
  };
}

export function serial(review: TroponinReview): Fact {
  const results = finalResults(review);
  if (results.length === 0) return isSearched(review, review.episode.window.start) ? ABSENT : UNKNOWN;
  const codes = serialCodes(results, serialContext(review));
  return present([codes], { codes, evidence: evidenceOfResults(results) });
}

export function onsetToLastSample(review: TroponinReview): Fact {
  const last = lastSampleTime(finalResults(review));
  const { onset } = review.episode;
  if (last === undefined || onset === undefined || last < onset) return UNKNOWN;
  return present([[describeDuration(last - onset)]], { number: last - onset });
}

/** Time from the first sample to the last. */
export function sampleSpacing(review: TroponinReview): Fact {
  const span = sampleSpan(finalResults(review), review.chart.topic.thresholds);
  return span === undefined ? ABSENT : present([[describeDuration(span)]], { number: span });
}

export function belowDetectionLimit(review: TroponinReview): Fact {
  const result = belowDetection(finalResults(review), review.chart.topic.thresholds);
  if (result?.quantity === undefined) return ABSENT;
  const { quantity, detectionLimit } = result;
  const bound = quantity.comparator === undefined && detectionLimit !== undefined ? detectionLimit : quantity;
  const printed = describeQuantity({ ...bound, comparator: undefined });
  return present([[{ chart: printed }]], { evidence: evidenceOfResults([result]) });
}
