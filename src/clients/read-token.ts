import { isObject, type JsonObject } from '../fhir/json.js';
import { fault, type TokenFault } from './refusal.js';

/** A JSON Web Token as sent: nothing in it is proved. */
export interface ReadToken {
  /** In compact form. */
  readonly compact: string;
  readonly header: JsonObject;
  readonly claims: JsonObject;
}

const LONGEST = 16 * 1024;
const SCHEME = /^bearer +/i;
// An unsigned token has an empty third part: its alg tells more than its shape.
const COMPACT = /^([\w-]+)\.([\w-]+)\.[\w-]*$/;

function decode(part: string | undefined): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part ?? '', 'base64url').toString());
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Reads a compact token without checking it. */
export function decodeToken(compact: string): ReadToken | TokenFault {
  if (compact.length > LONGEST) return fault('malformed', 'the token is longer than 16 kB');
  const parts = COMPACT.exec(compact);
  if (parts === null) return fault('malformed', 'the token is not three base64url parts with dots between');
  const [header, claims] = [decode(parts[1]), decode(parts[2])];
  if (header === undefined) return fault('malformed', 'the header of the token is no JSON object');
  if (claims === undefined) return fault('malformed', 'the claims of the token are no JSON object');
  return { compact, header, claims };
}

/** Reads the token of an Authorization header without checking it. */
export function readToken(authorization: string | undefined): ReadToken | TokenFault {
  if (authorization === undefined || authorization === '') return fault('no-token', 'there is no Authorization header');
  const scheme = SCHEME.exec(authorization);
  if (scheme === null) return fault('not-a-bearer-token', 'the Authorization header is not "Bearer" and a token');
  return decodeToken(authorization.slice(scheme[0].length));
}
