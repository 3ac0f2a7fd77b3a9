import { WHOLE } from '../../record/patient-record.js';
import { describeTime } from '../../fhir/date-time.js';
import { isCompleteSince } from '../chart.js';
import { chartLabel, describeMoment, describeOpenOrder, evidenceOf } from '../describe-entry.js';
import { ABSENT, present, UNKNOWN, type Evidence, type Fact } from '../fact.js';
import { lastSampleTime } from './serial.js';
import { ageOfOrder, reportTime, type TroponinOrder } from './troponin-orders.js';
import { isSurelyBefore, type TroponinReview } from './troponin-review.js';

/** The open order that will be answered first: placed before drafted, due before due later, on hold last. */
function openOrder({ orders, chart }: TroponinReview): TroponinOrder | undefined {
  const rank = ({ state, since }: TroponinOrder) =>
    state === 'on-hold' ? 3 : since !== undefined && since.start > chart.asOf ? 2 : state === 'drafted' ? 1 : 0;
  const open = orders.filter(({ state }) => state !== 'completed');
  return [...open].sort((one, other) => rank(one) - rank(other))[0];
}

function orderCodes(order: TroponinOrder, { chart }: TroponinReview): readonly string[] {
  if (order.state === 'on-hold' || order.state === 'drafted') return [order.state];
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

function describeOrder({ state, since }: TroponinOrder, asOf: number): string {
  return describeOpenOrder({ isDraft: state === 'drafted', isOnHold: state === 'on-hold', time: since }, asOf);
}

function evidenceOfOrder({ order, since }: TroponinOrder): Evidence {
  return evidenceOf(order.reference, chartLabel(order.code, 'troponin order'), since, order.status);
}

/** A troponin order that a suggested one would repeat. */
export function openTroponinOrder(review: TroponinReview): Fact {
  const order = openOrder(review);
  if (order !== undefined) {
    return present([[describeOrder(order, review.chart.asOf)]], { evidence: [evidenceOfOrder(order)] });
  }
  return isCompleteSince(review.chart, 'orders', WHOLE) ? ABSENT : UNKNOWN;
}

/** From when to when the repeat troponin is due, as instants: counted from the last sample, by the kind of its assay. */
export function repeatTroponinDue({ chart: { asOf, topic }, inWindow }: TroponinReview): Fact {
  const { thresholds } = topic;
  const last = lastSampleTime(inWindow);
  const kind = inWindow.every(({ family }) => family.sensitivity === 'high-sensitivity')
    ? 'high-sensitivity'
    : 'conventional';
  const latestOfHs = thresholds['repeat-high-sensitivity-to'];
  // Three hours fit both kinds of assay when none is known yet.
  const [from, to] =
    last === undefined
      ? [latestOfHs, latestOfHs]
      : [thresholds[`repeat-${kind}-from`], thresholds[`repeat-${kind}-to`]];
  const start = Math.max((last ?? asOf) + from, asOf);
  const end = Math.max((last ?? asOf) + to, start);
  const text = describeTime({ start, end: start, text: new Date(start).toISOString(), isPrecise: true });
  return present([[text]], { number: start, upTo: end });
}

/** A troponin is on its way: ordered, received, or resulted but not final. Unknown when orders could not be read. */
export function pendingTroponin(review: TroponinReview): Fact {
  const { chart, inWindow } = review;
  const order = openOrder(review);
  const awaited = awaitedEvidence(review);
  const isPreliminary = inWindow.some((result) => result.isPreliminary);
  if (order !== undefined) {
    return present([[describeOrder(order, chart.asOf)]], {
      codes: orderCodes(order, review),
      evidence: [evidenceOfOrder(order)],
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
