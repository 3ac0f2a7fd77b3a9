import type { Card, HookResponse, SuggestedServiceRequest } from '../../src/cds-hooks/types.js';
import { isObject, type JsonObject } from '../../src/fhir/json.js';
import type { DataNeed } from '../../src/knowledge/content-types.js';
import { contextOf, foundFor as found, prefetchOf as prefetchFor } from '../../src/what-if/client.js';
import { hookBody, topic, type HookBody, type Reply } from './service.js';
import { baseChart, chartOf, type Vignette } from './vignette.js';

export { bundleOf, contextOf } from '../../src/what-if/client.js';

export const CONTEXT: JsonObject = { userId: 'Practitioner/dr1', patientId: 'p1', encounterId: 'e1' };

/** The cards that speak of the heart; the others are the therapy card, the safety cards and the pediatric one. */
export const CARDIAC_CARDS: readonly string[] = [
  'troponin-elevated',
  'acs-on-record',
  'troponin-not-checked',
  'troponin-pending',
  'troponin-not-found',
  'troponin-stale',
  'troponin-not-serial',
  'troponin-serial-in-range',
];

export const KEYS: readonly string[] = topic().facts.needs.map(({ key }) => key);

/** What a client finds in the chart for a need that is a search. */
export function foundFor(need: DataNeed, chart: readonly JsonObject[]): readonly JsonObject[] {
  return found(need, chart, topic());
}

/** A Bundle as contexts carry it, with the resources as they are. */
export function collectionOf(...resources: readonly JsonObject[]): JsonObject {
  return { resourceType: 'Bundle', type: 'collection', entry: resources.map((resource) => ({ resource })) };
}

/** A draft order of a drug that is known by its name only. */
export function drugDraft(id: string, name: string, more: JsonObject = {}): JsonObject {
  return {
    resourceType: 'MedicationRequest',
    id,
    status: 'draft',
    intent: 'order',
    subject: { reference: 'Patient/p1' },
    medicationCodeableConcept: { text: name },
    ...more,
  };
}

/** Suspected spasm as it is being added to the problem list. */
export const ADDED_SPASM: JsonObject = {
  resourceType: 'Condition',
  id: 'added1',
  category: [
    { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-category', code: 'problem-list-item' }] },
  ],
  code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'K22.4' }], text: 'Esophageal spasm' },
  subject: { reference: 'Patient/p1' },
};

const NITROGLYCERIN = collectionOf(drugDraft('d1', 'Nitroglycerin 0.4 mg sublingual tablet'));

/** What the context of a hook holds beyond user, patient and encounter, so that there is something to say. */
export const HOOK_MEMBERS: Readonly<Record<string, JsonObject>> = {
  'order-select': { selections: ['MedicationRequest/d1'], draftOrders: NITROGLYCERIN },
  'order-sign': { draftOrders: NITROGLYCERIN },
  'problem-list-item-create': { conditions: collectionOf(ADDED_SPASM) },
};

/** The prefetch a faultless client sends for a chart, worked out without any FHIR server. */
export function prefetchOf(chart: readonly JsonObject[], context: JsonObject = CONTEXT): Record<string, unknown> {
  return prefetchFor(chart, context, topic());
}

/** The request a faultless client sends for a vignette. */
export function requestOf(vignette: Vignette, more: Partial<HookBody> = {}): HookBody {
  const context = contextOf(vignette);
  return hookBody({ hook: vignette.hook, context, prefetch: prefetchOf(chartOf(vignette), context), ...more });
}

/** A request of a hook about a chart, with what its context needs. */
export function hookRequest(
  hook: string,
  members: JsonObject = {},
  chart: readonly JsonObject[] = baseChart(),
): HookBody {
  const context = { ...CONTEXT, ...HOOK_MEMBERS[hook], ...members };
  return hookBody({ hook, context, prefetch: prefetchOf(chart, context) });
}

/** Cards without the ids that every call gives anew. */
export function withoutIds(cards: readonly Card[]): unknown {
  const isId = (key: string) => key === 'uuid' || key === 'id';
  return JSON.parse(JSON.stringify(cards, (key, value: unknown) => (isId(key) ? '' : value)));
}

/** Cards without who asks. */
export function withoutRequester(cards: readonly Card[]): unknown {
  return JSON.parse(JSON.stringify(cards, (key, value: unknown) => (key === 'requester' ? undefined : value)));
}

/** The resources that cards suggest to create, of R4 clients. */
export function suggestedBy(cards: readonly Card[]): readonly SuggestedServiceRequest[] {
  return cards.flatMap(({ suggestions = [] }) =>
    suggestions.flatMap(({ actions }) =>
      actions.flatMap((action) => (action.type === 'create' ? [action.resource as SuggestedServiceRequest] : [])),
    ),
  );
}

export function without(prefetch: Readonly<Record<string, unknown>>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(prefetch).filter(([key]) => !keys.includes(key)));
}

export function cardsOf({ status, body, text }: Reply): readonly Card[] {
  if (status !== 200) throw new Error(`status ${String(status)}: ${text.slice(0, 500)}`);
  return (body as HookResponse).cards;
}

/** `troponin-not-found warning`, as the vignettes write it. */
export function titlesOf(cards: readonly Card[]): readonly string[] {
  return cards.map(({ source, indicator }) => `${source.topic.code} ${indicator}`);
}

export function codeOf({ source }: Card): string {
  return source.topic.code;
}

/** The code of the cardiac card, or none. */
export function cardiacOf(cards: readonly Card[]): string | undefined {
  return cards.map(codeOf).find((code) => CARDIAC_CARDS.includes(code));
}

export function basisOf({ extension }: Card): Card['extension']['org.troponin-first.basis'] {
  return extension['org.troponin-first.basis'];
}

/** The needs that some card says could not be had. */
export function gapsSaid(cards: readonly Card[]): readonly string[] {
  return [...new Set(cards.flatMap((card) => (basisOf(card).gaps ?? []).map(({ need }) => need)))].sort();
}

/** Everything a clinician reads. */
export function wordsOf(cards: readonly Card[]): string {
  return cards.map(({ summary, detail }) => `${summary}\n${detail}`).join('\n');
}

export interface IssueView {
  readonly severity: string;
  readonly code: string;
  readonly diagnostics: string;
  readonly expression?: readonly string[];
}

/** An OperationOutcome in the parts a test asks about. */
export function issuesOf({ body }: Reply): readonly IssueView[] {
  return isObject(body) ? (body['issue'] as readonly IssueView[]) : [];
}

/** An hs-troponin I result of the base patient in ng/L with the laboratory's limit of 20. */
export function troponin(id: string, time: string, value: number, more: JsonObject = {}): JsonObject {
  const unit = { unit: 'ng/L', system: 'http://unitsofmeasure.org', code: 'ng/L' };
  return {
    resourceType: 'Observation',
    id,
    status: 'final',
    category: [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }] },
    ],
    code: { coding: [{ system: 'http://loinc.org', code: '89579-7' }], text: 'hs-TnI' },
    subject: { reference: 'Patient/p1' },
    encounter: { reference: 'Encounter/e1' },
    effectiveDateTime: time,
    valueQuantity: { value, ...unit },
    referenceRange: [{ high: { value: 20, ...unit } }],
    ...more,
  };
}

/** A vignette's chart by its number. */
export function chartOfNumber(vignettes: readonly Vignette[], id: string): readonly JsonObject[] {
  const vignette = vignettes.find((one) => one.id === id);
  if (vignette === undefined) throw new Error(`no vignette ${id}`);
  return chartOf(vignette);
}
