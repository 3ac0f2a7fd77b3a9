import { createPublicKey, type KeyObject } from 'node:crypto';
import type { JSONWebKeySet, JWK } from 'jose';
import { isObject, textOf, textsOf, type JsonObject } from '../fhir/json.js';

interface KeyForm {
  readonly kty: string;
  readonly crv?: string;
}

const RSA: KeyForm = { kty: 'RSA' };

/** The algorithms a client may be registered with, each with the keys it takes: asymmetric ones, nothing else. */
export const ALGORITHMS: ReadonlyMap<string, KeyForm> = new Map<string, KeyForm>([
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'].map((name) => [name, RSA] as const),
  ['ES256', { kty: 'EC', crv: 'P-256' }],
  ['ES384', { kty: 'EC', crv: 'P-384' }],
  ['ES512', { kty: 'EC', crv: 'P-521' }],
  ['EdDSA', { kty: 'OKP', crv: 'Ed25519' }],
]);

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv', 'k'];
const LEAST_RSA_BITS = 2048;
/** More keys than any key set in use; the rest is not looked at. */
const MOST_KEYS = 100;

function fits(jwk: JsonObject, algorithm: string): boolean {
  const form = ALGORITHMS.get(algorithm);
  const isMeant = jwk['alg'] === undefined || jwk['alg'] === algorithm;
  return (
    form !== undefined && isMeant && form.kty === jwk['kty'] && (form.crv === undefined || form.crv === jwk['crv'])
  );
}

function isForSigning({ use, key_ops: operations }: JsonObject): boolean {
  return (use === undefined || use === 'sig') && (operations === undefined || textsOf(operations).includes('verify'));
}

function readPublicKey(jwk: JsonObject): KeyObject | undefined {
  try {
    return createPublicKey({ key: { ...jwk }, format: 'jwk' });
  } catch {
    return undefined;
  }
}

function materialFaults(jwk: JsonObject): readonly string[] {
  const key = readPublicKey(jwk);
  if (key === undefined) return ['cannot be read as a public key'];
  const bits = key.asymmetricKeyDetails?.modulusLength;
  return bits !== undefined && bits < LEAST_RSA_BITS
    ? [`has ${String(bits)} bits, RSA keys need ${String(LEAST_RSA_BITS)}`]
    : [];
}

/** Everything that keeps a JSON Web Key from proving a client that signs with one of the algorithms. */
export function keyFaults(jwk: unknown, algorithms: readonly string[]): readonly string[] {
  if (!isObject(jwk)) return ['must be a JSON Web Key'];
  if (jwk['kty'] === 'oct') return ['is symmetric (kty "oct"); register a public key'];
  const secrets = PRIVATE_MEMBERS.filter((member) => Object.hasOwn(jwk, member));
  if (secrets.length > 0)
    return secrets.map((member) => `has the private member "${member}"; register the public key only`);
  const isUsable = isForSigning(jwk) && algorithms.some((algorithm) => fits(jwk, algorithm));
  return [
    ...(textOf(jwk['kid']) === undefined ? ['has no "kid"'] : []),
    ...(isUsable ? materialFaults(jwk) : [`fits none of the algorithms ${algorithms.join(', ')}`]),
  ];
}

/** The good keys of a fetched key set; undefined when it is no key set at all. */
export function readKeySet(value: unknown, algorithms: readonly string[]): JSONWebKeySet | undefined {
  const keys = isObject(value) ? value['keys'] : undefined;
  if (!Array.isArray(keys)) return undefined;
  const good = keys
    .slice(0, MOST_KEYS)
    .filter((key): key is JWK => isObject(key) && keyFaults(key, algorithms).length === 0);
  return { keys: good };
}
