import { CompactSign, exportJWK, generateKeyPair, type CryptoKey, type JWK } from 'jose';
import type { FetchKeys } from '../../src/clients/key-sets.js';

/** A key pair of a client, made for the test. */
export interface ClientKeys {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: CryptoKey;
  /** Public, with `kid`. */
  readonly jwk: JWK;
  readonly privateJwk: JWK;
}

export async function createClientKeys(alg = 'ES384', kid = 'key-1'): Promise<ClientKeys> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const [jwk, privateJwk] = await Promise.all([exportJWK(publicKey), exportJWK(privateKey)]);
  return { alg, kid, privateKey, jwk: { ...jwk, kid }, privateJwk: { ...privateJwk, kid } };
}

type Members = Readonly<Record<string, unknown>>;

export interface TokenToSign {
  readonly keys: ClientKeys;
  readonly iss: unknown;
  readonly aud: unknown;
  /** Milliseconds; the token is issued then and lives for five minutes. */
  readonly now: number;
  /** In place of what is there, or beside it; undefined leaves a member out. */
  readonly header?: Members;
  readonly claims?: Members;
}

let count = 0;

function without(members: Members): Members {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** Header and claims as a good client writes them, unless told otherwise; a new `jti` each time. */
export function tokenParts({ keys, iss, aud, now, header, claims }: TokenToSign): {
  readonly header: Members;
  readonly claims: Members;
} {
  count += 1;
  const iat = Math.floor(now / 1000);
  return {
    header: without({ alg: keys.alg, kid: keys.kid, typ: 'JWT', ...header }),
    claims: without({ iss, aud, iat, exp: iat + 300, jti: `token-${String(count)}`, ...claims }),
  };
}

/** A signed token in compact form. */
export function signToken(token: TokenToSign): Promise<string> {
  const { header, claims } = tokenParts(token);
  return new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ ...header, alg: token.keys.alg })
    .sign(token.keys.privateKey);
}

export function base64url(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
}

/** Key sets over the real network, as the service must ask for them. */
export const fetchKeysPlainly: FetchKeys = async (jku, signal) => {
  const response = await fetch(jku, { redirect: 'error', signal });
  if (response.status !== 200) throw new Error('no key set');
  return response.json();
};
