import type { JsonObject } from '../fhir/json.js';
import { fault, type TokenFault } from './refusal.js';

/** The claims of a token that are looked at; times in seconds. */
export interface Claims {
  readonly iss: string;
  readonly aud: readonly string[];
  readonly exp: number;
  readonly iat: number;
  readonly nbf: number | undefined;
  readonly jti: string;
  readonly tenant: string | undefined;
}

/** Clocks differ by less, in seconds. */
export const LEEWAY = 60;
/** CDS Hooks lets a service forget a `jti` after the longest life it accepts; an hour is ample. In seconds. */
const LONGEST_LIFE = 3600;

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';
const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isAudience = (value: unknown): value is string | readonly string[] =>
  typeof value === 'string' || (Array.isArray(value) && value.every((one) => typeof one === 'string'));

const REQUIRED = ['iss', 'aud', 'exp', 'iat', 'jti'] as const;

function wrongForm(claim: string, form: string): TokenFault {
  return fault('malformed', `the claim "${claim}" is not ${form}`);
}

/** The claims in their forms; a fault when one is missing or is of another type. */
export function readClaims(claims: JsonObject, isTenantRequired: boolean): Claims | TokenFault {
  const required = isTenantRequired ? [...REQUIRED, 'tenant'] : REQUIRED;
  const missing = required.find((claim) => claims[claim] === undefined);
  if (missing !== undefined) return fault('missing-claim', `the claim "${missing}" is missing`);
  const { iss, aud, exp, iat, nbf, jti, tenant } = claims;
  if (!isText(iss)) return wrongForm('iss', 'a text');
  if (!isAudience(aud)) return wrongForm('aud', 'a text or a list of texts');
  if (!isTime(exp)) return wrongForm('exp', 'a number');
  if (!isTime(iat)) return wrongForm('iat', 'a number');
  if (nbf !== undefined && !isTime(nbf)) return wrongForm('nbf', 'a number');
  if (!isText(jti)) return wrongForm('jti', 'a text');
  if (isTenantRequired && !isText(tenant)) return wrongForm('tenant', 'a text');
  return {
    iss,
    aud: typeof aud === 'string' ? [aud] : aud,
    exp,
    iat,
    nbf,
    jti,
    tenant: isText(tenant) ? tenant : undefined,
  };
}

/** An issue time more than an hour ago needs no look: such a token has expired or lives too long. */
export function checkTimes({ exp, iat, nbf }: Claims, now: number): TokenFault | undefined {
  const seconds = now / 1000;
  if (exp <= seconds - LEEWAY) return fault('expired', 'the time in "exp" is over');
  if (nbf !== undefined && nbf > seconds + LEEWAY) return fault('not-yet-valid', 'the time in "nbf" has not come');
  if (iat > seconds + LEEWAY) return fault('issued-in-the-future', 'the time in "iat" has not come');
  return exp - iat > LONGEST_LIFE
    ? fault('lives-too-long', 'there is more than an hour between "iat" and "exp"')
    : undefined;
}

/** A URL without one trailing slash: with and without it, the same endpoint is meant. */
export function withoutSlash(url: string): string {
  return url.endsWith('/') ? url.slice(0, -1) : url;
}

export function checkAudience({ aud }: Claims, ...accepted: readonly (readonly string[])[]): TokenFault | undefined {
  const isMeant = (one: string) => accepted.some((urls) => urls.some((url) => withoutSlash(url) === withoutSlash(one)));
  return aud.some(isMeant)
    ? undefined
    : fault('wrong-audience', 'the claim "aud" is neither the URL that was called nor registered for the client');
}

export function checkTenant({ tenant }: Claims, tenants: readonly string[] | undefined): TokenFault | undefined {
  if (tenants === undefined || (tenant !== undefined && tenants.includes(tenant))) return undefined;
  return fault('wrong-tenant', 'the claim "tenant" is not registered for the client');
}
