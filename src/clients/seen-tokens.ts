import { LRUCache } from 'lru-cache';
import type { SeenToken } from '../store/store.js';
import { createTokenWriter, type StoreLimits, type TokenWriterParts } from './token-writer.js';

export interface SeenTokensParts extends Pick<TokenWriterParts, 'remember' | 'now'> {
  /** Whether other processes use the store too: then it is asked before a token counts as new. */
  readonly isShared: boolean;
  /** Told when the store could not be used and the memory of this process alone has decided. */
  readonly onStoreFailure: (error: unknown) => void;
  readonly capacity?: number;
  readonly limits?: Partial<StoreLimits>;
}

/** The tokens that were used. */
export interface SeenTokens {
  /** Notes a use; whether the token had been used before. Never rejects: without a store the memory decides. */
  readonly isReplayed: (token: SeenToken) => Promise<boolean>;
  /** Fills the memory with what the store knows from earlier. */
  readonly recall: (tokens: readonly SeenToken[]) => void;
  /** Writes what is not written yet. */
  readonly close: () => Promise<void>;
}

const CAPACITY = 200_000;
const STORE_LIMITS: StoreLimits = { storeTime: 500, pause: 2000, writeEvery: 100 };
const SWEEP_EVERY_MS = 30_000;

interface Memory {
  /** Notes a token; false when it is there already. */
  readonly add: (token: SeenToken) => boolean;
}

function createMemory(capacity: number, now: () => number): Memory {
  const tokens = new LRUCache<string, true>({ max: capacity, ttl: 1, ttlResolution: 0, perf: { now } });
  let sweptAt = now();
  const sweep = () => {
    if (now() - sweptAt < SWEEP_EVERY_MS) return;
    sweptAt = now();
    tokens.purgeStale();
  };
  const add = ({ key, until }: SeenToken) => {
    sweep();
    if (tokens.has(key)) return false;
    if (until > now()) tokens.set(key, true, { ttl: Math.ceil(until - now()) });
    return true;
  };
  return { add };
}

/**
 * Remembers tokens: a second use in this process is known at once, one in another process when they share the store. A
 * store that fails stops no call.
 */
export function createSeenTokens({
  isShared,
  capacity = CAPACITY,
  limits = {},
  ...parts
}: SeenTokensParts): SeenTokens {
  const memory = createMemory(capacity, parts.now);
  const writer = createTokenWriter({ ...parts, capacity, limits: { ...STORE_LIMITS, ...limits } });
  return {
    isReplayed: async (token) => {
      if (!memory.add(token)) return true;
      if (isShared) return writer.ask(token);
      writer.note(token);
      return false;
    },
    recall: (tokens) => {
      tokens.forEach(memory.add);
    },
    close: writer.close,
  };
}
