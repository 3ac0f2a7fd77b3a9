import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { Problem } from '../service/problem.js';

/** A browser offers to type a password only for Basic. */
const CHALLENGES = ['Bearer realm="operators"', 'Basic realm="operators", charset="UTF-8"'];

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function passwordOf(credentials: string): string | undefined {
  const text = Buffer.from(credentials, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : text.slice(colon + 1);
}

/** The token of an Authorization header: RFC 6750 §2.1, or the password of RFC 7617 under any user name. */
function tokenOf(authorization: string | undefined): string | undefined {
  const [, scheme = '', credentials = ''] = /^(Bearer|Basic) +([^ ]+) *$/i.exec(authorization ?? '') ?? [];
  if (scheme === '') return undefined;
  return scheme.toLowerCase() === 'bearer' ? credentials : passwordOf(credentials);
}

/**
 * Lets through only who brings the operator's token, as bearer token or as password. Digests are compared, in constant
 * time, so that neither the token nor its length shows in the time an answer takes. Without a token nobody passes.
 */
export function requireOperator(token: string | undefined): RequestHandler {
  const expected = token === undefined || token === '' ? undefined : digest(token);
  return (request, response, next) => {
    const given = tokenOf(request.headers.authorization);
    if (expected !== undefined && given !== undefined && timingSafeEqual(digest(given), expected)) {
      next();
      return;
    }
    response.setHeader('WWW-Authenticate', CHALLENGES);
    throw new Problem('unauthenticated', 'The call is not authenticated.');
  };
}

/** For demonstrations and tests, like a service without authentication: everyone is an operator. */
export const admitEveryOperator: RequestHandler = (_request, _response, next) => {
  next();
};
