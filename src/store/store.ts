/** One item of CDS Hooks feedback, normalised. Times are ISO 8601 in UTC. */
export interface FeedbackItem {
  /** Name of the client that sent it. */
  readonly client: string;
  readonly service: string;
  /** UUID of the card, lower case, without `urn:uuid:`. */
  readonly card: string;
  readonly outcome: 'accepted' | 'overridden';
  readonly outcomeAt: string;
  readonly receivedAt: string;
  /** UUIDs of the suggestions taken. */
  readonly acceptedSuggestions: readonly string[];
  readonly reason: FeedbackReason | undefined;
  /** Free text of a user, capped. It may hold anything: kept apart, never logged, deleted first. */
  readonly comment: string | undefined;
}

/** Why a card was set aside: a Coding, of the service or of the client. */
export interface FeedbackReason {
  readonly system: string | undefined;
  readonly code: string | undefined;
  readonly display: string | undefined;
}

/** How a data need of a decision was answered. */
export interface NeedRecord {
  readonly need: string;
  readonly origin: 'prefetch' | 'fhir-server' | 'both' | 'none';
  /** `whole`, or the reason why something is missing. */
  readonly completeness: string;
}

export interface ShownCard {
  readonly id: string;
  /** `source.topic.code`. */
  readonly code: string;
  readonly indicator: 'info' | 'warning' | 'critical';
  readonly rule: string;
}

/** What is kept of one answer: ids and codes, nothing of the patient. */
export interface Decision {
  /** UUID, made for the decision. */
  readonly id: string;
  /** Instant of the answer, ISO 8601 in UTC with milliseconds: the answer's `asOf`. */
  readonly at: string;
  readonly client: string;
  readonly service: string;
  readonly topic: string;
  readonly topicVersion: string;
  readonly contentHash: string;
  readonly rules: readonly string[];
  readonly undetermined: readonly string[];
  readonly needs: readonly NeedRecord[];
  readonly cards: readonly ShownCard[];
  /** SHA-256 of the response body as sent, hexadecimal. */
  readonly answerHash: string;
  readonly milliseconds: number;
}

/** One token that was used: issuer and `jti` as one key, and when it may be forgotten (milliseconds). */
export interface SeenToken {
  readonly key: string;
  readonly until: number;
}

/** Half-open: from ≤ at < to, ISO 8601 in UTC. */
export interface Period {
  readonly from: string;
  readonly to: string;
}

/** What is counted: decisions of a period, of all clients or of one. */
export interface CountScope extends Period {
  readonly client?: string | undefined;
}

/** How one kind of card fared with one client under one content. */
export interface CardCount {
  readonly code: string;
  readonly rule: string;
  readonly topic: string;
  readonly topicVersion: string;
  readonly contentHash: string;
  readonly client: string;
  readonly shown: number;
  /** Cards whose last feedback is an acceptance; a card counts once, however often it was reported. */
  readonly accepted: number;
  readonly overridden: number;
  /** Of the overridden cards, how many for each reason; `undefined` stands for none given. */
  readonly reasons: readonly { readonly reason: FeedbackReason | undefined; readonly count: number }[];
}

/** Everything a report is made of. */
export interface CardCounts {
  /** The one client that every number here is about; undefined: all of them. */
  readonly client: string | undefined;
  readonly counts: readonly CardCount[];
  /** Shown cards by day (`YYYY-MM-DD`, UTC) and code. */
  readonly days: readonly { readonly day: string; readonly code: string; readonly shown: number }[];
  /** Answers in the period, with or without cards. */
  readonly answers: number;
  /**
   * Cards that feedback of the period names and that no decision showed to its client (given before a store was lost, by
   * another service, or to another client).
   */
  readonly unknownCards: number;
}

/** Older than these instants (ISO 8601) is deleted. */
export interface Retention {
  readonly decisions: string;
  readonly feedback: string;
  readonly comments: string;
  /** Milliseconds: tokens whose `until` is before it. */
  readonly tokens: number;
}

/**
 * What must outlive a call. Every function rejects with a StoreError when the store cannot be reached; the message
 * holds no value of a row.
 */
export interface Store {
  /** Whether other processes may use it too; if not, what one process remembers of it is all there is. */
  readonly isShared: boolean;
  /** Durable when it resolves. The same item again changes nothing. */
  readonly addFeedback: (items: readonly FeedbackItem[]) => Promise<void>;
  /** The same decision again changes nothing. */
  readonly addDecisions: (decisions: readonly Decision[]) => Promise<void>;
  readonly findDecision: (id: string) => Promise<Decision | undefined>;
  /**
   * Remembers tokens, atomically over all processes; the keys of those that had been seen before. Of one call the keys
   * must differ: a key that is twice in it is new or seen for both.
   */
  readonly rememberTokens: (tokens: readonly SeenToken[]) => Promise<ReadonlySet<string>>;
  /** Tokens that must not be forgotten yet: those whose `until` is after now (milliseconds). */
  readonly recallTokens: (now: number) => Promise<readonly SeenToken[]>;
  /**
   * Counts over decisions made in the period, of all clients or one, with the feedback on their cards whenever it came. A card that several
   * answers showed is shown as often; its feedback counts once, with the last of them.
   */
  readonly countCards: (scope: CountScope) => Promise<CardCounts>;
  /** Deletes what is older; the number of rows. */
  readonly forget: (retention: Retention) => Promise<number>;
  /** Rejects when the store cannot be used. */
  readonly ping: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The store cannot be used. Its message names a kind of failure and never a value, a query or a connection. */
export class StoreError extends Error {}
