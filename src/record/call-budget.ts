import type { FetchFhir } from './fhir-client.js';

/** What one hook call may ask of a FHIR server, all searches, pages and reads together. */
export interface CallBudget {
  readonly requests: number;
  /** Of bodies, as sent. */
  readonly bytes: number;
}

/** A server that refuses every form but the plainest needs about 125 requests, Medications among them. */
const CALL_BUDGET: CallBudget = { requests: 150, bytes: 40_000_000 };

/** Asks until the budget is used up; what is left over then is a gap. The time budget is the signal. */
export function withinBudget(fetch: FetchFhir, budget: CallBudget = CALL_BUDGET): FetchFhir {
  let { requests, bytes } = budget;
  const spend = (count: number) => {
    bytes -= count;
    return bytes >= 0;
  };
  return async (access, url, signal) => {
    requests -= 1;
    if (requests < 0 || bytes < 0) return { failure: 'budget-used-up' };
    return fetch(access, url, signal, spend);
  };
}
