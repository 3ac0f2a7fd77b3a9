import { createHash } from 'node:crypto';
import type { Engine } from './engine.js';
import { insertInto, insertNew } from './insert-rows.js';
import { instantOf } from './instant.js';
import type { FeedbackItem } from './store.js';

const insertFeedback = insertNew('feedback', 'id', {
  id: 'text',
  client: 'text',
  service: 'text',
  card_id: 'text',
  outcome: 'text',
  outcome_at: 'text',
  received_at: 'text',
  accepted_suggestions: 'text',
  reason_system: 'text',
  reason_code: 'text',
  reason_display: 'text',
});

const insertComments = insertInto('feedback_comments', {
  feedback_id: 'text',
  received_at: 'text',
  comment: 'text',
});

/** Both times in one spelling and the suggestions as a set, so that the same item is the same bytes. */
function canonical(item: FeedbackItem): FeedbackItem {
  return {
    ...item,
    outcomeAt: instantOf(item.outcomeAt),
    receivedAt: instantOf(item.receivedAt),
    acceptedSuggestions: [...new Set(item.acceptedSuggestions)].sort(),
  };
}

function idOf({ client, service, card, outcome, outcomeAt, acceptedSuggestions }: FeedbackItem): string {
  const identity = JSON.stringify([client, service, card, outcome, outcomeAt, acceptedSuggestions]);
  return createHash('sha256').update(identity).digest('hex');
}

function feedbackRow(id: string, item: FeedbackItem): readonly unknown[] {
  const { client, service, card, outcome, outcomeAt, receivedAt, acceptedSuggestions, reason } = item;
  const suggestions = JSON.stringify(acceptedSuggestions);
  const coding = [reason?.system, reason?.code, reason?.display];
  return [id, client, service, card, outcome, outcomeAt, receivedAt, suggestions, ...coding];
}

/** Adds feedback, all or none; an item that is there stays as it is, also when its comment was deleted since. */
export async function addFeedback(engine: Engine, items: readonly FeedbackItem[]): Promise<void> {
  const byId = new Map<string, FeedbackItem>();
  for (const item of items.map(canonical)) {
    const id = idOf(item);
    if (!byId.has(id)) byId.set(id, item);
  }
  // In one order everywhere: two processes that add the same items must not wait for each other.
  const known = [...byId].sort(([one], [other]) => (one < other ? -1 : 1));
  const comments = known.flatMap(([id, { comment, receivedAt }]) =>
    comment === undefined ? [] : [{ id, row: [id, receivedAt, comment] }],
  );
  await engine.db.transaction().execute(async (transaction) => {
    const added = await insertFeedback(
      engine,
      transaction,
      known.map(([id, item]) => feedbackRow(id, item)),
    );
    const ofAdded = comments.filter(({ id }) => added.has(id)).map(({ row }) => row);
    await insertComments(engine, transaction, ofAdded);
  });
}
