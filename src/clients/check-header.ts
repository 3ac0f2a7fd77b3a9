import { textOf, type JsonObject } from '../fhir/json.js';
import type { CdsClient } from './cds-client.js';
import { ALGORITHMS } from './public-keys.js';
import { fault, type TokenFault } from './refusal.js';

/**
 * What is wrong with a header, whoever sent it. `jwk`, `x5c` and `x5u` in it are never looked at: keys come from the
 * registration alone.
 */
export function checkHeader({ alg, typ, kid, crit }: JsonObject): TokenFault | undefined {
  if (typeof alg !== 'string' || !ALGORITHMS.has(alg))
    return fault('algorithm-not-allowed', 'the header has no asymmetric "alg" that this service knows');
  if (typeof typ !== 'string' || typ.toLowerCase() !== 'jwt')
    return fault('wrong-type', 'the "typ" of the header is not JWT');
  if (textOf(kid) === undefined) return fault('missing-kid', 'the header has no "kid"');
  return crit === undefined ? undefined : fault('malformed', 'the header has "crit", which this service does not know');
}

/** What of a header does not go with the registration of its issuer. */
export function checkHeaderOf({ algorithms, keys }: CdsClient, { alg, jku }: JsonObject): TokenFault | undefined {
  if (!algorithms.includes(String(alg)))
    return fault('algorithm-not-allowed', `the "alg" of the header is none of ${algorithms.join(', ')}`);
  if (jku === undefined) return undefined;
  if (!('jku' in keys))
    return fault('jku-not-registered', 'the header has a "jku", the client is registered with "jwks"');
  return jku === keys.jku ? undefined : fault('jku-not-registered', `the "jku" of the header is not ${keys.jku}`);
}
