import { StoreError, type Store } from './store.js';

/** A store that may not be there yet. */
export interface LateStoreOptions {
  readonly open: () => Promise<Store>;
  readonly isShared: boolean;
  /** Milliseconds between two tries. */
  readonly retryMs: number;
  /** Told of every try that failed. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Opens a store, now or as soon as it can be: until then every use of it rejects with a StoreError. A service that
 * starts while its database is away answers all the same.
 */
export async function openLateStore({ open, isShared, retryMs, onFailure }: LateStoreOptions): Promise<Store> {
  let opened: Store | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  const tryToOpen = async (): Promise<void> => {
    try {
      const store = await open();
      if (isClosed) await store.close();
      else opened = store;
    } catch (error) {
      onFailure(error);
      if (!isClosed) timer = setTimeout(() => void tryToOpen(), retryMs).unref();
    }
  };
  const using =
    <A extends readonly unknown[], R>(use: (store: Store) => (...given: A) => Promise<R>) =>
    (...given: A): Promise<R> =>
      opened === undefined
        ? Promise.reject(new StoreError('the store has not been reached yet'))
        : use(opened)(...given);
  await tryToOpen();
  return {
    isShared,
    addFeedback: using((store) => store.addFeedback),
    addDecisions: using((store) => store.addDecisions),
    findDecision: using((store) => store.findDecision),
    rememberTokens: using((store) => store.rememberTokens),
    recallTokens: using((store) => store.recallTokens),
    countCards: using((store) => store.countCards),
    forget: using((store) => store.forget),
    ping: using((store) => store.ping),
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      await opened?.close();
    },
  };
}
