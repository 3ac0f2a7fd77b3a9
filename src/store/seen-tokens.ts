import type { Engine } from './engine.js';
import { insertNew } from './insert-rows.js';
import type { SeenToken } from './store.js';

const insertTokens = insertNew('seen_tokens', 'token_key', { token_key: 'text', until: 'integer' });

/** Remembers tokens in one statement; the keys of those that were there already. */
export async function rememberTokens(engine: Engine, tokens: readonly SeenToken[]): Promise<ReadonlySet<string>> {
  // In one order everywhere: two processes that remember the same tokens must not wait for each other.
  const inOrder = [...tokens].sort((one, other) => (one.key < other.key ? -1 : 1));
  const rows = inOrder.map(({ key, until }) => [key, Math.ceil(until)]);
  const added = await engine.relaxed((db) => insertTokens(engine, db, rows));
  return new Set(inOrder.filter(({ key }) => !added.has(key)).map(({ key }) => key));
}

/** The tokens whose `until` is after now. */
export async function recallTokens({ db }: Engine, now: number): Promise<readonly SeenToken[]> {
  const rows = await db.selectFrom('seen_tokens').select(['token_key', 'until']).where('until', '>', now).execute();
  return rows.map(({ token_key: key, until }) => ({ key, until: Number(until) }));
}
