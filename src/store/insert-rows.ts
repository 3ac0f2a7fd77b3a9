import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Engine } from './engine.js';
import type { Tables } from './schema.js';

/** How a column is read from its place in a JSON array. */
type ColumnKind = 'text' | 'integer';

/** The columns of a table, in the order in which rows hold their values. */
export type Columns<T extends keyof Tables> = Readonly<Record<keyof Tables[T] & string, ColumnKind>>;

function readColumn(kind: ColumnKind, index: number): RawBuilder<unknown> {
  const value = sql`value ->> ${sql.lit(index)}`;
  return kind === 'text' ? value : sql`cast(${value} as bigint)`;
}

/** What PostgreSQL's text cannot hold, NUL and half a surrogate pair, as the replacement character. */
function storable(json: string): string {
  if (!json.includes('\\u')) return json;
  return json.replace(/\\(?:u0000|ud[89a-f][0-9a-f]{2}|.)/g, (escape) =>
    /^\\u(?:0000|d)/.test(escape) ? '\\ufffd' : escape,
  );
}

/**
 * Inserts rows and leaves those alone whose key is there. All rows travel as one JSON parameter: one statement to compile
 * and to send however many they are, the same on both engines.
 */
export type InsertRows = (engine: Engine, db: Kysely<Tables>, rows: readonly (readonly unknown[])[]) => Promise<void>;

function insertQuery<T extends keyof Tables>(
  table: T,
  columns: Columns<T>,
): (items: RawBuilder<unknown>) => RawBuilder<unknown> {
  const names = sql.join(Object.keys(columns).map((column) => sql.ref(column)));
  const values = sql.join(Object.values<ColumnKind>(columns).map(readColumn));
  // Without `where true` SQLite would read `on conflict` as part of a join.
  return (items) => sql`insert into ${sql.table(table)} (${names})
    select ${values} from ${items} where true on conflict do nothing`;
}

const itemsOf = ({ itemsOf }: Engine, rows: readonly (readonly unknown[])[]) => itemsOf(storable(JSON.stringify(rows)));

/** The insert of a table. */
export function insertInto<T extends keyof Tables>(table: T, columns: Columns<T>): InsertRows {
  const query = insertQuery(table, columns);
  return async (engine, db, rows) => {
    if (rows.length > 0) await query(itemsOf(engine, rows)).execute(db);
  };
}

/** The same, answering with the keys of the rows that are new. */
export function insertNew<T extends keyof Tables>(
  table: T,
  key: keyof Tables[T] & string,
  columns: Columns<T>,
): (...parameters: Parameters<InsertRows>) => Promise<ReadonlySet<string>> {
  const query = insertQuery(table, columns);
  return async (engine, db, rows) => {
    if (rows.length === 0) return new Set();
    const insert = query(itemsOf(engine, rows));
    const added = await sql<{ readonly key: string }>`${insert} returning ${sql.ref(key)} as "key"`.execute(db);
    return new Set(added.rows.map((row) => row.key));
  };
}
