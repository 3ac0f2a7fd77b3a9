import type { Kysely, RawBuilder } from 'kysely';
import type { Tables } from './schema.js';

/** A database, and the little that embedded file and PostgreSQL do not have in common. */
export interface Engine {
  readonly db: Kysely<Tables>;
  readonly isShared: boolean;
  /**
   * Runs writes that nobody was told are kept: a kill loses none of them, a loss of power perhaps the last. The embedded
   * file does not wait for the disk then, which the thread that answers would do.
   */
  readonly relaxed: <T>(write: (db: Kysely<Tables>) => Promise<T>) => Promise<T>;
  /** The items of a JSON array as a table of one column, `value`. */
  readonly itemsOf: (json: string) => RawBuilder<unknown>;
}
