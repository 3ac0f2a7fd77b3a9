import type { Decision } from '../../src/store/store.js';

/** A decision without cards, of a client called `ehr`. */
export function plainDecision(id: string, at = '2026-03-01T10:00:00.000Z'): Decision {
  return {
    id,
    at,
    client: 'ehr',
    service: 'a-service',
    topic: 't',
    topicVersion: '1',
    contentHash: 'hash',
    rules: [],
    undetermined: [],
    needs: [],
    cards: [],
    answerHash: 'hash',
    milliseconds: 1,
  };
}
