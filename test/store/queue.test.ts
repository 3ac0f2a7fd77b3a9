import { expect, jest, test } from '@jest/globals';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { createDecisionQueue, type DecisionQueueOptions } from '../../src/store/decision-queue.js';
import { createRetention } from '../../src/store/retention.js';
import { plainDecision } from '../support/decisions.js';
import { StoreError, type Retention } from '../../src/store/store.js';

/* What happens off the path of the answer: decisions on their way to the store, and what is deleted in time. */

const decision = (id: number) => plainDecision(String(id));
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

/** A queue before a store that can be made to fail. */
function queueOf(more: Partial<DecisionQueueOptions> = {}) {
  const stored: number[] = [];
  const batches: number[] = [];
  const failures: unknown[] = [];
  const drops: number[] = [];
  const state = { isDown: false };
  const queue = createDecisionQueue({
    add: async (decisions) => {
      await setImmediate();
      if (state.isDown) throw new StoreError('down');
      batches.push(decisions.length);
      stored.push(...decisions.map(({ id }) => Number(id)));
    },
    onFailure: (error) => failures.push(error),
    onDrop: (count) => drops.push(count),
    ...more,
  });
  const push = (ids: readonly number[]): void => {
    for (const id of ids) queue.push(decision(id));
  };
  return { queue, push, stored, batches, failures, drops, state };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(2);
}

test('decisions go by themselves, in order, in batches, and the size falls to none', async () => {
  const { queue, push, stored, batches } = queueOf({ intervalMs: 5 });
  push(range(0, 1_001));
  expect([queue.size(), stored.length]).toEqual([1_001, 0]);
  await until(() => queue.size() === 0);
  expect(stored).toEqual(range(0, 1_001));
  expect(Math.max(...batches)).toBeLessThanOrEqual(500);
  expect(batches.length).toBeLessThan(20);
  push([2_000]);
  await until(() => stored.includes(2_000));
  expect(queue.dropped()).toBe(0);
});

test('what comes while others are stored waits for company', async () => {
  const { queue, push, batches } = queueOf({
    intervalMs: 50,
    add: async ({ length }) => {
      batches.push(length);
      if (batches.length === 1) push(range(10, 30));
      await setImmediate();
    },
  });
  push(range(0, 10));
  await until(() => queue.size() === 0);
  expect(batches).toEqual([10, 20]);
  await queue.close();
});

test('a store that is slower than closing waits is handed nothing when it is closed', async () => {
  const batches: number[] = [];
  const { queue, push } = queueOf({
    closeMs: 20,
    add: async ({ length }) => {
      batches.push(length);
      await sleep(60);
    },
  });
  push(range(0, 500));
  await queue.close();
  await sleep(100);
  expect(batches).toEqual([200]);
});

test('a store that is down for a while loses nothing, and is not asked ever faster', async () => {
  const { queue, push, stored, failures, state } = queueOf({ intervalMs: 4 });
  state.isDown = true;
  push(range(0, 700));
  await until(() => failures.length === 3);
  expect(queue.size()).toBe(700);
  push(range(700, 710));
  state.isDown = false;
  await until(() => queue.size() === 0);
  expect(stored).toEqual(range(0, 710));
});

test('the wait between tries doubles, up to half a minute, and begins anew after a success', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
  try {
    const { queue, push, failures, stored, state } = queueOf({ intervalMs: 500 });
    const triesWithin = async (milliseconds: number): Promise<number> => {
      const before = failures.length;
      await jest.advanceTimersByTimeAsync(milliseconds);
      for (let turns = 0; turns < 5; turns += 1) await setImmediate();
      return failures.length - before;
    };
    state.isDown = true;
    push([1]);
    const tries: number[] = [];
    for (const wait of [499, 1, 999, 1, 1_999, 1]) tries.push(await triesWithin(wait));
    expect(tries).toEqual([0, 1, 0, 1, 0, 1]);
    for (const wait of [4_000, 8_000, 16_000, 30_000]) expect(await triesWithin(wait)).toBe(1);
    expect([await triesWithin(29_999), await triesWithin(1)]).toEqual([0, 1]);
    state.isDown = false;
    await triesWithin(30_000);
    expect(stored).toEqual([1]);
    push([2]);
    await triesWithin(500);
    expect(stored).toEqual([1, 2]);
    await queue.flush();
  } finally {
    jest.useRealTimers();
  }
});

