import type { CdsClient, ReplayPolicy } from './cds-client.js';

const REPLAY: Readonly<Record<ReplayPolicy, string>> = {
  reject: 'refused',
  warn: 'admitted, with a warning in the log',
  off: 'admitted, and not noticed',
};

function listed(values: readonly string[], none: string): string {
  return values.length === 0 ? none : values.join(', ');
}

/** What a registration means, in words. */
export function describeClient({
  name,
  iss,
  keys,
  algorithms,
  audiences,
  tenants,
  ...rest
}: CdsClient): readonly string[] {
  const source = 'jku' in keys ? keys.jku : `the file: ${keys.jwks.keys.map(({ kid }) => String(kid)).join(', ')}`;
  return [
    `"${name}" (iss ${iss})`,
    `  keys from ${source}`,
    `  signs with ${algorithms.join(' or ')}`,
    `  tokens are made out to ${listed(['the URL that is called', ...audiences], '')}`,
    `  tenants: ${tenants === undefined ? 'not looked at' : tenants.join(', ')}`,
    `  FHIR servers its calls may name (FHIR ${rest.fhirVersion ?? 'version as they show it'}): ${listed(rest.fhirServers, 'none, prefetch only')}`,
    `  a token that is used twice is ${REPLAY[rest.replay]}`,
  ];
}
