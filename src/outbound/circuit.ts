import { LRUCache } from 'lru-cache';
import CircuitBreaker from 'opossum';

/** What a call shows of its server. A call that was broken off by the one who wanted it shows nothing. */
export type Verdict = 'alive' | 'failed' | 'nothing';

export interface Judged<T> {
  readonly value: T;
  readonly verdict: Verdict;
}

export interface CircuitOptions {
  /** Calls within the window before a server can be held to be down: more than half of them must have failed. */
  readonly leastCalls?: number;
  /** How long a server that is down is left alone before one call tries it again. */
  readonly restMs?: number;
  /** Servers remembered. */
  readonly most?: number;
}

/** Circuit breakers, one for each server. */
export interface Circuits {
  /** Makes a call unless its server is down; undefined when it was not made. `call` must not reject. */
  readonly through: <T extends object>(server: string, call: () => Promise<Judged<T>>) => Promise<T | undefined>;
  readonly close: () => void;
}

type Breaker = CircuitBreaker<[() => Promise<Verdict>], Verdict>;

const WINDOW_MS = 20_000;
const MOST_SERVERS = 200;
const LEAST_CALLS = 5;
const REST_MS = 10_000;

class ServerFailure extends Error {}

async function run(call: () => Promise<Verdict>): Promise<Verdict> {
  const verdict = await call();
  if (verdict === 'failed') throw new ServerFailure();
  return verdict;
}

function createBreaker({ leastCalls = LEAST_CALLS, restMs = REST_MS }: CircuitOptions): Breaker {
  return new CircuitBreaker(run, {
    // It would leave the call running; budgets are the caller's signal.
    timeout: false,
    errorThresholdPercentage: 50,
    volumeThreshold: leastCalls,
    resetTimeout: restMs,
    rollingCountTimeout: WINDOW_MS,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
  });
}

const ignore = () => undefined;

/** Counts a call when it is over: calls under way must not thin out the rate of failures. */
async function callClosed<T>(breaker: Breaker, call: () => Promise<Judged<T>>): Promise<T> {
  const { value, verdict } = await call();
  if (verdict !== 'nothing' && breaker.closed) await breaker.fire(() => Promise.resolve(verdict)).catch(ignore);
  return value;
}

/** Lets the one probe of a half-open breaker through. A probe that shows nothing leaves the server down. */
async function probe<T extends object>(breaker: Breaker, call: () => Promise<Judged<T>>): Promise<T | undefined> {
  let value: T | undefined;
  const judged = async () => {
    const answer = await call();
    value = answer.value;
    if (answer.verdict === 'nothing') breaker.open();
    return answer.verdict;
  };
  await breaker.fire(judged).catch(ignore);
  return value;
}

/**
 * Keeps a dead server from costing every caller a time budget: after a few failures calls are not made at all until,
 * once in a while, one is let through and answered.
 */
export function createCircuits(options: CircuitOptions = {}): Circuits {
  const breakers = new LRUCache<string, Breaker>({
    max: options.most ?? MOST_SERVERS,
    dispose: (breaker) => {
      breaker.shutdown();
    },
  });
  const breakerOf = (server: string): Breaker => {
    const known = breakers.get(server);
    if (known !== undefined) return known;
    const breaker = createBreaker(options);
    // Back again, the server starts afresh: old failures must not count against it.
    breaker.once('close', () => breakers.delete(server));
    breakers.set(server, breaker);
    return breaker;
  };
  return {
    through: (server, call) => {
      const breaker = breakerOf(server);
      return breaker.closed ? callClosed(breaker, call) : probe(breaker, call);
    },
    close: () => {
      breakers.clear();
    },
  };
}
