import { statSync } from 'node:fs';
import { normalizeBaseUrl } from './fhir/base-url.js';

/** The service's configuration, read once from the environment. */
export interface Config {
  readonly port: number;
  readonly host: string;
  readonly publicUrl: string;
  readonly fhirServers: readonly string[];
  readonly corsOrigins: readonly string[];
  readonly timeBudgetMs: number;
  /** The site's own content, when there is any. */
  readonly siteDirectory: string | undefined;
  /** In bytes. */
  readonly maxBody: number;
  readonly logLevel: string;
}

interface Variable {
  readonly name: string;
  readonly fallback: string;
  readonly meaning: string;
  /** What is wrong with a value, or undefined. */
  readonly fault: (value: string) => string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

const oneOf =
  (...allowed: readonly string[]) =>
  (value: string) =>
    allowed.includes(value) ? undefined : `must be one of ${allowed.join(', ')}`;
const wholeNumber = (least: number, most: number) => (value: string) =>
  /^\d+$/.test(value) && Number(value) >= least && Number(value) <= most
    ? undefined
    : `must be a whole number from ${String(least)} to ${String(most)}`;

function bytesOf(size: string): number {
  return parseInt(size, 10) * (/mb$/i.test(size) ? 1024 * 1024 : 1024);
}

function listOf(value: string): readonly string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function isWebUrl(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

const eachUrl = (value: string) =>
  listOf(value).every((url) => normalizeBaseUrl(url) !== undefined)
    ? undefined
    : 'must be http(s) URLs without user, query or fragment, separated by commas';
const eachOrigin = (value: string) =>
  listOf(value).every(
    (item) => item === '*' || (isWebUrl(item) && new URL(item).origin === item && !item.includes('*')),
  )
    ? undefined
    : 'must be * or origins like https://ehr.example, separated by commas';

/** Every variable, described once. `npm start -- --help` prints this table. */
export const VARIABLES: readonly Variable[] = [
  { name: 'PORT', fallback: '3000', meaning: 'port to listen on', fault: wholeNumber(0, 65535) },
  {
    name: 'HOST',
    fallback: '127.0.0.1',
    meaning: 'address to listen on',
    fault: (value) => (value.trim() === '' ? 'must not be blank' : undefined),
  },
  {
    name: 'PUBLIC_URL',
    fallback: 'http://localhost:$PORT',
    meaning: 'base URL as clients see it, path prefix included',
    fault: (value) => (isWebUrl(value) ? undefined : 'must be an http(s) URL'),
  },
  {
    name: 'TF_AUTHENTICATION',
    fallback: 'required',
    meaning: 'required or off; this version cannot check client tokens yet, so it only starts with off',
    fault: oneOf('required', 'off'),
  },
  {
    name: 'TF_ALLOW_INSECURE',
    fallback: 'false',
    meaning: 'true allows TF_AUTHENTICATION=off and http URLs when NODE_ENV is production',
    fault: oneOf('true', 'false'),
  },
  {
    name: 'TF_FHIR_SERVERS',
    fallback: '',
    meaning: 'FHIR base URLs the service may call, separated by commas; none: prefetch only',
    fault: eachUrl,
  },
  {
    name: 'TF_CORS_ORIGINS',
    fallback: '',
    meaning: 'browser origins allowed, separated by commas; * for any',
    fault: eachOrigin,
  },
  {
    name: 'TF_SITE_DIR',
    fallback: '',
    meaning: "folder with the site's own order codes, as <topic>/orders.json",
    fault: (value) => (value === '' || isDirectory(value) ? undefined : 'must be a folder that exists'),
  },
  {
    name: 'TF_TIME_BUDGET_MS',
    fallback: '2000',
    meaning: 'milliseconds for a whole answer, FHIR calls included',
    fault: wholeNumber(200, 60_000),
  },
  {
    name: 'TF_MAX_BODY',
    fallback: '20mb',
    meaning: 'largest request body',
    fault: (value) => (/^[1-9]\d*(kb|mb)$/i.test(value) ? undefined : 'must be a size like 500kb or 20mb'),
  },
  {
    name: 'LOG_LEVEL',
    fallback: 'info',
    meaning: 'least level that is logged',
    fault: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'silent'),
  },
];

/** The environment is not fit to start with; the message lists every fault. */
export class ConfigError extends Error {}

function portOf({ PORT = '' }: Environment): string {
  return /^\d+$/.test(PORT) ? PORT : '3000';
}

function valueOf(environment: Environment, name: string): string {
  const value = environment[name];
  const fallback = VARIABLES.find((variable) => variable.name === name)?.fallback ?? '';
  return value === undefined || value === '' ? fallback.replace('$PORT', portOf(environment)) : value;
}

function isPlainHttp(url: string): boolean {
  return URL.canParse(url) && new URL(url).protocol === 'http:';
}

/** CDS Hooks 2.0.1 §Security: TLS on every call, and a FHIR server with production data is reached by https. */
function productionFaults(environment: Environment): readonly string[] {
  const isProduction = environment['NODE_ENV'] === 'production';
  if (!isProduction || valueOf(environment, 'TF_ALLOW_INSECURE') === 'true') return [];
  const insecure = (name: string) => listOf(valueOf(environment, name)).some(isPlainHttp);
  const unless = 'when NODE_ENV=production, unless TF_ALLOW_INSECURE=true';
  return [
    ...(valueOf(environment, 'TF_AUTHENTICATION') === 'off' ? [`TF_AUTHENTICATION: off is refused ${unless}`] : []),
    ...['PUBLIC_URL', 'TF_FHIR_SERVERS'].filter(insecure).map((name) => `${name}: http is refused ${unless}`),
  ];
}

function authenticationFaults(environment: Environment): readonly string[] {
  if (valueOf(environment, 'TF_AUTHENTICATION') !== 'required') return [];
  return [
    'TF_AUTHENTICATION: required is not possible, this version cannot check client tokens yet; set it to off on a network you trust',
  ];
}

/** fhir-kit-client prints URLs with search values, and answers, when its debug output is on. */
function debugFaults({ DEBUG = '', NODE_DEBUG = '' }: Environment): readonly string[] {
  return [
    ...(/\*|fhir-kit-client/.test(DEBUG)
      ? ['DEBUG: must not switch on fhir-kit-client, it would print patient data']
      : []),
    ...(/\*|fetch|undici|http/i.test(NODE_DEBUG)
      ? ['NODE_DEBUG: must not switch on fetch, undici or http, it would print tokens']
      : []),
  ];
}

/** Names that Terraform and TensorFlow document: machines set them for everyone, and they are no typing errors. */
const OF_OTHERS =
  /^TF_(ACC|APPEND_USER_AGENT|CLI_|CLOUD_|CPP_|ENABLE_|FORCE_|GPU_|IGNORE$|INPUT$|IN_AUTOMATION|LOG|PLUGIN_|REATTACH_|REGISTRY_|STATE_|TOKEN_|VAR_|WORKSPACE|XLA_)/;

function faultsOf(environment: Environment): readonly string[] {
  const known = new Set(VARIABLES.map(({ name }) => name));
  const strange = Object.keys(environment).filter(
    (name) => name.startsWith('TF_') && !known.has(name) && !OF_OTHERS.test(name),
  );
  const wrong = VARIABLES.flatMap(({ name, fault }) => {
    const message = fault(valueOf(environment, name));
    return message === undefined ? [] : [`${name}: ${message}`];
  });
  return [
    ...strange.map((name) => `${name}: is not a variable of this version`),
    ...wrong,
    ...authenticationFaults(environment),
    ...productionFaults(environment),
    ...debugFaults(environment),
  ];
}

/** Reads the configuration. Throws a ConfigError that lists every bad or unknown value. */
export function readConfig(environment: Environment): Config {
  const faults = faultsOf(environment);
  if (faults.length > 0)
    throw new ConfigError(`The configuration has faults:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  return Object.freeze({
    port: Number(valueOf(environment, 'PORT')),
    host: valueOf(environment, 'HOST'),
    publicUrl: valueOf(environment, 'PUBLIC_URL'),
    fhirServers: listOf(valueOf(environment, 'TF_FHIR_SERVERS')),
    corsOrigins: listOf(valueOf(environment, 'TF_CORS_ORIGINS')),
    siteDirectory: valueOf(environment, 'TF_SITE_DIR') || undefined,
    timeBudgetMs: Number(valueOf(environment, 'TF_TIME_BUDGET_MS')),
    maxBody: bytesOf(valueOf(environment, 'TF_MAX_BODY')),
    logLevel: valueOf(environment, 'LOG_LEVEL'),
  });
}

/** The table that `--help` prints. */
export function describeConfig(): string {
  const width = Math.max(...VARIABLES.map(({ name }) => name.length));
  const lines = VARIABLES.map(
    ({ name, fallback, meaning }) => `  ${name.padEnd(width)}  ${meaning} (${fallback === '' ? 'none' : fallback})`,
  );
  return ['Environment variables (default in brackets):', ...lines].join('\n');
}
