import { importJWK, importPKCS8, SignJWT, type CryptoKey, type JWK } from 'jose';
import { isObject } from '../fhir/json.js';

/** How the doctor proves who it is. Gives the header for a call of this URL, or none. */
export interface Credentials {
  readonly kind: 'none' | 'one token' | 'a token for each call';
  readonly headersFor: (url: string) => Promise<Readonly<Record<string, string>>>;
}

export const NO_CREDENTIALS: Credentials = { kind: 'none', headersFor: () => Promise.resolve({}) };

const bearer = (token: string) => ({ authorization: `Bearer ${token.trim().replace(/^bearer\s+/i, '')}` });

/** One token for every call: a service that admits each token once refuses the second call. */
export function fixedToken(token: string): Credentials {
  return { kind: 'one token', headersFor: () => Promise.resolve(bearer(token)) };
}

/** A token that something else makes for each call. */
export function tokenFrom(make: (url: string) => Promise<string>): Credentials {
  return { kind: 'a token for each call', headersFor: async (url) => bearer(await make(url)) };
}

export interface Signing {
  /** The client's private key: a JWK, or PEM in PKCS #8. */
  readonly key: string;
  readonly iss: string;
  readonly kid: string;
  /** Where the public key can be had, for clients registered with a URL. */
  readonly jku?: string;
  /** JWA name; a JWK may bring its own. */
  readonly alg?: string;
  /** Current instant in milliseconds. */
  readonly now: () => number;
  readonly newId: () => string;
}

const LIFE_SECONDS = 300;

function jwkOf(text: string): JWK | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

async function readKey({ key, alg }: Signing): Promise<{ readonly alg: string; readonly key: CryptoKey | Uint8Array }> {
  const jwk = jwkOf(key);
  const name = alg ?? jwk?.alg ?? 'ES384';
  return { alg: name, key: jwk === undefined ? await importPKCS8(key, name) : await importJWK(jwk, name) };
}

/** Signs a token of its own for each call, as an EHR does. Rejects when the key cannot be read or used. */
export async function signingClient(signing: Signing): Promise<Credentials> {
  const { alg, key } = await readKey(signing);
  const { iss, kid, jku, now, newId } = signing;
  const sign = (url: string) => {
    const iat = Math.floor(now() / 1000);
    return new SignJWT({ iss, aud: url, iat, exp: iat + LIFE_SECONDS, jti: newId() })
      .setProtectedHeader({ alg, kid, typ: 'JWT', ...(jku !== undefined && { jku }) })
      .sign(key);
  };
  await sign('');
  return tokenFrom(sign);
}
