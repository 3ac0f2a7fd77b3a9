import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createHmac, createPublicKey } from 'node:crypto';
import { createAuthenticator } from '../../src/clients/authenticate.js';
import type { Admission, Authenticate, CdsClient, Refusal, ReplayPolicy } from '../../src/clients/cds-client.js';
import type { SeenToken } from '../../src/store/store.js';
import {
  base64url,
  createClientKeys,
  fetchKeysPlainly,
  signToken,
  tokenParts,
  type ClientKeys,
  type TokenToSign,
} from '../support/client-keys.js';
import { sendJson, startPeer, type Peer } from '../support/peer.js';

const NOW = Date.parse('2026-03-10T12:00:00Z');
const SECONDS = NOW / 1000;
const URL_OF = 'https://cds.example/cds-services/esophageal-spasm-patient-view';
const STATIC = 'https://static.example';
const REMOTE = 'https://remote.example';
const TENANTED = 'https://tenanted.example';

let keys: ClientKeys;
let rsa: ClientKeys;
let remoteKeys: ClientKeys;
let foreign: ClientKeys;
let es256: ClientKeys;
let keyServer: Peer;
let stranger: Peer;
let used: Set<string>;
let told: SeenToken[];
let authenticate: Authenticate;

function clientOf(more: Partial<CdsClient> & Pick<CdsClient, 'iss' | 'keys'>): CdsClient {
  return {
    name: new URL(more.iss).hostname.replace('.example', ''),
    algorithms: ['ES384', 'RS384'],
    audiences: [],
    tenants: undefined,
    fhirServers: [],
    fhirVersion: '4.0.1',
    replay: 'reject',
    ...more,
  };
}

const isReplayed = (token: SeenToken) => {
  const isUsed = used.has(token.key);
  used.add(token.key);
  told.push(token);
  return Promise.resolve(isUsed);
};

function authenticatorOf(clients: readonly CdsClient[], now = () => NOW): Authenticate {
  return createAuthenticator({ clients, fetchKeys: fetchKeysPlainly, isReplayed, now });
}

const staticClient = (more: Partial<CdsClient> = {}) =>
  clientOf({ iss: STATIC, keys: { jwks: { keys: [keys.jwk, rsa.jwk] } }, ...more });

beforeAll(async () => {
  [keys, rsa, remoteKeys, foreign, es256] = await Promise.all([
    createClientKeys('ES384', 'key-1'),
    createClientKeys('RS384', 'rsa-1'),
    createClientKeys('ES384', 'key-1'),
    createClientKeys('ES384', 'key-1'),
    createClientKeys('ES256', 'key-1'),
  ]);
  keyServer = await startPeer((_, response) => {
    sendJson(response, 200, { keys: [remoteKeys.jwk] });
  });
  stranger = await startPeer((_, response) => {
    sendJson(response, 200, { keys: [foreign.jwk] });
  });
  used = new Set();
  told = [];
  authenticate = authenticatorOf([
    staticClient({ audiences: ['urn:alternate'] }),
    clientOf({ iss: REMOTE, keys: { jku: `${keyServer.origin}/jwks.json` } }),
    clientOf({ iss: TENANTED, keys: { jwks: { keys: [keys.jwk] } }, tenants: ['north', 'south'] }),
  ]);
});

afterEach(() => {
  expect(stranger.heard).toEqual([]);
});

afterAll(() => Promise.all([keyServer.close(), stranger.close()]));

type Overrides = Partial<TokenToSign>;

const good = (more: Overrides = {}): TokenToSign => ({ keys, iss: STATIC, aud: URL_OF, now: NOW, ...more });
const remote = (more: Overrides = {}) => good({ keys: remoteKeys, iss: REMOTE, ...more });
const claims = (members: TokenToSign['claims'] = {}) => good({ claims: members });
const header = (members: TokenToSign['header'] = {}) => good({ header: members });

const present = (token: string, audiences: readonly string[] = [URL_OF]) => authenticate(`Bearer ${token}`, audiences);
const reasonOf = (outcome: Admission | Refusal) => ('refused' in outcome ? outcome.refused : 'admitted');
const decide = async (token: TokenToSign) => reasonOf(await present(await signToken(token)));

