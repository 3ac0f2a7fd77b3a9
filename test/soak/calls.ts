import { randomUUID } from 'node:crypto';
import type { Card } from '../../src/cds-hooks/types.js';
import { isObject, objectsOf } from '../../src/fhir/json.js';
import { hookBody } from '../bench/bodies.js';
import type { BenchClient } from '../bench/tokens.js';

/** One call of the soak: what to send, which statuses are right, and what to do with the answer. */
export interface SoakCall {
  readonly kind: string;
  readonly path: string;
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly expected: readonly number[];
  readonly onAnswer?: (status: number, body: unknown) => void;
}

/** What the calls of one soak share. */
export interface SoakState {
  readonly url: string;
  readonly clients: readonly BenchClient[];
  readonly fhirServer: string;
  readonly patients: readonly { readonly id: string; readonly encounterId?: string }[];
  readonly operatorToken: string;
  /** Cards shown and not yet reported, the oldest leave. */
  readonly shown: string[];
  /** Cards whose feedback was answered with 200, by what it said. */
  readonly acknowledged: Map<string, 'accepted' | 'overridden'>;
}

export type MakeCall = (state: SoakState, index: number) => Promise<SoakCall>;

const SERVICE = '/cds-services/esophageal-spasm-patient-view';
const FEEDBACK = `${SERVICE}/feedback`;
const MOST_SHOWN = 1000;
/** Tokens signed at once: few, since they live for minutes only. */
const AT_ONCE = 10;
const JSON_TYPE = { 'content-type': 'application/json' };
/** Tokens live for three minutes; those of a path that is seldom called are not used when they get old. */
const FRESH_MS = 60_000;
const pools = new Map<string, { readonly signedAt: number; readonly tokens: string[] }>();

/** A token of some client for a path, used by nothing else. */
async function freshToken({ clients, url }: SoakState, path: string, index: number): Promise<string> {
  const client = clients[index % clients.length];
  const key = `${String(index % clients.length)} ${path}`;
  const pool = pools.get(key);
  const token = pool !== undefined && Date.now() - pool.signedAt < FRESH_MS ? pool.tokens.pop() : undefined;
  if (token !== undefined) return token;
  const tokens = [...((await client?.tokens(`${url}${path}`, AT_ONCE)) ?? [])];
  const first = tokens.pop() ?? '';
  pools.set(key, { signedAt: Date.now(), tokens });
  return first;
}

async function authorized(state: SoakState, path: string, index: number): Promise<Record<string, string>> {
  return { ...JSON_TYPE, authorization: `Bearer ${await freshToken(state, path, index)}` };
}

function rememberCards({ shown }: SoakState): (status: number, body: unknown) => void {
  return (status, body) => {
    if (status !== 200 || !isObject(body)) return;
    shown.push(...objectsOf(body['cards']).map((card) => (card as unknown as Card).uuid));
    shown.splice(0, Math.max(shown.length - MOST_SHOWN, 0));
  };
}

const prefetched =
  (isInScope: boolean): MakeCall =>
  async (state, index) => ({
    kind: isInScope ? 'prefetch, in scope' : 'prefetch, out of scope',
    path: SERVICE,
    headers: await authorized(state, SERVICE, index),
    body: hookBody(67, Date.now(), isInScope).replace('f2a0c6f1-6a34-4a3c-8a0e-0f4b6d0f9a11', randomUUID()),
    expected: [200],
    onAnswer: rememberCards(state),
  });

const byFhirServer: MakeCall = async (state, index) => {
  const { id, encounterId } = state.patients[index % state.patients.length] ?? { id: '' };
  return {
    kind: 'FHIR server that fails one call in ten',
    path: SERVICE,
    headers: await authorized(state, SERVICE, index),
    body: hookRequest({ patientId: id, ...(encounterId !== undefined && { encounterId }) }, state.fhirServer),
    expected: [200, 412],
    onAnswer: rememberCards(state),
  };
};

function hookRequest(context: object, fhirServer: string): string {
  return JSON.stringify({
    hook: 'patient-view',
    hookInstance: randomUUID(),
    context: { userId: 'Practitioner/dr1', ...context },
    fhirServer,
  });
}

