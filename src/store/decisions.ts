import type { Engine } from './engine.js';
import { insertInto } from './insert-rows.js';
import { instantOf } from './instant.js';
import type { Decision, NeedRecord, ShownCard } from './store.js';

const insertDecisions = insertInto('decisions', {
  id: 'text',
  made_at: 'text',
  client: 'text',
  topic: 'text',
  topic_version: 'text',
  content_hash: 'text',
  details: 'text',
});

const insertCards = insertInto('shown_cards', {
  decision_id: 'text',
  position: 'integer',
  card_id: 'text',
  client: 'text',
  shown_at: 'text',
  code: 'text',
  indicator: 'text',
  rule: 'text',
});

/** What `details` holds. */
interface Details extends Pick<Decision, 'service' | 'rules' | 'undetermined' | 'answerHash' | 'milliseconds'> {
  readonly needs: CompactNeeds;
}

/** The needs that were answered alike, by `origin completeness`: nearly always one list. */
type CompactNeeds = Readonly<Record<string, readonly string[]>>;

function compactNeeds(needs: readonly NeedRecord[]): CompactNeeds {
  const alike: Record<string, string[]> = {};
  for (const { need, origin, completeness } of needs) (alike[`${origin} ${completeness}`] ??= []).push(need);
  return alike;
}

function readNeeds(compact: CompactNeeds): readonly NeedRecord[] {
  return Object.entries(compact).flatMap(([answered, needs]) => {
    const [origin = '', completeness = ''] = answered.split(' ');
    return needs.map((need) => ({ need, origin: origin as NeedRecord['origin'], completeness }));
  });
}

function decisionRow(decision: Decision): readonly unknown[] {
  const { id, at, client, topic, topicVersion, contentHash } = decision;
  const { service, rules, undetermined, needs, answerHash, milliseconds } = decision;
  const details: Details = { service, rules, undetermined, needs: compactNeeds(needs), answerHash, milliseconds };
  return [id, instantOf(at), client, topic, topicVersion, contentHash, JSON.stringify(details)];
}

function cardRows({ id, at, client, cards }: Decision): readonly (readonly unknown[])[] {
  const shownAt = instantOf(at);
  return cards.map((card, position) => [id, position, card.id, client, shownAt, card.code, card.indicator, card.rule]);
}

/** Adds decisions with their cards, all or none; those that are there stay as they are. */
export async function addDecisions(engine: Engine, decisions: readonly Decision[]): Promise<void> {
  const rows = decisions.map(decisionRow);
  const cards = decisions.flatMap(cardRows);
  await engine.relaxed((db) =>
    db.transaction().execute(async (transaction) => {
      await insertDecisions(engine, transaction, rows);
      await insertCards(engine, transaction, cards);
    }),
  );
}

async function cardsOf({ db }: Engine, decision: string, at: string): Promise<readonly ShownCard[]> {
  const rows = await db
    .selectFrom('shown_cards')
    .select(['card_id', 'code', 'indicator', 'rule'])
    .where('shown_at', '=', at)
    .where('decision_id', '=', decision)
    .orderBy('position')
    .execute();
  return rows.map(({ card_id: id, code, indicator, rule }) => ({
    id,
    code,
    indicator: indicator as ShownCard['indicator'],
    rule,
  }));
}

/** The decision of an id with its cards in the order shown, or undefined. */
export async function findDecision(engine: Engine, id: string): Promise<Decision | undefined> {
  const row = await engine.db.selectFrom('decisions').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) return undefined;
  const { made_at: at, client, topic, topic_version: topicVersion, content_hash: contentHash, details } = row;
  const { needs, ...rest } = JSON.parse(details) as Details;
  const answered = readNeeds(needs);
  return {
    id,
    at,
    client,
    topic,
    topicVersion,
    contentHash,
    ...rest,
    needs: answered,
    cards: await cardsOf(engine, id, at),
  };
}
