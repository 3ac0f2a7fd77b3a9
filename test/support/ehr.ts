import express from 'express';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createFhirServer, type EmbeddedFhirServer, type LoadableResource } from '../../src/demo/fhir-server.js';
import { isObject, objectsOf, type JsonObject } from '../../src/fhir/json.js';
import { send } from './service.js';
import type { Fault } from './vignette.js';

/** An EHR with a FHIR server that can be made to fail, and that resolves prefetch templates like one. */
export interface Ehr {
  readonly fhirServer: string;
  readonly requests: readonly string[];
  /** Replaces the chart and the faults. Resources that do not name the patient plainly are sent along unasked. */
  readonly load: (chart: readonly JsonObject[], faults?: Readonly<Record<string, Fault>>) => Promise<void>;
  readonly prefetch: (
    templates: Readonly<Record<string, string>>,
    context: JsonObject,
  ) => Promise<Record<string, unknown>>;
  readonly close: () => Promise<void>;
}

const OUTCOME = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'exception' }] };

const OBSERVATION_NEEDS: readonly { readonly need: string; readonly sign: RegExp }[] = [
  { need: 'labs', sign: /category=laboratory/ },
  { need: 'vitals', sign: /category=vital-signs/ },
  {
    need: 'studies',
    sign: /11524-6|8634-8|8636-3|7663[45]|34534-8|8601-7|18844-1|8806-2|8808-8|10230-1|18043-0|29303009|268400002|9300|93010|1648540|102594003|251135002|370359005/,
  },
  { need: 'troponins', sign: /code=/ },
];

const NEED_OF_TYPE: Readonly<Record<string, string>> = {
  Patient: 'patient',
  Encounter: 'encounter',
  Condition: 'conditions',
  DiagnosticReport: 'reports',
  ServiceRequest: 'orders',
  Procedure: 'procedures',
  MedicationRequest: 'medicationRequests',
  MedicationStatement: 'medicationStatements',
  MedicationDispense: 'medicationDispenses',
  AllergyIntolerance: 'allergies',
};

function needsAsked(type: string, query: string): readonly string[] {
  if (type !== 'Observation') return [NEED_OF_TYPE[type] ?? type];
  const one = OBSERVATION_NEEDS.find(({ sign }) => sign.test(query));
  return one === undefined ? OBSERVATION_NEEDS.map(({ need }) => need) : [one.need];
}

function isPlainlyOwn(resource: JsonObject): boolean {
  const subject = resource['subject'] ?? resource['patient'];
  return (
    resource['resourceType'] === 'Patient' ||
    resource['resourceType'] === 'Medication' ||
    (isObject(subject) && subject['reference'] === 'Patient/p1')
  );
}

function withUnasked(bundle: JsonObject, unasked: readonly JsonObject[], type: string): JsonObject {
  const extra = unasked.filter(({ resourceType }) => resourceType === type).map((resource) => ({ resource }));
  if (extra.length === 0 || bundle['resourceType'] !== 'Bundle') return bundle;
  return { ...bundle, total: Number(bundle['total']) + extra.length, entry: [...objectsOf(bundle['entry']), ...extra] };
}

function withNextPage(bundle: JsonObject, base: string): JsonObject {
  return { ...bundle, link: [{ relation: 'next', url: `${base}/Observation?_page=2` }] };
}

/** Starts an application on a free port of this machine. */
export async function listenOn(app: express.Express): Promise<{ readonly server: Server; readonly origin: string }> {
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, origin: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}` };
}

export async function startEhr(): Promise<Ehr> {
  const app = express();
  const { server, origin } = await listenOn(app);
  const base = `${origin}/fhir`;
  const inner: EmbeddedFhirServer = await createFhirServer({ baseUrl: base, pageSize: 1000 });
  let faults: Readonly<Record<string, Fault>> = {};
  let unasked: readonly JsonObject[] = [];
  const requests: string[] = [];
  app.use('/inner', inner.router);
  app.get('/fhir/:type{/:id}', async (request, response) => {
    const { type } = request.params;
    const query = decodeURIComponent(request.originalUrl.split('?')[1] ?? '');
    requests.push(request.originalUrl);
    if (query.includes('_page=2')) {
      response.status(403).json(OUTCOME);
      return;
    }
    const fault =
      needsAsked(type, query)
        .map((need) => faults[need])
        .find((one) => one !== undefined) ?? faults[type];
    if (fault === 'timeout') return;
    if (fault === 'http-500' || fault === 'http-403') {
      response.status(fault === 'http-500' ? 500 : 403).json(OUTCOME);
      return;
    }
    if (fault === 'operation-outcome') {
      response.json(OUTCOME);
      return;
    }
    const answer = await send(`${origin}${request.originalUrl.replace('/fhir', '/inner')}`);
    const bundle = withUnasked(answer.body as JsonObject, unasked, type);
    response.status(answer.status).json(fault === 'next-page-403' ? withNextPage(bundle, base) : bundle);
  });
  return {
    fhirServer: base,
    requests,
    load: async (chart, newFaults = {}) => {
      await inner.clear();
      requests.length = 0;
      faults = newFaults;
      unasked = chart.filter((resource) => !isPlainlyOwn(resource));
      await inner.load(chart.filter(isPlainlyOwn) as unknown as readonly LoadableResource[]);
    },
    prefetch: async (templates, context) => {
      const answers = await Promise.all(
        Object.entries(templates).map(
          async ([key, template]) =>
            [
              key,
              await resolveTemplate(base, template, context, Object.values(faults).includes('timeout') ? 300 : 5000),
            ] as const,
        ),
      );
      return Object.fromEntries(answers.filter(([, value]) => value !== undefined));
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** One template as a client resolves it: the key is left out when a token has no value or the server fails. */
async function resolveTemplate(
  base: string,
  template: string,
  context: JsonObject,
  patience: number,
): Promise<unknown> {
  const names = Array.from(template.matchAll(/\{\{context\.(\w+)\}\}/g), ([, name = '']) => name);
  if (names.some((name) => typeof context[name] !== 'string')) return undefined;
  const query = template.replace(/\{\{context\.(\w+)\}\}/g, (_, name: string) => String(context[name]));
  const answer = await send(`${base}/${query}`, { signal: AbortSignal.timeout(patience) }).catch(() => undefined);
  return answer === undefined || answer.status >= 400 ? undefined : answer.body;
}
