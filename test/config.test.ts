import { describe, expect, test } from '@jest/globals';
import { VARIABLES } from '../src/config-variables.js';
import { ConfigError, describeConfig, readConfig, type Config } from '../src/config.js';

type Environment = Parameters<typeof readConfig>[0];

const OFF = { TF_AUTHENTICATION: 'off' };

function faultsOf(environment: Environment): readonly string[] {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
}

test('nothing but authentication off: every default', () => {
  expect(readConfig(OFF)).toEqual({
    port: 3000,
    host: '127.0.0.1',
    publicUrl: 'http://localhost:3000',
    authentication: 'off',
    allowInsecure: false,
    fhirServers: [],
    privateNetworks: [],
    corsOrigins: [],
    dataDirectory: './data',
    retentionDays: 730,
    commentDays: 90,
    rateLimit: 6000,
    drainMs: 2000,
    timeBudgetMs: 2000,
    maxBody: 20 * 1024 * 1024,
    logLevel: 'info',
  });
});

test('a fault of a secret does not hold it', () => {
  const faults = faultsOf({ ...OFF, DATABASE_URL: 'mysql://u:canary@db', TF_OPERATOR_TOKEN: 'canary' });
  expect(faults).toHaveLength(2);
  expect(faults.join()).not.toContain('canary');
});

test('what was read cannot be changed', () => {
  expect(Object.isFrozen(readConfig(OFF))).toBe(true);
});

describe('good values', () => {
  test.each<[string, string, Partial<Config>]>([
    ['PORT', '0', { port: 0 }],
    ['PORT', '65535', { port: 65_535 }],
    ['PORT', '8080', { port: 8080, publicUrl: 'http://localhost:8080' }],
    ['PORT', '', { port: 3000 }],
    ['HOST', '0.0.0.0', { host: '0.0.0.0' }],
    ['PUBLIC_URL', 'https://cds.example/tf', { publicUrl: 'https://cds.example/tf', port: 3000 }],
    ['TF_FHIR_SERVERS', 'https://ehr.example/fhir', { fhirServers: ['https://ehr.example/fhir'] }],
    [
      'TF_FHIR_SERVERS',
      ' https://a.example , http://localhost:8080/r4 ,',
      { fhirServers: ['https://a.example', 'http://localhost:8080/r4'] },
    ],
    ['TF_CORS_ORIGINS', '*', { corsOrigins: ['*'] }],
    [
      'TF_CORS_ORIGINS',
      'https://a.example,http://localhost:8080',
      { corsOrigins: ['https://a.example', 'http://localhost:8080'] },
    ],
    ['TF_TIME_BUDGET_MS', '200', { timeBudgetMs: 200 }],
    ['TF_TIME_BUDGET_MS', '60000', { timeBudgetMs: 60_000 }],
    ['TF_MAX_BODY', '500kb', { maxBody: 500 * 1024 }],
    ['TF_MAX_BODY', '1MB', { maxBody: 1024 * 1024 }],
    ...['fatal', 'error', 'warn', 'info', 'debug', 'silent'].map((logLevel): [string, string, Partial<Config>] => [
      'LOG_LEVEL',
      logLevel,
      { logLevel },
    ]),
    ['PUBLIC_URL', 'https://cds.example/', { publicUrl: 'https://cds.example' }],
    ['TF_PRIVATE_NETWORKS', '10.0.0.0/8, fd00::/8', { privateNetworks: ['10.0.0.0/8', 'fd00::/8'] }],
    ['DATABASE_URL', 'postgres://tf@db.example/tf', { databaseUrl: 'postgres://tf@db.example/tf' }],
    ['TF_DATA_DIR', '/var/lib/tf', { dataDirectory: '/var/lib/tf' }],
    ['TF_RETENTION_DAYS', '30', { retentionDays: 30 }],
    ['TF_COMMENT_DAYS', '0', { commentDays: 0 }],
    ['TF_OPERATOR_TOKEN', 'x'.repeat(32), { operatorToken: 'x'.repeat(32) }],
    ['TF_RATE_LIMIT', '0', { rateLimit: 0 }],
    ['TF_DRAIN_MS', '0', { drainMs: 0 }],
    ['TF_ALLOW_INSECURE', 'true', { allowInsecure: true }],
    ['TF_ALLOW_INSECURE', 'false', { allowInsecure: false }],
    ['PATH', 'anything', {}],
    ['NODE_ENV', 'test', {}],
  ])('%s=%s', (name, value, expected) => {
    expect(readConfig({ ...OFF, [name]: value })).toMatchObject(expected);
  });
});

