import type { RequestHandler } from 'express';
import { readFeedback } from '../service/feedback.js';
import { Problem } from '../service/problem.js';
import { StoreError, type FeedbackItem, type Store } from '../store/store.js';
import type { CallLine } from './call-line.js';
import { clientOf } from './client-auth.js';
import { sendJson } from './send-json.js';

export interface FeedbackDependencies {
  readonly addFeedback: Store['addFeedback'];
  /** Current instant in milliseconds. */
  readonly now: () => number;
  readonly log: (line: CallLine) => void;
  readonly reportStoreFailure: (error: unknown) => void;
}

function countOutcomes(items: readonly FeedbackItem[], refused: number): NonNullable<CallLine['feedback']> {
  const accepted = items.filter(({ outcome }) => outcome === 'accepted').length;
  return { accepted, overridden: items.length - accepted, refused };
}

async function keep(items: readonly FeedbackItem[], { addFeedback, reportStoreFailure }: FeedbackDependencies) {
  try {
    await addFeedback(items);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    reportStoreFailure(error);
    throw new Problem('store-unavailable', 'The feedback could not be kept; nothing of it was stored. Send it again.');
  }
}

/**
 * Takes feedback, CDS Hooks 2.0.1 §Feedback: 200 only when every item that can be kept is durable; items that cannot
 * are named in the answer.
 */
export function takeFeedback(service: string, dependencies: FeedbackDependencies): RequestHandler {
  return async (request, response) => {
    const client = clientOf(response).name;
    const { items, faults } = readFeedback(request.body, { client, service, receivedAt: dependencies.now() });
    request.body = undefined;
    if (items.length > 0) await keep(items, dependencies);
    dependencies.log({ client, service, status: 200, feedback: countOutcomes(items, faults.length) });
    const refused = faults.map(({ expression, text }) => `${expression} ${text}`);
    sendJson(response, { stored: items.length, ...(refused.length > 0 && { refused }) });
  };
}
