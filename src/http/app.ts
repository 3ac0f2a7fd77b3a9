import cors from 'cors';
import express, { Router, type Express, type RequestHandler } from 'express';
import { discover, servicesOf } from '../service/discovery.js';
import { Problem } from '../service/problem.js';
import { basePathOf, clientNameOf, type ClientAuthParts } from './client-auth.js';
import type { FeedbackDependencies } from './feedback-route.js';
import type { HookRouteDependencies } from './hook-route.js';
import type { OperationsDependencies } from './operations.js';
import { handleProblems, statusOf } from './problems.js';
import type { ReportDependencies } from './reports.js';
import { addRoutes } from './routes.js';

/** Everything the application touches. */
export interface AppDependencies
  extends HookRouteDependencies, FeedbackDependencies, OperationsDependencies, ReportDependencies, ClientAuthParts {
  readonly corsOrigins: readonly string[];
  /** Largest request body in bytes. */
  readonly maxBody: number;
  /** Calls a minute from each client; 0 for no limit. */
  readonly rateLimit: number;
  /** Told of faults of the service itself, never of bad requests. */
  readonly logFault: (error: unknown) => void;
  /** Whether the service is about to stop: clients are asked to open their next connection elsewhere. */
  readonly isStopping: () => boolean;
}

const PREFLIGHT_SECONDS = 600;

function allowCors(origins: readonly string[]): RequestHandler {
  return cors({
    origin: origins.includes('*') ? '*' : [...origins],
    methods: ['GET', 'POST', 'OPTIONS'],
    allowedHeaders: ['Authorization', 'Content-Type', 'Accept'],
    maxAge: PREFLIGHT_SECONDS,
  });
}

/** Nothing that is sent is a page to be framed, run or kept; a client elsewhere may read what CORS lets it. */
const HEADERS = Object.entries({
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Referrer-Policy': 'no-referrer',
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
});

function setHeaders(isStopping: () => boolean): RequestHandler {
  return (_request, response, next) => {
    for (const [name, value] of HEADERS) response.setHeader(name, value);
    if (isStopping()) response.setHeader('Connection', 'close');
    next();
  };
}

/** A discovery URL typed with a trailing slash makes clients call `//id`: one slash is meant. */
const joinSlashes: RequestHandler = (request, _response, next) => {
  if (request.url.includes('//')) {
    const query = request.url.indexOf('?');
    const path = query < 0 ? request.url : request.url.slice(0, query);
    request.url = path.replace(/\/{2,}/g, '/') + (query < 0 ? '' : request.url.slice(query));
  }
  next();
};

/** What is only told must change no answer when telling fails. */
function neverFailing<T>(tell: (entry: T) => void): (entry: T) => void {
  return (entry) => {
    try {
      tell(entry);
    } catch {
      // There is nowhere left to say it.
    }
  };
}

function withoutFailing(dependencies: AppDependencies): AppDependencies {
  return {
    ...dependencies,
    log: neverFailing(dependencies.log),
    logFault: neverFailing(dependencies.logFault),
    onRefusal: neverFailing(dependencies.onRefusal),
    recordDecision: neverFailing(dependencies.recordDecision),
  };
}

/** The Express application; everything it touches is given, so tests run it without network or clock. */
export function createApp(given: AppDependencies): Express {
  const dependencies = withoutFailing(given);
  const { topics, corsOrigins, publicUrl, log, logFault, isStopping } = dependencies;
  const routing = { ...dependencies, services: servicesOf(topics), discovery: discover(topics) };
  const basePath = basePathOf(publicUrl);
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', false);
  app.use(setHeaders(isStopping), allowCors(corsOrigins), joinSlashes);
  addRoutes(app, routing);
  if (basePath !== '') app.use(basePath, addRoutes(Router(), routing));
  app.use(() => {
    throw new Problem('unknown-path', 'There is nothing at this path.');
  });
  app.use(
    handleProblems((problem, cause, response) => {
      if (problem.code === 'internal') logFault(cause);
      const client = clientNameOf(response);
      log({ ...(client !== undefined && { client }), status: statusOf(problem), problem: problem.code });
    }),
  );
  return app;
}
