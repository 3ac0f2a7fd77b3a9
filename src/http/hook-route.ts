import type { RequestHandler, Response } from 'express';
import { isObject } from '../fhir/json.js';
import { answerHook, type HookAnswer, type HookDependencies } from '../service/answer-hook.js';
import { decisionOf } from '../service/decision.js';
import type { Service } from '../service/discovery.js';
import type { Decision } from '../store/store.js';
import type { CallLine } from './call-line.js';
import { admissionOf } from './client-auth.js';
import { sendJson } from './send-json.js';

export interface HookRouteDependencies extends HookDependencies {
  readonly timeBudgetMs: number;
  readonly log: (line: CallLine) => void;
  /** Takes a decision for keeping; returns at once. */
  readonly recordDecision: (decision: Decision) => void;
  /** A new UUID. */
  readonly newId: () => string;
}

/** Kept back from the time budget for reading the facts and writing the answer. */
const RESERVE_MS = 100;

interface Deadline {
  /**
   * Aborts when the time budget is used up, with a TimeoutError, or the client hangs up. Opened only for a call that
   * needs the network.
   */
  readonly open: () => AbortSignal;
  readonly release: () => void;
}

function deadlineFor(response: Response, timeBudgetMs: number): Deadline {
  let release = (): void => undefined;
  const open = () => {
    const controller = new AbortController();
    const abort = () => {
      controller.abort();
    };
    const timer = setTimeout(
      () => {
        controller.abort(new DOMException('time budget used up', 'TimeoutError'));
      },
      Math.max(timeBudgetMs - RESERVE_MS, 1),
    );
    response.once('close', abort);
    release = () => {
      clearTimeout(timer);
      response.off('close', abort);
    };
    return controller.signal;
  };
  return {
    open,
    release: () => {
      release();
    },
  };
}

const UUID = /^(urn:uuid:)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A hookInstance is logged only when it is the UUID that CDS Hooks asks for: other text could be anything. */
function loggableInstance(body: unknown): string {
  const instance = isObject(body) ? body['hookInstance'] : undefined;
  return typeof instance === 'string' && UUID.test(instance) ? instance : 'not a UUID';
}

function lineOf(answer: HookAnswer, decision: Decision, hookInstance: string, isReplay: boolean): CallLine {
  return {
    client: decision.client,
    service: decision.service,
    hookInstance,
    status: 200,
    decision: decision.id,
    rules: answer.rules,
    undetermined: answer.undetermined,
    gaps: answer.gaps,
    cards: decision.cards.map(({ code }) => code),
    ...(isReplay && { isReplay }),
    milliseconds: decision.milliseconds,
  };
}

/** Answers one hook call, then records what was decided: the record is off the answer's path. */
export function answerService(service: Service, dependencies: HookRouteDependencies): RequestHandler {
  return async (request, response) => {
    const { client, isReplay } = admissionOf(response);
    const started = dependencies.now();
    const { open, release } = deadlineFor(response, dependencies.timeBudgetMs);
    try {
      const answer = await answerHook(request.body, service, client, dependencies, open);
      const text = sendJson(response, answer.response);
      const milliseconds = dependencies.now() - started;
      const decision = decisionOf({
        answer,
        service,
        client: client.name,
        id: dependencies.newId(),
        text,
        milliseconds,
      });
      dependencies.recordDecision(decision);
      dependencies.log(lineOf(answer, decision, loggableInstance(request.body), isReplay));
    } finally {
      release();
      // A kept-alive connection holds its last request; its chart need not live as long.
      request.body = undefined;
    }
  };
}
