import type { Topic } from '../knowledge/topic.js';

/** A service that answers until it is stopped. */
export interface Stoppable {
  readonly url: string;
  readonly stop: (drainMs: number) => Promise<void>;
}

/** A service whose content can be put in its place while it is known to the outside by one address. */
export interface LiveService {
  /** Answers with this content from now on. Where it answers; rejects when it cannot. */
  readonly serve: (topics: readonly Topic[]) => Promise<string>;
  readonly isServing: () => boolean;
  readonly stop: () => Promise<void>;
}

/** A service that begins anew with each content. */
export function createLiveService(start: (topics: readonly Topic[]) => Promise<Stoppable>): LiveService {
  let running: Stoppable | undefined;
  const stop = async () => {
    const old = running;
    running = undefined;
    await old?.stop(0);
  };
  return {
    serve: async (topics) => {
      await stop();
      running = await start(topics);
      return running.url;
    },
    isServing: () => running !== undefined,
    stop,
  };
}
