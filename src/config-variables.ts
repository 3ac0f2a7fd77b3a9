import { statSync } from 'node:fs';
import { normalizeBaseUrl } from './fhir/base-url.js';
import { faultOfNetwork } from './outbound/address-policy.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** One variable of the environment. */
export interface Variable {
  readonly name: string;
  readonly fallback: string;
  readonly meaning: string;
  /** What is wrong with a value, or undefined. */
  readonly fault: (value: string) => string | undefined;
}

const oneOf =
  (...allowed: readonly string[]) =>
  (value: string) =>
    allowed.includes(value) ? undefined : `must be one of ${allowed.join(', ')}`;
const wholeNumber = (least: number, most: number) => (value: string) =>
  /^\d+$/.test(value) && Number(value) >= least && Number(value) <= most
    ? undefined
    : `must be a whole number from ${String(least)} to ${String(most)}`;

function isWebUrl(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

const eachNetwork = (value: string) =>
  listOf(value)
    .map(faultOfNetwork)
    .find((fault) => fault !== undefined);

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
    meaning: 'required: only clients of TF_CLIENTS_FILE may call; off: anyone may, for demonstrations and tests',
    fault: oneOf('required', 'off'),
  },
  {
    name: 'TF_CLIENTS_FILE',
    fallback: '',
    meaning: 'JSON file of the CDS clients that may call; `npm run check-client` checks it',
    fault: (value) => (value === '' || isFile(value) ? undefined : 'must be a file that exists'),
  },
  {
    name: 'TF_ALLOW_INSECURE',
    fallback: 'false',
    meaning:
      'true allows http to FHIR servers, and when NODE_ENV is production also http in PUBLIC_URL and TF_AUTHENTICATION=off',
    fault: oneOf('true', 'false'),
  },
  {
    name: 'TF_FHIR_SERVERS',
    fallback: '',
    meaning: 'FHIR base URLs the service may call when authentication is off, separated by commas',
    fault: eachUrl,
  },
  {
    name: 'TF_PRIVATE_NETWORKS',
    fallback: '',
    meaning:
      'ranges like 10.20.0.0/16, separated by commas, where FHIR and key servers may stand; others must be public',
    fault: eachNetwork,
  },
  {
    name: 'TF_CORS_ORIGINS',
    fallback: '',
    meaning: 'browser origins allowed, separated by commas; * for any',
    fault: eachOrigin,
  },
  {
    name: 'DATABASE_URL',
    fallback: '',
    meaning: 'PostgreSQL for feedback, decisions and used tokens; none: a file in TF_DATA_DIR, for one process',
    fault: (value) =>
      value === '' || /^postgres(ql)?:\/\/./.test(value) ? undefined : 'must begin with postgres:// or postgresql://',
  },
  {
    name: 'TF_DATA_DIR',
    fallback: './data',
    meaning: 'folder of the embedded store',
    fault: (value) => (value.trim() === '' ? 'must not be blank' : undefined),
  },
  {
    name: 'TF_RETENTION_DAYS',
    fallback: '730',
    meaning: 'days that decisions and feedback are kept',
    fault: wholeNumber(1, 36_500),
  },
  {
    name: 'TF_COMMENT_DAYS',
    fallback: '90',
    meaning: 'days that the free text of feedback is kept',
    fault: wholeNumber(0, 36_500),
  },
  {
    name: 'TF_OPERATOR_TOKEN',
    fallback: '',
    meaning:
      'bearer token that opens /reports and /metrics, at least 32 visible ASCII characters; none: both stay shut when authentication is required',
    fault: (value) =>
      value === '' || /^[\x21-\x7e]{32,}$/.test(value) ? undefined : 'must be at least 32 visible ASCII characters',
  },
  {
    name: 'TF_RATE_LIMIT',
    fallback: '6000',
    meaning: 'calls a minute that one client may make of this process; 0 for no limit',
    fault: wholeNumber(0, 1_000_000_000),
  },
  {
    name: 'TF_DRAIN_MS',
    fallback: '2000',
    meaning: 'milliseconds that a stopping service still takes calls, so that balancers can turn away',
    fault: wholeNumber(0, 60_000),
  },
  {
    name: 'TF_SITE_DIR',
    fallback: '',
    meaning: "folder with the site's own codes, order codes and thresholds, in a folder for each topic",
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

function portOf({ PORT = '' }: Environment): string {
  return /^\d+$/.test(PORT) ? PORT : '3000';
}

/** The value, or the default when the environment has none. */
export function valueOf(environment: Environment, name: string): string {
  const value = environment[name];
  const fallback = VARIABLES.find((variable) => variable.name === name)?.fallback ?? '';
  return value === undefined || value === '' ? fallback.replace('$PORT', portOf(environment)) : value;
}

/** The items of a list separated by commas. */
export function listOf(value: string): readonly string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
