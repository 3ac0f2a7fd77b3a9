import { randomUUID, type KeyObject } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';

export type Algorithm = 'RS384' | 'ES384';

/** A CDS client of the benchmark: its entry for the clients file, and fresh tokens, each good for one call. */
export interface BenchClient {
  readonly algorithm: Algorithm;
  readonly entry: object;
  /** Signs so many tokens for a URL: done before a round, so that signing is not measured. */
  readonly tokens: (url: string, count: number) => Promise<readonly string[]>;
}

const BATCH = 200;

async function sign(key: CryptoKey | KeyObject, algorithm: Algorithm, iss: string, url: string): Promise<string> {
  return new SignJWT({})
    .setProtectedHeader({ alg: algorithm, kid: algorithm, typ: 'JWT' })
    .setIssuer(iss)
    .setAudience(url)
    .setIssuedAt()
    .setExpirationTime('3 min')
    .setJti(randomUUID())
    .sign(key);
}

/** Makes a client with keys of its own. */
export async function createBenchClient(algorithm: Algorithm): Promise<BenchClient> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid: algorithm, alg: algorithm };
  const iss = `https://${algorithm.toLowerCase()}.bench.example`;
  return {
    algorithm,
    entry: { name: algorithm, iss, jwks: { keys: [jwk] }, algorithms: [algorithm], fhirServers: [] },
    tokens: async (url, count) => {
      const tokens: string[] = [];
      while (tokens.length < count) {
        tokens.push(...(await Promise.all(Array.from({ length: BATCH }, () => sign(privateKey, algorithm, iss, url)))));
      }
      return tokens;
    },
  };
}
