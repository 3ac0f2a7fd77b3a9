import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createSeenTokens, type SeenTokens, type SeenTokensParts } from '../../src/clients/seen-tokens.js';
import type { SeenToken } from '../../src/store/store.js';

const NOW = Date.parse('2026-03-10T12:00:00Z');

let clock: number;
let batches: (readonly string[])[];
let failures: number;
let answer: (tokens: readonly SeenToken[]) => Promise<ReadonlySet<string>>;
let open: SeenTokens[];

const token = (key: string, until = clock + 300_000): SeenToken => ({ key, until });

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'performance', 'Date'] });
  clock = NOW;
  batches = [];
  failures = 0;
  open = [];
  answer = () => Promise.resolve(new Set());
});

afterEach(async () => {
  answer = () => Promise.resolve(new Set());
  const closing = Promise.all(open.map((one) => one.close()));
  await jest.advanceTimersByTimeAsync(1000);
  await closing;
  jest.useRealTimers();
});

function start(more: Partial<SeenTokensParts> = {}): SeenTokens {
  const seen = createSeenTokens({
    remember: (tokens) => {
      batches.push(tokens.map(({ key }) => key));
      return answer(tokens);
    },
    isShared: true,
    now: () => clock,
    onStoreFailure: () => {
      failures += 1;
    },
    ...more,
  });
  open.push(seen);
  return seen;
}

const use = (seen: SeenTokens, ...keys: readonly string[]) =>
  Promise.all(keys.map((key) => seen.isReplayed(token(key))));

const pass = async (milliseconds: number) => {
  clock += milliseconds;
  await jest.advanceTimersByTimeAsync(milliseconds);
};

/** A store that answers when told to. */
function holdAnswers(): () => void {
  let letGo = (): void => undefined;
  answer = () =>
    new Promise((resolve) => {
      letGo = () => {
        resolve(new Set());
      };
    });
  return () => {
    letGo();
  };
}

describe.each([true, false])('SEC-13 in one process, shared store: %s', (isShared) => {
  test('a second use is known', async () => {
    const seen = start({ isShared });
    expect(await use(seen, 'a', 'b')).toEqual([false, false]);
    expect(await use(seen, 'a')).toEqual([true]);
  });

  test('of many uses at once one passes', async () => {
    const outcomes = await use(start({ isShared }), ...Array<string>(20).fill('a'));
    expect(outcomes.filter((isReplay) => !isReplay)).toHaveLength(1);
  });

  test('a store that is down stops no call, and the memory goes on', async () => {
    answer = () => Promise.reject(new Error('down'));
    const seen = start({ isShared });
    expect(await use(seen, 'a', 'b', 'c')).toEqual([false, false, false]);
    await pass(200);
    expect(failures).toBe(1);
    expect(await use(seen, 'a', 'b', 'c', 'd')).toEqual([true, true, true, false]);
  });

  test('what the store could not take is written when it is back', async () => {
    answer = () => Promise.reject(new Error('down'));
    const seen = start({ isShared });
    await use(seen, 'a', 'b');
    await pass(200);
    batches.length = 0;
    await use(seen, 'c');
    answer = () => Promise.resolve(new Set());
    await pass(3000);
    expect(batches.flat().sort()).toEqual(['a', 'b', 'c']);
    await pass(3000);
    expect(batches.flat()).toHaveLength(3);
  });

  test('and no further call is needed for that', async () => {
    answer = () => Promise.reject(new Error('down'));
    const seen = start({ isShared });
    await use(seen, 'a');
    await pass(200);
    answer = () => Promise.resolve(new Set());
    await pass(3000);
    expect(batches).toEqual([['a'], ['a']]);
  });

  test('what is left is written at the end', async () => {
    const seen = start({ isShared });
    await use(seen, 'a');
    await seen.close();
    expect(batches.flat()).toEqual(['a']);
  });

  test('closing with a store that is down ends', async () => {
    answer = () => Promise.reject(new Error('down'));
    const seen = start({ isShared });
    await use(seen, 'a');
    await seen.close();
    expect(failures).toBeGreaterThan(0);
  });

  test('the memory is bounded', async () => {
    const seen = start({ isShared, capacity: 10 });
    for (let index = 0; index < 30; index += 1) await use(seen, `t${String(index)}`);
    expect(await use(seen, 't29', 't20', 't0')).toEqual([true, true, false]);
  });

  test('tokens recalled from earlier were used', async () => {
    const seen = start({ isShared });
    seen.recall([token('a'), token('old', clock - 1), token('just over', clock)]);
    expect(await use(seen, 'a')).toEqual([true]);
    expect(batches).toEqual([]);
    expect(await use(seen, 'old', 'just over')).toEqual([false, false]);
  });

  test('a clock that is set back does not keep the store out', async () => {
    answer = () => Promise.reject(new Error('down'));
    const seen = start({ isShared });
    await use(seen, 'a');
    await pass(200);
    answer = () => Promise.resolve(new Set());
    clock -= 3_600_000;
    await use(seen, 'b');
    await pass(200);
    expect(batches.at(-1)).toContain('b');
  });

  test('a token that is over is forgotten, others are not', async () => {
    const seen = start({ isShared });
    await seen.isReplayed(token('short', clock + 1000));
    await seen.isReplayed(token('long', clock + 100_000));
    clock += 60_000;
    expect(await use(seen, 'long', 'short')).toEqual([true, false]);
  });
});

