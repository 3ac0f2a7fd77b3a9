import { join } from 'node:path';
import { Buffer } from 'node:buffer';

/** Medications of a bulk export: orders of any patient refer to them, and there may be more than memory holds. */
export interface MedicationShelf {
  readonly add: (id: string, line: Buffer) => void;
  readonly find: (id: string) => Buffer | undefined;
  readonly close: () => void;
}

const LINES_IN_A_TRANSACTION = 1000;

function lineOf(row: unknown): Buffer | undefined {
  const line = typeof row === 'object' && row !== null && 'line' in row ? row.line : undefined;
  return line instanceof Uint8Array ? Buffer.from(line) : undefined;
}

/** A shelf in a file of the folder. It need not survive anything. */
export async function openMedicationShelf(folder: string): Promise<MedicationShelf> {
  const { default: Database } = await import('libsql');
  const file = new Database(join(folder, 'medications.db'));
  file.exec('pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -4000');
  file.exec('create table medication (id text primary key, line blob not null) without rowid; begin');
  const insert = file.prepare('insert or replace into medication values (?, ?)');
  const select = file.prepare('select line from medication where id = ?');
  let added = 0;
  return {
    add: (id, line) => {
      insert.run(id, line);
      added += 1;
      if (added % LINES_IN_A_TRANSACTION === 0) file.exec('commit; begin');
    },
    find: (id) => lineOf(select.get(id)),
    close: () => {
      file.close();
    },
  };
}