/** Feedback on a card that was shown, when there is one; otherwise on one that nobody knows. */
const feedback: MakeCall = async (state, index) => {
  const card = state.shown.shift() ?? randomUUID();
  const outcome = index % 2 === 0 ? 'accepted' : 'overridden';
  const comment = { overrideReason: { reason: { code: 'seen' }, userComment: `comment ${String(index)}` } };
  const item = { card, outcome, outcomeTimestamp: new Date().toISOString(), ...(outcome === 'overridden' && comment) };
  return {
    kind: 'feedback',
    path: FEEDBACK,
    headers: await authorized(state, FEEDBACK, index),
    body: JSON.stringify({ feedback: [item] }),
    expected: [200],
    onAnswer: (status) => {
      if (status === 200) state.acknowledged.set(card, outcome);
    },
  };
};

/** A call that must be refused with this status, whoever makes it. */
const refused =
  (kind: string, status: number, more: Partial<SoakCall>): MakeCall =>
  async (state, index) => ({
    kind,
    path: SERVICE,
    headers: await authorized(state, more.path ?? SERVICE, index),
    body: '{}',
    ...more,
    expected: [status],
  });

/** Without a token that is any good. */
const stranger =
  (kind: string, authorization: (state: SoakState, index: number) => Promise<string>): MakeCall =>
  async (state, index) => ({
    kind,
    path: SERVICE,
    headers: { ...JSON_TYPE, authorization: await authorization(state, index) },
    body: hookBody(67, Date.now()),
    expected: [401],
  });

const replayed: MakeCall = async (state, index) => {
  const headers = await authorized(state, '/cds-services', index);
  await fetch(`${state.url}/cds-services`, { headers });
  return { kind: 'a token a second time', path: '/cds-services', method: 'GET', headers, expected: [401] };
};

const foreignServer: MakeCall = async (state, index) => ({
  kind: 'a FHIR server of somebody else',
  path: SERVICE,
  headers: await authorized(state, SERVICE, index),
  body: hookRequest({ patientId: 'p1' }, 'http://169.254.169.254/latest'),
  expected: [412],
});

const operator =
  (path: string, expected: number): MakeCall =>
  (state) => {
    const token = expected === 200 ? state.operatorToken : 'not-the-token';
    return Promise.resolve({
      kind: `${path} ${expected === 200 ? 'by the operator' : 'by a stranger'}`,
      path,
      method: 'GET',
      headers: { authorization: `Bearer ${token}` },
      expected: [expected],
    });
  };

const unsigned = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT', kid: 'RS384' })).toString('base64url');

/** Every kind of call, and how often it comes. */
export const CALLS: readonly { readonly weight: number; readonly make: MakeCall }[] = [
  { weight: 30, make: prefetched(false) },
  { weight: 15, make: prefetched(true) },
  { weight: 15, make: byFhirServer },
  { weight: 12, make: feedback },
  {
    weight: 2,
    make: async (state, index) => ({
      kind: 'discovery',
      path: '/cds-services',
      method: 'GET',
      headers: await authorized(state, '/cds-services', index),
      expected: [200],
    }),
  },
  { weight: 2, make: refused('broken JSON', 400, { body: '{"hook":' }) },
  { weight: 2, make: refused('a request that is none', 400, { body: '{"hook":"patient-view"}' }) },
  { weight: 1, make: refused('no service of this name', 404, { path: '/cds-services/none' }) },
  { weight: 1, make: refused('no feedback', 400, { path: FEEDBACK, body: '[]' }) },
  { weight: 1, make: refused('a body nested 50,000 deep', 400, { body: '['.repeat(50_000) + ']'.repeat(50_000) }) },
  { weight: 2, make: stranger('no token', () => Promise.resolve('')) },
  {
    weight: 2,
    make: stranger(
      'a token for another URL',
      async (state, index) => `Bearer ${await freshToken(state, '/elsewhere', index)}`,
    ),
  },
  { weight: 2, make: stranger('an unsigned token', () => Promise.resolve(`Bearer ${unsigned}.e30.`)) },
  { weight: 2, make: stranger('noise', (_state, index) => Promise.resolve(`Bearer ${'x'.repeat(index % 5000)}`)) },
  { weight: 2, make: replayed },
  { weight: 2, make: foreignServer },
  { weight: 1, make: operator('/metrics', 200) },
  { weight: 1, make: operator('/metrics', 401) },
  { weight: 1, make: operator('/reports/cards', 401) },
];
