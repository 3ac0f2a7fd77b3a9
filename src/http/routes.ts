import { type IRouter, type Request, type RequestHandler, type Response } from 'express';
import type { Discovery } from '../cds-hooks/types.js';
import { isObject } from '../fhir/json.js';
import { answerHook, type HookAnswer, type HookDependencies } from '../service/answer-hook.js';
import type { Service } from '../service/discovery.js';
import { Problem } from '../service/problem.js';
import type { AppDependencies } from './app.js';
import { readJsonBody } from './json-body.js';
import { sendJson } from './send-json.js';

export interface RouterDependencies extends AppDependencies {
  readonly services: ReadonlyMap<string, Service>;
  readonly discovery: Discovery;
}

/** Kept back from the time budget for reading the facts and writing the answer. */
const RESERVE_MS = 100;

function onlyMethods(...allowed: readonly string[]): RequestHandler {
  return (_request, response) => {
    response.setHeader('Allow', allowed.join(', '));
    throw new Problem('method-not-allowed', `This path answers ${allowed.join(' and ')} only.`);
  };
}

interface Deadline {
  /** Aborts when the time budget is used up or the client hangs up. Opened only for a call that needs the network. */
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
    const timer = setTimeout(abort, Math.max(timeBudgetMs - RESERVE_MS, 1));
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

function logAnswer(
  { rules, undetermined, gaps }: HookAnswer,
  request: Request,
  service: Service,
  started: number,
  dependencies: RouterDependencies,
): void {
  dependencies.log({
    service: service.id,
    hookInstance: loggableInstance(request.body),
    status: 200,
    rules,
    undetermined,
    gaps,
    milliseconds: dependencies.now() - started,
  });
}

function findService(request: Request, services: ReadonlyMap<string, Service>): Service {
  const service = services.get(String(request.params['id']));
  if (service === undefined) throw new Problem('unknown-service', 'There is no service with this id.');
  return service;
}

function answerService(dependencies: RouterDependencies): RequestHandler {
  const hookDependencies: HookDependencies = dependencies;
  return async (request, response) => {
    const service = findService(request, dependencies.services);
    const started = dependencies.now();
    const { open, release } = deadlineFor(response, dependencies.timeBudgetMs);
    try {
      const answer = await answerHook(request.body, service, hookDependencies, open);
      logAnswer(answer, request, service, started, dependencies);
      sendJson(response, answer.response);
    } finally {
      release();
      // A kept-alive connection holds its last request; its chart need not live as long.
      request.body = undefined;
    }
  };
}

/** Nothing but JSON is read; any other type would leave the body unparsed and seem empty. */
const requireJson: RequestHandler = (request, _response, next) => {
  const isJson = request.headers['content-type'] === 'application/json' || Boolean(request.is(['json', '+json']));
  if (!isJson) {
    throw new Problem('unsupported-media-type', 'Send the request as application/json.');
  }
  next();
};

/** The endpoints of CDS Hooks 2.0.1, and two for operators. */
export function addRoutes<T extends IRouter>(router: T, dependencies: RouterDependencies): T {
  const { discovery, maxBody, services, topics } = dependencies;
  const content = topics.map(({ topic, contentHash }) => ({ topic: topic.id, version: topic.version, contentHash }));
  router
    .route('/cds-services')
    .get((_request, response) => {
      sendJson(response, discovery);
    })
    .all(onlyMethods('GET', 'HEAD', 'OPTIONS'));
  router
    .route('/cds-services/:id')
    .post(
      (request, _response, next) => {
        findService(request, services);
        next();
      },
      requireJson,
      readJsonBody(maxBody),
      answerService(dependencies),
    )
    .all(onlyMethods('POST', 'OPTIONS'));
  router.get('/health', (_request, response) => {
    sendJson(response, { status: 'alive' });
  });
  router.get('/ready', (_request, response) => {
    sendJson(response, { status: 'ready', content });
  });
  return router;
}