describe('calls that are admitted', () => {
  test.each<[string, string, () => TokenToSign]>([
    ['SEC-08', 'ES384, static keys', () => good()],
    ['SEC-08', 'RS384, static keys', () => good({ keys: rsa })],
    ['SEC-04', 'keys from the registered key URL, the token without jku', () => remote()],
    [
      'SEC-04',
      'keys from the registered key URL, which the token names',
      () => remote({ header: { jku: `${keyServer.origin}/jwks.json` } }),
    ],
    ['SEC-04', 'typ in small letters', () => header({ typ: 'jwt' })],
    ['SEC-06', 'aud as a list of one', () => good({ aud: [URL_OF] })],
    ['SEC-06', 'aud as a list with one good among many', () => good({ aud: ['https://other.example', URL_OF, ''] })],
    ['SEC-06', 'aud with a trailing slash', () => good({ aud: `${URL_OF}/` })],
    ['SEC-06', 'an alternate aud of the client', () => good({ aud: 'urn:alternate' })],
    ['SEC-10 T-49', 'nbf five minutes back, as Epic sends it', () => claims({ nbf: SECONDS - 300 })],
    ['SEC-10 T-49', 'iat half a second ahead, as a client that rounds', () => claims({ iat: SECONDS + 0.5 })],
    ['SEC-10', 'iat within the leeway', () => claims({ iat: SECONDS + 60 })],
    ['SEC-10', 'nbf within the leeway', () => claims({ nbf: SECONDS + 60 })],
    ['SEC-10', 'expired within the leeway', () => claims({ iat: SECONDS - 300, exp: SECONDS - 59 })],
    ['SEC-10', 'a life of fifteen minutes, as Epic allows', () => claims({ exp: SECONDS + 900 })],
    ['SEC-10', 'a life of an hour', () => claims({ exp: SECONDS + 3600 })],
    ['SEC-11', 'a registered tenant', () => good({ iss: TENANTED, claims: { tenant: 'south' } })],
    ['SEC-11', 'a tenant where none is looked at', () => claims({ tenant: 'anybody' })],
    ['SEC-11', 'a tenant of a wrong type where none is looked at', () => claims({ tenant: 7 })],
    ['SEC-04', 'x5c and jwk beside the good key', () => header({ x5c: ['AAAA'], jwk: foreign.jwk })],
  ])('%s %s', async (_id, _name, token) => {
    expect(await decide(token())).toBe('admitted');
  });

  test.each(['bearer', 'BEARER', 'Bearer', 'bEaReR'])('SEC-03 scheme %s', async (scheme) => {
    expect(reasonOf(await authenticate(`${scheme} ${await signToken(good())}`, [URL_OF]))).toBe('admitted');
  });

  test('SEC-03 the client is that of the issuer', async () => {
    expect(await present(await signToken(remote()))).toMatchObject({ client: { name: 'remote' }, isReplay: false });
  });

  test('SEC-06 T-46 feedback: either of two URLs', async () => {
    const audiences = [`${URL_OF}/feedback`, URL_OF];
    for (const aud of audiences) {
      expect(reasonOf(await present(await signToken(good({ aud })), audiences))).toBe('admitted');
    }
  });
});

function unsigned(token: TokenToSign, alg: string, signature = ''): string {
  const parts = tokenParts({ ...token, header: { ...token.header, alg } });
  return `${base64url(parts.header)}.${base64url(parts.claims)}.${signature}`;
}

/** The confusion of a public key with a shared secret, in the forms a key is written in. */
function withPublicKeyAsSecret(alg: string, format: 'pem' | 'der' | 'jwk'): string {
  const bits = alg.slice(2);
  const start = unsigned(good({ keys: rsa }), alg).slice(0, -1);
  const key = createPublicKey({ key: { ...rsa.jwk }, format: 'jwk' });
  const secret =
    format === 'jwk'
      ? JSON.stringify(rsa.jwk)
      : format === 'pem'
        ? key.export({ format, type: 'spki' })
        : key.export({ format, type: 'spki' });
  return `${start}.${createHmac(`sha${bits}`, secret).update(start).digest('base64url')}`;
}

