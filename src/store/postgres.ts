import { Kysely, PostgresDialect, sql, type PostgresPool, type PostgresPoolClient } from 'kysely';
import pg from 'pg';
import type { Engine } from './engine.js';
import { migrate } from './migrations.js';
import type { Tables } from './schema.js';
import { codeOf, storeErrorOf } from './store-failure.js';
import { StoreError } from './store.js';

const CONNECTIONS = 4;
const CONNECT_MS = 2_000;
const STATEMENT_MS = 5_000;
const MIGRATION_MS = 300_000;
const SQL_STATE_LENGTH = 5;

const nothing = (): void => undefined;

function createPool(connectionString: string, connections: number, statementMs: number): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max: connections,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: statementMs,
    // A server that is gone without a word cannot stop its own statement.
    query_timeout: statementMs + 1_000,
    idle_in_transaction_session_timeout: statementMs,
    keepAlive: true,
    application_name: 'troponin-first',
  });
  // Without a listener a connection that breaks ends the process: idle ones are heard by the pool, others by none.
  pool.on('error', nothing);
  pool.on('connect', (client) => client.on('error', nothing));
  return pool;
}

type Query = PostgresPoolClient['query'];

/** A connection is given back only if its failures were the server's own answers; else it is thrown away. */
function lend(client: pg.PoolClient): PostgresPoolClient {
  let isBroken = false;
  const query = async (text: string, values: unknown[]): Promise<pg.QueryResult> => {
    // Else the rollback after a timeout would wait as long behind the query that hangs.
    if (isBroken) throw new Error('broken connection');
    try {
      return await client.query(text, values);
    } catch (error) {
      isBroken ||= codeOf(error)?.length !== SQL_STATE_LENGTH;
      throw error;
    }
  };
  const release = (): void => {
    client.release(isBroken);
  };
  // Kysely asks for the form with a cursor too, which it uses for streams only.
  return { query: query as (...parameters: never[]) => unknown as Query, release };
}

function openPool(url: string, connections: number, statementMs: number): Kysely<Tables> {
  const pool = createPool(url, connections, statementMs);
  const lending: PostgresPool = { connect: async () => lend(await pool.connect()), end: () => pool.end() };
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: lending }) });
}

async function migrateOnce(url: string): Promise<void> {
  const db = openPool(url, 1, MIGRATION_MS);
  try {
    await migrate({ db, isShared: true });
  } finally {
    await db.destroy();
  }
}

function checkUrl(url: string): void {
  const isPostgres = URL.canParse(url) && ['postgres:', 'postgresql:'].includes(new URL(url).protocol);
  if (!isPostgres) throw new StoreError('DATABASE_URL is not a PostgreSQL URL (postgresql://user@host:5432/database).');
}

/** Opens a PostgreSQL database by its URL and brings its schema up to date. Throws a StoreError without the URL. */
export async function openPostgres(url: string): Promise<Engine> {
  checkUrl(url);
  try {
    await migrateOnce(url);
    const db = openPool(url, CONNECTIONS, STATEMENT_MS);
    return {
      db,
      isShared: true,
      relaxed: (write) => write(db),
      itemsOf: (json) => sql`json_array_elements(cast(${json} as json)) as item(value)`,
    };
  } catch (error) {
    throw storeErrorOf(error);
  }
}
