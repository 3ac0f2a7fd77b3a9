import { Migrator, sql, type Kysely, type Migration } from 'kysely';
import type { Engine } from './engine.js';
import { asStoreError, storeErrorOf } from './store-failure.js';
import type { Tables } from './schema.js';
import { StoreError } from './store.js';

type Database = Kysely<unknown>;

interface TableOutline {
  readonly text: readonly string[];
  readonly optional?: readonly string[];
  readonly bigint?: readonly string[];
  readonly key: readonly string[];
  /** Rows lie in the order of the key where the engine can: cheap when keys rise with time. */
  readonly isByKey?: boolean;
}

/** Text that sorts by its bytes: what SQLite does always, and PostgreSQL when told. */
const textType = (isShared: boolean) => (isShared ? sql`text collate "C"` : sql`text`);

async function createTable(db: Database, name: string, outline: TableOutline, isShared: boolean): Promise<void> {
  const { text, optional = [], bigint = [], key, isByKey = false } = outline;
  const column = (one: string, type: ReturnType<typeof textType>, isNeeded = true) =>
    sql`${sql.ref(one)} ${type} ${isNeeded ? sql`not null` : sql``}`;
  const columns = [
    ...text.map((one) => column(one, textType(isShared))),
    ...optional.map((one) => column(one, textType(isShared), false)),
    ...bigint.map((one) => column(one, sql`bigint`)),
  ];
  const primaryKey = sql`primary key (${sql.join(key.map((one) => sql.ref(one)))})`;
  const layout = isByKey && !isShared ? sql`without rowid` : sql``;
  await sql`create table if not exists ${sql.table(name)} (${sql.join([...columns, primaryKey])}) ${layout}`.execute(
    db,
  );
}

async function createIndex(db: Database, table: string, columns: readonly string[]): Promise<void> {
  const name = `${table}_by_${columns[0] ?? ''}`;
  await db.schema
    .createIndex(name)
    .ifNotExists()
    .on(table)
    .columns([...columns])
    .execute();
}

const FIRST_TABLES: Readonly<Record<keyof Tables, TableOutline>> = {
  decisions: {
    text: ['id', 'made_at', 'client', 'topic', 'topic_version', 'content_hash', 'details'],
    key: ['id'],
  },
  shown_cards: {
    text: ['decision_id', 'card_id', 'client', 'shown_at', 'code', 'indicator', 'rule'],
    bigint: ['position'],
    key: ['shown_at', 'decision_id', 'card_id'],
    isByKey: true,
  },
  feedback: {
    text: ['id', 'client', 'service', 'card_id', 'outcome', 'outcome_at', 'received_at', 'accepted_suggestions'],
    optional: ['reason_system', 'reason_code', 'reason_display'],
    key: ['id'],
  },
  feedback_comments: { text: ['feedback_id', 'received_at', 'comment'], key: ['feedback_id'] },
  seen_tokens: { text: ['token_key'], bigint: ['until'], key: ['token_key'], isByKey: true },
};

async function createFirstTables(db: Database, isShared: boolean): Promise<void> {
  for (const [name, outline] of Object.entries(FIRST_TABLES)) await createTable(db, name, outline, isShared);
  await createIndex(db, 'decisions', ['made_at']);
  await createIndex(db, 'shown_cards', ['card_id']);
  await createIndex(db, 'feedback', ['card_id', 'client', 'outcome_at', 'received_at', 'id']);
  await createIndex(db, 'feedback', ['outcome_at']);
  await createIndex(db, 'feedback', ['received_at']);
  await createIndex(db, 'feedback_comments', ['received_at']);
  await createIndex(db, 'seen_tokens', ['until']);
}

/** Every change of the schema there ever was, by name in order of time. Never edited, only added to. */
function migrationsOf(isShared: boolean): Readonly<Record<string, Migration>> {
  return { '2026-01-first-tables': { up: (db: Database) => createFirstTables(db, isShared) } };
}

/** Brings the schema up to date; a second process that starts meanwhile waits for the first. */
export async function migrate({ db, isShared }: Pick<Engine, 'db' | 'isShared'>): Promise<void> {
  const provider = { getMigrations: () => Promise.resolve(migrationsOf(isShared)) };
  const { error } = await asStoreError(() => new Migrator({ db, provider }).migrateToLatest());
  if (error instanceof Error && error.message.startsWith('corrupted migrations')) {
    throw new StoreError('The store cannot be used: its schema is newer than this version, or not of this service.');
  }
  if (error !== undefined) throw storeErrorOf(error);
}
