import { faultsOf, valueFaults } from './config-faults.js';
import { listOf, valueOf, VARIABLES, type Environment } from './config-variables.js';

/** The service's configuration, read once from the environment. */
export interface Config {
  readonly port: number;
  readonly host: string;
  /** Without trailing slash. */
  readonly publicUrl: string;
  readonly authentication: 'required' | 'off';
  readonly clientsFile: string | undefined;
  /** Whether http is accepted where https is asked for. */
  readonly allowInsecure: boolean;
  /** FHIR servers that may be called when authentication is off. */
  readonly fhirServers: readonly string[];
  /** CIDR ranges that outgoing calls may reach beside public addresses. */
  readonly privateNetworks: readonly string[];
  readonly corsOrigins: readonly string[];
  /** PostgreSQL; without it an embedded store in `dataDirectory`. A secret. */
  readonly databaseUrl: string | undefined;
  readonly dataDirectory: string;
  readonly retentionDays: number;
  readonly commentDays: number;
  /** Opens reports and metrics. A secret. */
  readonly operatorToken: string | undefined;
  /** Calls a minute and client; 0 for no limit. */
  readonly rateLimit: number;
  /** How long a stopping service still accepts calls. */
  readonly drainMs: number;
  readonly timeBudgetMs: number;
  /** The site's own content, when there is any. */
  readonly siteDirectory: string | undefined;
  /** In bytes. */
  readonly maxBody: number;
  readonly logLevel: string;
}

/** The environment is not fit to start with; the message lists every fault. */
export class ConfigError extends Error {}

function bytesOf(size: string): number {
  return parseInt(size, 10) * (/mb$/i.test(size) ? 1024 * 1024 : 1024);
}

function requireNone(faults: readonly string[]): void {
  if (faults.length === 0) return;
  throw new ConfigError(`The configuration has faults:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
}

/** What a command needs that works on what the service keeps. */
export type KeepingConfig = Pick<Config, 'databaseUrl' | 'dataDirectory' | 'siteDirectory'>;

function keepingOf(environment: Environment): KeepingConfig {
  return {
    databaseUrl: valueOf(environment, 'DATABASE_URL') || undefined,
    dataDirectory: valueOf(environment, 'TF_DATA_DIR'),
    siteDirectory: valueOf(environment, 'TF_SITE_DIR') || undefined,
  };
}

/** Reads only where things are kept: commands need no clients. Throws a ConfigError for a bad value. */
export function readKeepingConfig(environment: Environment): KeepingConfig {
  requireNone(valueFaults(environment, ['DATABASE_URL', 'TF_DATA_DIR', 'TF_SITE_DIR']));
  return keepingOf(environment);
}

/** Reads the configuration. Throws a ConfigError that lists every bad or unknown value. */
export function readConfig(environment: Environment): Config {
  requireNone(faultsOf(environment));
  return Object.freeze({
    port: Number(valueOf(environment, 'PORT')),
    host: valueOf(environment, 'HOST'),
    publicUrl: valueOf(environment, 'PUBLIC_URL').replace(/\/+$/, ''),
    authentication: valueOf(environment, 'TF_AUTHENTICATION') === 'off' ? 'off' : 'required',
    clientsFile: valueOf(environment, 'TF_CLIENTS_FILE') || undefined,
    allowInsecure: valueOf(environment, 'TF_ALLOW_INSECURE') === 'true',
    fhirServers: listOf(valueOf(environment, 'TF_FHIR_SERVERS')),
    privateNetworks: listOf(valueOf(environment, 'TF_PRIVATE_NETWORKS')),
    corsOrigins: listOf(valueOf(environment, 'TF_CORS_ORIGINS')),
    ...keepingOf(environment),
    retentionDays: Number(valueOf(environment, 'TF_RETENTION_DAYS')),
    commentDays: Number(valueOf(environment, 'TF_COMMENT_DAYS')),
    operatorToken: valueOf(environment, 'TF_OPERATOR_TOKEN') || undefined,
    rateLimit: Number(valueOf(environment, 'TF_RATE_LIMIT')),
    drainMs: Number(valueOf(environment, 'TF_DRAIN_MS')),
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
