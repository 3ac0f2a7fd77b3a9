import type { OverrideReason } from '../cds-hooks/types.js';
import { nowText } from './clock.js';

/** CDS Hooks 2.0.1 §Feedback: one item of a call. */
export interface FeedbackItem {
  readonly card: string;
  readonly outcome: 'accepted' | 'overridden';
  readonly acceptedSuggestions?: readonly { readonly id: string }[];
  readonly overrideReason?: { readonly reason?: OverrideReason; readonly userComment?: string };
  readonly outcomeTimestamp: string;
}

/** What was sent, and what the service said to it. */
export interface FeedbackSent {
  readonly url: string;
  readonly text: string;
  readonly isKept: boolean;
  readonly reply: string;
}

export function acceptance(card: string, suggestions: readonly string[]): FeedbackItem {
  return {
    card,
    outcome: 'accepted',
    acceptedSuggestions: suggestions.map((id) => ({ id })),
    outcomeTimestamp: nowText(),
  };
}

export function dismissal(card: string, reason: OverrideReason | undefined, comment: string): FeedbackItem {
  const overrideReason = {
    ...(reason !== undefined && { reason }),
    ...(comment.trim() !== '' && { userComment: comment.trim() }),
  };
  const isGiven = Object.keys(overrideReason).length > 0;
  return { card, outcome: 'overridden', ...(isGiven && { overrideReason }), outcomeTimestamp: nowText() };
}

/** Sends one item to the service's feedback endpoint. Never rejects. */
export async function sendFeedback(serviceId: string, item: FeedbackItem): Promise<FeedbackSent> {
  const url = `/cds-services/${serviceId}/feedback`;
  const text = JSON.stringify({ feedback: [item] }, undefined, 2);
  try {
    const response = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: text });
    const reply = await response.text();
    return { url, text, isKept: response.ok, reply: `${String(response.status)} ${reply}` };
  } catch {
    return { url, text, isKept: false, reply: 'no answer' };
  }
}
