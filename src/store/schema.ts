/**
 * One row per answer; what no query asks for is one piece of JSON, which halves the cost of a row. Times here and below
 * are ISO 8601 in UTC with milliseconds.
 */
export interface DecisionRow {
  readonly id: string;
  readonly made_at: string;
  readonly client: string;
  readonly topic: string;
  readonly topic_version: string;
  readonly content_hash: string;
  readonly details: string;
}

/** One row per card of an answer; client and time are the answer's, so that reports need not look it up. */
export interface ShownCardRow {
  readonly decision_id: string;
  readonly position: number;
  readonly card_id: string;
  readonly client: string;
  readonly shown_at: string;
  readonly code: string;
  readonly indicator: string;
  readonly rule: string;
}

/** One row per item of feedback; `id` is the hash of what makes it the same item. */
export interface FeedbackRow {
  readonly id: string;
  readonly client: string;
  readonly service: string;
  readonly card_id: string;
  readonly outcome: string;
  readonly outcome_at: string;
  readonly received_at: string;
  readonly accepted_suggestions: string;
  readonly reason_system: string | null;
  readonly reason_code: string | null;
  readonly reason_display: string | null;
}

/** Free text of users, apart from the rest and deleted before it. */
export interface CommentRow {
  readonly feedback_id: string;
  readonly received_at: string;
  readonly comment: string;
}

export interface SeenTokenRow {
  readonly token_key: string;
  readonly until: number | string;
}

export interface Tables {
  readonly decisions: DecisionRow;
  readonly shown_cards: ShownCardRow;
  readonly feedback: FeedbackRow;
  readonly feedback_comments: CommentRow;
  readonly seen_tokens: SeenTokenRow;
}
