import { describeTime, mayLieIn, type Interval, type TimeSpan } from '../../fhir/date-time.js';
import type { Condition } from '../../fhir/resource.js';
import type { Chart } from '../chart.js';
import { present, type Fact } from '../fact.js';
import { belongsTo } from './condition-status.js';
import { currentEncounter } from './encounter.js';
import type { InScope } from './scope.js';

/**
 * The time that counts as this episode. What reassures must lie in `window`; what worries may lie in the wider
 * `alarm`. The two differ only when the encounter could not be read, so that a gap never makes the answer milder.
 */
export interface Episode {
  readonly window: Interval;
  readonly alarm: Interval;
  /** Exact time of symptom onset, when the condition gives one in the episode. */
  readonly onset: number | undefined;
}

function startWithin(date: TimeSpan | undefined, chart: Chart): number | undefined {
  const { asOf, topic } = chart;
  if (date === undefined || date.start > asOf) return undefined;
  return date.end >= asOf - topic.thresholds['onset-of-episode'] ? date.start : undefined;
}

/** Start of the episode where no encounter tells: onset, else recording of the condition, else now. */
function startByCondition(condition: Condition | undefined, chart: Chart): number {
  return startWithin(condition?.onset, chart) ?? startWithin(condition?.recorded, chart) ?? chart.asOf;
}

function exactOnset(condition: Condition | undefined, window: Interval): number | undefined {
  const onset = condition?.onset;
  return onset?.isPrecise === true && mayLieIn(onset, window) ? onset.start : undefined;
}

export function episodeOf(chart: Chart, inScope: InScope | undefined): Episode {
  const { asOf, topic } = chart;
  const { 'inpatient-window': longest, 'episode-lookback': lookback, 'future-tolerance': tolerance } = topic.thresholds;
  const condition = inScope?.condition;
  const current = currentEncounter(chart);
  const byCondition = startByCondition(condition, chart);
  const byEncounter = current.state === 'current' ? current.encounter.start?.start : undefined;
  const known = byEncounter === undefined ? byCondition : Math.max(Math.min(byEncounter, asOf), asOf - longest);
  const isUnknown = current.state === 'unknown';
  const window = { start: (isUnknown ? asOf : known) - lookback, end: asOf + tolerance };
  const alarmStart = isUnknown ? Math.min(byCondition, asOf - longest) - lookback : window.start;
  // A result dated a little ahead is a clock error: no proof of anything good, but still an alarm.
  return { window, alarm: { start: alarmStart, end: asOf + lookback }, onset: exactOnset(condition, window) };
}

/** Whether a condition belongs to the episode: recorded for its encounter, or begun or recorded in it, or perhaps. */
export function isOfEpisode(condition: Condition, episode: Episode, chart: Chart): boolean {
  if (belongsTo(condition, chart.record.encounterId, currentEncounter(chart))) return true;
  if (condition.hasUnreadDate) return true;
  return [condition.onset, condition.recorded].some((date) => date !== undefined && mayLieIn(date, episode.alarm));
}

export function windowStart({ window }: Episode): Fact {
  const text = new Date(window.start).toISOString();
  return present([[describeTime({ start: window.start, end: window.start, text, isPrecise: true })]]);
}