describe('SEC-13 T-48 several processes over one store', () => {
  test('what another process has seen is a replay', async () => {
    answer = () => Promise.resolve(new Set(['b']));
    expect(await use(start(), 'a', 'b', 'c')).toEqual([false, true, false]);
  });

  test('the first call is asked about at once, those meanwhile together', async () => {
    const letGo = holdAnswers();
    const seen = start();
    const outcomes = use(seen, 'a', 'b', 'c');
    expect(batches).toEqual([['a']]);
    const more = use(seen, 'd');
    letGo();
    await jest.advanceTimersByTimeAsync(0);
    expect(batches).toEqual([['a'], ['b', 'c', 'd']]);
    letGo();
    expect([await outcomes, await more].flat()).toEqual([false, false, false, false]);
  });

  test('no call passes before the store has answered', async () => {
    const letGo = holdAnswers();
    let isAnswered = false;
    const outcome = start()
      .isReplayed(token('a'))
      .finally(() => {
        isAnswered = true;
      });
    await jest.advanceTimersByTimeAsync(100);
    expect(isAnswered).toBe(false);
    letGo();
    expect(await outcome).toBe(false);
  });

  test('a store that stalls is given up after half a second, for those that wait behind it too', async () => {
    answer = () => new Promise(() => undefined);
    const outcomes = use(start(), 'a', 'b');
    await pass(500);
    expect(await outcomes).toEqual([false, false]);
    expect([failures, batches]).toEqual([1, [['a']]]);
  });

  test('while the store is down calls do not wait for it; later they do again', async () => {
    answer = () => Promise.reject(new Error('down'));
    const seen = start();
    await use(seen, 'a');
    answer = (tokens) => Promise.resolve(new Set(tokens.map(({ key }) => key)));
    expect(await use(seen, 'b')).toEqual([false]);
    expect(batches).toHaveLength(1);
    await pass(2100);
    expect(await use(seen, 'c')).toEqual([true]);
  });

  test('a flood goes in batches that a database takes', async () => {
    const letGo = holdAnswers();
    const seen = start();
    const outcomes = use(seen, ...Array.from({ length: 2501 }, (_, index) => `t${String(index)}`));
    for (let round = 0; round < 4; round += 1) {
      letGo();
      await jest.advanceTimersByTimeAsync(0);
    }
    expect((await outcomes).some(Boolean)).toBe(false);
    expect(batches.map(({ length }) => length)).toEqual([1, 1000, 1000, 500]);
  });
});

describe('one process with a file', () => {
  test('no call waits; the tokens are written together soon after', async () => {
    answer = () => new Promise(() => undefined);
    const seen = start({ isShared: false });
    expect(await use(seen, 'a', 'b', 'c')).toEqual([false, false, false]);
    expect(batches).toEqual([]);
    await pass(100);
    expect(batches).toEqual([['a', 'b', 'c']]);
  });

  test('nothing is written when nothing came', async () => {
    start({ isShared: false });
    await pass(10_000);
    expect(batches).toEqual([]);
  });
});
