import { expect, test } from '@jest/globals';
import { endOfTurn } from '../../src/lazy/end-of-turn.js';

/* Work that waits for the end of the turn is done together, before anything that follows from it. */

function recording() {
  const done: string[] = [];
  const work = async (name: string): Promise<string> => {
    await endOfTurn();
    done.push(name);
    if (name === 'bad') throw new RangeError(name);
    return name;
  };
  return { done, work };
}

test('nothing is done before the end', async () => {
  const { done, work } = recording();
  const answer = work('a');
  await Promise.resolve();
  expect(done).toEqual([]);
  expect(await answer).toBe('a');
});

test('what waits is done in its order, and before what its answers lead to', async () => {
  const { done, work } = recording();
  await Promise.all([work('a').then(() => done.push('answer')), work('b'), work('c')]);
  expect(done).toEqual(['a', 'b', 'c', 'answer']);
});

test('one that fails fails alone', async () => {
  const { work } = recording();
  const outcomes = await Promise.allSettled([work('a'), work('bad'), work('c')]);
  expect(outcomes).toMatchObject([{ value: 'a' }, { reason: { message: 'bad' } }, { value: 'c' }]);
});

test('what an answer leads to waits for the next end', async () => {
  const { done, work } = recording();
  await work('a').then(() => Promise.all([work('b'), work('c')]));
  expect(done).toEqual(['a', 'b', 'c']);
});
