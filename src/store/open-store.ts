import { countCards } from './card-counts.js';
import { addDecisions, findDecision } from './decisions.js';
import { openEmbeddedFile } from './embedded-file.js';
import type { Engine } from './engine.js';
import { addFeedback } from './feedback.js';
import { openPostgres } from './postgres.js';
import { forget } from './retention.js';
import { recallTokens, rememberTokens } from './seen-tokens.js';
import { asStoreError } from './store-failure.js';
import { StoreError, type Store } from './store.js';

export interface StoreOptions {
  /** A PostgreSQL URL; without it the store is a file in the data directory. */
  readonly databaseUrl?: string | undefined;
  readonly dataDirectory: string;
}

async function ping({ db }: Engine): Promise<void> {
  await db.selectFrom('decisions').select('id').limit(1).execute();
}

function storeOn(engine: Engine): Store {
  const guarded =
    <A, R>(query: (engine: Engine, argument: A) => Promise<R>) =>
    (argument: A): Promise<R> =>
      closing === undefined
        ? asStoreError(() => query(engine, argument))
        : Promise.reject(new StoreError('The store cannot be used: it is closed.'));
  let closing: Promise<void> | undefined;
  return {
    isShared: engine.isShared,
    addFeedback: guarded(addFeedback),
    addDecisions: guarded(addDecisions),
    findDecision: guarded(findDecision),
    rememberTokens: guarded(rememberTokens),
    recallTokens: guarded(recallTokens),
    countCards: guarded(countCards),
    forget: guarded(forget),
    ping: () => guarded(ping)(undefined),
    close: () => (closing ??= asStoreError(() => engine.db.destroy())),
  };
}

/** Opens the store and brings its schema up to date. Rejects with a StoreError when it cannot be used. */
export async function openStore({ databaseUrl, dataDirectory }: StoreOptions): Promise<Store> {
  return storeOn(databaseUrl === undefined ? await openEmbeddedFile(dataDirectory) : await openPostgres(databaseUrl));
}
