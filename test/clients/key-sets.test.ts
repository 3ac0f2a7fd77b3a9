import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { CdsClient } from '../../src/clients/cds-client.js';
import { createFindKey, KEY_LIMITS, type FindKey } from '../../src/clients/key-sets.js';
import { createClientKeys, type ClientKeys } from '../support/client-keys.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const JKU = 'https://ehr.example/jwks.json';

let first: ClientKeys;
let second: ClientKeys;
let rsa: ClientKeys;

beforeAll(async () => {
  [first, second, rsa] = await Promise.all([
    createClientKeys('ES384', 'key-1'),
    createClientKeys('ES384', 'key-2'),
    createClientKeys('RS384', 'rsa-1'),
  ]);
});

const clientWith = (keys: CdsClient['keys'], algorithms = ['ES384', 'RS384']): CdsClient => ({
  name: 'ehr',
  iss: 'https://ehr.example',
  keys,
  algorithms,
  audiences: [],
  tenants: undefined,
  fhirServers: [],
  fhirVersion: '4.0.1',
  replay: 'reject',
});

let clock: number;
let asked: string[];
let find: FindKey;
let answer: () => Promise<unknown>;

const publish = (...keys: readonly ClientKeys[]) => {
  answer = () => Promise.resolve({ keys: keys.map(({ jwk }) => jwk) });
};
const fail = () => {
  answer = () => Promise.reject(new Error('down'));
};
const outcome = async (kid: string, alg = 'ES384') => {
  const key = await find(alg, kid);
  return typeof key === 'string' ? key : 'key';
};

beforeEach(() => {
  clock = Date.parse('2026-03-10T12:00:00Z');
  asked = [];
  publish(first);
  const fetchKeys = (jku: string) => {
    asked.push(jku);
    return answer();
  };
  find = createFindKey(clientWith({ jku: JKU }), fetchKeys, () => clock);
});

afterEach(() => {
  expect(new Set([...asked, JKU])).toEqual(new Set([JKU]));
});

describe('SEC-12 keys from a key server', () => {
  test('nothing is asked before the first call', () => {
    expect(asked).toEqual([]);
  });

  test('one request for twenty first calls at once', async () => {
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => outcome('key-1')));
    expect(new Set(outcomes)).toEqual(new Set(['key']));
    expect(asked).toHaveLength(1);
  });

  test('a fetched key is kept', async () => {
    const key = await find('ES384', 'key-1');
    clock += 4 * MINUTE;
    expect(await find('ES384', 'key-1')).toBe(key);
    expect(asked).toHaveLength(1);
  });

  test('a rotated key: one request finds it', async () => {
    await outcome('key-1');
    publish(first, second);
    clock += 30 * SECOND;
    expect(await Promise.all(Array.from({ length: 20 }, () => outcome('key-2')))).toEqual(Array(20).fill('key'));
    expect(asked).toHaveLength(2);
  });

  test('T-47 a flood of unknown names: one request in each cooldown, counted from the last attempt', async () => {
    await outcome('key-1');
    for (let second = 1; second <= 90; second += 1) {
      clock += SECOND;
      expect(await outcome(`made-up-${String(second)}`)).toBe('unknown-key');
    }
    expect(asked).toHaveLength(4);
  });

  test('a flood while the key server is down: no more requests, and the good key works', async () => {
    await outcome('key-1');
    fail();
    for (let second = 1; second <= 90; second += 1) {
      clock += SECOND;
      await outcome(`made-up-${String(second)}`);
      expect(await outcome('key-1')).toBe('key');
    }
    expect(asked).toHaveLength(4);
  });

  test('a removed key is refused when the set is ten minutes old', async () => {
    await outcome('key-1');
    publish(second);
    clock += 10 * MINUTE;
    expect(await outcome('key-1')).toBe('unknown-key');
    expect(asked).toHaveLength(2);
  });

  test('a removed key is refused after a refresh', async () => {
    await outcome('key-1');
    publish(second);
    clock += 30 * SECOND;
    await outcome('key-2');
    expect(await outcome('key-1')).toBe('unknown-key');
  });

  test('a busy client never waits: the set is renewed after half of its age', async () => {
    await outcome('key-1');
    answer = () => new Promise(() => undefined);
    clock += 5 * MINUTE;
    expect(await outcome('key-1')).toBe('key');
    expect(asked).toHaveLength(2);
  });

  test('an empty set takes all keys back', async () => {
    await outcome('key-1');
    publish();
    clock += 10 * MINUTE;
    expect(await outcome('key-1')).toBe('unknown-key');
  });
});

