import type { HookRequest } from '../cds-hooks/types.js';
import { isObject, textOf, type JsonObject } from '../fhir/json.js';
import type { DataNeed } from '../knowledge/content-types.js';
import type { Service } from '../service/discovery.js';
import type { Chart } from './chart.js';
import type { Occasion } from './occasion.js';

/** Fixed, so that the same file gives the same card ids. */
const HOOK_INSTANCE = 'a-file-in-place-of-a-call';
const USER = 'Practitioner/unknown';

function draftKey({ resourceType, id }: JsonObject): string {
  return `${textOf(resourceType) ?? ''}/${textOf(id) ?? ''}`;
}

function bundleOf(entry: readonly unknown[]): JsonObject {
  return { resourceType: 'Bundle', type: 'collection', entry };
}

/** What goes along with the resources of a need, as a search with _include would bring it. */
function companionsOf({ withMedications, resourceType }: DataNeed): readonly string[] {
  if (withMedications === true) return ['Medication'];
  return resourceType === 'Observation' ? ['Specimen'] : [];
}

function isResource(entry: JsonObject, id: string): boolean {
  const { resource } = entry;
  return isObject(resource) && resource['id'] === id;
}

/** A relative reference leads to a resource of the same file, whatever server its full URL names. */
function byEitherName(entry: JsonObject): readonly JsonObject[] {
  return entry['fullUrl'] === undefined ? [entry] : [entry, { resource: entry['resource'] }];
}

/** The entries that answer a need, all of the chart's but what is only being written. */
function entriesFor(need: DataNeed, chart: Chart, { encounterId, drafts }: Occasion): readonly unknown[] {
  const own = chart.byType.get(need.resourceType) ?? [];
  if (need.read !== undefined) {
    const id = need.read === 'patientId' ? chart.patientId : encounterId;
    return id === undefined ? [] : own.filter((entry) => isResource(entry, id));
  }
  const companions = companionsOf(need).flatMap((type) => (chart.byType.get(type) ?? []).flatMap(byEitherName));
  const written = new Set(drafts.map(draftKey));
  const isDraft = ({ resource }: JsonObject) => isObject(resource) && written.has(draftKey(resource));
  const kept = written.size === 0 ? own : own.filter((entry) => !isDraft(entry));
  return companions.length === 0 && chart.unsorted.length === 0 ? kept : [...kept, ...companions, ...chart.unsorted];
}

/** A file is all there is, so every need is answered: with an empty list where the file holds nothing of it. */
function prefetchOf(chart: Chart, occasion: Occasion, { topic }: Service): JsonObject {
  const { link, marks } = chart;
  const more = { ...(link.length > 0 && { link }), ...(marks.length > 0 && { meta: { tag: marks } }) };
  return Object.fromEntries(
    topic.facts.needs.map((need) => [need.key, { ...bundleOf(entriesFor(need, chart, occasion)), ...more }]),
  );
}

function draftsOf(hook: string, drafts: readonly JsonObject[]): JsonObject {
  const bundle = bundleOf(drafts.map((resource) => ({ resource })));
  if (hook === 'problem-list-item-create') return { conditions: bundle };
  if (hook === 'order-sign') return { draftOrders: bundle };
  return hook === 'order-select' ? { draftOrders: bundle, selections: drafts.map(draftKey) } : {};
}

/** The hook call that an EHR would make which holds exactly this chart. */
export function requestOf(chart: Chart, service: Service, occasion: Occasion): HookRequest {
  const { encounterId, drafts } = occasion;
  return {
    hook: service.hook,
    hookInstance: HOOK_INSTANCE,
    context: {
      userId: USER,
      patientId: chart.patientId,
      ...(encounterId !== undefined && { encounterId }),
      ...draftsOf(service.hook, drafts),
    },
    prefetch: prefetchOf(chart, occasion, service),
  };
}
