import type { Request, RequestHandler, Response } from 'express';
import { audiencesOf } from '../clients/audiences.js';
import type { Admission, Authenticate, CdsClient, Refusal } from '../clients/cds-client.js';
import { isRefusal } from '../clients/refusal.js';
import { endOfTurn } from '../lazy/end-of-turn.js';
import { Problem } from '../service/problem.js';

export interface ClientAuthParts {
  readonly authenticate: Authenticate;
  /** Base URL as clients see it, path prefix included. */
  readonly publicUrl: string;
  /** Told of each refusal: the caller learns nothing of it. */
  readonly onRefusal: (refusal: Refusal) => void;
}

/** The same for every refusal: a reason would help whoever tries. */
const REFUSED = 'The call must carry a valid token of a registered client.';

const admissions = new WeakMap<Response, Admission>();

/**
 * The Authorization header; two of them as one that cannot be read. Node keeps the first alone, which need not be the one
 * that a proxy looked at.
 */
function authorizationOf({ headers, rawHeaders }: Request): string | undefined {
  const isTwice =
    rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'authorization').length > 1;
  return isTwice ? ',' : headers.authorization;
}

/** The path below which clients see the service, for example `/tf`; '' for the root. */
export function basePathOf(publicUrl: string): string {
  return new URL(publicUrl).pathname.replace(/\/+$/, '');
}

/** Turns the path as routed, below whatever it is mounted on, into the URL that clients see. Never reads `Host`. */
function createPublicUrlOf(publicUrl: string): (request: Request) => string {
  const base = publicUrl.replace(/\/+$/, '');
  const basePath = basePathOf(publicUrl);
  return ({ baseUrl, path }) => {
    const routed = `${baseUrl}${path}`;
    return `${base}${routed.startsWith(`${basePath}/`) ? routed.slice(basePath.length) : routed}`;
  };
}

/** Lets only proved clients pass; all others get the same 401, whatever was wrong. */
export function requireClient({ authenticate, publicUrl, onRefusal }: ClientAuthParts): RequestHandler {
  const publicUrlOf = createPublicUrlOf(publicUrl);
  return async (request, response, next) => {
    // Calls of one turn go on together. A check of RS384 alone takes 0.1 ms, most of it waiting for memory; right behind
    // another it takes 0.02 ms, and what follows gains likewise.
    await endOfTurn();
    const outcome = await authenticate(authorizationOf(request), audiencesOf(publicUrlOf(request)));
    if (isRefusal(outcome)) {
      onRefusal(outcome);
      throw new Problem('unauthenticated', REFUSED);
    }
    admissions.set(response, outcome);
    next();
  };
}

/** How the call was admitted. Throws when it did not pass `requireClient`. */
export function admissionOf(response: Response): Admission {
  const admission = admissions.get(response);
  if (admission === undefined) throw new Error('the call was not authenticated');
  return admission;
}

/** The client that calls. Throws when the call did not pass `requireClient`. */
export function clientOf(response: Response): CdsClient {
  return admissionOf(response).client;
}

/** Name of the client that calls, when it is known by now. */
export function clientNameOf(response: Response): string | undefined {
  return admissions.get(response)?.client.name;
}
