import { Ajv, type ErrorObject } from 'ajv';
import discoverySchema from './schema/discovery.schema.json' with { type: 'json' };
import requestSchema from './schema/hook-request.schema.json' with { type: 'json' };
import responseSchema from './schema/hook-response.schema.json' with { type: 'json' };
import type { Discovery, HookRequest, HookResponse } from './types.js';

/** One thing wrong with a message: where, and what. Never holds a value of the message. */
export interface Issue {
  /** FHIRPath-like expression, for example `context.patientId`. */
  readonly expression: string;
  readonly text: string;
}

const isHookRequest = new Ajv({ allErrors: true, allowUnionTypes: true }).compile<HookRequest>(requestSchema);
/** Of what this service sends itself only yes or no is asked. */
const ours = new Ajv({ allowUnionTypes: true });
const isHookResponse = ours.compile<HookResponse>(responseSchema);
const isDiscovery = ours.compile<Discovery>(discoverySchema);

function expressionOf({ instancePath, keyword, params }: ErrorObject): string {
  const path = instancePath.split('/').filter((part) => part !== '');
  if (keyword === 'required') path.push(String(params['missingProperty']));
  return path.length === 0 ? 'request' : path.join('.');
}

const PATTERN_TEXTS: Readonly<Record<string, string>> = {
  hook: 'must not be blank',
  hookInstance: 'must not be blank',
  'context.userId': 'must not be blank',
  'context.patientId': 'must be a FHIR id',
  'context.encounterId': 'must be a FHIR id',
};

function toIssue(error: ErrorObject): Issue {
  const expression = expressionOf(error);
  if (error.keyword === 'required') return { expression, text: 'is required' };
  if (error.keyword === 'const') return { expression, text: `must be ${String(error.params['allowedValue'])}` };
  const fallback = error.message ?? 'is wrong';
  return { expression, text: error.keyword === 'pattern' ? (PATTERN_TEXTS[expression] ?? fallback) : fallback };
}

/** The request, or everything that is wrong with it. Unknown members pass, CDS Hooks 2.0.1 §Extensions. */
export function validateHookRequest(body: unknown): HookRequest | readonly Issue[] {
  if (isHookRequest(body)) return body;
  // "if" only says that some condition of a hook was not kept; what it was stands beside it.
  return (isHookRequest.errors ?? []).filter(({ keyword }) => keyword !== 'if').map(toIssue);
}

/** Whether this service may send the response: the last check before guidance leaves. */
export function isValidHookResponse(response: unknown): response is HookResponse {
  return isHookResponse(response);
}

export function isValidDiscovery(discovery: unknown): discovery is Discovery {
  return isDiscovery(discovery);
}
