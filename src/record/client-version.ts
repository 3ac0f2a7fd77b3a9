import type { HookRequest } from '../cds-hooks/types.js';
import { liftBody, looksLikeR4 } from '../fhir-versions/lift.js';
import { evidenceOf, shapeOf, type Evidence } from '../fhir-versions/shape.js';
import { versionOf, type FhirVersion } from '../fhir-versions/version.js';
import { isObject, objectsOf, type JsonObject } from '../fhir/json.js';
import { once, oncePer } from '../lazy/once.js';
import type { FetchFhir } from './fhir-client.js';
import type { Source } from './search.js';

const MINUTE = 60_000;
/** A server that cannot say in this time what it speaks is asked as an R4 server, so that time is left to ask it. */
const PATIENCE_MS = 700;

type Asked = { readonly version: FhirVersion } | { readonly failedAt: number };

/** What FHIR servers said they speak, by base URL: for as long as the process and its way out live. */
const askedServers = oncePer((_: FetchFhir) => new Map<string, Asked>());

/** A signal of the call that also ends by itself; without a reason, which would count against the server. */
function impatient(signal: AbortSignal): { readonly signal: AbortSignal; readonly release: () => void } {
  const controller = new AbortController();
  const abort = () => {
    controller.abort();
  };
  const timer = setTimeout(abort, PATIENCE_MS);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    release: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    },
  };
}

const STATEMENTS: readonly unknown[] = ['CapabilityStatement', 'Conformance'];

async function askMetadata({ access, fetch, signal }: Source): Promise<FhirVersion | undefined> {
  const limited = impatient(signal);
  const reply = await fetch(access, `${access.baseUrl}/metadata`, limited.signal);
  limited.release();
  if ('failure' in reply || !isObject(reply.body) || !STATEMENTS.includes(reply.body['resourceType'])) return undefined;
  return versionOf(reply.body['fhirVersion']);
}

/**
 * The version a FHIR server says it speaks: asked once for the process. A server that would not say is left alone for
 * a minute. Undefined when it does not say, or says what nobody here knows.
 */
export async function versionOfServer(
  source: Source,
  fetcher: FetchFhir,
  asOf: number,
): Promise<FhirVersion | undefined> {
  const asked = askedServers(fetcher);
  const known = asked.get(source.access.baseUrl);
  if (known !== undefined && 'version' in known) return known.version;
  if (known !== undefined && asOf - known.failedAt < MINUTE && asOf >= known.failedAt) return undefined;
  const version = await askMetadata(source);
  asked.set(source.access.baseUrl, version === undefined ? { failedAt: asOf } : { version });
  return version;
}

function resourcesIn(value: unknown): readonly JsonObject[] {
  if (!isObject(value)) return [];
  if (value['resourceType'] !== 'Bundle') return [value];
  return objectsOf(value['entry']).flatMap(({ resource }) => (isObject(resource) ? [resource] : []));
}

/** What the resources of a request tell of the version its client speaks. */
export function evidenceIn({ prefetch, context }: Pick<HookRequest, 'prefetch' | 'context'>): Evidence {
  const values = [...Object.values(prefetch ?? {}), context.draftOrders, context.conditions];
  return evidenceOf(values.flatMap(resourcesIn).map(shapeOf));
}

/** The door of one call: what comes in is lifted to R4 here, and nowhere else. */
export interface Door {
  /** The request with its prefetch and context in R4 shapes; itself when it is all R4. */
  readonly request: HookRequest;
  /** A way to FHIR servers that answers in R4 shapes. */
  readonly lifting: (fetch: FetchFhir) => FetchFhir;
  /** The version the client speaks: stated, else told by its resources, else by its server, else R4. */
  readonly version: (source: () => Source | undefined) => Promise<FhirVersion>;
}

function liftMembers(members: JsonObject, stated: FhirVersion | undefined): JsonObject {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, liftBody(value, stated)]));
}

/** Decided for the request as a whole: nearly every one is of R4, and is not walked through for that to be seen. */
function isAllR4({ prefetch, context: { draftOrders, conditions } }: HookRequest, stated: FhirVersion | undefined) {
  const isR4 = (body: unknown) => looksLikeR4(body, stated);
  return (!isObject(prefetch) || Object.values(prefetch).every(isR4)) && isR4(draftOrders) && isR4(conditions);
}

function liftRequest(request: HookRequest, stated: FhirVersion | undefined): HookRequest {
  if (isAllR4(request, stated)) return request;
  const { prefetch, context } = request;
  const { draftOrders, conditions } = context;
  return {
    ...request,
    ...(isObject(prefetch) && { prefetch: liftMembers(prefetch, stated) }),
    context: { ...context, ...liftMembers({ draftOrders, conditions }, stated) },
  };
}

/** Opens the door for a request. `stated`: the version its client is registered with. */
export function openDoor(
  request: HookRequest,
  stated: FhirVersion | undefined,
  fetcher: FetchFhir,
  asOf: number,
): Door {
  let known = stated;
  const evidence = once(() => evidenceIn(request));
  const find = async (source: Source | undefined): Promise<FhirVersion> => {
    const told = evidence();
    if (told === 'later') return 'R4';
    return told ?? (source === undefined ? undefined : await versionOfServer(source, fetcher, asOf)) ?? 'R4';
  };
  let finding: Promise<FhirVersion> | undefined;
  return {
    request: liftRequest(request, stated),
    lifting: (fetch) => async (access, url, signal, spend) => {
      const reply = await fetch(access, url, signal, spend);
      return 'failure' in reply ? reply : { body: liftBody(reply.body, known) };
    },
    version: async (source) => {
      if (known !== undefined) return known;
      finding ??= find(source());
      known = await finding;
      return known;
    },
  };
}
