import { sql, type Kysely } from 'kysely';
import { setImmediate } from 'node:timers/promises';
import { instantOf } from './instant.js';
import type { Tables } from './schema.js';
import type { Period } from './store.js';

const SLICE = 4_000;

const TIME = { decisions: 'made_at', feedback: 'outcome_at' } as const;

async function boundaryAfter(db: Kysely<Tables>, table: keyof typeof TIME, from: string, to: string): Promise<string> {
  const time = sql.ref(TIME[table]);
  const query = sql<{ readonly instant: string }>`select ${time} as instant from ${sql.table(table)}
    where ${time} > ${from} and ${time} < ${to} order by ${time} limit 1 offset ${sql.lit(SLICE)}`;
  const { rows } = await query.execute(db);
  return rows[0]?.instant ?? to;
}

/**
 * The period in parts of some thousand rows each, by the time of the decision or of the outcome. Between two of them
 * others get their turn, since the embedded file answers in this very thread, and no statement gets long.
 */
export async function* slicesOf(db: Kysely<Tables>, table: keyof typeof TIME, period: Period): AsyncGenerator<Period> {
  const end = instantOf(period.to);
  for (let from = instantOf(period.from); from < end;) {
    const to = await boundaryAfter(db, table, from, end);
    yield { from, to };
    from = to;
    await setImmediate();
  }
}
