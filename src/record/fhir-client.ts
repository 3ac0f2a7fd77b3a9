import { Client } from 'fhir-kit-client';
import { Agent, DecoratorHandler, type Dispatcher } from 'undici';
import { isObject } from '../fhir/json.js';
import type { GapReason } from '../knowledge/gap-reason.js';
import type { FhirAccess } from './fhir-access.js';

/** What one GET brought: the parsed body, or why there is none. */
export type FhirReply = { readonly body: unknown } | { readonly failure: GapReason; readonly status?: number };

/** Gets one absolute URL of the server with its token. Never throws. */
export type FetchFhir = (access: FhirAccess, url: string, signal: AbortSignal) => Promise<FhirReply>;

export interface FhirFetcher {
  readonly fetch: FetchFhir;
  readonly close: () => Promise<void>;
}

const MAX_RESPONSE_BYTES = 20_000_000;
const CONNECTIONS_PER_SERVER = 16;

/** Refuses compressed answers: the size limit counts bytes on the wire, and a small one can unpack to gigabytes. */
function refuseCompressed(handler: Dispatcher.DispatchHandler): Dispatcher.DispatchHandler {
  const decorated: Dispatcher.DispatchHandler = new DecoratorHandler(handler);
  const proceed = decorated.onResponseStart?.bind(decorated);
  decorated.onResponseStart = (controller, statusCode, headers, statusMessage) => {
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') controller.abort(new Error('compressed answer refused'));
    else proceed?.(controller, statusCode, headers, statusMessage);
  };
  return decorated;
}

function createAgent(): Dispatcher {
  const agent = new Agent({ connections: CONNECTIONS_PER_SERVER, maxResponseSize: MAX_RESPONSE_BYTES });
  return agent.compose((dispatch) => (options, handler) => dispatch(options, refuseCompressed(handler)));
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

/** A signer is called with every URL before it goes out: the last place where a foreign address can be stopped. */
function refuseForeign(access: FhirAccess): (url: string) => void {
  const { origin } = new URL(access.baseUrl);
  return (url) => {
    if (new URL(url).origin !== origin) throw new Error('foreign origin refused');
  };
}

/**
 * fhir-kit-client behind its guards, all in this file: one client per call so that no token is shared, absolute URLs
 * of the server's origin only, no redirects, no cached answers, an abort signal on each request, bounded size, no compression, errors
 * mapped to reasons that hold no data.
 */
export function createFhirFetcher(): FhirFetcher {
  const agent = createAgent();
  const fetch: FetchFhir = async (access, url, signal) => {
    const client = new Client({
      baseUrl: access.baseUrl,
      ...(access.token !== undefined && { bearerToken: access.token }),
      // HAPI answers a repeated search from its memory for a minute: a troponin resulted since would not be seen.
      customHeaders: { 'accept-encoding': 'identity', 'cache-control': 'no-cache' },
      requestOptions: { redirect: 'error', dispatcher: agent },
      requestSigner: refuseForeign(access),
    });
    try {
      return { body: await client.request(url, { options: { signal } }) };
    } catch (error) {
      return failureOf(error, signal);
    }
  };
  return { fetch, close: () => agent.close() };
}
