import { isReply } from './exchange.js';
import { fault, notChecked, ok, type Row } from './row.js';
import { outcomeOf, post, type ServiceContext } from './service-context.js';

const CHECK = 'service.feedback';

/**
 * The same feedback twice, as clients send it again when an answer got lost. It is about a card that was never shown,
 * so that no card's figures change; the report counts it among the unknown cards.
 */
export async function checkFeedback(context: ServiceContext, serviceId: string): Promise<Row> {
  if (!context.sendsFeedback) return notChecked(CHECK, '--no-feedback was given');
  const item = { card: context.newId(), outcome: 'accepted', outcomeTimestamp: new Date(context.now()).toISOString() };
  const body = JSON.stringify({ feedback: [item] });
  const path = `/cds-services/${serviceId}/feedback`;
  const answers = [await post(context, path, body), await post(context, path, body)];
  const bad = answers.find((answer) => !isReply(answer) || answer.status !== 200);
  if (bad === undefined) return ok(CHECK, 'taken, and taken again without harm; one unknown card stands in the report');
  const isStore = isReply(bad) && bad.status === 503;
  const fix = isStore
    ? 'the store is away: see DATABASE_URL or TF_DATA_DIR, and GET /ready'
    : 'see the log of the service, and whether the proxy passes this path';
  return fault(CHECK, `feedback is not taken: ${outcomeOf(bad)}`, fix);
}