describe('calls that are refused', () => {
  test.each<[string, string, string, () => string | Promise<string>]>([
    ['SEC-07', 'algorithm-not-allowed', 'alg none', () => unsigned(good(), 'none')],
    ['SEC-07', 'algorithm-not-allowed', 'alg None with a signature', () => unsigned(good(), 'None', 'AAAA')],
    ['SEC-07', 'algorithm-not-allowed', 'an empty alg', () => unsigned(good(), '')],
    ['SEC-07', 'algorithm-not-allowed', 'an alg of Object', () => unsigned(good(), 'constructor')],
    ['SEC-07', 'algorithm-not-allowed', 'HS256, PEM as secret', () => withPublicKeyAsSecret('HS256', 'pem')],
    ['SEC-07', 'algorithm-not-allowed', 'HS384, DER as secret', () => withPublicKeyAsSecret('HS384', 'der')],
    ['SEC-07', 'algorithm-not-allowed', 'HS512, JWK as secret', () => withPublicKeyAsSecret('HS512', 'jwk')],
    ['SEC-08', 'algorithm-not-allowed', 'an asymmetric alg not registered', () => signToken(good({ keys: es256 }))],
    ['SEC-08', 'unknown-key', 'alg RS384 with the kid of an EC key', () => unsigned(good(), 'RS384', 'AAAA')],
    ['SEC-04', 'missing-kid', 'no kid', () => signToken(header({ kid: undefined }))],
    ['SEC-04', 'missing-kid', 'an empty kid', () => signToken(header({ kid: '' }))],
    ['SEC-04', 'missing-kid', 'a kid that is no text', () => signToken(header({ kid: 1 }))],
    ['T-47', 'unknown-key', 'kid as a path', () => signToken(header({ kid: '../../../../dev/null' }))],
    ['T-47', 'unknown-key', 'kid as SQL', () => signToken(header({ kid: "key-1' OR '1'='1" }))],
    ['T-47', 'unknown-key', 'kid with / + =', () => signToken(header({ kid: 'a/b+c==' }))],
    ['T-47', 'unknown-key', 'a very long kid', () => signToken(header({ kid: 'k'.repeat(8000) }))],
    ['T-47', 'unknown-key', 'a kid of Object', () => signToken(header({ kid: '__proto__' }))],
    ['SEC-04', 'wrong-type', 'no typ', () => signToken(header({ typ: undefined }))],
    ['SEC-04', 'wrong-type', 'another typ', () => signToken(header({ typ: 'at+jwt' }))],
    ['SEC-04', 'malformed', 'crit', () => unsigned(header({ crit: ['b64'], b64: false }), 'ES384', 'AAAA')],
    [
      'SEC-09',
      'jku-not-registered',
      'a jku elsewhere',
      () => signToken(remote({ keys: foreign, header: { jku: `${stranger.origin}/jwks.json` } })),
    ],
    [
      'SEC-09',
      'jku-not-registered',
      'a jku that begins like the registered one',
      () => signToken(remote({ header: { jku: `${keyServer.origin}/jwks.json/../other` } })),
    ],
    [
      'SEC-09',
      'jku-not-registered',
      'the jku of another registered client',
      () => signToken(header({ jku: `${keyServer.origin}/jwks.json` })),
    ],
    ['SEC-09', 'jku-not-registered', 'a jku that is no text', () => signToken(remote({ header: { jku: [] } }))],
    [
      'SEC-09',
      'unknown-issuer',
      'an unknown issuer with a jku',
      () => signToken(good({ keys: foreign, iss: stranger.origin, header: { jku: `${stranger.origin}/jwks.json` } })),
    ],
    ['SEC-09', 'unknown-issuer', 'the issuer with a slash', () => signToken(good({ iss: `${STATIC}/` }))],
    ['SEC-09', 'unknown-issuer', 'an issuer that is a list', () => signToken(good({ iss: [STATIC] }))],
    ['SEC-05', 'missing-claim', 'no iss', () => signToken(good({ iss: undefined }))],
    ['SEC-12', 'bad-signature', 'another key under the right kid', () => signToken(good({ keys: foreign }))],
    [
      'SEC-12',
      'bad-signature',
      'the embedded jwk has signed',
      () => signToken(good({ keys: foreign, header: { jwk: foreign.jwk } })),
    ],
    [
      'SEC-12',
      'bad-signature',
      'the key of x5c and x5u has signed',
      () => signToken(good({ keys: foreign, header: { x5c: ['AAAA'], x5u: `${stranger.origin}/cert` } })),
    ],
    [
      'T-47',
      'bad-signature',
      'two issuers, one kid: key of one, iss of the other',
      () => signToken(good({ keys: remoteKeys })),
    ],
    ['T-47', 'bad-signature', 'and the other way round', () => signToken(remote({ keys }))],
    [
      'SEC-12',
      'bad-signature',
      'claims changed after signing',
      async () => {
        const [head, , signature] = (await signToken(good())).split('.');
        return `${String(head)}.${base64url(tokenParts(good()).claims)}.${String(signature)}`;
      },
    ],
    ['SEC-12', 'bad-signature', 'no signature', async () => (await signToken(good())).replace(/[^.]+$/, '')],
    ['SEC-06', 'wrong-audience', 'aud of another service', () => signToken(good({ aud: `${URL_OF}-2` }))],
    [
      'SEC-06',
      'wrong-audience',
      'aud of discovery',
      () => signToken(good({ aud: 'https://cds.example/cds-services' })),
    ],
    [
      'SEC-06 T-46',
      'wrong-audience',
      'aud of another host',
      () => signToken(good({ aud: URL_OF.replace('cds.', 'evil.') })),
    ],
    ['SEC-06', 'wrong-audience', 'aud by http', () => signToken(good({ aud: URL_OF.replace('https', 'http') }))],
    ['SEC-06', 'wrong-audience', 'a list of bad ones', () => signToken(good({ aud: ['https://a.example', 'x'] }))],
    ['SEC-06', 'wrong-audience', 'an empty list', () => signToken(good({ aud: [] }))],
    ['SEC-06', 'wrong-audience', 'an empty aud', () => signToken(good({ aud: '' }))],
    ['SEC-06', 'wrong-audience', 'two trailing slashes', () => signToken(good({ aud: `${URL_OF}//` }))],
    ['SEC-06', 'wrong-audience', "another client's alternate", () => signToken(remote({ aud: 'urn:alternate' }))],
    ['SEC-06', 'malformed', 'aud as an object', () => signToken(good({ aud: { [URL_OF]: true } }))],
    ['SEC-06', 'malformed', 'a list with something else in it', () => signToken(good({ aud: [URL_OF, 7] }))],
    ['SEC-10', 'expired', 'expired', () => signToken(claims({ iat: SECONDS - 400, exp: SECONDS - 60 }))],
    ['SEC-10', 'expired', 'expired long ago', () => signToken(claims({ iat: 0, exp: 300 }))],
    ['SEC-10', 'not-yet-valid', 'nbf ahead', () => signToken(claims({ nbf: SECONDS + 61 }))],
    ['SEC-10', 'issued-in-the-future', 'iat ahead', () => signToken(claims({ iat: SECONDS + 61 }))],
    ['SEC-10', 'lives-too-long', 'good for more than an hour', () => signToken(claims({ exp: SECONDS + 3601 }))],
    [
      'SEC-10',
      'lives-too-long',
      'issued more than an hour ago',
      () => signToken(claims({ iat: SECONDS - 3700, exp: SECONDS + 1 })),
    ],
    ...['aud', 'exp', 'iat', 'jti'].map((claim): [string, string, string, () => Promise<string>] => [
      'SEC-05',
      'missing-claim',
      `no ${claim}`,
      () => signToken(claims({ [claim]: undefined })),
    ]),
    ...['exp', 'iat', 'nbf'].flatMap((claim) =>
      [String(SECONDS + 60), null, [SECONDS], true].map((value): [string, string, string, () => Promise<string>] => [
        'SEC-05',
        'malformed',
        `${claim} is ${JSON.stringify(value)}`,
        () => signToken(claims({ [claim]: value })),
      ]),
    ),
    ['SEC-05', 'malformed', 'jti is a number', () => signToken(claims({ jti: 7 }))],
    ['SEC-05', 'malformed', 'jti is empty', () => signToken(claims({ jti: '' }))],
    ['SEC-11', 'wrong-tenant', 'another tenant', () => signToken(good({ iss: TENANTED, claims: { tenant: 'west' } }))],
    ['SEC-11', 'missing-claim', 'no tenant', () => signToken(good({ iss: TENANTED }))],
    [
      'SEC-11',
      'malformed',
      'a list of tenants',
      () => signToken(good({ iss: TENANTED, claims: { tenant: ['north'] } })),
    ],
    ['SEC-14', 'malformed', 'trailing garbage', async () => `${await signToken(good())}.AAAA`],
    ['SEC-14', 'malformed', 'padding', async () => `${await signToken(good())}=`],
    ['SEC-14', 'malformed', 'a second token', async () => `${await signToken(good())}, Bearer x`],
    ['SEC-14', 'malformed', 'dots alone', () => '..'],
    ['SEC-14', 'malformed', 'no dots', () => 'token'],
    ['SEC-14', 'malformed', 'a header that is a list', () => `${base64url('[]')}.${base64url({})}.AAAA`],
    ['SEC-14', 'malformed', 'claims that are no JSON', () => `${base64url({ alg: 'ES384' })}.${base64url('{')}.AAAA`],
    ['SEC-14', 'malformed', 'claims null', () => `${base64url({ alg: 'ES384' })}.${base64url('null')}.AAAA`],
    ['SEC-14', 'malformed', '17 kB', () => signToken(claims({ more: 'x'.repeat(17_000) }))],
  ])('%s %s: %s', async (_id, reason, _name, token) => {
    const before = told.length;
    expect(reasonOf(await present(await token()))).toBe(reason);
    expect(told.length).toBe(before);
  });

  test.each([
    ['no-token', undefined],
    ['no-token', ''],
    ['not-a-bearer-token', 'Basic dXNlcjpwYXNz'],
    ['not-a-bearer-token', 'Bearer'],
    ['not-a-bearer-token', 'Bearertoken'],
    ['not-a-bearer-token', ','],
    ['malformed', 'Bearer x'],
  ])('SEC-03 %s: %s', async (reason, authorization) => {
    expect(reasonOf(await authenticate(authorization, [URL_OF]))).toBe(reason);
  });

  test('SEC-14 a refusal names the client only when its issuer is registered, and holds no value of the token', async () => {
    const secret = { claims: { jti: 'canary-jti', sub: 'canary-sub', tenant: 'canary-tenant' } };
    const refusals = await Promise.all(
      [
        good({ ...secret, keys: foreign }),
        good({ ...secret, aud: 'https://canary.example' }),
        good({ ...secret, iss: 'https://canary.example' }),
        good({ ...secret, iss: TENANTED }),
        good({ ...secret, header: { jku: 'https://canary.example' } }),
        good({ ...secret, header: { kid: 'canary' } }),
        good({ ...secret, header: { typ: 'canary' } }),
      ].map(async (token) => present(await signToken(token))),
    );
    expect(refusals.map((refusal) => ('client' in refusal ? refusal.client : ''))).toEqual([
      'static',
      'static',
      undefined,
      'tenanted',
      'static',
      'static',
      'static',
    ]);
    expect(JSON.stringify(refusals)).not.toContain('canary');
  });

  test('SEC-14 no input makes it throw', async () => {
    const odd = [
      '\0',
      'Bearer \ud800.\ud800.',
      `Bearer ${'.'.repeat(100)}`,
      `Bearer ${' '.repeat(10_000)}`,
      'Bearer \u00e9.e.e',
    ];
    for (const authorization of odd) expect(await authenticate(authorization, [])).toHaveProperty('refused');
  });
});

