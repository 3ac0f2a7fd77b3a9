import type { IRouter, Request, RequestHandler } from 'express';
import type { Discovery } from '../cds-hooks/types.js';
import type { Service } from '../service/discovery.js';
import { Problem } from '../service/problem.js';
import type { AppDependencies } from './app.js';
import { requireClient } from './client-auth.js';
import { takeFeedback } from './feedback-route.js';
import { answerService } from './hook-route.js';
import { readJsonBody } from './json-body.js';
import { onlyMethods } from './only-methods.js';
import { addOperations } from './operations.js';
import { limitClients } from './rate-limit.js';
import { addReports } from './reports.js';
import { sendJson } from './send-json.js';

export interface RouterDependencies extends AppDependencies {
  readonly services: ReadonlyMap<string, Service>;
  readonly discovery: Discovery;
}

/** Largest feedback body in bytes: a thousand items with comments. */
const MAX_FEEDBACK_BODY = 5_000_000;

/** Hands a call to the route of its service. */
function toService(routes: ReadonlyMap<string, RequestHandler>): RequestHandler {
  return (request, response, next) => routeOf(request, routes)(request, response, next);
}

function routeOf(request: Request, routes: ReadonlyMap<string, RequestHandler>): RequestHandler {
  const route = routes.get(String(request.params['id']));
  if (route === undefined) throw new Problem('unknown-service', 'There is no service with this id.');
  return route;
}

/** Refuses a call that no service will take, before its body is read. */
function findService(routes: ReadonlyMap<string, RequestHandler>): RequestHandler {
  return (request, _response, next) => {
    routeOf(request, routes);
    next();
  };
}

/** Nothing but JSON is read; any other type would leave the body unparsed and seem empty. */
const requireJson: RequestHandler = (request, _response, next) => {
  const isJson = request.headers['content-type'] === 'application/json' || Boolean(request.is(['json', '+json']));
  if (!isJson) throw new Problem('unsupported-media-type', 'Send the request as application/json.');
  next();
};

function addCdsServices(router: IRouter, dependencies: RouterDependencies): void {
  const { discovery, maxBody, services } = dependencies;
  const guard = [requireClient(dependencies), limitClients(dependencies.rateLimit)];
  const post = (routes: ReadonlyMap<string, RequestHandler>, limit: number): readonly RequestHandler[] => [
    ...guard,
    findService(routes),
    requireJson,
    readJsonBody(limit),
    toService(routes),
  ];
  const routesOf = (make: (service: Service) => RequestHandler) =>
    new Map([...services].map(([id, service]) => [id, make(service)]));
  router
    .route('/cds-services')
    .get(...guard, (_request, response) => {
      sendJson(response, discovery);
    })
    .all(onlyMethods('GET', 'HEAD', 'OPTIONS'));
  router
    .route('/cds-services/:id')
    .post(
      ...post(
        routesOf((service) => answerService(service, dependencies)),
        maxBody,
      ),
    )
    .all(onlyMethods('POST', 'OPTIONS'));
  router
    .route('/cds-services/:id/feedback')
    .post(
      ...post(
        routesOf(({ id }) => takeFeedback(id, dependencies)),
        MAX_FEEDBACK_BODY,
      ),
    )
    .all(onlyMethods('POST', 'OPTIONS'));
}

/** The endpoints of CDS Hooks 2.0.1, and those for operators. */
export function addRoutes<T extends IRouter>(router: T, dependencies: RouterDependencies): T {
  addCdsServices(router, dependencies);
  addOperations(router, dependencies);
  addReports(router, dependencies);
  return router;
}
