import type { RequestHandler } from 'express';
import { Problem } from '../service/problem.js';

/** Ends a call by a method that its path does not answer: 405 with the methods that it does. */
export function onlyMethods(...allowed: readonly string[]): RequestHandler {
  return (_request, response) => {
    response.setHeader('Allow', allowed.join(', '));
    throw new Problem('method-not-allowed', `This path answers ${allowed.join(' and ')} only.`);
  };
}
