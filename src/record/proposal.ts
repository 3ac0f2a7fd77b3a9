import type { HookContext } from '../cds-hooks/types.js';
import { readSearchPage, type BundleEntry } from '../fhir/bundle.js';
import { originalOf } from '../fhir/element.js';
import { textOf, type JsonObject } from '../fhir/json.js';
import { parseReference, type Ownership } from '../fhir/reference.js';
import { isOrderHook } from '../knowledge/topic.js';
import type { Proposal } from './patient-record.js';

/** `Type/id` of a draft as the client's selection names it; ids of drafts may break every rule of FHIR ids. */
export function draftKey(draft: JsonObject): string {
  const { resourceType, id } = originalOf(draft);
  return `${textOf(resourceType) ?? ''}/${textOf(id) ?? ''}`;
}

/** The entries of a context Bundle. */
export function contextEntries(bundle: unknown): readonly BundleEntry[] {
  return readSearchPage(bundle)?.entries ?? [];
}

function selectedKey(selection: string): string {
  const { type, id } = parseReference(selection);
  return type === undefined || id === undefined ? selection : `${type}/${id}`;
}

/** CDS Hooks order-select: the selected drafts that exist. order-sign has no selections: every draft is looked at. */
function focusOf(hook: string, selections: unknown, entries: readonly BundleEntry[]): ReadonlySet<string> {
  const keys = entries.map(({ resource }) => draftKey(resource));
  if (hook !== 'order-select') return new Set(keys);
  const texts = Array.isArray(selections) ? selections.filter((one): one is string => typeof one === 'string') : [];
  const named = new Set(texts);
  const byUrl = entries.filter(({ fullUrl }) => fullUrl !== undefined && named.has(fullUrl));
  const selected = new Set([
    ...texts.flatMap((text) => [text, selectedKey(text)]),
    ...byUrl.map(({ resource }) => draftKey(resource)),
  ]);
  return new Set(keys.filter((key) => selected.has(key)));
}

/** A draft is the patient's unless it says otherwise: many clients send it before it has a subject. */
function ofPatient(
  entries: readonly BundleEntry[],
  ownerOf: (entry: BundleEntry) => Ownership,
): readonly BundleEntry[] {
  return entries.filter((entry) => ownerOf(entry) !== 'other-patient');
}

/** What the context says the user is about to do, for the hooks that say it. */
export function readProposal(
  hook: string,
  { draftOrders, conditions, selections }: HookContext,
  ownerOf: (entry: BundleEntry) => Ownership,
): Proposal {
  const hasOrders = isOrderHook(hook);
  const orders = hasOrders ? ofPatient(contextEntries(draftOrders), ownerOf) : [];
  const added = hook === 'problem-list-item-create' ? ofPatient(contextEntries(conditions), ownerOf) : [];
  return {
    orders: orders.map(({ resource }) => resource),
    focus: focusOf(hook, selections, orders),
    conditions: added.map(({ resource }) => resource).filter(({ resourceType }) => resourceType === 'Condition'),
  };
}
