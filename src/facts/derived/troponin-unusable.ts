import { mayLieIn } from '../../fhir/date-time.js';
import { evidenceOf, shortened } from '../describe-entry.js';
import { presentOrAbsent, type Fact, type Item } from '../fact.js';
import { describeResult, factOrUnknown } from './troponin-facts.js';
import { isSearched, isSurelyBefore, recentInterval, type TroponinReview } from './troponin-review.js';
import { describeSetAside } from './troponin-set-aside.js';
import { mayAlarm } from './troponin-timing.js';

type Unusable = TroponinReview['mayBeElevated'][number];

function describeUnusable(entry: Unusable, asOf: number): Item {
  if ('reason' in entry) return describeSetAside(entry, asOf);
  return [...describeResult(entry, asOf), ': its limit or flag cannot be read'];
}

function factOfUnusable(entries: readonly Unusable[], asOf: number): Fact {
  const items = shortened(entries.map((entry) => describeUnusable(entry, asOf)));
  const evidence = entries.map(({ reference, time }) => evidenceOf(reference, 'Troponin entry not counted', time));
  return presentOrAbsent(items, { evidence });
}

/** Entries that would make case E if they could be used and are above the limit. */
export function unusableTroponin(review: TroponinReview): Fact {
  const { mayBeElevated, alarm, chart } = review;
  const fact = factOfUnusable(
    mayBeElevated.filter((entry) => mayAlarm(entry, alarm)),
    chart.asOf,
  );
  return factOrUnknown(fact, isSearched(review, alarm.start));
}

/** Entries of before the episode that may be above the limit, as recent as an elevated one that would be mentioned. */
export function earlierUnusableTroponin({ mayBeElevated, episode, chart }: TroponinReview): Fact {
  const recent = recentInterval(episode, chart);
  const isEarlier = ({ time }: Unusable) =>
    time !== undefined && mayLieIn(time, recent) && isSurelyBefore(time, episode);
  return factOfUnusable(mayBeElevated.filter(isEarlier), chart.asOf);
}
