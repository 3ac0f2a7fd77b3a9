import { WHOLE } from '../../record/patient-record.js';
import { isCompleteSince } from '../chart.js';
import { chartLabel, describeMoment, evidenceOf } from '../describe-entry.js';
import { ABSENT, present, UNKNOWN, type Evidence, type Fact } from '../fact.js';
import { ageOfOrder, reportTime, type TroponinOrder } from './troponin-orders.js';
import { isSurelyBefore, type TroponinReview } from './troponin-review.js';

/** The open order that will be answered first: active before on hold, due before due later. */
function openOrder({ orders, chart }: TroponinReview): TroponinOrder | undefined {
  const rank = ({ state, since }: TroponinOrder) =>
    state === 'on-hold' ? 2 : since !== undefined && since.start > chart.asOf ? 1 : 0;
  const open = orders.filter(({ state }) => state !== 'completed');
  return [...open].sort((one, other) => rank(one) - rank(other))[0];
}

function orderCodes(order: TroponinOrder, { chart }: TroponinReview): readonly string[] {
  if (order.state === 'on-hold') return ['on-hold'];
  if (order.since !== undefined && order.since.start > chart.asOf) return ['scheduled'];
  const limit = chart.topic.thresholds['pending-overdue'];
  return order.since !== undefined && chart.asOf - order.since.start > limit ? ['ordered', 'overdue'] : ['ordered'];
}

function awaitedEvidence(review: TroponinReview): readonly Evidence[] {
  const { entries, reports, episode } = review;
  const observations = entries.awaited.filter(({ effective, issued }) => !isSurelyBefore(effective ?? issued, episode));
  const open = reports.awaited.filter((report) => !isSurelyBefore(reportTime(report), episode));
  return [...observations, ...open].map(({ reference }) => evidenceOf(reference, 'Troponin awaited', undefined));
}

/** A troponin is on its way: ordered, received, or resulted but not final. Unknown when orders could not be read. */
export function pendingTroponin(review: TroponinReview): Fact {
  const { chart, inWindow } = review;
  const order = openOrder(review);
  const awaited = awaitedEvidence(review);
  const isPreliminary = inWindow.some((result) => result.isPreliminary);
  if (order !== undefined) {
    const since = order.since === undefined ? 'no date recorded' : describeMoment(order.since, chart.asOf);
    const evidence = [
      evidenceOf(
        order.order.reference,
        chartLabel(order.order.code, 'troponin order'),
        order.since,
        order.order.status,
      ),
    ];
    return present([[`${order.state === 'on-hold' ? 'on hold' : 'active'}, ${since}`]], {
      codes: orderCodes(order, review),
      evidence,
    });
  }
  if (awaited.length > 0) return present([['received, result awaited']], { codes: ['awaited'], evidence: awaited });
  if (isPreliminary) return present([['resulted, final result awaited']], { codes: ['preliminary'] });
  return isCompleteSince(chart, 'orders', WHOLE) ? ABSENT : UNKNOWN;
}

export function pendingOrderAge(review: TroponinReview): Fact {
  const order = openOrder(review);
  const text = order === undefined ? undefined : ageOfOrder(order, review.chart.asOf);
  return text === undefined ? ABSENT : present([[text]]);
}

export function completedOrder(review: TroponinReview): Fact {
  const { orders, chart, inWindow } = review;
  const order = orders.find(({ state }) => state === 'completed');
  if (order?.since === undefined || inWindow.length > 0) return ABSENT;
  const evidence = [
    evidenceOf(order.order.reference, chartLabel(order.order.code, 'troponin order'), order.since, 'completed'),
  ];
  return present([[`ordered ${describeMoment(order.since, chart.asOf)}`]], { evidence });
}
