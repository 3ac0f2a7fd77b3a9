import type { DiagnosticReport } from '../../fhir/observation.js';
import { describeMoment, evidenceOf, shortened } from '../describe-entry.js';
import { presentOrAbsent, type Fact, type Item } from '../fact.js';
import type { Episode } from './episode.js';
import type { SetAside, TroponinResult } from './troponin-result.js';
import { describeResult } from './troponin-facts.js';
import { reportTime, undatedOrders } from './troponin-orders.js';
import { isSurelyBefore, type TroponinReview } from './troponin-review.js';

const SET_ASIDE_WORDS: Readonly<Record<SetAside['reason'], string>> = {
  status: 'unusable status',
  'no-value': 'no value, specimen or assay problem recorded',
  'unreadable-value': 'a value that cannot be read',
  'not-a-result-name': 'perhaps not a patient value, by its name',
  'not-found': 'its results were not found',
  'unknown-name': 'whether it is a patient value cannot be told by its name or code',
};

/** `troponin entry of 2026-02-28 09:00 UTC (10 days ago): unusable status (status missing, value 240 ng/L)` */
export function describeSetAside({ reason, detail, time }: SetAside, asOf: number): Item {
  const dated = time === undefined ? 'undated' : describeMoment(time, asOf);
  return [
    `troponin entry of ${dated}: ${SET_ASIDE_WORDS[reason]}`,
    ...(detail === undefined ? [] : [' (', { chart: detail }, ')']),
  ];
}

function describeTextOnly(report: DiagnosticReport, asOf: number): Item {
  const time = reportTime(report);
  return [`a troponin report with text only, ${time === undefined ? 'undated' : describeMoment(time, asOf)}`];
}

function isInFuture({ time }: TroponinResult, { window }: Episode): boolean {
  return time !== undefined && time.start > window.end;
}

/** Troponin entries of the episode that do not count, each with the reason. */
export function setAsideTroponin({ entries, unresolved, reports, episode, chart }: TroponinReview): Fact {
  const { asOf } = chart;
  const undated = entries.results.filter(({ time }) => time === undefined);
  const future = entries.results.filter((result) => isInFuture(result, episode));
  const aside = [...entries.setAside, ...unresolved].filter(({ time }) => !isSurelyBefore(time, episode));
  const texts = reports.textOnly.filter((report) => !isSurelyBefore(reportTime(report), episode));
  const orders = undatedOrders(chart);
  const items: readonly Item[] = [
    ...aside.map((entry) => describeSetAside(entry, asOf)),
    ...undated.map((result) => describeResult(result, asOf)),
    ...future.map((result): Item => [...describeResult(result, asOf), ', dated in the future']),
    ...texts.map((report) => describeTextOnly(report, asOf)),
    ...orders.map((): Item => ['an active troponin order without a date']),
  ];
  const references = [...aside, ...undated, ...future, ...texts, ...orders];
  const evidence = references.map(({ reference }) => evidenceOf(reference, 'Troponin entry not counted', undefined));
  return presentOrAbsent(shortened(items), { evidence });
}
