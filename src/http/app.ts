import cors from 'cors';
import express, { Router, type Express, type RequestHandler } from 'express';
import type { Topic } from '../knowledge/topic.js';
import type { HookDependencies } from '../service/answer-hook.js';
import { discover, servicesOf } from '../service/discovery.js';
import { Problem } from '../service/problem.js';
import { handleProblems, statusOf } from './problems.js';
import { addRoutes } from './routes.js';

/** One allow-listed line about one call; nothing else of a request may be logged. */
export interface CallLine {
  readonly service?: string;
  readonly hookInstance?: string;
  readonly status: number;
  readonly problem?: string;
  readonly rules?: readonly string[];
  readonly undetermined?: readonly string[];
  readonly gaps?: readonly string[];
  readonly milliseconds?: number;
}

export interface AppDependencies extends HookDependencies {
  readonly topics: readonly Topic[];
  readonly corsOrigins: readonly string[];
  /** Largest request body in bytes. */
  readonly maxBody: number;
  readonly timeBudgetMs: number;
  /** Path below which clients see the service, for example `/tf`; '' for the root. */
  readonly basePath: string;
  readonly log: (line: CallLine) => void;
  /** Told of faults of the service itself, never of bad requests. */
  readonly logFault: (error: unknown) => void;
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

const setHeaders: RequestHandler = (_request, response, next) => {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Cache-Control', 'no-store');
  next();
};

/** A discovery URL typed with a trailing slash makes clients call `//id`: one slash is meant. */
const joinSlashes: RequestHandler = (request, _response, next) => {
  if (request.url.includes('//')) {
    const query = request.url.indexOf('?');
    const path = query < 0 ? request.url : request.url.slice(0, query);
    request.url = path.replace(/\/{2,}/g, '/') + (query < 0 ? '' : request.url.slice(query));
  }
  next();
};

/** A log that fails must change no answer. */
function neverFailing<T>(log: (entry: T) => void): (entry: T) => void {
  return (entry) => {
    try {
      log(entry);
    } catch {
      // There is nowhere left to say it.
    }
  };
}

/** The Express application; everything it touches is given, so tests run it without network or clock. */
export function createApp(dependencies: AppDependencies): Express {
  const { topics, corsOrigins, basePath } = dependencies;
  const [log, logFault] = [neverFailing(dependencies.log), neverFailing(dependencies.logFault)];
  const routing = { ...dependencies, log, services: servicesOf(topics), discovery: discover(topics) };
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', false);
  app.use(setHeaders, allowCors(corsOrigins), joinSlashes);
  addRoutes(app, routing);
  if (basePath !== '') app.use(basePath, addRoutes(Router(), routing));
  app.use(() => {
    throw new Problem('unknown-path', 'There is nothing at this path.');
  });
  app.use(
    handleProblems((problem, cause) => {
      if (problem.code === 'internal') logFault(cause);
      log({ status: statusOf(problem), problem: problem.code });
    }),
  );
  return app;
}