test('beyond the limit the oldest are dropped and counted', async () => {
  const { queue, push, stored, drops, state } = queueOf({ limit: 300, intervalMs: 60_000 });
  state.isDown = true;
  push(range(0, 305));
  expect([queue.size(), queue.dropped()]).toEqual([300, 5]);
  const flushing = queue.flush();
  push(range(305, 310));
  await flushing;
  expect(queue.size()).toBe(300);
  expect(drops.reduce((sum, count) => sum + count, 0)).toBe(queue.dropped());
  expect(queue.dropped()).toBe(10);
  state.isDown = false;
  await queue.flush();
  expect(stored).toHaveLength(300);
  expect(stored.at(-1)).toBe(309);
  await queue.close();
});

test('closing stores what is there and what comes meanwhile; what comes later is dropped and counted', async () => {
  const { queue, push, stored, drops } = queueOf({ intervalMs: 60_000 });
  push(range(0, 900));
  const closing = queue.close();
  push([900]);
  await closing;
  expect(stored).toEqual(range(0, 901));
  push([901]);
  expect([queue.size(), queue.dropped(), drops]).toEqual([0, 1, [1]]);
});

test.each([
  ['is down', () => Promise.reject(new StoreError('down'))],
  ['never answers', () => new Promise<void>(() => undefined)],
])('closing before a store that %s ends in time, and says what was lost', async (_name, add) => {
  const { queue, push } = queueOf({ add, intervalMs: 60_000, closeMs: 250 });
  push(range(0, 450));
  await queue.close();
  expect([queue.size(), queue.dropped()]).toEqual([0, 450]);
});

test('closing tries again before it gives up', async () => {
  const { queue, push, stored, failures, state } = queueOf({ intervalMs: 60_000, closeMs: 5_000 });
  state.isDown = true;
  push([1, 2]);
  const closing = queue.close();
  await until(() => failures.length > 1);
  state.isDown = false;
  await closing;
  expect([stored, queue.dropped()]).toEqual([[1, 2], 0]);
});

test('retention runs at once and hourly with the days given, one run at a time, and outlives a failure', async () => {
  jest.useFakeTimers();
  try {
    const asked: Retention[] = [];
    const failures: unknown[] = [];
    let now = Date.UTC(2026, 2, 31);
    let finish: (() => void) | undefined;
    const forget = (retention: Retention): Promise<number> => {
      asked.push(retention);
      if (asked.length === 2) return Promise.reject(new StoreError('down'));
      return new Promise((resolve) => {
        finish = () => {
          resolve(1);
        };
      });
    };
    const task = createRetention({
      store: { forget },
      decisionDays: 10,
      feedbackDays: 20,
      commentDays: 1,
      now: () => now,
      onFailure: (error) => failures.push(error),
    });
    void task.run();
    await jest.advanceTimersByTimeAsync(3_600_000);
    expect(asked).toEqual([
      {
        decisions: '2026-03-21T00:00:00.000Z',
        feedback: '2026-03-11T00:00:00.000Z',
        comments: '2026-03-30T00:00:00.000Z',
        tokens: now,
      },
    ]);
    finish?.();
    now += 3_600_000;
    await jest.advanceTimersByTimeAsync(3_600_000);
    expect([asked.length, asked[1]?.tokens, failures.length]).toEqual([2, now, 1]);
    await jest.advanceTimersByTimeAsync(3_600_000);
    expect(asked).toHaveLength(3);
    finish?.();
    await task.close();
    await jest.advanceTimersByTimeAsync(7_200_000);
    expect(asked).toHaveLength(3);
  } finally {
    jest.useRealTimers();
  }
});
