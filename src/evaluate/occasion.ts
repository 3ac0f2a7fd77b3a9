import { isObject, textOf, type JsonObject } from '../fhir/json.js';
import { readTime } from '../fhir/date-time.js';
import { readEncounter } from '../fhir/resource.js';
import { isOrderHook } from '../knowledge/topic.js';
import { resourcesIn, type Chart } from './chart.js';

/** What a hook is fired with, beside the chart. */
export interface Occasion {
  readonly encounterId: string | undefined;
  /** Orders or conditions that are being written, for the hooks that have any. */
  readonly drafts: readonly JsonObject[];
}

/** Why a hook would not fire for a patient. */
export type NotFired = 'no-encounter' | 'no-order' | 'no-condition';

const NEEDS_ENCOUNTER = new Set(['encounter-start', 'encounter-discharge']);
const RUNNING = new Set(['arrived', 'triaged', 'in-progress', 'onleave']);
const NEVER_ORDERED = new Set(['entered-in-error', 'cancelled', 'revoked']);

/** Whether a hook is about something that is being written. */
export function takesDrafts(hook: string): boolean {
  return isOrderHook(hook) || hook === 'problem-list-item-create';
}

function startOf(encounter: JsonObject): number {
  return readEncounter(encounter).start?.start ?? Number.NEGATIVE_INFINITY;
}

function isOpenAt(encounter: JsonObject, asOf: number): boolean {
  const { period, status } = encounter;
  const end = isObject(period) ? readTime(period['end']) : undefined;
  return end === undefined ? RUNNING.has(textOf(status) ?? '') : end.end >= asOf;
}

/** The encounter that runs at the instant; for hooks that cannot do without one otherwise the newest before it. */
function encounterAt(chart: Chart, hook: string, asOf: number): string | undefined {
  const begun = resourcesIn(chart, 'Encounter')
    .filter((encounter) => startOf(encounter) <= asOf)
    .sort((one, other) => startOf(other) - startOf(one));
  const running = begun.find((encounter) => isOpenAt(encounter, asOf));
  const chosen = running ?? (NEEDS_ENCOUNTER.has(hook) ? begun[0] : undefined);
  return chosen === undefined ? undefined : textOf(chosen['id']);
}

function newest(resources: readonly JsonObject[], dateOf: (resource: JsonObject) => unknown, asOf: number) {
  let [found, date]: [JsonObject | undefined, number] = [undefined, Number.NEGATIVE_INFINITY];
  for (const resource of resources) {
    const { start } = readTime(dateOf(resource)) ?? { start: Number.NEGATIVE_INFINITY };
    if (start > asOf || start < date) continue;
    [found, date] = [resource, start];
  }
  return found;
}

/** The newest order or condition of the chart at the instant, as if it were just being written. */
function newestDraft(chart: Chart, hook: string, asOf: number): JsonObject | undefined {
  if (!isOrderHook(hook)) {
    return newest(resourcesIn(chart, 'Condition'), (one) => one['recordedDate'] ?? one['onsetDateTime'], asOf);
  }
  const orders = [...resourcesIn(chart, 'MedicationRequest'), ...resourcesIn(chart, 'ServiceRequest')];
  const given = orders.filter(({ status }) => !NEVER_ORDERED.has(textOf(status) ?? ''));
  const order = newest(given, ({ authoredOn }) => authoredOn, asOf);
  return order === undefined ? undefined : { ...order, status: 'draft' };
}

/** What is given for every patient alike; what is left out is taken from each chart. */
export interface Given {
  readonly encounterId?: string;
  readonly drafts?: readonly JsonObject[];
}

/** With what a hook is fired for a patient at an instant, or why it would not fire. */
export function occasionOf(chart: Chart, hook: string, asOf: number, given: Given): Occasion | NotFired {
  const encounterId = given.encounterId ?? encounterAt(chart, hook, asOf);
  if (encounterId === undefined && NEEDS_ENCOUNTER.has(hook)) return 'no-encounter';
  if (!takesDrafts(hook)) return { encounterId, drafts: [] };
  const own = given.drafts === undefined ? newestDraft(chart, hook, asOf) : undefined;
  const drafts = given.drafts ?? (own === undefined ? [] : [own]);
  if (drafts.length > 0) return { encounterId, drafts };
  return isOrderHook(hook) ? 'no-order' : 'no-condition';
}
