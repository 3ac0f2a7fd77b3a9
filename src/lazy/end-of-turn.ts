import { setImmediate } from 'node:timers/promises';

let end: Promise<void> | undefined;

/**
 * The end of this turn of the event loop. What waits for it is done one behind another: all but the first find code and
 * data in the processor's cache.
 */
export function endOfTurn(): Promise<void> {
  end ??= setImmediate().then(() => {
    end = undefined;
  });
  return end;
}