describe('SEC-13 a token is used twice', () => {
  const twice = async (replay: ReplayPolicy, later = {}) => {
    const again = authenticatorOf([staticClient({ replay })]);
    const jti = `twice-${replay}-${JSON.stringify(later)}`;
    const tokens = [await signToken(claims({ jti })), await signToken(claims({ jti, ...later }))];
    const first = await again(`Bearer ${String(tokens[0])}`, [URL_OF]);
    return [first, await again(`Bearer ${String(tokens[1])}`, [URL_OF])].map((one) =>
      'refused' in one ? one.refused : one.isReplay,
    );
  };

  test.each<[ReplayPolicy, readonly unknown[]]>([
    ['reject', [false, 'replayed']],
    ['warn', [false, true]],
    ['off', [false, false]],
  ])('%s', async (replay, expected) => {
    expect(await twice(replay)).toEqual(expected);
  });

  test('the jti counts, not the bytes of the token', async () => {
    expect(await twice('reject', { exp: SECONDS + 200 })).toEqual([false, 'replayed']);
  });

  test('the same jti of two issuers is two tokens', async () => {
    const jti = 'shared-jti';
    expect(await decide(claims({ jti }))).toBe('admitted');
    expect(await decide(remote({ claims: { jti } }))).toBe('admitted');
    expect(await decide(claims({ jti }))).toBe('replayed');
  });

  test('SEC-15 what is remembered has a bounded length, holds no jti, and lasts as long as the token', async () => {
    told.length = 0;
    await decide(claims({ jti: 'canary'.repeat(500) }));
    expect(told).toEqual([{ key: expect.stringMatching(/^[\w-]{43}$/), until: NOW + 360_000 }]);
  });

  test('a refused token is not used up', async () => {
    const jti = 'not-used-up';
    expect(await decide(good({ keys: foreign, claims: { jti } }))).toBe('bad-signature');
    expect(await decide(good({ aud: 'x', claims: { jti } }))).toBe('wrong-audience');
    expect(await decide(claims({ jti }))).toBe('admitted');
  });

  test('a memory that fails admits nothing', async () => {
    const broken = createAuthenticator({
      clients: [staticClient()],
      fetchKeys: fetchKeysPlainly,
      isReplayed: () => Promise.reject(new Error('lost')),
      now: () => NOW,
    });
    expect(await broken(`Bearer ${await signToken(good())}`, [URL_OF])).toMatchObject({ refused: 'replayed' });
  });
});