test('an empty PORT is the default one in the PUBLIC_URL too', () => {
  expect(readConfig({ ...OFF, PORT: '' }).publicUrl).toBe('http://localhost:3000');
});

describe('bad values', () => {
  test.each([
    ['PORT', '-1'],
    ['PORT', '65536'],
    ['PORT', '3000.5'],
    ['PORT', '0x10'],
    ['PORT', 'http'],
    ['PORT', ' 3000'],
    ['PUBLIC_URL', 'cds.example'],
    ['PUBLIC_URL', 'ftp://cds.example'],
    ['PUBLIC_URL', '/tf'],
    ['TF_AUTHENTICATION', 'none'],
    ['TF_AUTHENTICATION', 'OFF'],
    ['TF_ALLOW_INSECURE', 'yes'],
    ['TF_ALLOW_INSECURE', '1'],
    ['TF_FHIR_SERVERS', 'ehr.example/fhir'],
    ['TF_FHIR_SERVERS', 'https://ehr.example/fhir,ftp://b.example'],
    ['TF_CORS_ORIGINS', 'a.example'],
    ['TF_CORS_ORIGINS', 'https://a.example/path'],
    ['TF_CORS_ORIGINS', 'https://a.example/'],
    ['TF_CORS_ORIGINS', 'https://a.example,null'],
    ['TF_TIME_BUDGET_MS', '199'],
    ['TF_TIME_BUDGET_MS', '60001'],
    ['TF_TIME_BUDGET_MS', '2s'],
    ['TF_MAX_BODY', '20'],
    ['TF_MAX_BODY', '1gb'],
    ['TF_MAX_BODY', '-1mb'],
    ['LOG_LEVEL', 'verbose'],
    ['LOG_LEVEL', 'INFO'],
    ['TF_CLIENTS_FILE', '/no/such/file.json'],
    ['TF_PRIVATE_NETWORKS', '10.0.0.0'],
    ['TF_PRIVATE_NETWORKS', '10.0.0.0/8,hospital'],
    ['DATABASE_URL', 'mysql://db.example/tf'],
    ['TF_DATA_DIR', ' '],
    ['TF_RETENTION_DAYS', '0'],
    ['TF_COMMENT_DAYS', '-1'],
    ['TF_OPERATOR_TOKEN', 'too-short'],
    ['TF_OPERATOR_TOKEN', `${'x'.repeat(32)} `],
    ['TF_RATE_LIMIT', '-1'],
    ['TF_DRAIN_MS', '60001'],
  ])('%s=%s is refused by name', (name, value) => {
    const named = faultsOf({ ...OFF, PUBLIC_URL: 'https://cds.example', [name]: value }).map(
      (fault) => fault.split(':')[0],
    );
    expect(named).toEqual([name]);
  });

  test.each(['TF_AUTHENTICATON', 'TF_', 'TF_fhir_servers', 'TF_DATA_FOLDER'])('%s is no variable', (name) => {
    expect(faultsOf({ ...OFF, [name]: 'x' })).toEqual([`${name}: is not a variable of this version`]);
  });

  test.each(['MY_TF_X', 'TFX', 'tf_x'])('%s is none of ours', (name) => {
    expect(faultsOf({ ...OFF, [name]: 'x' })).toEqual([]);
  });

  test('all faults are listed at once', () => {
    const environment = {
      PORT: 'x',
      PUBLIC_URL: 'x',
      TF_ALLOW_INSECURE: 'x',
      TF_FHIR_SERVERS: 'x',
      TF_CORS_ORIGINS: 'x',
      TF_TIME_BUDGET_MS: 'x',
      TF_MAX_BODY: 'x',
      LOG_LEVEL: 'x',
      TF_STRANGE: 'x',
      DEBUG: '*',
    };
    const named = faultsOf(environment).map((fault) => fault.split(/[:=]/)[0]);
    // Authentication is required, for which the clients file is missing, and the FHIR servers are there.
    expect(named.sort()).toEqual([...Object.keys(environment), 'TF_CLIENTS_FILE', 'TF_FHIR_SERVERS'].sort());
  });

  test('a bad PORT is one fault, not also one of the PUBLIC_URL that nobody set', () => {
    expect(faultsOf({ ...OFF, PORT: 'x' })).toHaveLength(1);
  });

  test.each([
    [
      'a FHIR server with user information, which no request can match',
      { TF_FHIR_SERVERS: 'https://u:p@ehr.example/fhir' },
    ],
    [
      'a FHIR server with a query, which no request can match',
      { TF_FHIR_SERVERS: 'https://ehr.example/fhir?tenant=1' },
    ],
    ['an origin with a wildcard, which no browser sends', { TF_CORS_ORIGINS: 'https://*.example' }],
    ['no room for any body', { TF_MAX_BODY: '0mb' }],
    ['a blank host', { HOST: ' ' }],
    ['the debug output of fetch, which prints search values', { NODE_DEBUG: 'fetch' }],
  ])('%s', (_, environment: Environment) => {
    expect(faultsOf({ ...OFF, ...environment })).not.toEqual([]);
  });
});

