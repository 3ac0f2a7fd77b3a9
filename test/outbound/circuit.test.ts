import { afterEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCircuits, type CircuitOptions, type Circuits, type Verdict } from '../../src/outbound/circuit.js';

const A = 'https://a.example/fhir';
const B = 'https://b.example/fhir';

let circuits: Circuits | undefined;
let made = 0;

afterEach(() => {
  circuits?.close();
  made = 0;
});

function open(options: CircuitOptions = {}): Circuits {
  circuits = createCircuits({ leastCalls: 4, restMs: 40, ...options });
  return circuits;
}

/** Makes a call that ends with a verdict; whether it was made. */
async function call(one: Circuits, verdict: Verdict, server = A): Promise<boolean> {
  const value = await one.through(server, () => {
    made += 1;
    return Promise.resolve({ value: { verdict }, verdict });
  });
  if (value !== undefined) expect(value).toEqual({ verdict });
  return value !== undefined;
}

async function calls(one: Circuits, verdicts: readonly Verdict[], server = A): Promise<readonly boolean[]> {
  const results: boolean[] = [];
  for (const verdict of verdicts) results.push(await call(one, verdict, server));
  return results;
}

const times = (count: number, verdict: Verdict): readonly Verdict[] => Array.from({ length: count }, () => verdict);

/** Waits until a server that was down may be tried again, without counting on how fast that is. */
async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await sleep(10);
}

describe('a server is held to be down', () => {
  test.each<[string, readonly Verdict[], boolean]>([
    ['after the least number of failures', times(4, 'failed'), true],
    ['not after fewer', times(3, 'failed'), false],
    ['when more than half fail', ['alive', 'alive', 'failed', 'failed', 'failed'], true],
    ['not when half do', ['alive', 'alive', 'failed', 'failed'], false],
    ['not when one in ten does', [...times(18, 'alive'), 'failed', 'failed'], false],
    ['not for refusals and good answers', times(50, 'alive'), false],
    ['not for callers that hung up', times(50, 'nothing'), false],
    ['although many callers hung up before', [...times(50, 'nothing'), ...times(4, 'failed')], true],
  ])('%s', async (_, verdicts, isDown) => {
    const one = open();
    await calls(one, verdicts);
    expect(made).toBe(verdicts.length);
    expect(await call(one, 'alive')).toBe(!isDown);
    expect(made).toBe(verdicts.length + (isDown ? 0 : 1));
  });

  test('and no other server with it', async () => {
    const one = open();
    await calls(one, times(4, 'failed'));
    expect(await call(one, 'alive', B)).toBe(true);
    expect(await call(one, 'alive', A)).toBe(false);
  });

  test('also while many calls are still under way', async () => {
    const one = open();
    const pending = Array.from({ length: 100 }, () =>
      one.through(A, async () => {
        await sleep(30);
        return { value: {}, verdict: 'alive' as const };
      }),
    );
    await calls(one, times(4, 'failed'));
    expect(await call(one, 'alive')).toBe(false);
    expect((await Promise.all(pending)).every((value) => value !== undefined)).toBe(true);
  });
});

describe('a server that is down is tried again', () => {
  test('by one call; when it is answered, by all', async () => {
    const one = open();
    await calls(one, times(4, 'failed'));
    let release = (): void => undefined;
    let probes = 0;
    const slow = () =>
      one.through(A, () => {
        probes += 1;
        return new Promise<{ value: object; verdict: Verdict }>((resolve) => {
          release = () => {
            resolve({ value: {}, verdict: 'alive' });
          };
        });
      });
    const probing: Promise<unknown>[] = [];
    await until(() => {
      probing.push(slow());
      return Promise.resolve(probes === 1);
    });
    expect(await calls(one, times(3, 'alive'))).toEqual([false, false, false]);
    release();
    await Promise.all(probing);
    expect(probes).toBe(1);
    expect(await calls(one, times(3, 'alive'))).toEqual([true, true, true]);
  });

  test('and starts afresh: its old failures count no more', async () => {
    const one = open();
    await calls(one, times(4, 'failed'));
    await sleep(80);
    await until(() => call(one, 'alive'));
    expect(await calls(one, times(3, 'failed'))).toEqual([true, true, true]);
    expect(await call(one, 'alive')).toBe(true);
  });

  test.each<[string, Verdict]>([
    ['not answered either', 'failed'],
    ['broken off by its caller', 'nothing'],
  ])('a probe that is %s leaves it down, until the next', async (_, verdict) => {
    const one = open();
    await calls(one, times(4, 'failed'));
    await until(() => call(one, verdict));
    expect(made).toBe(5);
    expect(await calls(one, times(3, 'alive'))).toEqual([false, false, false]);
    await until(() => call(one, 'alive'));
    expect(await call(one, 'alive')).toBe(true);
  });
});

test('few servers are remembered', async () => {
  const one = open({ most: 2 });
  await calls(one, times(4, 'failed'), A);
  expect(await call(one, 'alive', A)).toBe(false);
  for (const name of ['x', 'y', 'z']) await call(one, 'alive', name);
  expect(await call(one, 'alive', A)).toBe(true);
});

test('closing forgets what is down', async () => {
  const one = open();
  await calls(one, times(4, 'failed'));
  one.close();
  expect(await call(one, 'alive')).toBe(true);
});
