import { randomUUID } from 'node:crypto';
import type { Discovery, HookResponse } from '../cds-hooks/types.js';
import type { FixturePatient } from './fixtures.js';

export type Route = 'prefetch' | 'FHIR server';

/** What the service answered for one patient by one route. */
export interface DemoRow {
  readonly patient: string;
  readonly story: string;
  readonly route: Route;
  readonly cards: readonly string[];
  readonly milliseconds: number;
  /** Whether these are the cards that the patient's story calls for. */
  readonly isRight: boolean;
}

async function getJson(url: string): Promise<unknown> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`GET ${url} answered ${String(response.status)}`);
  return response.json();
}

/** Resolves one prefetch template the way an EHR does; undefined when the context lacks what it names. */
async function resolveTemplate(
  fhirServer: string,
  template: string,
  context: Record<string, string>,
): Promise<unknown> {
  const names = Array.from(template.matchAll(/\{\{context\.(\w+)\}\}/g), ([, name = '']) => name);
  if (names.some((name) => context[name] === undefined)) return undefined;
  return getJson(
    `${fhirServer}/${template.replace(/\{\{context\.(\w+)\}\}/g, (_, name: string) => context[name] ?? '')}`,
  );
}

async function prefetchAll(
  fhirServer: string,
  templates: Record<string, string>,
  context: Record<string, string>,
): Promise<object> {
  const answers = Object.entries(templates).map(async ([key, template]) => {
    const value = await resolveTemplate(fhirServer, template, context);
    return value === undefined ? [] : [[key, value] as const];
  });
  return Object.fromEntries((await Promise.all(answers)).flat());
}

async function callService(url: string, body: object): Promise<HookResponse> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ hookInstance: randomUUID(), ...body }),
  });
  if (!response.ok) throw new Error(`POST ${url} answered ${String(response.status)}: ${await response.text()}`);
  return (await response.json()) as HookResponse;
}

async function firePatientView(
  url: string,
  service: Discovery['services'][number],
  patient: FixturePatient,
  route: Route,
): Promise<DemoRow> {
  const fhirServer = `${url}/fhir`;
  const { encounterId } = patient;
  const context = {
    userId: 'Practitioner/demo',
    patientId: patient.id,
    ...(encounterId !== undefined && { encounterId }),
  };
  const data =
    route === 'prefetch' ? { prefetch: await prefetchAll(fhirServer, service.prefetch, context) } : { fhirServer };
  const started = performance.now();
  const { cards } = await callService(`${url}/cds-services/${service.id}`, { hook: service.hook, context, ...data });
  const milliseconds = Math.round(performance.now() - started);
  const found = cards.map(({ source, indicator }) => `${source.topic.code} ${indicator}`);
  const isRight = found.join() === patient.expected.join();
  return { patient: patient.id, story: patient.story, route, cards: found, milliseconds, isRight };
}

/** Opens every patient's chart at the real endpoint: once with prefetch, once leaving the service to ask the server. */
export async function fireHooks(url: string, patients: readonly FixturePatient[]): Promise<readonly DemoRow[]> {
  const { services } = (await getJson(`${url}/cds-services`)) as Discovery;
  const service = services.find(({ hook }) => hook === 'patient-view');
  if (service === undefined) throw new Error('discovery names no patient-view service');
  const rows: DemoRow[] = [];
  for (const patient of patients) {
    rows.push(await firePatientView(url, service, patient, 'prefetch'));
    rows.push(await firePatientView(url, service, patient, 'FHIR server'));
  }
  return rows;
}