const SOME_FILE = new URL('../package.json', import.meta.url).pathname;
const TLS: Environment = { NODE_ENV: 'production', PUBLIC_URL: 'https://cds.example' };

describe('what may not be left open unawares', () => {
  test.each<[string, Environment, string | undefined]>([
    [
      'authentication is required by default',
      {},
      'is required; see docs/connect-an-ehr.md, or set TF_AUTHENTICATION=off',
    ],
    ['and when set so', { TF_AUTHENTICATION: 'required' }, 'TF_CLIENTS_FILE: is needed'],
    ['and when set to nothing', { TF_AUTHENTICATION: '' }, 'TF_CLIENTS_FILE: is needed'],
    ['required, with clients', { TF_CLIENTS_FILE: SOME_FILE }, undefined],
    [
      'required, with servers for everyone',
      { TF_CLIENTS_FILE: SOME_FILE, TF_FHIR_SERVERS: 'https://ehr.example/fhir' },
      'TF_FHIR_SERVERS: counts only when TF_AUTHENTICATION is off',
    ],
    ['http to a FHIR server elsewhere', { ...OFF, TF_FHIR_SERVERS: 'http://ehr.example' }, 'TF_FHIR_SERVERS: http is'],
    ['http to a FHIR server here', { ...OFF, TF_FHIR_SERVERS: 'http://127.0.0.1:8080/fhir' }, undefined],
    ['off outside production', { ...OFF, NODE_ENV: 'development' }, undefined],
    ['off in production', { ...TLS, ...OFF }, 'TF_AUTHENTICATION: off is refused'],
    [
      'off in production, not allowed',
      { ...TLS, ...OFF, TF_ALLOW_INSECURE: 'false' },
      'TF_AUTHENTICATION: off is refused',
    ],
    ['off in production, allowed', { ...TLS, ...OFF, TF_ALLOW_INSECURE: 'true' }, undefined],
    [
      'http in production, allowed',
      {
        ...TLS,
        ...OFF,
        TF_ALLOW_INSECURE: 'true',
        PUBLIC_URL: 'http://cds.example',
        TF_FHIR_SERVERS: 'http://ehr.example',
      },
      undefined,
    ],
    ['all debug output', { ...OFF, DEBUG: '*' }, 'DEBUG'],
    ['debug output of the FHIR client', { ...OFF, DEBUG: 'express,fhir-kit-client:info' }, 'DEBUG'],
    ['debug output by a pattern', { ...OFF, DEBUG: 'fhir*' }, 'DEBUG'],
    ['debug output of others', { ...OFF, DEBUG: 'express' }, undefined],
    ['debug output off', { ...OFF, DEBUG: '' }, undefined],
  ])('%s', (_, environment, fault) => {
    const faults = faultsOf(environment);
    if (fault === undefined) expect(faults).toEqual([]);
    else expect(faults).toEqual([expect.stringContaining(fault)]);
  });

  test.each([
    ['PUBLIC_URL', 'http://cds.example'],
    ['PUBLIC_URL', ''],
    ['TF_FHIR_SERVERS', 'https://ehr.example/fhir,http://ehr.example/fhir'],
  ])('GEN-01 REQ-05 no http in production: %s %s', (name, value) => {
    expect(faultsOf({ ...TLS, ...OFF, [name]: value })).toContainEqual(
      expect.stringContaining(`${name}: http is refused`),
    );
  });
});

describe('help', () => {
  const lines = describeConfig().split('\n');

  test.each(VARIABLES.map(({ name, fallback }) => [name, fallback]))('lists %s with its default', (name, fallback) => {
    const line = lines.find((candidate) => candidate.trim().split(/\s/)[0] === name);
    expect(line).toMatch(/[a-z]{3,}/);
    expect(line).toContain(fallback === '' ? '(none)' : `(${fallback})`);
  });

  test('describes every variable once', () => {
    expect(lines).toHaveLength(VARIABLES.length + 1);
    expect(new Set(VARIABLES.map(({ name }) => name)).size).toBe(VARIABLES.length);
  });
});
