import { createLocalJWKSet, type CryptoKey, type JSONWebKeySet } from 'jose';
import { DAY, MINUTE } from '../fhir/date-time.js';
import type { CdsClient } from './cds-client.js';
import { readKeySet } from './public-keys.js';
import { withTimeLimit } from './time-limit.js';

/** Gets the JSON at a registered key URL. Rejects when there is none; must honour the signal and follow no redirect. */
export type FetchKeys = (jku: string, signal: AbortSignal) => Promise<unknown>;

/** Why there is no key: the client has none of this name, or its key server cannot be asked. */
export type NoKey = 'unknown-key' | 'key-server-unreachable';

/** The client's public key of this name for this algorithm. Never throws. */
export type FindKey = (algorithm: string, kid: string) => Promise<CryptoKey | NoKey>;

/** In milliseconds. */
export interface KeyLimits {
  /** A fetched set is asked for again after this. */
  readonly maxAge: number;
  /** With the key server down, a fetched set goes on working for this long. */
  readonly staleAge: number;
  /** Between two attempts to fetch, whether the first one succeeded or not. */
  readonly cooldown: number;
  readonly fetchTime: number;
}

export const KEY_LIMITS: KeyLimits = {
  maxAge: 10 * MINUTE,
  staleAge: DAY,
  cooldown: MINUTE / 2,
  fetchTime: 5_000,
};

type Lookup = (algorithm: string, kid: string) => Promise<CryptoKey | undefined>;

/** Imports each key once. A name that two keys of a set share stands for neither. */
function createLookup(jwks: JSONWebKeySet): Lookup {
  const getKey = createLocalJWKSet(jwks);
  const imported = new Map<string, CryptoKey>();
  return async (alg, kid) => {
    const id = `${alg} ${kid}`;
    const known = imported.get(id);
    if (known !== undefined) return known;
    try {
      const key = await getKey({ alg, kid });
      imported.set(id, key);
      return key;
    } catch {
      return undefined;
    }
  };
}

interface RemoteSet {
  /** The keys at hand, asked for anew when they are old. */
  readonly current: () => Promise<Lookup | undefined>;
  /** Asks the key server, unless it was asked a moment ago; waits for the answer under way. */
  readonly refresh: () => Promise<void>;
  readonly isDown: () => boolean;
}

function createRemoteSet(
  jku: string,
  algorithms: readonly string[],
  { fetchKeys, now, limits }: { readonly fetchKeys: FetchKeys; readonly now: () => number; readonly limits: KeyLimits },
): RemoteSet {
  let cached: { readonly lookup: Lookup; readonly at: number } | undefined;
  let attemptedAt = -Infinity;
  let isDown = false;
  let underWay: Promise<void> | undefined;
  // A clock that was set back makes things old, never young for ever.
  const isWithin = (at: number, span: number) => now() - at >= 0 && now() - at < span;
  const attempt = async () => {
    try {
      const jwks = readKeySet(await withTimeLimit((signal) => fetchKeys(jku, signal), limits.fetchTime), algorithms);
      isDown = jwks === undefined;
      if (jwks !== undefined) cached = { lookup: createLookup(jwks), at: now() };
    } catch {
      isDown = true;
    } finally {
      underWay = undefined;
    }
  };
  const refresh = async () => {
    if (underWay === undefined) {
      if (isWithin(attemptedAt, limits.cooldown)) return;
      attemptedAt = now();
      underWay = attempt();
    }
    await underWay;
  };
  const current = async () => {
    if (cached !== undefined && !isWithin(cached.at, limits.staleAge)) cached = undefined;
    // Asked for ahead of its time, so that calls of a busy client never wait for the key server.
    if (cached !== undefined && isWithin(cached.at, limits.maxAge / 2)) return cached.lookup;
    const refreshed = refresh();
    if (cached === undefined || (!isDown && !isWithin(cached.at, limits.maxAge))) await refreshed;
    return cached?.lookup;
  };
  return { current, refresh, isDown: () => isDown };
}

function findRemotely(remote: RemoteSet): FindKey {
  const find: Lookup = async (algorithm, kid) => (await remote.current())?.(algorithm, kid);
  return async (algorithm, kid) => {
    const known = await find(algorithm, kid);
    if (known !== undefined) return known;
    await remote.refresh();
    return (await find(algorithm, kid)) ?? (remote.isDown() ? 'key-server-unreachable' : 'unknown-key');
  };
}

/** The keys of one client, and of no other: what another client has under the same name is never seen. */
export function createFindKey(
  { keys, algorithms }: CdsClient,
  fetchKeys: FetchKeys,
  now: () => number,
  limits: KeyLimits = KEY_LIMITS,
): FindKey {
  if ('jku' in keys) return findRemotely(createRemoteSet(keys.jku, algorithms, { fetchKeys, now, limits }));
  const lookup = createLookup(keys.jwks);
  return async (algorithm, kid) => (await lookup(algorithm, kid)) ?? 'unknown-key';
}
