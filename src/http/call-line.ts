/** One allow-listed line about one call; nothing else of a request may be logged. */
export interface CallLine {
  /** Name of the client, as the operator registered it. */
  readonly client?: string;
  readonly service?: string;
  readonly hookInstance?: string;
  readonly status: number;
  readonly problem?: string;
  /** Id of the decision, under which the store keeps it. */
  readonly decision?: string;
  readonly rules?: readonly string[];
  readonly undetermined?: readonly string[];
  /** Data needs that were not met whole, as `need:reason`. */
  readonly gaps?: readonly string[];
  /** Codes of the cards shown. */
  readonly cards?: readonly string[];
  /** Items of feedback by outcome. */
  readonly feedback?: Readonly<Record<'accepted' | 'overridden' | 'refused', number>>;
  /** Said when the client used its token before and is only warned. */
  readonly isReplay?: true;
  readonly milliseconds?: number;
}
