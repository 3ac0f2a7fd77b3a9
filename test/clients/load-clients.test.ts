import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeClient } from '../../src/clients/describe-client.js';
import { ClientsError, loadClients, parseClients } from '../../src/clients/load-clients.js';
import { createClientKeys, type ClientKeys } from '../support/client-keys.js';

let keys: ClientKeys;
let rsa: ClientKeys;
let folder: string;

beforeAll(async () => {
  [keys, rsa] = await Promise.all([createClientKeys('ES384', 'k1'), createClientKeys('RS256', 'r1')]);
  folder = mkdtempSync(join(tmpdir(), 'clients-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

const STRICT = { allowInsecure: false };
const JKU = 'https://ehr.example/jwks.json';

const client = (more: object = {}) => ({
  name: 'EHR',
  iss: 'https://ehr.example',
  jku: JKU,
  fhirServers: ['https://ehr.example/fhir'],
  ...more,
});
const withKeys = (...jwks: readonly object[]) => client({ jku: undefined, jwks: { keys: jwks } });

function faultsOf(act: () => unknown): readonly string[] {
  try {
    act();
    return [];
  } catch (error) {
    if (!(error instanceof ClientsError)) throw error;
    expect(error.message.split('\n').slice(1)).toEqual(error.faults.map((fault) => `  ${fault}`));
    return error.faults;
  }
}

// As a file has it: a member that is undefined is not there.
const fromFile = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const check = (...clients: readonly unknown[]) => faultsOf(() => parseClients(fromFile({ clients }), STRICT));

describe('good registrations', () => {
  test('the least: every default', () => {
    expect(parseClients({ clients: [client()] }, STRICT)).toEqual([
      {
        name: 'EHR',
        iss: 'https://ehr.example',
        keys: { jku: JKU },
        algorithms: ['ES384', 'RS384'],
        audiences: [],
        tenants: undefined,
        fhirServers: ['https://ehr.example/fhir'],
        fhirVersion: undefined,
        replay: 'reject',
      },
    ]);
  });

  test('the most', () => {
    const most = {
      algorithms: ['ES384'],
      audiences: ['urn:cds'],
      tenants: ['north'],
      fhirServers: ['https://EHR.example:443/r4/', 'https://ehr.example/r4'],
      fhirVersion: '4.0.0',
      replay: 'warn',
    };
    expect(parseClients(fromFile({ clients: [{ ...withKeys(keys.jwk), ...most }] }), STRICT)).toEqual([
      {
        ...most,
        name: 'EHR',
        iss: 'https://ehr.example',
        keys: { jwks: { keys: [keys.jwk] } },
        fhirServers: ['https://ehr.example/r4'],
      },
    ]);
  });

  test.each(['http://localhost:8080/jwks', 'http://127.0.0.1/jwks', 'http://127.8.9.1/jwks', 'http://[::1]:1/jwks'])(
    'key URL %s is this machine',
    (jku) => {
      expect(check(client({ jku }))).toEqual([]);
    },
  );

  test.each(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'])(
    'SEC-08 algorithm %s',
    (algorithm) => {
      expect(check(client({ algorithms: [algorithm] }))).toEqual([]);
    },
  );

  test.each([
    ['http://localhost/fhir', STRICT],
    ['http://127.0.0.1:8080/fhir', STRICT],
    ['http://ehr.example/fhir', { allowInsecure: true }],
  ])('FHIR server %s with %j', (server, options) => {
    const [one] = parseClients({ clients: [client({ fhirServers: [server] })] }, options);
    expect(one?.fhirServers).toEqual([server]);
  });

  test('no FHIR server: prefetch only', () => {
    expect(check(client({ fhirServers: [] }))).toEqual([]);
  });

  test('a registration in words', () => {
    const [one] = parseClients({ clients: [client({ tenants: ['north'], audiences: ['urn:cds'] })] }, STRICT);
    const words = one === undefined ? '' : describeClient(one).join('\n');
    for (const part of ['"EHR"', JKU, 'ES384 or RS384', 'urn:cds', 'north', 'https://ehr.example/fhir', 'refused']) {
      expect(words).toContain(part);
    }
  });
});

const rsaJwk = (bits: number) => ({
  ...generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ format: 'jwk' }),
  kid: 'small',
});

describe('faults, each with its place', () => {
  test.each<[string, string, () => object]>([
    ['clients[0]: must have either "jku" or "jwks"', 'no keys', () => client({ jku: undefined })],
    ['clients[0]: must have either "jku" or "jwks"', 'keys twice', () => client({ jwks: { keys: [keys.jwk] } })],
    ['clients[0]: has no "name"', 'no name', () => client({ name: undefined })],
    ['clients[0]: has no "iss"', 'no issuer', () => client({ iss: undefined })],
    ['clients[0]: has no "fhirServers"', 'no FHIR servers', () => client({ fhirServers: undefined })],
    ['clients[0].name: must not be blank', 'a blank name', () => client({ name: ' ' })],
    ['clients[0].iss: must not be blank', 'a blank issuer', () => client({ iss: '' })],
    ['clients[0]: has an unknown member "tenant"', 'a slip of the pen', () => client({ tenant: 'x' })],
    ['clients[0].replay: ', 'an unknown policy', () => client({ replay: 'ignore' })],
    ['clients[0].tenants: ', 'no tenant that may call', () => client({ tenants: [] })],
    ['clients[0].algorithms: ', 'no algorithm', () => client({ algorithms: [] })],
    ['clients[0].algorithms[1]: proves nobody', 'SEC-07 none', () => client({ algorithms: ['ES384', 'none'] })],
    ['clients[0].algorithms[0]: proves nobody', 'SEC-07 HS256', () => client({ algorithms: ['HS256'] })],
    ['clients[0].algorithms[0]: is not known', 'an unknown one', () => client({ algorithms: ['ES256K'] })],
    ['clients[0].algorithms[0]: is not known', 'a member of Object', () => client({ algorithms: ['constructor'] })],
    ['clients[0].jku: must be a URL', 'no URL', () => client({ jku: 'ehr.example/jwks' })],
    ['clients[0].jku: must be an https URL', 'http', () => client({ jku: 'http://ehr.example/jwks' })],
    [
      'clients[0].jku: must be an https URL',
      'a name like this machine',
      () => client({ jku: 'http://localhost.evil.example/' }),
    ],
    [
      'clients[0].jku: must be an https URL',
      'a name that ends alike',
      () => client({ jku: 'http://evil-localhost/jwks' }),
    ],
    [
      'clients[0].jku: must be an https URL',
      'a name like an address',
      () => client({ jku: 'http://127.0.0.1.evil.example/' }),
    ],
    ['clients[0].jku: must be an https URL', 'a file', () => client({ jku: 'file:///etc/jwks.json' })],
    ['clients[0].jku: must not hold a user', 'a user', () => client({ jku: 'https://user@ehr.example/jwks' })],
    ['clients[0].jku: must not hold a user', 'a password', () => client({ jku: 'https://:pass@ehr.example/jwks' })],
    ['clients[0].jku: must not hold a fragment', 'a fragment', () => client({ jku: `${JKU}#1` })],
    ['clients[0].jwks.keys: ', 'no keys in the set', () => withKeys()],
    ['clients[0].jwks.keys[0]: has the private member "d"', 'a private key', () => withKeys(keys.privateJwk)],
    [
      'clients[0].jwks.keys[0]: is symmetric',
      'a shared secret',
      () => withKeys({ kty: 'oct', k: 'c2VjcmV0', kid: 'x' }),
    ],
    [
      'clients[0].jwks.keys[1]: has no "kid"',
      'no name of a key',
      () => withKeys(keys.jwk, { ...keys.jwk, kid: undefined }),
    ],
    [
      'clients[0].jwks.keys[1]: has the "kid" of a key before it',
      'a name twice',
      () => withKeys(keys.jwk, { ...rsa.jwk, kid: 'k1' }),
    ],
    ['clients[0].jwks.keys[0]: has 1024 bits', 'a small RSA key', () => withKeys(rsaJwk(1024))],
    ['clients[0].jwks.keys[0]: cannot be read', 'half a key', () => withKeys({ ...keys.jwk, y: undefined })],
    ['clients[0].jwks.keys[0]: fits none', 'another curve', () => withKeys({ ...keys.jwk, crv: 'P-256' })],
    ['clients[0].jwks.keys[0]: fits none', 'another algorithm', () => withKeys({ ...keys.jwk, alg: 'ES512' })],
    ['clients[0].jwks.keys[0]: fits none', 'a key to encrypt with', () => withKeys({ ...keys.jwk, use: 'enc' })],
    [
      'clients[0].jwks.keys[0]: fits none',
      'algorithms of another kind',
      () => ({ ...withKeys(keys.jwk), algorithms: ['RS384'] }),
    ],
    [
      'clients[0].fhirServers[1]: must be https',
      'http',
      () => client({ fhirServers: ['https://a.example', 'http://b.example'] }),
    ],
    [
      'clients[0].fhirServers[0]: must be an http(s) URL',
      'a query',
      () => client({ fhirServers: ['https://a.example?x'] }),
    ],
    ['clients[0].fhirVersion: must be 1.0.2, 3.0.2,', 'a name', () => client({ fhirVersion: 'STU3' })],
    ['clients[0].fhirVersion: must be 1.0.2, 3.0.2,', 'a ballot', () => client({ fhirVersion: '4.2.0' })],
    ['clients[0].fhirVersion: must be 1.0.2, 3.0.2,', 'half a number', () => client({ fhirVersion: '4.0' })],
    ['clients[0].audiences[0]: ', 'a blank audience', () => client({ audiences: [''] })],
  ])('%s: %s', (expected, _name, one) => {
    expect(check(one())).toEqual([expect.stringContaining(expected)]);
  });

  test('allowInsecure is about FHIR servers, never about keys', () => {
    const open = () => parseClients({ clients: [client({ jku: 'http://ehr.example/jwks' })] }, { allowInsecure: true });
    expect(faultsOf(open)).toHaveLength(1);
  });

  test.each(['name', 'iss'] as const)('SEC-09 a %s stands for one client', (member) => {
    const other = client({ name: 'Other', iss: 'https://other.example' });
    expect(check(client(), { ...other, [member]: client()[member] })).toEqual([
      `clients[1].${member}: is that of clients[0]`,
    ]);
  });

  test.each<[string, unknown]>([
    ['file', null],
    ['file', []],
    ['file', 'clients'],
    ['file', {}],
    ['clients', { clients: {} }],
    ['clients', { clients: [] }],
    ['clients[0]', { clients: [7] }],
  ])('%s: %j', (place, value) => {
    expect(faultsOf(() => parseClients(value, STRICT))).toEqual([
      expect.stringMatching(new RegExp(`^${place.replace(/[[\]]/g, '\\$&')}: `)),
    ]);
  });

  test('members of wrong types are faults, never a crash', () => {
    const names = ['name', 'iss', 'jku', 'algorithms', 'audiences', 'tenants', 'fhirServers', 'fhirVersion', 'replay'];
    for (const value of [7, null, {}, [7], [[]], true]) {
      for (const name of names) expect(check(client({ [name]: value }))).not.toEqual([]);
      expect(check(client({ jku: undefined, jwks: value }))).not.toEqual([]);
      expect(check(withKeys(Object(value) as object))).not.toEqual([]);
    }
  });

  test('all at once, of all clients', () => {
    const faults = check(
      client({ jku: 'x', replay: 'x', more: 1 }),
      withKeys(keys.privateJwk, { kty: 'oct' }),
      client({ name: 'third', iss: 'third', fhirServers: ['x'], algorithms: ['none'] }),
    );
    expect(faults.map((fault) => fault.split(': ')[0]).sort()).toEqual([
      'clients[0]',
      'clients[0].jku',
      'clients[0].replay',
      'clients[1].iss',
      'clients[1].jwks.keys[0]',
      'clients[1].jwks.keys[1]',
      'clients[1].name',
      'clients[2].algorithms[0]',
      'clients[2].fhirServers[0]',
    ]);
  });

  test('no fault holds what is in the file', () => {
    const secret = 'canary-secret';
    const faults = check(
      client({ jku: `https://user:${secret}@ehr.example/` }),
      client({ name: `${secret} `, iss: ` ${secret}`, replay: secret, fhirVersion: secret, algorithms: [secret] }),
      withKeys({ ...keys.privateJwk, d: secret }, { kty: 'oct', k: secret }),
    );
    expect(faults.length).toBeGreaterThan(5);
    expect(faults.join()).not.toContain(secret);
  });
});

describe('the file', () => {
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  test('is read', () => {
    const path = write('good.json', `\ufeff${JSON.stringify({ clients: [client()] })}`);
    expect(loadClients(path, STRICT)).toHaveLength(1);
  });

  test.each([
    ['file: cannot be read', () => join(folder, 'none.json')],
    ['file: cannot be read', () => folder],
    [
      'file: is no valid JSON: this is no value (line 2, column 15); write text in double quotes, a number, true, false or null',
      () => write('broken.json', '{\n  "clients": [canary-secret'),
    ],
    [
      'file: is no valid JSON: a comma is missing before this (line 3, column 3); put a comma behind what stands before it',
      () => write('comma.json', '\ufeff{ "clients": [\n  { "name": "a" }\n  { "name": "b" }] }'),
    ],
    ['file: is no valid JSON: it is empty; bring back what it held', () => write('empty.json', '')],
  ])('%s', (fault, path) => {
    expect(faultsOf(() => loadClients(path(), STRICT))).toEqual([fault]);
  });
});
