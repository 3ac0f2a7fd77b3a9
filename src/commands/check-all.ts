import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { faultsOf } from '../config-faults.js';
import { valueOf, type Environment } from '../config-variables.js';
import { loadClients, ClientsError } from '../clients/load-clients.js';
import { CODE_KNOWLEDGE } from '../facts/derived/index.js';
import { ContentError } from '../knowledge/content-problem.js';
import { loadTopics } from '../knowledge/load-topics.js';
import { isSystemFault, messageOf, UsageError } from './usage.js';

/** What was looked at, and everything that is wrong with it. */
export interface Checked {
  readonly part: 'configuration' | 'content' | 'clients';
  /** What exactly: a folder, a file, where the variables are from. */
  readonly of: string;
  readonly faults: readonly string[];
}

/** What is to be checked. */
export interface ToCheck {
  readonly content: string;
  readonly site: string | undefined;
  readonly clients: string | undefined;
  readonly environment: Environment;
  /** Where the environment is from, in words. */
  readonly environmentFrom: string;
}

/** The variables of a file as `docker run --env-file` takes it. Throws a UsageError when it cannot be read. */
export function readEnvFile(file: string): Environment {
  try {
    return parseEnv(readFileSync(file, 'utf8'));
  } catch {
    throw new UsageError('the file of --environment cannot be read');
  }
}

function contentFaults(content: string, site: string | undefined): readonly string[] {
  try {
    loadTopics(content, CODE_KNOWLEDGE, site);
    return [];
  } catch (error) {
    if (error instanceof ContentError) return error.descriptions;
    if (isSystemFault(error)) return ['the folder cannot be read'];
    throw error;
  }
}

function clientsFaults(file: string, environment: Environment): readonly string[] {
  try {
    loadClients(file, { allowInsecure: valueOf(environment, 'TF_ALLOW_INSECURE') === 'true' });
    return [];
  } catch (error) {
    if (error instanceof ClientsError) return error.faults;
    if (isSystemFault(error)) return ['the file cannot be read'];
    return [messageOf(error)];
  }
}

/** `--clients` stands for the variable. */
function withClients(environment: Environment, clientsFile: string | undefined): Environment {
  return clientsFile === undefined ? environment : { ...environment, TF_CLIENTS_FILE: clientsFile };
}

/** Checks everything that a start depends on, one after the other, so that all faults are known at once. */
export function checkAll({ content, site, clients, environment, environmentFrom }: ToCheck): readonly Checked[] {
  const siteDirectory = site ?? (valueOf(environment, 'TF_SITE_DIR') || undefined);
  const clientsFile = clients ?? (valueOf(environment, 'TF_CLIENTS_FILE') || undefined);
  const contentOf = siteDirectory === undefined ? content : `${content} with ${siteDirectory}`;
  return [
    { part: 'configuration', of: environmentFrom, faults: faultsOf(withClients(environment, clientsFile)) },
    { part: 'content', of: contentOf, faults: contentFaults(content, siteDirectory) },
    ...(clientsFile === undefined
      ? []
      : [{ part: 'clients' as const, of: clientsFile, faults: clientsFaults(clientsFile, environment) }]),
  ];
}
