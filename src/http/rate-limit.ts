import type { RequestHandler } from 'express';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { Problem } from '../service/problem.js';
import { clientOf } from './client-auth.js';

const WINDOW_SECONDS = 60;

/** At most this many calls a minute from each client, in this process; 0 for no limit. Beyond it 429 with Retry-After. */
export function limitClients(callsAMinute: number): RequestHandler {
  if (callsAMinute === 0) {
    return (_request, _response, next) => {
      next();
    };
  }
  const limiter = new RateLimiterMemory({ points: callsAMinute, duration: WINDOW_SECONDS });
  return async (_request, response, next) => {
    try {
      await limiter.consume(clientOf(response).name);
    } catch (refusal) {
      const { msBeforeNext } = refusal as RateLimiterRes;
      response.setHeader('Retry-After', Math.ceil(msBeforeNext / 1000));
      throw new Problem('too-many-calls', 'This client calls more often than it may; wait as Retry-After says.');
    }
    next();
  };
}
