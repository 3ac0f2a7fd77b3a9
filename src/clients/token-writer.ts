import type { SeenToken, Store } from '../store/store.js';
import { withTimeLimit } from './time-limit.js';

export interface TokenWriterParts {
  readonly remember: Store['rememberTokens'];
  readonly now: () => number;
  readonly onStoreFailure: (error: unknown) => void;
  /** Most tokens kept while the store is down. */
  readonly capacity: number;
  readonly limits: StoreLimits;
}

/** In milliseconds. */
export interface StoreLimits {
  /** The store must have answered. */
  readonly storeTime: number;
  /** After a failure calls do not wait for the store. */
  readonly pause: number;
  /** Between two writes that no call waits for. */
  readonly writeEvery: number;
}

/** Sends tokens to the store in batches, one batch at a time. */
export interface TokenWriter {
  /** Whether the store had seen the token; false when it cannot say. Never rejects. */
  readonly ask: (token: SeenToken) => Promise<boolean>;
  /** Writes the token soon; nobody waits. */
  readonly note: (token: SeenToken) => void;
  /** Writes what is left, with one try. */
  readonly close: () => Promise<void>;
}

interface Waiting {
  readonly token: SeenToken;
  readonly settle: ((isReplay: boolean) => void) | undefined;
}

interface State {
  queue: Waiting[];
  pausedAt: number;
  underWay: Promise<void> | undefined;
  timer: NodeJS.Timeout | undefined;
}

const LARGEST_BATCH = 1000;

/** Lets the call go on; its token is written when the store is back. */
function release({ token, settle }: Waiting): Waiting {
  settle?.(false);
  return { token, settle: undefined };
}

async function send(batch: readonly Waiting[], state: State, parts: TokenWriterParts): Promise<void> {
  const { remember, now, onStoreFailure, capacity, limits } = parts;
  try {
    const seen = await withTimeLimit(() => remember(batch.map(({ token }) => token)), limits.storeTime);
    for (const { token, settle } of batch) settle?.(seen.has(token.key));
  } catch (error) {
    state.pausedAt = now();
    state.queue = [...batch, ...state.queue].map(release).slice(-capacity);
    onStoreFailure(error);
  }
}

/** A clock that was set back ends the pause. */
function isPaused({ pausedAt }: State, { now, limits }: TokenWriterParts): boolean {
  const elapsed = now() - pausedAt;
  return elapsed >= 0 && elapsed < limits.pause;
}

function canSend(state: State, parts: TokenWriterParts): boolean {
  return state.queue.length > 0 && !isPaused(state, parts);
}

async function drain(state: State, parts: TokenWriterParts): Promise<void> {
  while (canSend(state, parts)) {
    const batch = state.queue.splice(0, LARGEST_BATCH);
    await send(batch, state, parts);
  }
  state.underWay = undefined;
  if (state.queue.length > 0) writeLater(state, parts);
}

async function flush(state: State, parts: TokenWriterParts): Promise<void> {
  if (state.underWay === undefined && canSend(state, parts)) state.underWay = drain(state, parts);
  await state.underWay;
}

function writeLater(state: State, parts: TokenWriterParts): void {
  state.timer ??= setTimeout(() => {
    state.timer = undefined;
    if (canSend(state, parts)) void flush(state, parts);
    else if (state.queue.length > 0) writeLater(state, parts);
  }, parts.limits.writeEvery).unref();
}

export function createTokenWriter(parts: TokenWriterParts): TokenWriter {
  const state: State = { queue: [], pausedAt: -Infinity, underWay: undefined, timer: undefined };
  const note = (token: SeenToken) => {
    state.queue.push({ token, settle: undefined });
    writeLater(state, parts);
  };
  const ask = (token: SeenToken) => {
    if (!isPaused(state, parts))
      return new Promise<boolean>((settle) => {
        state.queue.push({ token, settle });
        void flush(state, parts);
      });
    note(token);
    return Promise.resolve(false);
  };
  const close = async () => {
    await state.underWay;
    state.pausedAt = -Infinity;
    await flush(state, parts);
    clearTimeout(state.timer);
  };
  return { ask, note, close };
}
