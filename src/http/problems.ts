import type { ErrorRequestHandler, Response } from 'express';
import { isObject } from '../fhir/json.js';
import { Problem, type ProblemCode } from '../service/problem.js';
import { StoreError } from '../store/store.js';
import { sendJson } from './send-json.js';

/** HTTP status and FHIR issue type of each problem: the only place that knows both. */
const STATUS: Readonly<Record<ProblemCode, { readonly status: number; readonly issueType: string }>> = {
  'invalid-json': { status: 400, issueType: 'structure' },
  'invalid-request': { status: 400, issueType: 'invalid' },
  unauthenticated: { status: 401, issueType: 'login' },
  'unknown-path': { status: 404, issueType: 'not-found' },
  'unknown-service': { status: 404, issueType: 'not-found' },
  'method-not-allowed': { status: 405, issueType: 'not-supported' },
  'data-unavailable': { status: 412, issueType: 'incomplete' },
  'too-large': { status: 413, issueType: 'too-long' },
  'unsupported-media-type': { status: 415, issueType: 'not-supported' },
  'too-many-calls': { status: 429, issueType: 'throttled' },
  'store-unavailable': { status: 503, issueType: 'transient' },
  internal: { status: 500, issueType: 'exception' },
};

export function statusOf({ code }: Problem): number {
  return STATUS[code].status;
}

/** A problem as a FHIR OperationOutcome: the fault as a whole, then each thing that is wrong. */
export function toOperationOutcome({ code, message, issues }: Problem): object {
  const { issueType } = STATUS[code];
  const details = issues.map(({ expression, text }) => ({
    severity: 'error',
    code: issueType,
    diagnostics: `${expression} ${text}`,
    expression: [expression],
  }));
  return {
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code: issueType, diagnostics: message }, ...details],
  };
}

const BODY_PROBLEMS: Readonly<Record<string, Problem>> = {
  'entity.too.large': new Problem('too-large', 'The request body is larger than this service accepts.'),
  'encoding.unsupported': new Problem('unsupported-media-type', 'The content encoding is not supported.'),
  'charset.unsupported': new Problem('unsupported-media-type', 'The character set is not supported; send UTF-8.'),
};

/**
 * Any thrown thing as a Problem. Errors of the body parser hold the raw body, so nothing of them is passed on.
 */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof StoreError) return new Problem('store-unavailable', 'The store cannot be used now; try again.');
  // A path that cannot be decoded leads nowhere.
  if (error instanceof URIError) return new Problem('unknown-path', 'There is nothing at this path.');
  const type = isObject(error) ? error['type'] : undefined;
  const known = typeof type === 'string' ? BODY_PROBLEMS[type] : undefined;
  if (known !== undefined) return known;
  const status = isObject(error) ? error['status'] : undefined;
  const isBodyFault = typeof status === 'number' && status >= 400 && status < 500;
  return isBodyFault
    ? new Problem('invalid-json', 'The request body is not valid JSON.')
    : new Problem('internal', 'The service failed; nothing was concluded about the patient.');
}

export function sendProblem(response: Response, problem: Problem): void {
  // What is left of an oversized body is not read: the connection ends with the answer.
  if (problem.code === 'too-large') response.setHeader('Connection', 'close');
  if (problem.code === 'unauthenticated' && !response.hasHeader('WWW-Authenticate')) {
    response.setHeader('WWW-Authenticate', 'Bearer');
  }
  response.statusCode = statusOf(problem);
  sendJson(response, toOperationOutcome(problem));
}

/** Told of each problem, with its cause and the response it becomes. */
export type ReportProblem = (problem: Problem, cause: unknown, response: Response) => void;

/** The only place that sends an error. */
export function handleProblems(report: ReportProblem): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (error: unknown, _request, response, next) => {
    const problem = toProblem(error);
    report(problem, error, response);
    if (response.headersSent) next(error);
    else sendProblem(response, problem);
  };
}
