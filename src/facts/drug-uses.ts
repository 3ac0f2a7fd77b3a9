import { wordsOf } from '../fhir/codeable-concept.js';
import { describeTime } from '../fhir/date-time.js';
import { hasNoId } from '../fhir/element.js';
import type { JsonObject } from '../fhir/json.js';
import {
  readMedicationDispense,
  readMedicationRequest,
  readMedicationStatement,
  type FindMedication,
  type MedicationEntry,
} from '../fhir/medication.js';
import { oncePer } from '../lazy/once.js';
import { draftKey } from '../record/proposal.js';
import { resourcesOf } from '../record/patient-record.js';
import { labelIn, type Chart } from './chart.js';
import { drugMatcherOf, type MatchedBy, type RecognisedDrug } from './drug-matcher.js';
import type { Evidence, Item, Phrase } from './fact.js';

/**
 * `current`: taken now, or to be taken, as far as the record says. `completed` and `stopped`: once taken. `none`: never
 * came to be (cancelled, entered in error, not taken, a proposal, a prohibition).
 */
export type UseState = 'current' | 'completed' | 'stopped' | 'none';

/** One entry of the chart, or one draft, with the drug it was recognised as. */
export interface DrugUse {
  readonly entry: MedicationEntry;
  readonly drug: RecognisedDrug;
  readonly state: UseState;
  /** chart; a draft the user is working on; or another draft not signed yet. */
  readonly origin: 'chart' | 'draft' | 'other-draft';
  /** A draft that changes an order of the chart. */
  readonly isRevision?: boolean;
}

/** Only thought of. An intent of `plan` counts: US Core writes so what a patient reports. */
const NO_ORDERS = new Set(['proposal', 'option']);

/** Statuses of entries that never came to be. Any other that is not listed below may mean that the drug is taken. */
const NEVER = new Set(['draft', 'cancelled', 'entered-in-error', 'not-taken', 'declined', 'preparation']);
const OVER = new Map<string, UseState>([
  ['completed', 'completed'],
  ['ended', 'completed'],
  ['stopped', 'stopped'],
]);

/** Whether what was handed over may still be in use: by its stated supply, else for as long as the threshold says. */
function isSupplyOpen({ since, until, isAsNeeded }: MedicationEntry, { asOf, topic }: Chart): boolean {
  if (since === undefined) return true;
  const lookback = topic.thresholds[isAsNeeded ? 'pde5-lookback' : 'dispense-lookback'];
  // What is taken as needed outlasts its days of supply.
  const stated = until !== undefined && isAsNeeded ? Math.max(until.end, since.end + lookback) : until?.end;
  return (stated ?? since.end + lookback) >= asOf;
}

function dispenseState(entry: MedicationEntry, chart: Chart): UseState {
  return isSupplyOpen(entry, chart) ? 'current' : 'completed';
}

function stateOf(entry: MedicationEntry, chart: Chart): UseState {
  const { status = 'unknown', intent = '', kind, isProhibition } = entry;
  if (isProhibition || NO_ORDERS.has(intent) || NEVER.has(status)) return 'none';
  if (kind === 'dispense') return dispenseState(entry, chart);
  return OVER.get(status) ?? 'current';
}

type Read = (raw: JsonObject, find: FindMedication) => MedicationEntry;

const READERS: readonly (readonly [string, Read])[] = [
  ['MedicationRequest', readMedicationRequest],
  ['MedicationStatement', readMedicationStatement],
  ['MedicationDispense', readMedicationDispense],
];

function fromChart(chart: Chart): readonly DrugUse[] {
  const matcher = drugMatcherOf(chart.topic);
  return READERS.flatMap(([type, read]) =>
    resourcesOf(chart.record, type).map((raw) => {
      const entry = read(raw, chart.record.medication);
      return { entry, drug: matcher.recognise(entry), state: stateOf(entry, chart), origin: 'chart' as const };
    }),
  );
}

/** Drafts count as what they are about to be; at order-sign a revision may carry any status, and end an order. */
function draftState({ isProhibition, status = 'draft' }: MedicationEntry): UseState {
  if (isProhibition || status === 'cancelled' || status === 'entered-in-error') return 'none';
  return OVER.get(status) ?? 'current';
}

function fromDrafts({ record, topic }: Chart): readonly DrugUse[] {
  const { orders, focus } = record.proposal;
  return orders
    .filter(({ resourceType }) => resourceType === 'MedicationRequest')
    .map((raw) => {
      const entry = readMedicationRequest(raw, record.medication);
      const origin = focus.has(draftKey(raw)) ? 'draft' : 'other-draft';
      return { entry, drug: drugMatcherOf(topic).recognise(entry), state: draftState(entry), origin };
    });
}

/** An order that a draft ends was taken until now. */
function endedNow(use: DrugUse, { asOf }: Chart): DrugUse {
  const now = { start: asOf, end: asOf, text: new Date(asOf).toISOString(), isPrecise: true };
  return { ...use, state: 'stopped', entry: { ...use.entry, until: now } };
}