describe('SEC-12 the key server is down', () => {
  test('no keys yet: refused, and not asked again within the cooldown', async () => {
    fail();
    expect(await outcome('key-1')).toBe('key-server-unreachable');
    clock += 29 * SECOND;
    expect(await outcome('key-1')).toBe('key-server-unreachable');
    expect(asked).toHaveLength(1);
    publish(first);
    clock += SECOND;
    expect(await outcome('key-1')).toBe('key');
    expect(asked).toHaveLength(2);
  });

  test.each<[string, () => Promise<unknown>]>([
    ['no answer', () => Promise.reject(new Error('down'))],
    ['no key set', () => Promise.resolve('<html>')],
  ])('%s: the cached set works for a day, not longer', async (_, broken) => {
    await outcome('key-1');
    answer = broken;
    for (const hours of [1, 12, 24]) {
      clock = Date.parse('2026-03-10T12:00:00Z') + hours * HOUR - 1;
      expect(await outcome('key-1')).toBe('key');
    }
    clock += 1;
    expect(await outcome('key-1')).toBe('key-server-unreachable');
    clock += MINUTE;
    publish(first);
    expect(await outcome('key-1')).toBe('key');
  });

  test('an unknown name may be a new key: what is said is that the server is down', async () => {
    await outcome('key-1');
    fail();
    clock += MINUTE;
    expect(await outcome('key-2')).toBe('key-server-unreachable');
  });

  test('with a known outage and an old set, calls do not wait for the next attempt', async () => {
    await outcome('key-1');
    fail();
    clock += HOUR;
    expect(await outcome('key-1')).toBe('key');
    answer = () => new Promise(() => undefined);
    clock += HOUR;
    expect(await outcome('key-1')).toBe('key');
    expect(asked).toHaveLength(3);
  });

  test('a clock that is set back does not stop the keys from being asked for', async () => {
    await outcome('key-1');
    clock -= HOUR;
    publish(second);
    expect(await outcome('key-2')).toBe('key');
  });

  test.each(['listens to the signal', 'does not listen'])(
    'a server that stalls is given up; the port %s',
    async (how) => {
      let isAborted = false;
      const stall = (_: string, signal: AbortSignal) =>
        new Promise<unknown>((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            isAborted = true;
            if (how === 'listens to the signal') reject(new Error('aborted'));
          });
        });
      const stalled = createFindKey(clientWith({ jku: JKU }), stall, () => clock, { ...KEY_LIMITS, fetchTime: 20 });
      expect(await stalled('ES384', 'key-1')).toBe('key-server-unreachable');
      expect(isAborted).toBe(true);
    },
  );

  test('a port that throws at once is a server that is down', async () => {
    const broken = createFindKey(
      clientWith({ jku: JKU }),
      () => {
        throw new Error('broken');
      },
      () => clock,
    );
    expect(await broken('ES384', 'key-1')).toBe('key-server-unreachable');
  });

  test('five seconds, ten minutes, thirty seconds, a day', () => {
    expect(KEY_LIMITS).toEqual({ fetchTime: 5000, maxAge: 600_000, cooldown: 30_000, staleAge: 86_400_000 });
  });
});

describe('which keys count', () => {
  test.each<[string, string, (keys: { first: ClientKeys; rsa: ClientKeys }) => object]>([
    ['key', 'a public key', ({ first: { jwk } }) => jwk],
    [
      'key',
      'made for the algorithm',
      ({ first: { jwk } }) => ({ ...jwk, alg: 'ES384', use: 'sig', key_ops: ['verify'] }),
    ],
    ['unknown-key', 'made for another algorithm', ({ first: { jwk } }) => ({ ...jwk, alg: 'ES256' })],
    ['unknown-key', 'made to encrypt', ({ first: { jwk } }) => ({ ...jwk, use: 'enc' })],
    ['unknown-key', 'made to sign only', ({ first: { jwk } }) => ({ ...jwk, key_ops: ['sign'] })],
    ['unknown-key', 'a private key', ({ first: { privateJwk } }) => privateJwk],
    ['unknown-key', 'a point off the curve', ({ first: { jwk } }) => ({ ...jwk, y: jwk.x })],
    ['unknown-key', 'an RSA key under an EC algorithm', ({ rsa: { jwk } }) => ({ ...jwk, kid: 'key-1' })],
  ])('%s: %s', async (expected, _name, keyOf) => {
    answer = () => Promise.resolve({ keys: [keyOf({ first, rsa })] });
    expect(await outcome('key-1')).toBe(expected);
  });

  test('T-47 two clients at two key servers, one name: each has its own key', async () => {
    const fetchKeys = (jku: string) =>
      Promise.resolve({ keys: [{ ...(jku === JKU ? first : second).jwk, kid: 'same' }] });
    const [one, other] = [JKU, `${JKU}2`].map((jku) => createFindKey(clientWith({ jku }), fetchKeys, () => clock));
    const keys = [await one?.('ES384', 'same'), await other?.('ES384', 'same'), await one?.('ES384', 'same')];
    expect(keys[0]).toBe(keys[2]);
    expect(keys[0]).not.toBe(keys[1]);
  });

  test('static keys are never asked for', async () => {
    const fixed = createFindKey(
      clientWith({ jwks: { keys: [first.jwk] } }),
      () => Promise.reject(new Error()),
      () => clock,
    );
    clock += 48 * HOUR;
    expect(typeof (await fixed('ES384', 'key-1'))).toBe('object');
    expect(await fixed('ES384', 'key-2')).toBe('unknown-key');
    expect(await fixed('RS384', 'key-1')).toBe('unknown-key');
  });
});
