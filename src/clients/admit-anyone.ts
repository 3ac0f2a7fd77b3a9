import type { Authenticate, CdsClient } from './cds-client.js';

/** For demonstrations and tests: everyone is the same nameless client, which may name these FHIR servers. */
export function admitAnyone(fhirServers: readonly string[]): Authenticate {
  const client: CdsClient = {
    name: 'anyone',
    iss: '',
    keys: { jwks: { keys: [] } },
    algorithms: [],
    audiences: [],
    tenants: undefined,
    fhirServers,
    fhirVersion: undefined,
    replay: 'off',
  };
  const admission = Promise.resolve({ client, isReplay: false });
  return () => admission;
}