/** The chart, with the orders that drafts end as ended; and the drafts, but for those that only end something. */
function readUses(chart: Chart): readonly DrugUse[] {
  const drafts = fromDrafts(chart);
  const standing = fromChart(chart);
  const isTold = ({ entry }: DrugUse) => !hasNoId(entry.reference);
  const ending = new Set(
    drafts.filter((use) => use.state !== 'current' && isTold(use)).map(({ entry }) => entry.reference),
  );
  const onChart = new Set(standing.filter(isTold).map(({ entry }) => entry.reference));
  return [
    ...standing.map((use) => (use.state === 'current' && ending.has(use.entry.reference) ? endedNow(use, chart) : use)),
    ...drafts
      .filter(({ state }) => state === 'current')
      .map((use) => (onChart.has(use.entry.reference) ? { ...use, isRevision: true } : use)),
  ].sort(byReference);
}

/** An order of its own, so that the order they came in changes nothing. */
function byReference(one: DrugUse, other: DrugUse): number {
  return compare(one.entry.reference, other.entry.reference) || compare(sortKey(one), sortKey(other));
}

function sortKey({ entry, origin, state }: DrugUse): string {
  return JSON.stringify([origin, state, entry.since?.text, entry.names, entry.parts]);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Every drug the record speaks of; worked out once for a chart, since many facts ask for it. */
export const drugUsesOf = oncePer(readUses);

const usesByClass = oncePer((chart: Chart): ReadonlyMap<string, readonly DrugUse[]> => {
  const sorted = new Map<string, DrugUse[]>();
  for (const use of drugUsesOf(chart)) {
    for (const drugClass of use.drug.classes.keys()) {
      const known = sorted.get(drugClass);
      if (known === undefined) sorted.set(drugClass, [use]);
      else known.push(use);
    }
  }
  return sorted;
});

/** The uses of drugs of any of the classes, each once. */
export function usesOfClasses(chart: Chart, classes: readonly string[]): readonly DrugUse[] {
  const sorted = usesByClass(chart);
  const [first = ''] = classes;
  if (classes.length === 1) return sorted.get(first) ?? [];
  return [...new Set(classes.flatMap((drugClass) => sorted.get(drugClass) ?? []))];
}

/** When a use ended, as late as it may have: its end, else for a stopped one the day its entry was last changed. */
function latestEnd({ entry, state }: DrugUse, asOf: number): number | undefined {
  const { until, changed, since } = entry;
  if (until !== undefined) return until.end;
  const isTold = state === 'stopped' && changed !== undefined && changed.start <= asOf;
  return isTold ? changed.end : since?.end;
}

/** Whether an entry that is no longer current reaches into the last `duration` milliseconds, or may. */
export function isRecentUse(use: DrugUse, duration: number, { asOf }: Chart): boolean {
  const end = latestEnd(use, asOf);
  const start = use.entry.since?.start;
  return (end === undefined || end >= asOf - duration) && (start === undefined || start <= asOf);
}

/** Entries that may be taken now and name no drug anyone can read. */
export const unreadUses = oncePer((chart: Chart): readonly DrugUse[] => {
  const lookback = chart.topic.thresholds['pde5-lookback'];
  return drugUsesOf(chart).filter(
    (use) =>
      !use.drug.isReadable &&
      (use.origin === 'chart' || use.entry.hasDrug) &&
      (use.state === 'current' || (use.state !== 'none' && isRecentUse(use, lookback, chart))),
  );
});

/** What the entry calls its drug; without words, what a value set calls its code. */
export function drugLabel({ entry }: DrugUse, chart: Chart): Phrase {
  const all = [...entry.names, ...entry.parts];
  const named = all.find((name) => wordsOf(name).length > 0) ?? all[0];
  return named === undefined ? 'drug without a name' : labelIn(chart, named, 'drug without a name');
}

function standing({ entry, state, origin }: DrugUse): string {
  if (origin !== 'chart') return 'draft order';
  if (entry.kind === 'dispense') return 'dispensed';
  if (state !== 'current') return state;
  if (entry.status === 'on-hold') return 'on hold';
  if (entry.status === undefined || entry.status === 'unknown') return 'status not stated';
  return entry.intent === 'plan' || entry.kind === 'statement' ? 'on the medication list' : 'active order';
}

function dated({ entry, state }: DrugUse): string {
  const date = state === 'current' || entry.kind === 'dispense' ? entry.since : (entry.until ?? entry.since);
  return date === undefined ? '' : ` ${describeTime(date).slice(0, 10)}`;
}

/** `sildenafil 50 MG Oral Tablet, active order 2026-01-10, as needed, matched by name` */
export function describeUse(use: DrugUse, matchedBy: MatchedBy | undefined, chart: Chart): Item {
  return [
    drugLabel(use, chart),
    `, ${standing(use)}${dated(use)}`,
    use.entry.isAsNeeded ? ', as needed' : '',
    matchedBy === 'name' ? ', matched by name' : '',
  ].filter((phrase) => phrase !== '');
}

export function evidenceOfUse(use: DrugUse, chart: Chart): Evidence {
  const label = drugLabel(use, chart);
  return {
    reference: use.entry.reference,
    display: typeof label === 'string' ? label : label.chart,
    date: (use.entry.since ?? use.entry.until)?.text,
    value: standing(use),
    ...(use.origin === 'draft' && use.isRevision !== true && { isDraft: true }),
  };
}
