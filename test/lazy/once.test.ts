import { describe, expect, test } from '@jest/globals';
import { once, oncePer } from '../../src/lazy/once.js';

describe.each([['a value', 7], ['nothing', undefined] as const])('a calculation that gives %s', (_, value) => {
  test('runs when first asked for, and only then', () => {
    let runs = 0;
    const get = once(() => {
      runs += 1;
      return value;
    });
    expect(runs).toBe(0);
    expect([get(), get(), runs]).toEqual([value, value, 1]);
  });

  test('runs once for each object it is asked about', () => {
    const asked: object[] = [];
    const get = oncePer((key: object) => {
      asked.push(key);
      return value;
    });
    const [one, other] = [{}, {}];
    expect([get(one), get(other), get(one), get(other)]).toEqual([value, value, value, value]);
    expect(asked).toHaveLength(2);
    expect([asked[0] === one, asked[1] === other]).toEqual([true, true]);
  });
});
