import { setImmediate } from 'node:timers/promises';
import { DAY, HOUR } from '../fhir/date-time.js';
import type { Engine } from './engine.js';
import { instantOf } from './instant.js';
import type { Retention, Store } from './store.js';

const CHUNK = 500;

/** Deletes one chunk; the number of rows, 0 when nothing is left. */
type DeleteChunk = (engine: Engine, before: string) => Promise<number>;

const total = (results: readonly { readonly numDeletedRows: bigint }[]): number =>
  results.reduce((sum, { numDeletedRows }) => sum + Number(numDeletedRows), 0);

const deleteDecisions: DeleteChunk = async ({ db }, before) => {
  const query = db.selectFrom('decisions').select(['id', 'made_at']).where('made_at', '<', before);
  const old = await query.orderBy('made_at').limit(CHUNK).execute();
  const [first, last] = [old[0], old.at(-1)];
  if (first === undefined || last === undefined) return 0;
  const ids = old.map(({ id }) => id);
  return db.transaction().execute(async (transaction) => {
    const cards = await transaction
      .deleteFrom('shown_cards')
      .where('shown_at', '>=', first.made_at)
      .where('shown_at', '<=', last.made_at)
      .where('decision_id', 'in', ids)
      .execute();
    const decisions = await transaction.deleteFrom('decisions').where('id', 'in', ids).execute();
    return total([...cards, ...decisions]);
  });
};

const deleteFeedback: DeleteChunk = async ({ db }, before) => {
  const old = await db.selectFrom('feedback').select('id').where('received_at', '<', before).limit(CHUNK).execute();
  const ids = old.map(({ id }) => id);
  if (ids.length === 0) return 0;
  return db.transaction().execute(async (transaction) => {
    const comments = await transaction.deleteFrom('feedback_comments').where('feedback_id', 'in', ids).execute();
    const feedback = await transaction.deleteFrom('feedback').where('id', 'in', ids).execute();
    return total([...comments, ...feedback]);
  });
};

const deleteComments: DeleteChunk = async ({ db }, before) =>
  total(
    await db
      .deleteFrom('feedback_comments')
      .where('feedback_id', 'in', (query) =>
        query.selectFrom('feedback_comments').select('feedback_id').where('received_at', '<', before).limit(CHUNK),
      )
      .execute(),
  );

const deleteTokens = async ({ db }: Engine, before: number): Promise<number> =>
  total(
    await db
      .deleteFrom('seen_tokens')
      .where('token_key', 'in', (query) =>
        query.selectFrom('seen_tokens').select('token_key').where('until', '<', before).limit(CHUNK),
      )
      .execute(),
  );

async function untilNone(deleteChunk: () => Promise<number>): Promise<number> {
  let sum = 0;
  for (let deleted = -1; deleted !== 0; sum += deleted) {
    deleted = await deleteChunk();
    await setImmediate();
  }
  return sum;
}

/** Deletes what is older, in chunks so that no lock is held for long; the number of rows. */
export async function forget(engine: Engine, retention: Retention): Promise<number> {
  const deleteOld = (deleteChunk: DeleteChunk, before: string): Promise<number> =>
    untilNone(() => deleteChunk(engine, instantOf(before)));
  const comments = await deleteOld(deleteComments, retention.comments);
  const feedback = await deleteOld(deleteFeedback, retention.feedback);
  const decisions = await deleteOld(deleteDecisions, retention.decisions);
  const tokens = await untilNone(() => deleteTokens(engine, retention.tokens));
  return comments + feedback + decisions + tokens;
}

export interface RetentionOptions {
  readonly store: Pick<Store, 'forget'>;
  readonly decisionDays: number;
  readonly feedbackDays: number;
  readonly commentDays: number;
  readonly now: () => number;
  readonly onFailure: (error: unknown) => void;
}

/** Deletes what is too old at once and then hourly; its timer holds no process. */
export interface RetentionTask {
  /** Never rejects; a run that is under way is waited for instead. */
  readonly run: () => Promise<void>;
  /** No further run; waits for the one under way. */
  readonly close: () => Promise<void>;
}

export function createRetention(options: RetentionOptions): RetentionTask {
  const { store, decisionDays, feedbackDays, commentDays, now, onFailure } = options;
  let running: Promise<void> | undefined;
  const daysAgo = (days: number): string => new Date(now() - days * DAY).toISOString();
  const tidy = async (): Promise<void> => {
    try {
      const [decisions, feedback, comments] = [daysAgo(decisionDays), daysAgo(feedbackDays), daysAgo(commentDays)];
      await store.forget({ decisions, feedback, comments, tokens: now() });
    } catch (error) {
      onFailure(error);
    }
  };
  const run = (): Promise<void> => {
    running ??= tidy().finally(() => {
      running = undefined;
    });
    return running;
  };
  const timer = setInterval(() => void run(), HOUR).unref();
  void run();
  return {
    run,
    close: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
