import { isObject, objectsOf, type JsonObject } from '../fhir/json.js';
import type { DataNeed } from '../knowledge/content-types.js';
import type { Topic } from '../knowledge/topic.js';
import { applyVignette, type Fault, type Stories, type Vignette } from './vignette.js';

const CONTEXT: JsonObject = { userId: 'Practitioner/dr1', patientId: 'p1', encounterId: 'e1' };
const HOOK_INSTANCE = '3b1f7c5e-5a3c-4a57-9d0e-0d9d2f0a7b11';
const OUTCOME = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'exception' }] };

/** The context of a vignette; a member it sets to null is not sent. */
export function contextOf({ context = {} }: Pick<Vignette, 'context'>): JsonObject {
  return Object.fromEntries(Object.entries({ ...CONTEXT, ...context }).filter(([, value]) => value !== null));
}

function codingsOf(concepts: unknown): readonly JsonObject[] {
  return objectsOf(concepts).flatMap((concept) => objectsOf(concept['coding']));
}

function hasCodeOf({ valueSets }: DataNeed, resource: JsonObject, { codes }: Topic): boolean {
  if (valueSets === undefined) return true;
  return codingsOf(resource['code']).some(({ system, code }) =>
    codes.setsOf({ system: String(system), code: String(code) }).some((set) => valueSets.includes(set)),
  );
}

function hasCategoryOf({ category }: DataNeed, resource: JsonObject): boolean {
  return category === undefined || codingsOf(resource['category']).some(({ code }) => code === category);
}

function timeOf(resource: JsonObject): number {
  const period = resource['effectivePeriod'];
  const effective = resource['effectiveDateTime'] ?? (isObject(period) ? period['start'] : undefined);
  const time = effective ?? resource['issued'] ?? resource['authoredOn'];
  return typeof time === 'string' ? Date.parse(time) : Number.NaN;
}

/** What a client finds in the chart for a need that is a search. */
export function foundFor(need: DataNeed, chart: readonly JsonObject[], topic: Topic): readonly JsonObject[] {
  const found = chart.filter(
    (resource) =>
      resource['resourceType'] === need.resourceType &&
      hasCodeOf(need, resource, topic) &&
      hasCategoryOf(need, resource),
  );
  return need.newestFirst === true ? [...found].sort((one, other) => timeOf(other) - timeOf(one)) : found;
}

/** The searchset that brings these resources. */
export function bundleOf(resources: readonly JsonObject[]): JsonObject {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: resources.length,
    ...(resources.length > 0 && { entry: resources.map((resource) => ({ resource, search: { mode: 'match' } })) }),
  };
}

/** What a client with that fault sends: nothing after an HTTP error, a page that is not the last after a refused one. */
function withFault(value: unknown, fault: Fault | undefined): unknown {
  if (fault === undefined) return value;
  if (fault === 'operation-outcome') return OUTCOME;
  if (fault !== 'next-page-403' || !isObject(value)) return undefined;
  return { ...value, link: [{ relation: 'next', url: 'http://127.0.0.1/fhir?_page=2' }] };
}

function valueFor(need: DataNeed, chart: readonly JsonObject[], context: JsonObject, topic: Topic): unknown {
  if (need.read === undefined) return bundleOf(foundFor(need, chart, topic));
  const id = context[need.read];
  return chart.find((resource) => resource['resourceType'] === need.resourceType && resource['id'] === id);
}

/** The prefetch a client sends for a chart, worked out without any FHIR server. */
export function prefetchOf(
  chart: readonly JsonObject[],
  context: JsonObject,
  topic: Topic,
  faults: Vignette['faults'] = {},
): Record<string, unknown> {
  const values = topic.facts.needs.map((need) => {
    const fault = faults[need.key] ?? faults[need.resourceType];
    return [need.key, withFault(valueFor(need, chart, context, topic), fault)] as const;
  });
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** The request a client sends for a vignette, with what its faults leave of the prefetch. */
export function requestOf(vignette: Vignette, { base }: Stories, topic: Topic): JsonObject {
  const context = contextOf(vignette);
  const prefetch = prefetchOf(applyVignette(base, vignette), context, topic, vignette.faults);
  return { hook: vignette.hook, hookInstance: HOOK_INSTANCE, context, prefetch };
}
