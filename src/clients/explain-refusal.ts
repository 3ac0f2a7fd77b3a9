import type { JsonObject } from '../fhir/json.js';
import type { Admission, CdsClient, Refusal, RefusalReason } from './cds-client.js';
import { decodeToken } from './read-token.js';
import { isFault, isRefusal } from './refusal.js';

/** A token that was tried. */
export interface TriedToken {
  /** In compact form. */
  readonly compact: string;
  readonly clients: readonly CdsClient[];
  /** The public URL that was called. */
  readonly url: string;
  /** Milliseconds. */
  readonly now: number;
}

const MOST_SHOWN = 200;
const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/** A value of a token that may be shown: as JSON in plain ASCII, cut off when long. */
function show(value: unknown): string {
  if (value === undefined) return 'none';
  const text = JSON.stringify(value).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}… (cut off)` : text;
}

function describeSpan(seconds: number): string {
  const [unit, size] = UNITS.find(([, least]) => seconds >= least) ?? ['second', 1];
  const count = Math.round(seconds / size);
  return `${String(count)} ${unit}${count === 1 ? '' : 's'}`;
}

/** An instant in seconds, and how far it is from now: `2026-03-10T12:00:00Z, 3 minutes ago`. */
function describeTime(value: unknown, now: number): string {
  if (typeof value !== 'number' || Math.abs(value) > 8.64e12) return show(value);
  const away = value - now / 1000;
  const distance = `${describeSpan(Math.abs(away))}${away < 0 ? ' ago' : ' ahead'}`;
  return `${new Date(value * 1000).toISOString().replace('.000Z', 'Z')}, ${Math.abs(away) < 1 ? 'now' : distance}`;
}

interface Case {
  readonly header: JsonObject;
  readonly claims: JsonObject;
  readonly client: CdsClient | undefined;
  readonly tried: TriedToken;
}

function keyAdvice({ header, client }: Case): string {
  const named = `kid ${show(header['kid'])} for alg ${show(header['alg'])}`;
  if (client === undefined) return `no key is registered under ${named}`;
  if ('jku' in client.keys) return `let the client publish the key with ${named} at ${client.keys.jku}`;
  const kids = client.keys.jwks.keys.map(({ kid }) => show(kid)).join(', ');
  return `"jwks" of the client has ${kids}; add the public key with ${named}`;
}

function issuerAdvice({ claims, tried }: Case): string {
  const iss = claims['iss'];
  const near = tried.clients.find((client) => `${client.iss}/` === iss || client.iss === `${String(iss)}/`);
  return near === undefined
    ? `register a client with "iss" ${show(iss)}, if you trust it; registered are ${tried.clients.map((client) => show(client.iss)).join(', ')}`
    : `"${near.name}" is registered with ${show(near.iss)}: the trailing slash makes the difference; write the "iss" as the token has it`;
}

const ADVICE: Readonly<Record<RefusalReason, (one: Case) => string>> = {
  'no-token': () => 'let the client send "Authorization: Bearer <token>" with every call, discovery and feedback too',
  'not-a-bearer-token': () => 'let the client send "Authorization: Bearer <token>", one token and nothing after it',
  malformed: () =>
    'let the client send a signed JSON Web Token in compact form (RFC 7519), its claims of the right types',
  'algorithm-not-allowed': ({ header, client }) =>
    client === undefined
      ? 'let the client sign with ES384 or RS384'
      : `alg is ${show(header['alg'])}; let the client sign with ${client.algorithms.join(' or ')}, or add an asymmetric algorithm to its "algorithms"`,
  'wrong-type': ({ header }) => `typ is ${show(header['typ'])}; let the client write "typ": "JWT" into the header`,
  'missing-kid': () => 'let the client write the "kid" of its key into the header',
  'missing-claim': () => 'let the client add the claim; iss, aud, exp, iat and jti belong in every token',
  'unknown-issuer': issuerAdvice,
  'jku-not-registered': ({ header, client }) =>
    client !== undefined && 'jku' in client.keys
      ? `jku is ${show(header['jku'])}; if that is where the client keeps its keys, make it the "jku" of the client`
      : `jku is ${show(header['jku'])}; if you trust it, register the client with this "jku" in place of "jwks"`,
  'unknown-key': keyAdvice,
  'key-server-unreachable': ({ client }) =>
    client !== undefined && 'jku' in client.keys
      ? `from where the service runs, ${client.keys.jku} must answer with a key set as JSON, by itself and not by a redirect`
      : 'the key server must answer with a key set',
  'bad-signature': (one) => `the token is damaged, or signed with another key of that name: ${keyAdvice(one)}`,
  'wrong-audience': ({ claims, client, tried }) =>
    `aud is ${show(claims['aud'])}, the called URL is ${tried.url}; let the client make the token out to that URL, or add its aud to "audiences" of "${client?.name ?? ''}" if the client cannot be changed`,
  expired: ({ claims, tried }) =>
    `it expired ${describeTime(claims['exp'], tried.now)}; try a new one, and compare the clocks if it was new`,
  'not-yet-valid': ({ claims, tried }) => `nbf is ${describeTime(claims['nbf'], tried.now)}; compare the clocks`,
  'issued-in-the-future': ({ claims, tried }) => `iat is ${describeTime(claims['iat'], tried.now)}; compare the clocks`,
  'lives-too-long': () => 'let the client make tokens for one call each, good for five minutes',
  'wrong-tenant': ({ claims, client }) =>
    `tenant is ${show(claims['tenant'])}; if it may call, add it to "tenants" of "${client?.name ?? ''}"`,
  replayed: () => 'let the client make a new "jti" for every call, or set "replay" of the client to "warn"',
};

function describeToken({ header, claims, client, tried }: Case): readonly string[] {
  const times = ['iat', 'nbf', 'exp'].map((claim) => `  ${claim}: ${describeTime(claims[claim], tried.now)}`);
  return [
    `  alg: ${show(header['alg'])}, kid: ${show(header['kid'])}, typ: ${show(header['typ'])}, jku: ${show(header['jku'])}`,
    `  iss: ${show(claims['iss'])}, ${client === undefined ? 'not registered' : `registered as "${client.name}"`}`,
    `  aud: ${show(claims['aud'])}`,
    ...times,
    `  jti: ${show(claims['jti'])}, tenant: ${show(claims['tenant'])}`,
  ];
}

function verdict(outcome: Admission | Refusal): string {
  return isRefusal(outcome)
    ? `Refused (${outcome.refused}): ${outcome.detail}.`
    : `Admitted as "${outcome.client.name}".`;
}

/**
 * Says in words what became of a token and, when it was refused, what to change. Shows names and times of it, never the
 * signature.
 */
export function explainOutcome(outcome: Admission | Refusal, tried: TriedToken): readonly string[] {
  const token = decodeToken(tried.compact);
  const { header, claims } = isFault(token) ? { header: {}, claims: {} } : token;
  const client = tried.clients.find(({ iss }) => iss === (claims as JsonObject)['iss']);
  const one: Case = { header, claims, client, tried };
  return [
    verdict(outcome),
    ...(isFault(token) ? [] : ['The token says:', ...describeToken(one)]),
    ...(isRefusal(outcome) ? [`What to change: ${ADVICE[outcome.refused](one)}.`] : []),
  ];
}
