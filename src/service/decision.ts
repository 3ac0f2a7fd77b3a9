import { hash } from 'node:crypto';
import type { Decision } from '../store/store.js';
import type { HookAnswer } from './answer-hook.js';
import type { Service } from './discovery.js';

/** What a decision is made of. */
export interface DecisionParts {
  readonly answer: HookAnswer;
  readonly service: Service;
  /** Name of the client that asked. */
  readonly client: string;
  /** A UUID of the decision's own. */
  readonly id: string;
  /** The response body as it was sent. */
  readonly text: string;
  readonly milliseconds: number;
}

/** SHA-256 of a response body, hexadecimal. */
export function answerHashOf(text: string): string {
  return hash('sha256', text);
}

/** What is kept of an answer: how it came about, and nothing of the patient, the user or the hook instance. */
export function decisionOf({ answer, service, client, id, text, milliseconds }: DecisionParts): Decision {
  const { topic, contentHash } = service.topic;
  return {
    id,
    at: new Date(answer.asOf).toISOString(),
    client,
    service: service.id,
    topic: topic.id,
    topicVersion: topic.version,
    contentHash,
    rules: answer.rules,
    undetermined: answer.undetermined,
    needs: answer.needs(),
    cards: answer.cards,
    answerHash: answerHashOf(text),
    milliseconds,
  };
}