describe('SEC-12 key servers over the network', () => {
  test.each<[string, string, Parameters<typeof startPeer>[0]]>([
    ['HTML', 'key-server-unreachable', (_, response) => response.writeHead(200).end('<html>log in</html>')],
    ['broken JSON', 'key-server-unreachable', (_, response) => response.end('{"keys":[')],
    ['no key set', 'key-server-unreachable', (_, response) => response.end('{"resourceType":"Bundle"}')],
    ['keys that are no list', 'key-server-unreachable', (_, response) => response.end('{"keys":{}}')],
    ['an error', 'key-server-unreachable', (_, response) => response.writeHead(500).end('{"keys":[]}')],
    ['a reset', 'key-server-unreachable', (_, response) => response.destroy()],
    [
      'a redirect',
      'key-server-unreachable',
      (_, response) => response.writeHead(302, { location: `${stranger.origin}/jwks.json` }).end(),
    ],
    ['an empty set', 'unknown-key', (_, response) => response.end('{"keys":[]}')],
    ['garbage keys', 'unknown-key', (_, response) => response.end('{"keys":[null,7,"x",{"kid":"key-1"}]}')],
    [
      'private keys',
      'unknown-key',
      (_, response) => {
        sendJson(response, 200, { keys: [keys.privateJwk] });
      },
    ],
    [
      'a shared secret',
      'unknown-key',
      (_, response) => {
        sendJson(response, 200, { keys: [{ kty: 'oct', k: 'AAAA', kid: 'key-1', alg: 'ES384' }] });
      },
    ],
    [
      'one name for two keys',
      'unknown-key',
      (_, response) => {
        sendJson(response, 200, { keys: [keys.jwk, foreign.jwk] });
      },
    ],
    [
      'the good key among bad ones',
      'admitted',
      (_, response) => {
        sendJson(response, 200, { keys: [null, { kty: 'oct' }, { ...keys.jwk, x: 'AAAA', kid: 'bad' }, keys.jwk] });
      },
    ],
  ])('%s: %s', async (_name, expected, behave) => {
    const peer = await startPeer(behave);
    const one = authenticatorOf([clientOf({ iss: REMOTE, keys: { jku: `${peer.origin}/jwks.json` } })]);
    const tokens = await Promise.all(Array.from({ length: 5 }, () => signToken(remote({ keys }))));
    const outcomes = await Promise.all(tokens.map((token) => one(`Bearer ${token}`, [URL_OF])));
    await peer.close();
    expect(new Set(outcomes.map(reasonOf))).toEqual(new Set([expected]));
    expect(peer.heard).toHaveLength(1);
  });
});
