import type { Dispatcher } from 'undici';

/** What may be reached beyond public addresses: CIDR ranges the operator listed. */
export interface OutboundPolicy {
  readonly privateNetworks: readonly string[];
}

/** The one way out: every connection of the service goes through its dispatcher. */
export interface Outbound {
  readonly dispatcher: Dispatcher;
  /** Ends every connection at once: for when the last answer is out. */
  readonly close: () => Promise<void>;
}
