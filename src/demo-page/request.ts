import type { CdsService } from '../cds-hooks/types.js';
import type { DemoPatient } from '../demo/chart-view.js';
import type { Draft, Resource } from './drafts.js';
import { wordsOfHook } from './hooks.js';

/** How the data reach the service: along with the call, from the FHIR server, or some of each. */
export type Route = 'prefetch' | 'fhir-server' | 'both';

/** In which form a prefetch key is sent. */
export type NeedForm = 'sent' | 'left-out' | 'null' | 'outcome' | 'cut';

/** What the user chose of a call's data. */
export interface DataChoice {
  readonly route: Route;
  /** Base URL of the FHIR server that the call names. */
  readonly fhirServer: string;
  /** Prefetch keys that are sent otherwise than the route says. */
  readonly forms: Readonly<Record<string, NeedForm>>;
}

export interface HookBody {
  readonly hook: string;
  readonly hookInstance: string;
  readonly fhirServer?: string;
  readonly context: Readonly<Record<string, unknown>>;
  readonly prefetch?: Readonly<Record<string, unknown>>;
}

/** Everything a call is made of. */
export interface Call {
  readonly service: CdsService;
  readonly patient: DemoPatient;
  readonly drafts: readonly Draft[];
  readonly data: DataChoice;
  readonly hookInstance: string;
}

/** What many EHRs send along, leaving the rest to be asked for. */
const OFTEN_SENT = new Set(['patient', 'encounter', 'conditions']);

const OUTCOME = {
  resourceType: 'OperationOutcome',
  issue: [{ severity: 'error', code: 'exception', diagnostics: 'The query failed in the EHR.' }],
};

/** The form of a key by the route alone. */
export function usualForm(route: Route, key: string): NeedForm {
  if (route === 'prefetch') return 'sent';
  return route === 'both' && OFTEN_SENT.has(key) ? 'sent' : 'left-out';
}

export function formOf({ route, forms }: DataChoice, key: string): NeedForm {
  return route === 'fhir-server' ? 'left-out' : (forms[key] ?? usualForm(route, key));
}

function isResource(value: unknown): value is Resource {
  return typeof value === 'object' && value !== null && 'resourceType' in value;
}

/** The first entry only, and a link to a next page. */
function cut(value: unknown, { fhirServer }: DataChoice): unknown {
  if (!isResource(value) || value.resourceType !== 'Bundle') return value;
  const entry: readonly unknown[] = Array.isArray(value['entry']) ? value['entry'] : [];
  return { ...value, entry: entry.slice(0, 1), link: [{ relation: 'next', url: `${fhirServer}?page=2` }] };
}

const TOKEN = /\{\{context\.(\w+)\}\}/g;

/** Resolves a template against the EHR's own FHIR server; undefined when it cannot be, so that the key is left out. */
async function resolve(template: string, context: HookBody['context']): Promise<unknown> {
  const names = Array.from(template.matchAll(TOKEN), ([, name = '']) => name);
  if (names.some((name) => typeof context[name] !== 'string')) return undefined;
  const query = template.replace(TOKEN, (_, name: string) => encodeURIComponent(String(context[name])));
  const response = await fetch(`/fhir/${query}`);
  return response.ok ? response.json() : undefined;
}

async function prefetchKey(key: string, template: string, data: DataChoice, context: HookBody['context']) {
  const form = formOf(data, key);
  if (form === 'left-out') return [];
  if (form === 'null') return [[key, null] as const];
  if (form === 'outcome') return [[key, OUTCOME] as const];
  const value = await resolve(template, context);
  return value === undefined ? [] : [[key, form === 'cut' ? cut(value, data) : value] as const];
}

const bundleOf = (drafts: readonly Draft[], patient: DemoPatient) => ({
  resourceType: 'Bundle',
  type: 'collection',
  entry: drafts.map(({ resource }) => ({ resource: { subject: { reference: `Patient/${patient.id}` }, ...resource } })),
});

function contextOf({ service, patient, drafts }: Call): HookBody['context'] {
  const needs = wordsOfHook(service.hook)?.needs;
  return {
    userId: 'Practitioner/demo',
    patientId: patient.id,
    ...(patient.encounterId !== undefined && { encounterId: patient.encounterId }),
    ...(service.hook === 'order-select' && { selections: drafts.map(({ key }) => key) }),
    ...(needs === 'orders' && { draftOrders: bundleOf(drafts, patient) }),
    ...(needs === 'condition' && { conditions: bundleOf(drafts, patient) }),
  };
}

/** The body of a call as an EHR sends it: prefetch resolved from discovery's templates, or the FHIR server named. */
export async function buildBody(call: Call): Promise<HookBody> {
  const { service, data, hookInstance } = call;
  const context = contextOf(call);
  const resolved = await Promise.all(
    Object.entries(service.prefetch).map(([key, template]) => prefetchKey(key, template, data, context)),
  );
  return {
    hook: service.hook,
    hookInstance,
    ...(data.route !== 'prefetch' && { fhirServer: data.fhirServer }),
    context,
    ...(data.route !== 'fhir-server' && { prefetch: Object.fromEntries(resolved.flat()) }),
  };
}
