import type { DiagnosticReport } from '../../fhir/observation.js';
import type { ServiceRequest } from '../../fhir/resource.js';
import { describeDuration, mayLieIn, type TimeSpan } from '../../fhir/date-time.js';
import { labelOf, wordsOf } from '../../fhir/codeable-concept.js';
import { hasNoId } from '../../fhir/element.js';
import { isIn, matchesByText, setsOfConcept, type Chart, type Listed } from '../chart.js';
import { draftedOrders } from '../procedure-facts.js';
import type { SetAside, TroponinEntries } from './troponin-result.js';
import { PANEL_SET, RESULT_SETS } from './troponin-entries.js';

/** A troponin order that is still open, completed without a result, or a draft of the hook. */
export interface TroponinOrder {
  readonly order: ServiceRequest;
  readonly state: 'ordered' | 'on-hold' | 'completed' | 'drafted';
  /** When it was due, or else placed; undefined when it says neither. */
  readonly since: TimeSpan | undefined;
}

export const ORDER_INTENTS = new Set(['order', 'original-order', 'reflex-order', 'filler-order', 'instance-order']);
const STATES = new Map<string, TroponinOrder['state']>(
  Object.entries({
    active: 'ordered',
    'on-hold': 'on-hold',
    completed: 'completed',
  } as const),
);
const DEAD_REPORTS = new Set(['cancelled', 'entered-in-error']);
/** A report without a result yet; partial reports may still bring the troponin. */
const AWAITED_REPORTS = new Set(['registered', 'partial', 'preliminary']);

function isTroponinCode<T extends ServiceRequest | DiagnosticReport>(listed: Listed<T>, chart: Chart): boolean {
  const { entry } = listed;
  if (isIn(listed, 'troponin-order', PANEL_SET, ...RESULT_SETS) && !isWeak(listed)) return true;
  // A cardiac enzyme order counts as a troponin order only when its text says so.
  if (isIn(listed, 'cardiac-enzyme-order')) return wordsOf(entry.code).some(chart.words.namesTroponin);
  return matchesByText(entry.code, chart.words.namesTroponin);
}

function isWeak(listed: Listed<unknown>): boolean {
  return isIn(listed, 'cardiac-enzyme-order') && !isIn(listed, 'troponin-order', ...RESULT_SETS);
}

function sinceOf({ authored, due }: ServiceRequest): TimeSpan | undefined {
  if (authored === undefined || due === undefined) return due ?? authored;
  return due.start > authored.start ? due : authored;
}

/** Whether an order was placed or is due of late. */
export function isRecentOrder({ authored, due }: ServiceRequest, chart: Chart): boolean {
  const lookback = chart.topic.thresholds['order-lookback'];
  const recent = { start: chart.asOf - lookback, end: chart.asOf + lookback };
  return [authored, due].some((time) => time !== undefined && mayLieIn(time, recent));
}

/** Open orders that do not say when they were placed or due: perhaps years ago, so they count for nothing. */
export function undatedOrders(chart: Chart): readonly ServiceRequest[] {
  return chart
    .orders()
    .filter((listed) => isTroponinCode(listed, chart))
    .map(({ entry }) => entry)
    .filter(({ status, authored, due }) => status === 'active' && authored === undefined && due === undefined);
}

/** Troponin orders that the user is about to place. */
function draftedTroponins(chart: Chart): readonly TroponinOrder[] {
  return draftedOrders(chart)
    .map((entry) => ({ entry, sets: setsOfConcept(chart, entry.code) }))
    .filter((listed) => isTroponinCode(listed, chart))
    .map(({ entry }) => ({ order: entry, state: 'drafted' as const, since: undefined }));
}

/** Troponin orders placed or due of late, newest first, and those being placed. */
export function troponinOrders(chart: Chart): readonly TroponinOrder[] {
  const drafted = draftedTroponins(chart);
  // An order being revised stands on the chart as well.
  const revised = new Set(drafted.map(({ order }) => order.reference).filter((one) => !hasNoId(one)));
  return [...placedTroponins(chart).filter(({ order }) => !revised.has(order.reference)), ...drafted];
}

function placedTroponins(chart: Chart): readonly TroponinOrder[] {
  return chart
    .orders()
    .filter((listed) => isTroponinCode(listed, chart) && isRecentOrder(listed.entry, chart))
    .flatMap(({ entry }) => {
      const state = STATES.get(entry.status ?? '');
      const isOrder = ORDER_INTENTS.has(entry.intent ?? '') && !entry.isProhibition;
      return state === undefined || !isOrder ? [] : [{ order: entry, state, since: sinceOf(entry) }];
    })
    .sort((one, other) => (other.since?.start ?? 0) - (one.since?.start ?? 0));
}

export function ageOfOrder({ since }: TroponinOrder, asOf: number): string | undefined {
  return since?.isPrecise === true && since.start <= asOf ? describeDuration(asOf - since.start) : undefined;
}

/** Troponin reports, sorted by what they tell. */
export interface TroponinReports {
  readonly awaited: readonly DiagnosticReport[];
  readonly textOnly: readonly DiagnosticReport[];
  /** The report names results, but none that was read as troponin. */
  readonly unresolved: readonly SetAside[];
}

/** A report whose results are nowhere read as troponin: missing, or under names that nobody here knows. */
function lacksTroponin({ reference, results }: DiagnosticReport, { readIds }: TroponinEntries): boolean {
  const hasContained = [...readIds].some((id) => `DiagnosticReport/${id}`.startsWith(`${reference}#`));
  return results.length > 0 && !hasContained && !results.some(({ id }) => id !== undefined && readIds.has(id));
}

function asNotFound(report: DiagnosticReport): SetAside {
  const { reference, code } = report;
  const timing = { time: reportTime(report), isTimeOfResult: false, hasUnreadTime: false, isOfCurrentEncounter: false };
  return { reference, reason: 'not-found', detail: labelOf(code), isWorrying: true, ...timing };
}

export function troponinReports(chart: Chart, entries: TroponinEntries): TroponinReports {
  const reports = chart
    .reports()
    .filter((listed) => isTroponinCode(listed, chart) && !DEAD_REPORTS.has(listed.entry.status ?? ''))
    .map(({ entry }) => entry);
  return {
    awaited: reports.filter(({ status = '', results }) => AWAITED_REPORTS.has(status) && results.length === 0),
    textOnly: reports.filter(({ status = '', results }) => !AWAITED_REPORTS.has(status) && results.length === 0),
    unresolved: reports.filter((report) => lacksTroponin(report, entries)).map(asNotFound),
  };
}

export function reportTime({ effective, issued }: DiagnosticReport): TimeSpan | undefined {
  return effective ?? issued;
}
