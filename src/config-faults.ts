import { listOf, valueOf, VARIABLES, type Environment } from './config-variables.js';
import { isSecureUrl } from './outbound/address-policy.js';

function isPlainHttp(url: string): boolean {
  return URL.canParse(url) && new URL(url).protocol === 'http:';
}

/** CDS Hooks 2.0.1 §Security: TLS on every call. */
function productionFaults(environment: Environment): readonly string[] {
  const isProduction = environment['NODE_ENV'] === 'production';
  if (!isProduction || valueOf(environment, 'TF_ALLOW_INSECURE') === 'true') return [];
  const unless = 'when NODE_ENV=production, unless TF_ALLOW_INSECURE=true';
  return [
    ...(valueOf(environment, 'TF_AUTHENTICATION') === 'off' ? [`TF_AUTHENTICATION: off is refused ${unless}`] : []),
    ...(isPlainHttp(valueOf(environment, 'PUBLIC_URL')) ? [`PUBLIC_URL: http is refused ${unless}`] : []),
  ];
}

/** CDS Hooks 2.0.1 §FHIR Resource Access: a FHIR server with production data is reached by https. */
function fhirServerFaults(environment: Environment): readonly string[] {
  if (valueOf(environment, 'TF_ALLOW_INSECURE') === 'true') return [];
  const isRisky = (url: string) => isPlainHttp(url) && !isSecureUrl(url);
  return listOf(valueOf(environment, 'TF_FHIR_SERVERS')).some(isRisky)
    ? ['TF_FHIR_SERVERS: http is refused for other hosts than this one, unless TF_ALLOW_INSECURE=true']
    : [];
}

function authenticationFaults(environment: Environment): readonly string[] {
  if (valueOf(environment, 'TF_AUTHENTICATION') !== 'required') return [];
  return [
    ...(valueOf(environment, 'TF_CLIENTS_FILE') === ''
      ? [
          'TF_CLIENTS_FILE: is needed while TF_AUTHENTICATION is required; see docs/connect-an-ehr.md, or set TF_AUTHENTICATION=off on a network you trust',
        ]
      : []),
    ...(valueOf(environment, 'TF_FHIR_SERVERS') === ''
      ? []
      : ['TF_FHIR_SERVERS: counts only when TF_AUTHENTICATION is off; list the servers of each client in its file']),
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

/** What is wrong with the values of these variables, each for itself. */
export function valueFaults(environment: Environment, names: readonly string[]): readonly string[] {
  return VARIABLES.filter(({ name }) => names.includes(name)).flatMap(({ name, fault }) => {
    const message = fault(valueOf(environment, name));
    return message === undefined ? [] : [`${name}: ${message}`];
  });
}

/** Everything that is wrong with the environment: single values, unknown names, and what does not go together. */
export function faultsOf(environment: Environment): readonly string[] {
  const known = new Set(VARIABLES.map(({ name }) => name));
  const strange = Object.keys(environment).filter(
    (name) => name.startsWith('TF_') && !known.has(name) && !OF_OTHERS.test(name),
  );
  return [
    ...strange.map((name) => `${name}: is not a variable of this version`),
    ...valueFaults(environment, [...known]),
    ...authenticationFaults(environment),
    ...productionFaults(environment),
    ...fhirServerFaults(environment),
    ...debugFaults(environment),
  ];
}
