import { sql, type Kysely } from 'kysely';
import { createTally } from './card-tally.js';
import type { Engine } from './engine.js';
import { instantOf } from './instant.js';
import type { Tables } from './schema.js';
import { slicesOf } from './slices.js';
import type { CardCounts, CountScope } from './store.js';

const KIND = ['c.code', 'c.rule', 'd.topic', 'd.topic_version', 'd.content_hash', 'd.client'] as const;

/** The cards' time is said beside the decisions' own, so that either table is read in that stretch only. */
const shownIn = (db: Kysely<Tables>, { from, to, client }: CountScope) =>
  db
    .selectFrom('decisions as d')
    .innerJoin('shown_cards as c', (join) =>
      join.onRef('c.shown_at', '=', 'd.made_at').onRef('c.decision_id', '=', 'd.id'),
    )
    .where('d.made_at', '>=', from)
    .where('d.made_at', '<', to)
    .where('c.shown_at', '>=', from)
    .where('c.shown_at', '<', to)
    .$if(client !== undefined, (query) => query.where('d.client', '=', String(client)));

/** Cards by kind and day, as often as they were shown. */
function countShown(db: Kysely<Tables>, slice: CountScope) {
  return shownIn(db, slice)
    .select([...KIND, sql<string>`substr(d.made_at, 1, 10)`.as('day'), ({ fn }) => fn.countAll().as('count')])
    .groupBy([...KIND, sql`substr(d.made_at, 1, 10)`])
    .execute();
}

const isLastShown = (end: string) => sql<boolean>`not exists (
  select 1 from shown_cards as again
  where again.client = c.client and again.card_id = c.card_id and again.shown_at < ${end}
    and (again.shown_at, again.decision_id) > (c.shown_at, c.decision_id))`;

const isLastFeedback = sql<boolean>`not exists (
  select 1 from feedback as later
  where later.client = f.client and later.card_id = f.card_id
    and (later.outcome_at, later.received_at, later.id) > (f.outcome_at, f.received_at, f.id))`;

/** Cards last shown in the slice, by kind and last outcome. A reason with a code is told by it, others by their words. */
function countOutcomes(db: Kysely<Tables>, slice: CountScope, end: string) {
  const words = sql`case when f.reason_code is null then f.reason_display end`;
  return shownIn(db, slice)
    .innerJoin('feedback as f', (join) => join.onRef('f.client', '=', 'c.client').onRef('f.card_id', '=', 'c.card_id'))
    .where(isLastShown(end))
    .where(isLastFeedback)
    .select([...KIND, 'f.outcome', 'f.reason_system', 'f.reason_code'])
    .select(({ fn }) => [fn.max('f.reason_display').as('reason_display'), fn.countAll().as('count')])
    .groupBy([...KIND, 'f.outcome', 'f.reason_system', 'f.reason_code', words])
    .execute();
}

async function countAnswers(db: Kysely<Tables>, { from, to, client }: CountScope): Promise<number> {
  const query = db
    .selectFrom('decisions')
    .where('made_at', '>=', from)
    .where('made_at', '<', to)
    .$if(client !== undefined, (one) => one.where('client', '=', String(client)));
  const { count } = await query.select(({ fn }) => fn.countAll().as('count')).executeTakeFirstOrThrow();
  return Number(count);
}

const isLastOfPeriod = (end: string) => sql<boolean>`not exists (
  select 1 from feedback as later
  where later.client = f.client and later.card_id = f.card_id and later.outcome_at < ${end}
    and (later.outcome_at, later.id) > (f.outcome_at, f.id))`;

const isUnknown = sql<boolean>`not exists (
  select 1 from shown_cards as c where c.client = f.client and c.card_id = f.card_id)`;

/** Cards that no decision showed to their client, each in the slice of its last outcome within the period. */
async function countUnknown(db: Kysely<Tables>, { from, to, client }: CountScope, end: string): Promise<number> {
  const { count } = await db
    .selectFrom('feedback as f')
    .where('f.outcome_at', '>=', from)
    .where('f.outcome_at', '<', to)
    .$if(client !== undefined, (query) => query.where('f.client', '=', String(client)))
    .where(isUnknown)
    .where(isLastOfPeriod(end))
    .select(({ fn }) => fn.countAll().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** What the cards of a period came to, counted by the database in slices; only the sums are held here. */
export async function countCards({ db }: Engine, { client, ...period }: CountScope): Promise<CardCounts> {
  const tally = createTally();
  const end = instantOf(period.to);
  let answers = 0;
  for await (const slice of slicesOf(db, 'decisions', period)) {
    const scope = { ...slice, client };
    answers += await countAnswers(db, scope);
    for (const row of await countShown(db, scope)) tally.addShown(row);
    for (const row of await countOutcomes(db, scope, end)) tally.addOutcome(row);
  }
  let unknownCards = 0;
  for await (const slice of slicesOf(db, 'feedback', period)) {
    unknownCards += await countUnknown(db, { ...slice, client }, end);
  }
  return { client, ...tally.sums(), answers, unknownCards };
}
