import { fetch, type Response } from 'undici';
import { isOutboundRefusal } from './guarded-agent.js';
import type { Outbound } from './outbound.js';
import { watched } from './response-guards.js';

/** Gets a JSON document. Rejects with an error that holds neither URL nor answer. */
export type FetchJson = (url: string, signal: AbortSignal) => Promise<unknown>;

const MAX_BYTES = 1_000_000;

function limit(most: number): (bytes: number) => boolean {
  let left = most;
  return (bytes) => {
    left -= bytes;
    return left >= 0;
  };
}

async function answerOf({ dispatcher }: Outbound, url: string, signal: AbortSignal): Promise<Response> {
  return fetch(url, {
    dispatcher: watched(dispatcher, { spend: limit(MAX_BYTES) }),
    headers: { accept: 'application/json', 'accept-encoding': 'identity' },
    redirect: 'manual',
    credentials: 'omit',
    signal,
  });
}

function reasonOf(error: unknown, signal: AbortSignal): string {
  if (isOutboundRefusal(error)) return 'stands where calls may not go';
  return signal.aborted ? 'did not answer in time' : 'could not be reached';
}

/** Reads key sets through the guarded way out: no redirect is followed, no credentials, at most 1 MB, JSON only. */
export function createKeyFetcher(outbound: Outbound): FetchJson {
  return async (url, signal) => {
    const unreachable = (error?: unknown) => new Error(reasonOf(error, signal));
    const response = await answerOf(outbound, url, signal).catch((error: unknown) => {
      throw unreachable(error);
    });
    const text = await response.text().catch(() => undefined);
    if (!response.ok) throw new Error(`answered with status ${String(response.status)}`);
    if (text === undefined) throw unreachable();
    try {
      const value: unknown = JSON.parse(text);
      return value;
    } catch {
      throw new Error('answered with something that is no JSON');
    }
  };
}
