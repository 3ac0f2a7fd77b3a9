import type { Admission, Refusal, RefusalReason } from './cds-client.js';

/** What is wrong with a token, in words, without a value of it. */
export interface TokenFault {
  readonly reason: RefusalReason;
  readonly detail: string;
}

export function fault(reason: RefusalReason, detail: string): TokenFault {
  return { reason, detail };
}

export function isFault(value: object): value is TokenFault {
  return 'reason' in value;
}

export function refuse({ reason, detail }: TokenFault, client: string | undefined): Refusal {
  return { refused: reason, detail, client };
}

export function isRefusal(outcome: Admission | Refusal): outcome is Refusal {
  return 'refused' in outcome;
}
