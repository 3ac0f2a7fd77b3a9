import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { admitAnyone } from '../../src/clients/admit-anyone.js';
import type { Refusal } from '../../src/clients/cds-client.js';
import { isObject } from '../../src/fhir/json.js';
import { CODE_KNOWLEDGE } from '../../src/facts/derived/index.js';
import { createApp, type AppDependencies } from '../../src/http/app.js';
import type { CallLine } from '../../src/http/call-line.js';
import { drain, listen } from '../../src/http/listen.js';
import { requireOperator } from '../../src/http/operator-auth.js';
import { reasonNamesOf } from '../../src/http/reports.js';
import { loadTopics } from '../../src/knowledge/load-topics.js';
import type { Topic } from '../../src/knowledge/topic.js';
import { createOutbound, type OutboundOptions } from '../../src/outbound/guarded-agent.js';
import { createFhirFetcher, type FhirFetcherOptions } from '../../src/record/fhir-client.js';
import type { Decision, FeedbackItem } from '../../src/store/store.js';

export const AS_OF = Date.parse('2026-03-10T12:00:00Z');
export const SERVICE_ID = 'esophageal-spasm-patient-view';

/** The service that answers a hook. */
export function serviceIdFor(hook: string): string {
  return `esophageal-spasm-${hook}`;
}

export const CARDS = new URL('../../cards/', import.meta.url).pathname;

let loaded: readonly Topic[] | undefined;

/** The product's own content. */
export function topics(): readonly Topic[] {
  loaded ??= loadTopics(CARDS, CODE_KNOWLEDGE);
  return loaded;
}

export function topic(): Topic {
  const [first] = topics();
  if (first === undefined) throw new Error('no topic');
  return first;
}

export const HOOKS: readonly string[] = topic().topic.services.map(({ hook }) => hook);

export interface TestService {
  readonly url: string;
  readonly lines: readonly CallLine[];
  readonly refusals: readonly Refusal[];
  readonly faults: readonly unknown[];
  readonly decisions: readonly Decision[];
  readonly feedback: readonly FeedbackItem[];
  readonly close: () => Promise<void>;
}

export interface TestOptions extends Partial<AppDependencies> {
  /** FHIR servers that anyone may name; for tests without client tokens. */
  readonly allowedFhirServers?: readonly string[];
  /** For tests that must know the address beforehand; any free port otherwise. */
  readonly port?: number;
}

export const OPERATOR_TOKEN = 'the-operator-token-of-the-tests-0001';
const NOTHING_COUNTED = { client: undefined, counts: [], days: [], answers: 0, unknownCards: 0 };

/** How the way out of a test service differs from the product's. */
export type TestReach = Partial<OutboundOptions> & Partial<Pick<FhirFetcherOptions, 'circuit' | 'observe'>>;

/** A test FHIR server may be called when it is listed and on this machine. */
export function testFetcher(servers: readonly string[], { circuit, observe, ...reach }: TestReach = {}) {
  const listedOrigins = servers.filter((server) => URL.canParse(server));
  const outbound = createOutbound({ privateNetworks: [], listedOrigins, ...reach });
  const fetcher = createFhirFetcher({
    outbound,
    now: () => performance.now(),
    ...(observe !== undefined && { observe }),
    ...(circuit !== undefined && { circuit }),
  });
  const close = async () => {
    fetcher.close();
    await outbound.close();
  };
  return { fetch: fetcher.fetch, close };
}

