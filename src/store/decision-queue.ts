import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { Decision, Store } from './store.js';

// One batch is one pause of the thread that answers, when the store is the embedded file.
const BATCH = 200;
const LIMIT = 10_000;
const INTERVAL_MS = 500;
const LONGEST_DELAY_MS = 30_000;
const CLOSE_MS = 5_000;
const CLOSE_RETRY_MS = 100;

export interface DecisionQueueOptions {
  readonly add: Store['addDecisions'];
  /** Decisions held while the store is down; beyond it the oldest are dropped. */
  readonly limit?: number;
  /** How long decisions may wait for company. */
  readonly intervalMs?: number;
  /** How long close() tries. */
  readonly closeMs?: number;
  /** Told of every try that failed. */
  readonly onFailure: (error: unknown) => void;
  /** Told how many decisions were lost. */
  readonly onDrop: (count: number) => void;
}

/** Takes decisions off the path of the answer and brings them to the store in batches. */
export interface DecisionQueue {
  /** Never throws and never waits. */
  readonly push: (decision: Decision) => void;
  /** Decisions that are not in the store yet. */
  readonly size: () => number;
  readonly dropped: () => number;
  /** Tries once to store what waits; never rejects. */
  readonly flush: () => Promise<void>;
  /** Tries for a while to store all there is; what is left then is dropped, as is what is pushed later. */
  readonly close: () => Promise<void>;
}

interface Backlog {
  readonly push: (decision: Decision) => void;
  readonly size: () => number;
  readonly dropped: () => number;
  readonly clear: () => void;
  readonly take: () => readonly Decision[];
  /** The batch taken is in the store. */
  readonly settle: () => void;
  readonly putBack: (batch: readonly Decision[]) => void;
}

function createBacklog(limit: number, onDrop: (count: number) => void): Backlog {
  const waiting: Decision[] = [];
  let [inFlight, dropped] = [0, 0];
  const drop = (count: number): void => {
    if (count === 0) return;
    dropped += count;
    onDrop(count);
  };
  const trim = (): void => {
    const excess = waiting.length + inFlight - limit;
    if (excess > 0) drop(waiting.splice(0, excess).length);
  };
  return {
    push: (decision) => {
      waiting.push(decision);
      trim();
    },
    size: () => waiting.length + inFlight,
    dropped: () => dropped,
    clear: () => {
      drop(waiting.splice(0).length + inFlight);
      inFlight = 0;
    },
    take: () => {
      const batch = waiting.splice(0, BATCH);
      inFlight = batch.length;
      return batch;
    },
    settle: () => {
      inFlight = 0;
    },
    putBack: (batch) => {
      inFlight = 0;
      waiting.unshift(...batch);
      trim();
    },
  };
}

/** Goes on until nothing is left or the time is over. */
async function drain(backlog: Backlog, flush: () => Promise<void>, milliseconds: number): Promise<void> {
  const over = new AbortController();
  const limit = sleep(milliseconds, undefined, { signal: over.signal }).catch(() => undefined);
  let isOver = false;
  const tries = async (): Promise<void> => {
    while (backlog.size() > 0 && !isOver) {
      await flush();
      if (backlog.size() > 0) await sleep(CLOSE_RETRY_MS);
    }
  };
  await Promise.race([limit, tries()]);
  isOver = true;
  over.abort();
}

/**
 * Hands what waits now to the store in batches, until one is refused; whether none was. What comes meanwhile waits for
 * company: else a busy service would store its decisions one by one.
 */
async function storeWaiting(backlog: Backlog, { add, onFailure }: DecisionQueueOptions): Promise<boolean> {
  for (let left = backlog.size(); left > 0; left -= BATCH) {
    const batch = backlog.take();
    // Closing gave up meanwhile.
    if (batch.length === 0) return true;
    try {
      await add(batch);
      backlog.settle();
    } catch (error) {
      backlog.putBack(batch);
      onFailure(error);
      return false;
    }
    await setImmediate();
  }
  return true;
}

/** An empty queue before a store. */
export function createDecisionQueue(options: DecisionQueueOptions): DecisionQueue {
  const { limit = LIMIT, intervalMs = INTERVAL_MS, closeMs = CLOSE_MS, onDrop } = options;
  const backlog = createBacklog(limit, onDrop);
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let delay = intervalMs;
  let [isClosing, isClosed] = [false, false];
  const run = async (): Promise<void> => {
    delay = (await storeWaiting(backlog, options)) ? intervalMs : Math.min(delay * 2, LONGEST_DELAY_MS);
    running = undefined;
    schedule();
  };
  const flush = (): Promise<void> => (running ??= run());
  const schedule = (): void => {
    if (timer !== undefined || isClosing || backlog.size() === 0) return;
    timer = setTimeout(() => {
      timer = undefined;
      void flush();
    }, delay).unref();
  };
  return {
    push: (decision) => {
      backlog.push(decision);
      if (isClosed) backlog.clear();
      else schedule();
    },
    size: backlog.size,
    dropped: backlog.dropped,
    flush,
    close: async () => {
      isClosing = true;
      clearTimeout(timer);
      await drain(backlog, flush, closeMs);
      isClosed = true;
      backlog.clear();
    },
  };
}
