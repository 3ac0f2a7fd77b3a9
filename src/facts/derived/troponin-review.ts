import { mayLieIn, type Interval, type TimeSpan } from '../../fhir/date-time.js';
import { isCompleteSince, type Chart } from '../chart.js';
import type { Episode } from './episode.js';
import { chestPainContext, type InScope } from './scope.js';
import type { SetAside, TroponinEntries, TroponinResult } from './troponin-result.js';
import { readTroponinEntries } from './troponin-entries.js';
import { mayAlarm } from './troponin-timing.js';
import { troponinOrders, troponinReports, type TroponinOrder, type TroponinReports } from './troponin-orders.js';

/** All that the record tells of troponin, set against the episode. */
export interface TroponinReview {
  readonly chart: Chart;
  readonly episode: Episode;
  readonly entries: TroponinEntries;
  readonly reports: TroponinReports;
  /** Panels and reports whose results are nowhere to be found. */
  readonly unresolved: readonly SetAside[];
  readonly orders: readonly TroponinOrder[];
  /** Dated results that may lie in the episode window. */
  readonly inWindow: readonly TroponinResult[];
  /** Dated results from surely before it, newest first. */
  readonly older: readonly TroponinResult[];
  readonly elevated: readonly TroponinResult[];
  /** When an elevated result makes the case. */
  readonly alarm: Interval;
  /** Entries of whatever time that cannot be used, and may be above the limit. */
  readonly mayBeElevated: readonly (TroponinResult | SetAside)[];
}

export function inInterval(results: readonly TroponinResult[], interval: Interval): readonly TroponinResult[] {
  return results.filter(({ time }) => time !== undefined && mayLieIn(time, interval)).sort(byTime);
}

function byTime(one: TroponinResult, other: TroponinResult): number {
  return (one.time?.start ?? 0) - (other.time?.start ?? 0);
}

/** Elevated results that make the case: of the episode, or for an old or established condition of the last two weeks. */
function alarmInterval(episode: Episode, inScope: InScope | undefined, chart: Chart): Interval {
  // Taken for acute only because that cannot be excluded: then nothing is left out that an old one would show.
  if (inScope?.scopeClass === 'S1' && chestPainContext(chart) !== 'unknown') return episode.alarm;
  return recentInterval(episode, chart);
}

/** The time in which an elevated result is spoken of, whether it makes the case or not. */
export function recentInterval({ alarm }: Episode, chart: Chart): Interval {
  return { ...alarm, start: Math.min(alarm.start, chart.asOf - chart.topic.thresholds['recent-elevated']) };
}

export function reviewTroponin(chart: Chart, episode: Episode, inScope: InScope | undefined): TroponinReview {
  const entries = readTroponinEntries(chart);
  const { results } = entries;
  const reports = troponinReports(chart, entries);
  const unresolved = [...entries.unresolvedPanels, ...reports.unresolved];
  const alarm = alarmInterval(episode, inScope, chart);
  return {
    chart,
    episode,
    entries,
    reports,
    unresolved,
    orders: troponinOrders(chart),
    inWindow: inInterval(results, episode.window),
    older: results
      .filter(({ time }) => time !== undefined && time.end < episode.window.start)
      .sort(byTime)
      .reverse(),
    elevated: results.filter((result) => result.judgement === 'elevated' && mayAlarm(result, alarm)).sort(byTime),
    alarm,
    mayBeElevated: [
      ...results.filter(({ isPartlyUnread }) => isPartlyUnread),
      ...entries.setAside.filter(({ isWorrying }) => isWorrying),
      ...unresolved,
    ],
  };
}

/** Why the troponin search is not proof of absence, although every query was answered. */
export function troponinDoubt({
  entries,
  unresolved,
  episode,
  inWindow,
  orders,
  alarm,
  mayBeElevated,
}: TroponinReview): 'unresolved-results' | 'unrecognized-troponin' | undefined {
  const mayCount = (time: TimeSpan | undefined) => time === undefined || mayLieIn(time, episode.window);
  if (unresolved.some(({ time }) => mayCount(time))) return 'unresolved-results';
  // Beside a result of the episode, "troponin 99th percentile" is what it says; alone it may be all there is.
  const isDoubtful = ({ reason, time }: SetAside) =>
    mayCount(time) && !(reason === 'not-a-result-name' && inWindow.length > 0);
  // Alone it is told as what was found; beside results or an open order the card would speak of those.
  const isOvershadowed = inWindow.length > 0 || orders.length > 0;
  const isHidden = ({ isWorrying, time }: SetAside) => isWorrying && isOvershadowed && mayCount(time);
  // A final one asks for a decision by its own card; of a preliminary one the card would only say "wait".
  const isVague = inWindow.some(({ isPreliminary, isPartlyUnread }) => isPreliminary && isPartlyUnread);
  const isUndatable = entries.results.some(({ hasUnreadTime }) => hasUnreadTime);
  // Before the episode no row looks at it, but an elevated one would have made the case.
  const isEarlier = mayBeElevated.some((entry) => isSurelyBefore(entry.time, episode) && mayAlarm(entry, alarm));
  const strange = isVague || isUndatable || entries.doubtful.some(isDoubtful) || entries.setAside.some(isHidden);
  return strange || isEarlier ? 'unrecognized-troponin' : undefined;
}

/** Whether everything dated from `since` on was searched and every troponin entry found could be read. */
export function isSearched(review: TroponinReview, since: number): boolean {
  return isCompleteSince(review.chart, 'troponins', since) && troponinDoubt(review) === undefined;
}

/** Whether a time lies before the episode on every reading; an unknown time does not. */
export function isSurelyBefore(time: TimeSpan | undefined, { window }: Episode): boolean {
  return time !== undefined && time.end < window.start;
}
