import { Client } from 'fhir-kit-client';
import type { Dispatcher } from 'undici';
import { isObject } from '../fhir/json.js';
import type { GapReason } from '../knowledge/gap-reason.js';
import { createCircuits, type CircuitOptions, type Judged, type Verdict } from '../outbound/circuit.js';
import { isOutboundRefusal } from '../outbound/guarded-agent.js';
import type { Outbound } from '../outbound/outbound.js';
import { watched, type Spend, type Watch } from '../outbound/response-guards.js';
import type { FhirAccess } from './fhir-access.js';

/** What one GET brought: the parsed body, or why there is none. */
export type FhirReply = { readonly body: unknown } | { readonly failure: GapReason; readonly status?: number };

/**
 * Gets one absolute URL of the server with its token. Never throws. `spend` is told of the bytes that come and may end
 * the transfer. A signal that aborts with a TimeoutError says that the server was too slow; any other, nothing of it.
 */
export type FetchFhir = (access: FhirAccess, url: string, signal: AbortSignal, spend?: Spend) => Promise<FhirReply>;

/** How one call of a FHIR server went: fixed words and a duration, nothing of the request. */
export interface FhirCall {
  readonly outcome: 'ok' | 'circuit-open' | GapReason;
  readonly milliseconds: number;
}

export interface FhirFetcherOptions {
  readonly outbound: Outbound;
  /** Any clock that runs in milliseconds. */
  readonly now: () => number;
  readonly observe?: (call: FhirCall) => void;
  readonly circuit?: CircuitOptions;
}

export interface FhirFetcher {
  readonly fetch: FetchFhir;
  /** Forgets which servers are down. The way out stays its owner's. */
  readonly close: () => void;
}

function reasonOfStatus(status: number): GapReason {
  if (status >= 500) return 'server-error';
  return status >= 400 ? 'refused' : 'unreadable';
}

/** Maps what fhir-kit-client throws. Its message holds the URL with search values and must never travel further. */
function failureOf(error: unknown, signal: AbortSignal): FhirReply {
  if (signal.aborted) return { failure: 'timeout' };
  const response = isObject(error) ? error['response'] : undefined;
  const status = isObject(response) ? response['status'] : undefined;
  if (typeof status === 'number') return { failure: reasonOfStatus(status), status };
  const isShapeError = error instanceof TypeError && error.cause === undefined && !error.message.startsWith('fetch');
  return { failure: isShapeError ? 'unreadable' : 'network' };
}

/** Answers of a gateway whose server is away. A 500 is often said to one query only, and a plainer one succeeds. */
const AWAY = new Set([502, 503, 504]);

function isTooSlow({ reason }: AbortSignal): boolean {
  return isObject(reason) && reason['name'] === 'TimeoutError';
}

function verdictOn(reply: FhirReply, signal: AbortSignal): Verdict {
  if (!('failure' in reply)) return 'alive';
  if (reply.status !== undefined) return AWAY.has(reply.status) ? 'failed' : 'alive';
  if (reply.failure === 'timeout') return isTooSlow(signal) ? 'failed' : 'nothing';
  return reply.failure === 'network' ? 'failed' : 'alive';
}

/** A signer is called with every URL before it goes out: the last place where a foreign address can be stopped. */
function refuseForeign(access: FhirAccess): (url: string) => void {
  const { origin } = new URL(access.baseUrl);
  return (url) => {
    const target = new URL(url);
    const isPlain = target.username === '' && target.password === '';
    if (!isPlain || target.origin !== origin) throw new Error('foreign origin refused');
  };
}

async function ask(access: FhirAccess, url: string, signal: AbortSignal, dispatcher: Dispatcher): Promise<FhirReply> {
  try {
    const client = new Client({
      baseUrl: access.baseUrl,
      ...(access.token !== undefined && { bearerToken: access.token }),
      // HAPI answers a repeated search from its memory for a minute: a troponin resulted since would not be seen.
      customHeaders: { 'accept-encoding': 'identity', 'cache-control': 'no-cache' },
      requestOptions: { redirect: 'error', dispatcher },
      requestSigner: refuseForeign(access),
    });
    return { body: await client.request(url, { options: { signal } }) };
  } catch (error) {
    return failureOf(error, signal);
  }
}

const NOT_ALLOWED: Judged<FhirReply> = { value: { failure: 'fhir-server-not-allowed' }, verdict: 'nothing' };
const OVERSPENT: Judged<FhirReply> = { value: { failure: 'budget-used-up' }, verdict: 'alive' };

async function askWithin(
  access: FhirAccess,
  url: string,
  signal: AbortSignal,
  { dispatcher }: Outbound,
  spend: Spend,
): Promise<Judged<FhirReply>> {
  const seen = { isRefused: false, isOverspent: false };
  const watch: Watch = {
    spend: (bytes) => {
      seen.isOverspent ||= !spend(bytes);
      return !seen.isOverspent;
    },
    failed: (error) => {
      seen.isRefused = isOutboundRefusal(error);
    },
  };
  const reply = await ask(access, url, signal, watched(dispatcher, watch));
  if (seen.isRefused) return NOT_ALLOWED;
  return seen.isOverspent ? OVERSPENT : { value: reply, verdict: verdictOn(reply, signal) };
}

const withoutLimit: Spend = () => true;

/** A failing observer must not change an answer. */
function tell(observe: FhirFetcherOptions['observe'], call: FhirCall): void {
  try {
    observe?.(call);
  } catch {
    return;
  }
}

/**
 * fhir-kit-client behind its guards: one client per call so that no token is shared, absolute URLs of the server's
 * origin only, no redirects, no cached answers, an abort signal on each request, no call to a server that is down,
 * errors mapped to reasons that hold no data. Addresses, size and compression are the outbound's.
 */
export function createFhirFetcher({ outbound, now, observe, circuit }: FhirFetcherOptions): FhirFetcher {
  const circuits = createCircuits(circuit);
  const fetch: FetchFhir = async (access, url, signal, spend = withoutLimit) => {
    if (signal.aborted) return { failure: 'timeout' };
    const started = now();
    const reply = await circuits.through(access.baseUrl, () => askWithin(access, url, signal, outbound, spend));
    const outcome = reply === undefined ? 'circuit-open' : 'failure' in reply ? reply.failure : 'ok';
    tell(observe, { outcome, milliseconds: now() - started });
    return reply ?? { failure: 'server-down' };
  };
  return { fetch, close: circuits.close };
}
