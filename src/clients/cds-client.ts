import type { JSONWebKeySet } from 'jose';

/** What is done with a token whose `jti` was used before. */
export type ReplayPolicy = 'reject' | 'warn' | 'off';

/** A CDS client that may call: registered by the operator, never by a request. */
export interface CdsClient {
  /** As logs and reports name it. */
  readonly name: string;
  readonly iss: string;
  /** Where its public keys come from: the one URL, or the keys themselves. */
  readonly keys: { readonly jku: string } | { readonly jwks: JSONWebKeySet };
  /** Asymmetric only. */
  readonly algorithms: readonly string[];
  /** Values of `aud` accepted beside the URL that is called. */
  readonly audiences: readonly string[];
  /** Values of `tenant` accepted; undefined: the claim is not looked at. */
  readonly tenants: readonly string[] | undefined;
  /** FHIR base URLs, normalised, that its calls may name. */
  readonly fhirServers: readonly string[];
  /** The number of the FHIR version it speaks; undefined: told by what it sends. */
  readonly fhirVersion: string | undefined;
  readonly replay: ReplayPolicy;
}

/** Why a call is refused: for the log and for bring-up, never for the caller. */
export type RefusalReason =
  | 'no-token'
  | 'not-a-bearer-token'
  | 'malformed'
  | 'algorithm-not-allowed'
  | 'wrong-type'
  | 'missing-kid'
  | 'missing-claim'
  | 'unknown-issuer'
  | 'jku-not-registered'
  | 'unknown-key'
  | 'key-server-unreachable'
  | 'bad-signature'
  | 'wrong-audience'
  | 'expired'
  | 'not-yet-valid'
  | 'issued-in-the-future'
  | 'lives-too-long'
  | 'wrong-tenant'
  | 'replayed';

/** A call that is refused. `client` is known only when the issuer is registered. */
export interface Refusal {
  readonly refused: RefusalReason;
  /** What exactly, in words, without a value of the token beyond registered ones and claim names. */
  readonly detail: string;
  readonly client: string | undefined;
}

/** A call whose client is proved. */
export interface Admission {
  readonly client: CdsClient;
  /** Set when the token had been used before and the client's policy is to warn. */
  readonly isReplay: boolean;
}

/**
 * Decides about one call. `audiences`: the public URLs that the token may be made out to. Never throws.
 */
export type Authenticate = (
  authorization: string | undefined,
  audiences: readonly string[],
) => Promise<Admission | Refusal>;
