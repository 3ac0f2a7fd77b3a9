import { versionOf, type FhirVersion } from '../fhir-versions/version.js';
import { isObject, objectsOf, textOf, type JsonObject } from '../fhir/json.js';
import { checkTransport } from './check-discovery.js';
import { isRedirect, isReply, kindOf, type Reply } from './exchange.js';
import { ask, type FhirContext } from './fhir-context.js';
import { fault, inMilliseconds, notChecked, ok, warn, type Row } from './row.js';

/** Whether a server is one that the doctor can ask for data: in the forms of R4. The service asks others in their own. */
export function isR4(version: FhirVersion | undefined): boolean {
  return version === undefined || version === 'R4' || version === 'R4B';
}

function checkVersion(statement: JsonObject): Row {
  const check = 'fhir.version';
  const number = textOf(statement['fhirVersion']);
  if (number === undefined)
    return warn(check, 'the capability statement names no FHIR version', 'ask its vendor; the service takes it for R4');
  const version = versionOf(number);
  if (version !== undefined) return ok(check, `FHIR ${number} (${version})`);
  const fix = 'give an endpoint of a published version: DSTU2, STU3, R4, R4B or R5; the service takes it for R4';
  return warn(check, `FHIR ${number}, which is no version that the service knows`, fix);
}

function typesOf(statement: JsonObject): ReadonlyMap<string, readonly string[]> {
  const resources = objectsOf(statement['rest']).flatMap(({ resource }) => objectsOf(resource));
  return new Map(
    resources.flatMap(({ type, interaction }) => {
      const name = textOf(type);
      return name === undefined
        ? []
        : [[name, objectsOf(interaction).flatMap(({ code }) => textOf(code) ?? [])] as const];
    }),
  );
}

/** The types of the data needs that a server does not search or read. */
function checkTypes(statement: JsonObject, { topic }: FhirContext): Row {
  const check = 'fhir.types';
  const version = versionOf(statement['fhirVersion']);
  if (!isR4(version))
    return notChecked(check, `types are compared for R4 servers only, this one is ${String(version)}`);
  const types = typesOf(statement);
  if (types.size === 0) return notChecked(check, 'the capability statement lists no types');
  const lacking = topic.facts.needs.filter(({ resourceType, read }) => {
    const offered = types.get(resourceType);
    return (
      offered === undefined || (offered.length > 0 && !offered.includes(read === undefined ? 'search-type' : 'read'))
    );
  });
  if (lacking.length === 0) return ok(check, 'it offers every type that the service asks for');
  const titles = [...new Set(lacking.map(({ title, resourceType }) => `${title} (${resourceType})`))];
  const words = `not offered: ${titles.join(', ')}; cards will say that these could not be checked`;
  const isRequired = lacking.some(({ required }) => required === true);
  const fix = 'ask its vendor to open them, or let the EHR send them as prefetch';
  return isRequired ? fault(check, words, fix) : warn(check, words, fix);
}

function checkStatement(reply: Reply, context: FhirContext): readonly Row[] {
  const check = 'fhir.metadata';
  const { json } = reply;
  const fix = 'give the FHIR base URL, the part before /metadata, as the EHR sends it in fhirServer';
  if (isRedirect(reply))
    return [
      fault(
        check,
        `/metadata redirects (status ${String(reply.status)}): the service follows no redirect`,
        'register the URL that the redirect leads to',
      ),
    ];
  if (reply.status === 401 || reply.status === 403)
    return [
      warn(
        check,
        `/metadata asks for a token (status ${String(reply.status)})`,
        'a capability statement should be open; nothing else depends on it',
      ),
    ];
  if (reply.status !== 200) return [fault(check, `/metadata answers status ${String(reply.status)}`, fix)];
  if (!isObject(json) || (json['resourceType'] !== 'CapabilityStatement' && json['resourceType'] !== 'Conformance')) {
    const words = `/metadata answers ${kindOf(reply)}${reply.json === undefined ? '' : ' that is no capability statement'}`;
    return [fault(check, words, `${fix}; a page of HTML is mostly a login or a proxy`)];
  }
  return [
    ok(check, `a capability statement, ${inMilliseconds(reply.milliseconds)}`),
    checkVersion(json),
    checkTypes(json, context),
  ];
}

/** What is known of a server before it is asked for data; `version` when it says one that the service knows. */
export interface Capability {
  readonly rows: readonly Row[];
  readonly isReached: boolean;
  readonly version: FhirVersion | undefined;
}

/** Whether a FHIR server is where it is said to be, and what it says of itself. */
export async function checkCapability(context: FhirContext): Promise<Capability> {
  const transport = checkTransport('fhir.https', context.base, 'give its https URL; TF_ALLOW_INSECURE is for tests');
  const answer = await ask(context, `${context.base}/metadata`);
  if (!isReply(answer)) {
    const fix =
      'see the address, and that the network of the service lets it go there (TF_PRIVATE_NETWORKS for inner addresses)';
    return { rows: [fault('fhir.metadata', answer.unreached, fix), transport], isReached: false, version: undefined };
  }
  const version = isObject(answer.json) ? versionOf(answer.json['fhirVersion']) : undefined;
  return { rows: [transport, ...checkStatement(answer, context)], isReached: true, version };
}
