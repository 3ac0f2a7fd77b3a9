import Database from 'libsql';
import { Kysely, sql, SqliteDialect } from 'kysely';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from './engine.js';
import { migrate } from './migrations.js';
import { codeOf, storeErrorOf } from './store-failure.js';
import type { Tables } from './schema.js';
import { StoreError } from './store.js';

const FILE = 'troponin-first.db';
// Waiting for another process stops this thread: not for long.
const BUSY_MS = 1_000;
/** Of 4 kB: rarer than the default, since each checkpoint waits for the disk. */
const CHECKPOINT_PAGES = 4_000;

/** Whether a folder holds a store. */
export function isThere(folder: string): boolean {
  return existsSync(join(folder, FILE));
}

function openFile(folder: string): Database.Database {
  try {
    mkdirSync(folder, { recursive: true });
    return new Database(join(folder, FILE), { timeout: BUSY_MS });
  } catch (error) {
    const code = codeOf(error);
    const reason = code === undefined ? '' : ` (${code})`;
    throw new StoreError(`The folder for the store cannot be made or written${reason}: ${folder}`);
  }
}

/** Holds the only connection meanwhile, so that no other write is relaxed with it. */
function relaxedOn(db: Kysely<Tables>): Engine['relaxed'] {
  return (write) =>
    db.connection().execute(async (connection) => {
      await sql`pragma synchronous = normal`.execute(connection);
      try {
        return await write(connection);
      } finally {
        await sql`pragma synchronous = full`.execute(connection);
      }
    });
}

/** WAL and FULL: what was acknowledged survives a kill and a loss of power. */
async function prepare(file: Database.Database, engine: Engine): Promise<void> {
  file.pragma('journal_mode = WAL');
  file.pragma('synchronous = FULL');
  file.pragma(`wal_autocheckpoint = ${String(CHECKPOINT_PAGES)}`);
  // Kysely does not lock this engine; the whole migration is one transaction of the only connection.
  file.exec('begin immediate');
  await migrate(engine);
  file.exec('commit');
}

/** Opens the file in a folder, which is made if need be. Throws a StoreError that names the folder. */
export async function openEmbeddedFile(folder: string): Promise<Engine> {
  const file = openFile(folder);
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: file }) });
  const engine: Engine = {
    db,
    isShared: false,
    relaxed: relaxedOn(db),
    itemsOf: (json) => sql`json_each(${json}) as item`,
  };
  try {
    await prepare(file, engine);
    return engine;
  } catch (error) {
    file.close();
    throw new StoreError(`${storeErrorOf(error).message} Its folder: ${folder}`);
  }
}
