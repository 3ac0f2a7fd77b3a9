import { hash } from 'node:crypto';
import type { SeenToken } from '../store/store.js';
import type { Admission, Authenticate, CdsClient, Refusal } from './cds-client.js';
import { checkAudience, checkTenant, checkTimes, LEEWAY, readClaims, type Claims } from './check-claims.js';
import { checkHeader, checkHeaderOf } from './check-header.js';
import { isSignedBy } from './check-signature.js';
import { createFindKey, type FetchKeys, type FindKey, type NoKey } from './key-sets.js';
import { readToken, type ReadToken } from './read-token.js';
import { fault, isFault, refuse, type TokenFault } from './refusal.js';

export interface AuthenticatorParts {
  readonly clients: readonly CdsClient[];
  readonly fetchKeys: FetchKeys;
  /** Notes a use of a token; whether it had been used before. */
  readonly isReplayed: (token: SeenToken) => Promise<boolean>;
  readonly now: () => number;
}

interface Registration {
  readonly client: CdsClient;
  readonly findKey: FindKey;
}

const NO_KEY: Readonly<Record<NoKey, TokenFault>> = {
  'unknown-key': fault('unknown-key', 'the client has no usable key with the "kid" and for the "alg" of the header'),
  'key-server-unreachable': fault('key-server-unreachable', 'the key server of the client does not give its keys'),
};

async function checkSignature({ compact, header }: ReadToken, findKey: FindKey): Promise<TokenFault | undefined> {
  const algorithm = String(header['alg']);
  const key = await findKey(algorithm, String(header['kid']));
  if (typeof key === 'string') return NO_KEY[key];
  const isSigned = await isSignedBy(compact, algorithm, key);
  return isSigned ? undefined : fault('bad-signature', 'the signature is not that of the key');
}

function readGoodClaims(
  { claims }: ReadToken,
  { audiences: registered, tenants }: CdsClient,
  called: readonly string[],
  now: number,
): Claims | TokenFault {
  const read = readClaims(claims, tenants !== undefined);
  if (isFault(read)) return read;
  return checkAudience(read, called, registered) ?? checkTimes(read, now) ?? checkTenant(read, tenants) ?? read;
}

/** Issuer and `jti` as one key of fixed length: what a client writes there is kept nowhere. */
function toSeenToken({ iss, jti, exp }: Claims): SeenToken {
  return { key: hash('sha256', JSON.stringify([iss, jti]), 'base64url'), until: Math.ceil((exp + LEEWAY) * 1000) };
}

/** Decides about calls of registered clients; the way out is asked only for the keys of a registered issuer. */
export function createAuthenticator({ clients, fetchKeys, isReplayed, now }: AuthenticatorParts): Authenticate {
  const registrations = new Map(
    clients.map((client): [unknown, Registration] => [
      client.iss,
      { client, findKey: createFindKey(client, fetchKeys, now) },
    ]),
  );
  const admit = async (client: CdsClient, claims: Claims): Promise<Admission | TokenFault> => {
    if (client.replay === 'off') return { client, isReplay: false };
    // A memory that fails cannot say that the token is new.
    const isReplay = await isReplayed(toSeenToken(claims)).catch(() => true);
    return isReplay && client.replay === 'reject'
      ? fault('replayed', 'the token was used before')
      : { client, isReplay };
  };
  const prove = async ({ client, findKey }: Registration, token: ReadToken, audiences: readonly string[]) => {
    const notProved = checkHeaderOf(client, token.header) ?? (await checkSignature(token, findKey));
    if (notProved !== undefined) return notProved;
    const claims = readGoodClaims(token, client, audiences, now());
    return isFault(claims) ? claims : admit(client, claims);
  };
  return async (authorization, audiences): Promise<Admission | Refusal> => {
    const token = readToken(authorization);
    if (isFault(token)) return refuse(token, undefined);
    const registration = registrations.get(token.claims['iss']);
    const badHeader = checkHeader(token.header);
    if (badHeader !== undefined) return refuse(badHeader, registration?.client.name);
    if (registration === undefined) return refuse(issuerFault(token), undefined);
    const outcome = await prove(registration, token, audiences);
    return isFault(outcome) ? refuse(outcome, registration.client.name) : outcome;
  };
}

function issuerFault({ claims }: ReadToken): TokenFault {
  return claims['iss'] === undefined
    ? fault('missing-claim', 'the claim "iss" is missing')
    : fault('unknown-issuer', 'the claim "iss" is not that of a registered client');
}