/** The real application behind a real socket, with the clock standing still, and a store that is a list. */
export async function startTestService(
  { allowedFhirServers = [], port: wanted = 0, ...overrides }: TestOptions = {},
  reach: TestReach = {},
): Promise<TestService> {
  const fetcher = testFetcher(allowedFhirServers, reach);
  const told = { lines: [], refusals: [], faults: [], decisions: [], feedback: [] } as Told;
  const app = createApp({
    topics: topics(),
    authenticate: admitAnyone(allowedFhirServers),
    publicUrl: 'http://localhost:3000',
    fetchFhir: fetcher.fetch,
    allowInsecure: false,
    corsOrigins: [],
    maxBody: 20_000_000,
    timeBudgetMs: 5000,
    rateLimit: 0,
    requireOperator: requireOperator(OPERATOR_TOKEN),
    reasonNames: reasonNamesOf(topics()),
    addFeedback: (items) => Promise.resolve(void told.feedback.push(...items)),
    countCards: () => Promise.resolve(NOTHING_COUNTED),
    recordDecision: (decision) => told.decisions.push(decision),
    reportStoreFailure: () => undefined,
    metricsText: () => Promise.resolve(''),
    whyNotReady: () => Promise.resolve(undefined),
    isStopping: () => false,
    newId: randomUUID,
    now: () => AS_OF,
    log: (line) => told.lines.push(line),
    logFault: (fault) => told.faults.push(fault),
    onRefusal: (refusal) => told.refusals.push(refusal),
    ...overrides,
  });
  const server: Server = await listen(app, wanted, '127.0.0.1');
  // On a busy machine an idle connection could be closed just as the next call goes out on it.
  server.keepAliveTimeout = 0;
  const { port } = server.address() as AddressInfo;
  return {
    ...told,
    url: `http://127.0.0.1:${String(port)}`,
    close: async () => {
      server.closeAllConnections();
      await drain(server);
      await fetcher.close();
    },
  };
}

/** What the application told, as it came. */
interface Told {
  readonly lines: CallLine[];
  readonly refusals: Refusal[];
  readonly faults: unknown[];
  readonly decisions: Decision[];
  readonly feedback: FeedbackItem[];
}

export interface HookBody {
  readonly hook: string;
  readonly hookInstance: string;
  readonly context: Readonly<Record<string, unknown>>;
  readonly prefetch?: unknown;
  readonly fhirServer?: unknown;
  readonly fhirAuthorization?: unknown;
}

/** What a client sends along so that its FHIR server can be asked. */
export function authorizationOf(token: string): Readonly<Record<string, unknown>> {
  return {
    access_token: token,
    token_type: 'Bearer',
    expires_in: 300,
    scope: 'patient/*.read',
    subject: 'troponin-first',
  };
}

export const HOOK_INSTANCE = '3b1f7c5e-5a3c-4a57-9d0e-0d9d2f0a7b11';

export function hookBody(more: Partial<HookBody> = {}): HookBody {
  return {
    hook: 'patient-view',
    hookInstance: HOOK_INSTANCE,
    context: { userId: 'Practitioner/dr1', patientId: 'p1', encounterId: 'e1' },
    ...more,
  };
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: unknown;
}

export async function send(url: string, init: RequestInit = {}): Promise<Reply> {
  const response = await fetch(url, init);
  const text = await response.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  return { status: response.status, headers: response.headers, text, body };
}

/** How many things are done at once: more would only wait for one another. */
const AT_ONCE = 50;

/** Does something for every item, some of them at a time. */
export async function inBatches<T, R>(
  items: readonly T[],
  act: (item: T, index: number) => Promise<R>,
): Promise<readonly R[]> {
  const done: R[] = [];
  for (let from = 0; from < items.length; from += AT_ONCE) {
    const some = items.slice(from, from + AT_ONCE);
    done.push(...(await Promise.all(some.map((item, index) => act(item, from + index)))));
  }
  return done;
}

function serviceIdOf(body: unknown): string {
  const hook = isObject(body) ? body['hook'] : undefined;
  return HOOKS.includes(String(hook)) ? serviceIdFor(String(hook)) : SERVICE_ID;
}

/** Posts to the service of the body's hook, or to another. */
export function postHook(service: { readonly url: string }, body: unknown, id = serviceIdOf(body)): Promise<Reply> {
  return send(`${service.url}/cds-services/${id}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}
