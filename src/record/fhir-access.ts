import { normalizeBaseUrl } from '../fhir/base-url.js';
import { isObject, textOf, type JsonObject } from '../fhir/json.js';
import type { GapReason } from '../knowledge/gap-reason.js';
import { isSecureUrl } from '../outbound/address-policy.js';

/** A FHIR server this call may ask, and the token for it. Lives only as long as the call. */
export interface FhirAccess {
  /** Base URL without trailing slash. */
  readonly baseUrl: string;
  readonly token: string | undefined;
  /** What the token grants, as the client says it. */
  readonly scope?: string | undefined;
}

export interface AccessRequest {
  readonly fhirServer: string | undefined;
  readonly fhirAuthorization: JsonObject | undefined;
  readonly patientId: string;
  readonly allowedFhirServers: readonly string[];
  /** Whether servers on other machines may be called by http. */
  readonly allowInsecure: boolean;
}

/** RFC 6750 §2.1 and what is seen in practice: visible ASCII, nothing that could end a header line. */
const TOKEN = /^[\x21-\x7e]+$/;

function readToken(authorization: JsonObject): string | undefined {
  const token = textOf(authorization['access_token']);
  const type = textOf(authorization['token_type']);
  if (token === undefined || !TOKEN.test(token)) return undefined;
  return type === undefined || type.toLowerCase() === 'bearer' ? token : undefined;
}

function isOtherPatient(authorization: JsonObject, patientId: string): boolean {
  const patient = textOf(authorization['patient']);
  return patient !== undefined && patient.replace(/^Patient\//, '') !== patientId;
}

/**
 * Decides whether the FHIR server of a request may be asked. CDS Hooks 2.0.1 §FHIR Resource Access; servers that the
 * operator has not listed are never called, nor any by http beyond this machine. A listed server is asked without token when the request brings none.
 */
export function fhirAccessOf(request: AccessRequest): FhirAccess | GapReason {
  const { fhirServer, fhirAuthorization, patientId, allowedFhirServers, allowInsecure } = request;
  if (fhirServer === undefined) return 'not-supplied';
  const baseUrl = normalizeBaseUrl(fhirServer);
  const isAllowed = allowedFhirServers.some((allowed) => normalizeBaseUrl(allowed) === baseUrl);
  if (baseUrl === undefined || !isAllowed) return 'fhir-server-not-allowed';
  if (!allowInsecure && !isSecureUrl(baseUrl)) return 'fhir-server-not-allowed';
  if (!isObject(fhirAuthorization)) return { baseUrl, token: undefined };
  if (isOtherPatient(fhirAuthorization, patientId)) return 'other-patient';
  const token = readToken(fhirAuthorization);
  return token === undefined ? 'no-access-token' : { baseUrl, token, scope: textOf(fhirAuthorization['scope']) };
}

/** The absolute URL of a next link, or undefined when it would leave the server's origin. */
export function sameOriginUrl(access: FhirAccess, link: string, current: string): string | undefined {
  if (link === '' || !URL.canParse(link, current)) return undefined;
  const url = new URL(link, current);
  const isPlain = url.username === '' && url.password === '';
  return isPlain && url.origin === new URL(access.baseUrl).origin ? url.href : undefined;
}
