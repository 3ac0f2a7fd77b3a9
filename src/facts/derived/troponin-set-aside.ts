import { liesIn } from '../../fhir/date-time.js';
import { describeMoment, evidenceOf, shortened } from '../describe-entry.js';
import { presentOrAbsent, type Fact, type Item } from '../fact.js';
import type { SetAside, TroponinResult } from './troponin-entries.js';
import { describeResult } from './troponin-facts.js';
import { reportTime, undatedOrders } from './troponin-orders.js';
import { isSurelyBefore, type TroponinReview } from './troponin-review.js';

const SET_ASIDE_WORDS: Readonly<Record<SetAside['reason'], string>> = {
  status: 'unusable status',
  'no-value': 'no value, specimen or assay problem recorded',
  'unreadable-value': 'a value that cannot be read',
  'unknown-name': 'whether it is a patient value cannot be told by its name or code',
};

function describeSetAside({ reason, detail, time }: SetAside, asOf: number): Item {
  const dated = time === undefined ? 'undated' : describeMoment(time, asOf);
  return [
    `troponin entry of ${dated}: ${SET_ASIDE_WORDS[reason]}`,
    ...(detail === undefined ? [] : [' (', { chart: detail }, ')']),
  ];
}

export function setAsideTroponin({ entries, reports, episode, chart }: TroponinReview): Fact {
  const { asOf } = chart;
  const far = ({ time }: TroponinResult) =>
    time !== undefined && time.start > episode.window.end && !liesIn(time, episode.window);
  const undated = entries.results.filter(({ time }) => time === undefined);
  const texts = reports.textOnly.filter((report) => !isSurelyBefore(reportTime(report), episode));
  const aside = entries.setAside.filter(({ time }) => !isSurelyBefore(time, episode));
  const items = [
    ...aside.map((entry) => describeSetAside(entry, asOf)),
    ...undated.map((result) => describeResult(result, asOf)),
    ...entries.results.filter(far).map((result): Item => [...describeResult(result, asOf), ', dated in the future']),
    ...texts.map((report): Item => {
      const time = reportTime(report);
      return [`a troponin report with text only, ${time === undefined ? 'undated' : describeMoment(time, asOf)}`];
    }),
  ];
  const orders = undatedOrders(chart);
  const references = [...aside, ...undated, ...texts, ...orders].map(({ reference }) =>
    evidenceOf(reference, 'Troponin entry not counted', undefined),
  );
  const ordered = orders.map((): Item => ['an active troponin order without a date']);
  return presentOrAbsent(shortened([...items, ...ordered]), { evidence: references });
}
