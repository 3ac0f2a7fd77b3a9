import { beforeAll, describe, expect, test } from '@jest/globals';
import { CompactSign, generateKeyPair, importJWK, type CryptoKey } from 'jose';
import { isSignedBy } from '../../src/clients/check-signature.js';
import { ALGORITHMS } from '../../src/clients/public-keys.js';
import { createClientKeys, signToken, type ClientKeys } from '../support/client-keys.js';

/* A signature counts for the bytes, the algorithm and the key it was made with, and for nothing else. */

const publicKeyOf = async ({ jwk, alg }: ClientKeys, algorithm = alg) => (await importJWK(jwk, algorithm)) as CryptoKey;

const tokenOf = (keys: ClientKeys) =>
  signToken({ keys, iss: 'https://ehr.example', aud: 'https://cds.example', now: 0 });

/** The token with one letter of a part changed, in the middle: the last one may hold bits that say nothing. */
function changed(token: string, part: number): string {
  const parts = token.split('.');
  const text = parts[part] ?? '';
  const middle = Math.floor(text.length / 2);
  parts[part] = text.slice(0, middle) + (text[middle] === 'A' ? 'B' : 'A') + text.slice(middle + 1);
  return parts.join('.');
}

describe.each([...ALGORITHMS.keys()])('%s', (alg) => {
  let keys: ClientKeys;
  let other: ClientKeys;

  beforeAll(async () => {
    [keys, other] = [await createClientKeys(alg), await createClientKeys(alg)];
  });

  test('is the signature of its key', async () => {
    expect(await isSignedBy(await tokenOf(keys), alg, await publicKeyOf(keys))).toBe(true);
  });

  test('is not that of another key', async () => {
    expect(await isSignedBy(await tokenOf(keys), alg, await publicKeyOf(other))).toBe(false);
  });

  test.each([
    ['with another header', (token: string) => changed(token, 0)],
    ['with other claims', (token: string) => changed(token, 1)],
    ['changed', (token: string) => changed(token, 2)],
    ['cut', (token: string) => token.slice(0, -8)],
    ['lengthened', (token: string) => `${token}AAAA`],
    ['left out', (token: string) => token.replace(/[^.]*$/, '')],
  ])('%s is none', async (_, spoil) => {
    expect(await isSignedBy(spoil(await tokenOf(keys)), alg, await publicKeyOf(keys))).toBe(false);
  });
});

test('one letter more than bytes can be written with is no signature, though Node would drop it', async () => {
  const { privateKey, publicKey } = await generateKeyPair('RS384', { modulusLength: 3072 });
  const token = await new CompactSign(Buffer.from('{}')).setProtectedHeader({ alg: 'RS384' }).sign(privateKey);
  expect(await isSignedBy(token, 'RS384', publicKey)).toBe(true);
  expect(await isSignedBy(`${token}A`, 'RS384', publicKey)).toBe(false);
});

test.each([
  ['RS256', 'RS384'],
  ['RS384', 'PS384'],
  ['PS384', 'RS384'],
  ['PS512', 'PS256'],
])('a signature by %s is none by %s', async (made, taken) => {
  const keys = await createClientKeys(made);
  expect(await isSignedBy(await tokenOf(keys), taken, await publicKeyOf(keys, taken))).toBe(false);
});
