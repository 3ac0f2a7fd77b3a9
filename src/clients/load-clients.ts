import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject } from 'ajv';
import type { JSONWebKeySet } from 'jose';
import { normalizeBaseUrl } from '../fhir/base-url.js';
import { describeJsonFault } from '../fhir/json-fault.js';
import { isObject } from '../fhir/json.js';
import type { CdsClient, ReplayPolicy } from './cds-client.js';
import { clientFaults, DEFAULT_ALGORITHMS, twinFaults, type ClientsOptions } from './check-clients.js';
import schema from './clients.schema.json' with { type: 'json' };

/** The clients file is not fit to be trusted; the message lists every fault with its place, and no value of the file. */
export class ClientsError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`The clients file has faults:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'ClientsError';
    this.faults = faults;
  }
}

interface RegisteredClient {
  readonly name: string;
  readonly iss: string;
  readonly jku?: string;
  readonly jwks?: JSONWebKeySet;
  readonly algorithms?: readonly string[];
  readonly audiences?: readonly string[];
  readonly tenants?: readonly string[];
  readonly fhirServers: readonly string[];
  readonly fhirVersion?: string;
  readonly replay?: ReplayPolicy;
}

interface ClientsFile {
  readonly clients: readonly RegisteredClient[];
}

const isClientsFile = new Ajv({ allErrors: true }).compile<ClientsFile>(schema);

function describeError({ keyword, message = 'is wrong', params }: ErrorObject): string {
  if (keyword === 'additionalProperties') return `has an unknown member "${String(params['additionalProperty'])}"`;
  if (keyword === 'required') return `has no "${String(params['missingProperty'])}"`;
  if (keyword === 'enum') return `${message}: ${schema.properties.clients.items.properties.replay.enum.join(', ')}`;
  return keyword === 'pattern' ? 'must not be blank, nor hold blanks where none belong' : message;
}

/** `/clients/1/jku` as `clients[1].jku`. */
function placeOf(pointer: string): string {
  const place = pointer
    .replace(/\/(\d+)/g, '[$1]')
    .replaceAll('/', '.')
    .replace(/^\./, '');
  return place === '' ? 'file' : place;
}

function faultsOf(value: unknown, options: ClientsOptions): readonly string[] {
  const ofSchema = (isClientsFile(value) ? [] : (isClientsFile.errors ?? [])).map(
    (error) => `${placeOf(error.instancePath)}: ${describeError(error)}`,
  );
  const clients: readonly unknown[] = isObject(value) && Array.isArray(value['clients']) ? value['clients'] : [];
  const ofClients = clients.flatMap((client, index) =>
    isObject(client) ? clientFaults(client, `clients[${String(index)}]`, options) : [],
  );
  return [...ofSchema, ...ofClients, ...twinFaults(clients)];
}

function keysOf({ jku, jwks = { keys: [] } }: RegisteredClient): CdsClient['keys'] {
  return jku === undefined ? { jwks } : { jku };
}

function toClient(registered: RegisteredClient): CdsClient {
  const { name, iss, tenants, fhirServers } = registered;
  return Object.freeze({
    name,
    iss,
    keys: keysOf(registered),
    algorithms: registered.algorithms ?? DEFAULT_ALGORITHMS,
    audiences: registered.audiences ?? [],
    tenants,
    fhirServers: [...new Set(fhirServers.flatMap((server) => normalizeBaseUrl(server) ?? []))],
    fhirVersion: registered.fhirVersion,
    replay: registered.replay ?? 'reject',
  });
}

/** The clients of a parsed clients file. Throws a ClientsError that lists every fault. */
export function parseClients(value: unknown, options: ClientsOptions): readonly CdsClient[] {
  const faults = faultsOf(value, options);
  if (faults.length > 0 || !isClientsFile(value)) throw new ClientsError(faults);
  return value.clients.map(toClient);
}

function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').replace(/^\ufeff/, '');
  } catch {
    throw new ClientsError(['file: cannot be read']);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new ClientsError([`file: ${describeJsonFault(text)}`]);
  }
}

/** Reads the clients file. Throws a ClientsError when it cannot be read or has faults. */
export function loadClients(path: string, options: ClientsOptions): readonly CdsClient[] {
  return parseClients(readJson(path), options);
}
