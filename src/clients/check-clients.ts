import { versionOf } from '../fhir-versions/version.js';
import { normalizeBaseUrl } from '../fhir/base-url.js';
import { isObject, textOf, textsOf, type JsonObject } from '../fhir/json.js';
import { isSecureUrl } from '../outbound/address-policy.js';
import { ALGORITHMS, keyFaults } from './public-keys.js';

export interface ClientsOptions {
  /** Allows FHIR servers by http beyond this machine. */
  readonly allowInsecure: boolean;
}

export const DEFAULT_ALGORITHMS: readonly string[] = ['ES384', 'RS384'];

function indexed(place: string, values: unknown, check: (value: string) => string | undefined): readonly string[] {
  return textsOf(values).flatMap((value, index) => {
    const fault = check(value);
    return fault === undefined ? [] : [`${place}[${String(index)}]: ${fault}`];
  });
}

function algorithmFault(name: string): string | undefined {
  if (ALGORITHMS.has(name)) return undefined;
  const why = /^(?:none|HS(?:256|384|512))$/i.test(name) ? 'proves nobody and is never accepted' : 'is not known here';
  return `${why}; use some of ${[...ALGORITHMS.keys()].join(', ')}`;
}

function jkuFaults(place: string, jku: string | undefined): readonly string[] {
  if (jku === undefined) return [];
  if (!URL.canParse(jku)) return [`${place}.jku: must be a URL`];
  const url = new URL(jku);
  return [
    ...(isSecureUrl(jku) ? [] : [`${place}.jku: must be an https URL, or a host of this machine`]),
    ...(url.username === '' && url.password === '' ? [] : [`${place}.jku: must not hold a user or password`]),
    ...(url.hash === '' ? [] : [`${place}.jku: must not hold a fragment`]),
  ];
}

function jwksFaults(place: string, jwks: unknown, algorithms: readonly string[]): readonly string[] {
  const keys = isObject(jwks) && Array.isArray(jwks['keys']) ? jwks['keys'].filter(isObject) : [];
  const kids = keys.map(({ kid }) => textOf(kid));
  return keys.flatMap((key, index) => {
    const isTwice = kids[index] !== undefined && kids.indexOf(kids[index]) !== index;
    const faults = [...keyFaults(key, algorithms), ...(isTwice ? ['has the "kid" of a key before it'] : [])];
    return faults.map((fault) => `${place}.jwks.keys[${String(index)}]: ${fault}`);
  });
}

function serverFault({ allowInsecure }: ClientsOptions): (server: string) => string | undefined {
  return (server) => {
    if (normalizeBaseUrl(server) === undefined) return 'must be an http(s) URL without user, query or fragment';
    return allowInsecure || isSecureUrl(server) ? undefined : 'must be https, or a host of this machine';
  };
}

/** What a JSON schema cannot say of one client; members of a wrong type are left to the schema. */
export function clientFaults(client: JsonObject, place: string, options: ClientsOptions): readonly string[] {
  const algorithms = client['algorithms'] === undefined ? DEFAULT_ALGORITHMS : textsOf(client['algorithms']);
  const sources = ['jku', 'jwks'].filter((source) => client[source] !== undefined);
  const version = textOf(client['fhirVersion']);
  return [
    ...(sources.length === 1 ? [] : [`${place}: must have either "jku" or "jwks"`]),
    ...jkuFaults(place, textOf(client['jku'])),
    ...jwksFaults(place, client['jwks'], algorithms),
    ...indexed(`${place}.algorithms`, client['algorithms'], algorithmFault),
    ...indexed(`${place}.fhirServers`, client['fhirServers'], serverFault(options)),
    ...(version === undefined || versionOf(version) !== undefined
      ? []
      : [`${place}.fhirVersion: must be 1.0.2, 3.0.2, 4.0.1, 4.3.0 or 5.0.0, or another number of these versions`]),
  ];
}

/** Names and issuers that two clients share: a call could be taken for the other's. */
export function twinFaults(clients: readonly unknown[]): readonly string[] {
  return ['name', 'iss'].flatMap((member) => {
    const values = clients.map((client) => (isObject(client) ? textOf(client[member]) : undefined));
    return values.flatMap((value, index) => {
      const first = values.indexOf(value);
      return value === undefined || first === index
        ? []
        : [`clients[${String(index)}].${member}: is that of clients[${String(first)}]`];
    });
  });
}
