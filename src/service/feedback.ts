import type { Issue } from '../cds-hooks/validate.js';
import { readTime } from '../fhir/date-time.js';
import { isObject, objectsOf, textOf, type JsonObject } from '../fhir/json.js';
import type { FeedbackItem, FeedbackReason } from '../store/store.js';
import { Problem } from './problem.js';

/** What the items of one feedback call have in common. */
export interface FeedbackSource {
  readonly client: string;
  readonly service: string;
  /** Instant in milliseconds. */
  readonly receivedAt: number;
}

/** The items of one call that can be kept, and what is wrong with the others. */
export interface ReadFeedback {
  readonly items: readonly FeedbackItem[];
  readonly faults: readonly Issue[];
}

const MAX_ITEMS = 1000;
const MAX_SUGGESTIONS = 50;
/** Characters. A comment is a sentence or two; a reason's texts name a code. */
const MAX_COMMENT = 2000;
const MAX_REASON = 300;
/** Clients write UUIDs in any case, and some as URNs; whatever else an id may be, it is short and plain. */
const ID = /^(?:urn:uuid:)?([A-Za-z0-9._:-]{1,64})$/i;

/** Text that every database takes: no NUL, no half of a surrogate pair, and not longer than this. */
function capped(value: unknown, limit: number): string | undefined {
  const text = textOf(value)?.replaceAll('\0', '').slice(0, limit);
  return text === undefined ? undefined : textOf(text.replace(/\p{Surrogate}/gu, '\ufffd'));
}

function idOf(value: unknown): string | undefined {
  return typeof value === 'string' ? ID.exec(value)?.[1]?.toLowerCase() : undefined;
}

function isOutcome(value: unknown): value is FeedbackItem['outcome'] {
  return value === 'accepted' || value === 'overridden';
}

function suggestionsOf(item: JsonObject): readonly string[] {
  const ids = objectsOf(item['acceptedSuggestions']).flatMap(({ id }) => idOf(id) ?? []);
  return [...new Set(ids)].slice(0, MAX_SUGGESTIONS);
}

/** Older builds of the sandbox send the Coding itself as the override reason. */
function reasonOf(override: JsonObject): FeedbackReason | undefined {
  const coding = isObject(override['reason']) ? override['reason'] : override;
  const [system, code, display] = ['system', 'code', 'display'].map((member) => capped(coding[member], MAX_REASON));
  return system === undefined && code === undefined && display === undefined ? undefined : { system, code, display };
}

/** What is wrong with an item, and in which of its members. */
interface ItemFault {
  readonly at: string;
  readonly text: string;
}

function readItem(item: unknown, source: FeedbackSource): FeedbackItem | ItemFault {
  if (!isObject(item)) return { at: '', text: 'must be an object' };
  const card = idOf(item['card']);
  if (card === undefined) return { at: '.card', text: 'must be the uuid of a card' };
  const { outcome } = item;
  if (!isOutcome(outcome)) return { at: '.outcome', text: 'must be accepted or overridden' };
  const time = readTime(item['outcomeTimestamp']);
  if (time?.isPrecise !== true) return { at: '.outcomeTimestamp', text: 'must be a time with seconds and zone' };
  const override = isObject(item['overrideReason']) ? item['overrideReason'] : {};
  const isOverride = outcome === 'overridden';
  return {
    client: source.client,
    service: source.service,
    card,
    outcome,
    outcomeAt: new Date(time.start).toISOString(),
    receivedAt: new Date(source.receivedAt).toISOString(),
    acceptedSuggestions: isOverride ? [] : suggestionsOf(item),
    reason: isOverride ? reasonOf(override) : undefined,
    comment: isOverride ? capped(override['userComment'], MAX_COMMENT) : undefined,
  };
}

function itemsOf(body: unknown): readonly unknown[] {
  const feedback = isObject(body) ? body['feedback'] : undefined;
  if (!Array.isArray(feedback)) {
    const issue = { expression: 'feedback', text: 'must be an array of feedback items' };
    throw new Problem('invalid-request', 'The request is no valid CDS Hooks feedback.', [issue]);
  }
  if (feedback.length > MAX_ITEMS) {
    const issue = { expression: 'feedback', text: `must have at most ${String(MAX_ITEMS)} items; send several calls` };
    throw new Problem('too-large', 'The request holds more feedback than is taken at once.', [issue]);
  }
  return feedback as readonly unknown[];
}

/**
 * Reads a feedback call, CDS Hooks 2.0.1 §Feedback, leniently: each item stands for itself, an unknown card is kept,
 * free text is capped. Throws a Problem (400, 413) when the body is no feedback or none of its items can be kept.
 */
export function readFeedback(body: unknown, source: FeedbackSource): ReadFeedback {
  const items: FeedbackItem[] = [];
  const faults: Issue[] = [];
  for (const [index, one] of itemsOf(body).entries()) {
    const read = readItem(one, source);
    if ('card' in read) items.push(read);
    else faults.push({ expression: `feedback.${String(index)}${read.at}`, text: read.text });
  }
  if (items.length === 0 && faults.length > 0) {
    throw new Problem('invalid-request', 'No item of the feedback can be kept.', faults);
  }
  return { items, faults };
}
