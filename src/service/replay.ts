import { isObject } from '../fhir/json.js';
import type { FetchFhir } from '../record/fhir-client.js';
import type { NeedRecord } from '../store/store.js';
import { answerHook, type Caller } from './answer-hook.js';
import { answerHashOf } from './decision.js';
import type { Service } from './discovery.js';
import { firstDifference } from './json-difference.js';
import { Problem } from './problem.js';

/** What is known of an answer that was given. */
export interface GivenAnswer {
  /** Instant it was given, in milliseconds. */
  readonly at: number;
  /** Id of the service that gave it. */
  readonly service: string;
  readonly contentHash: string;
  readonly answerHash: string;
  /** How its data needs were answered; undefined when no decision was looked up. */
  readonly needs: readonly NeedRecord[] | undefined;
  /** The body that was sent, when it was kept. */
  readonly text: string | undefined;
}

/** Whether an answer was proved, and why not, in lines for an operator; they hold no data of the patient. */
export interface Replay {
  readonly outcome: 'same' | 'different' | 'cannot be proved';
  readonly lines: readonly string[];
}

interface Attempt {
  /** The answer, or why the request is refused now. */
  readonly text: string | undefined;
  readonly refusal: string | undefined;
  /** Whether a FHIR server would have been asked. */
  readonly hasAsked: boolean;
}

async function attempt(request: unknown, service: Service, at: number, caller: Caller): Promise<Attempt> {
  let hasAsked = false;
  const fetchFhir: FetchFhir = () => {
    hasAsked = true;
    return Promise.resolve({ failure: 'network' });
  };
  const open = () => new AbortController().signal;
  try {
    const dependencies = { fetchFhir, allowInsecure: true, now: () => at };
    const { response } = await answerHook(request, service, caller, dependencies, open);
    return { text: JSON.stringify(response), refusal: undefined, hasAsked };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { text: undefined, refusal: error.code, hasAsked };
  }
}

/** What the client was registered with is not on record either; most requests show it themselves. */
const VERSIONS = [undefined, '4.0.1', '1.0.2', '3.0.2', '5.0.0'] as const;

/** Whether the client's FHIR server might be asked then is not on record; unless a need says that it might not. */
function callerChoices(request: unknown, { needs }: GivenAnswer): readonly Caller[] {
  const fhirServer = isObject(request) ? request['fhirServer'] : undefined;
  const wasRefused = needs?.some(({ completeness }) => completeness === 'fhir-server-not-allowed') === true;
  const servers = typeof fhirServer === 'string' && !wasRefused ? [[], [fhirServer]] : [[]];
  return VERSIONS.flatMap((fhirVersion) => servers.map((fhirServers) => ({ fhirServers, fhirVersion })));
}

function needsOfServer({ needs }: GivenAnswer): readonly string[] {
  return (needs ?? []).filter(({ origin }) => origin === 'fhir-server' || origin === 'both').map(({ need }) => need);
}

function describeDifference({ text, refusal }: Attempt, given: GivenAnswer): readonly string[] {
  if (text === undefined) return [`The request is refused now: ${refusal ?? 'no answer'}.`];
  const hashes = `SHA-256 of the answer then ${given.answerHash}, now ${answerHashOf(text)}.`;
  return given.text === undefined ? [hashes] : [hashes, firstDifference(given.text, text)];
}

function failed(attempts: readonly Attempt[], given: GivenAnswer): Replay {
  const [first] = attempts;
  const difference = first === undefined ? [] : describeDifference(first, given);
  const fetched = needsOfServer(given);
  if (fetched.length > 0) {
    const reason = `The decision says that a FHIR server answered ${fetched.join(', ')}. Those answers are not in the request: put them into its prefetch to prove the answer.`;
    return { outcome: 'cannot be proved', lines: [reason, ...difference] };
  }
  if (attempts.some(({ hasAsked }) => hasAsked)) {
    const reason = 'The answer may stand on data that a FHIR server sent and that the request does not hold.';
    return { outcome: 'cannot be proved', lines: [reason, ...difference] };
  }
  return { outcome: 'different', lines: ['The answer is another now.', ...difference] };
}

/** Why the answer cannot even be tried, or undefined. */
function obstacle(service: Service | undefined, given: GivenAnswer): string | undefined {
  if (service === undefined) return `This content has no service ${given.service}.`;
  const { contentHash } = service.topic;
  if (contentHash !== given.contentHash) {
    return `The content is ${contentHash}, the decision was made with ${given.contentHash}: check out that version.`;
  }
  if (given.text !== undefined && answerHashOf(given.text) !== given.answerHash) {
    return `The kept answer is not the one that was given: its SHA-256 is ${answerHashOf(given.text)}, not ${given.answerHash}.`;
  }
  return undefined;
}

/**
 * Answers a kept request again, at the instant and with the content it was answered with, and without network. An
 * equal hash proves that the answer is the same byte for byte, whatever else is not known.
 */
export async function replay(
  request: unknown,
  given: GivenAnswer,
  services: ReadonlyMap<string, Service>,
): Promise<Replay> {
  const service = services.get(given.service);
  const reason = obstacle(service, given);
  if (service === undefined || reason !== undefined) return { outcome: 'cannot be proved', lines: [reason ?? ''] };
  const attempts: Attempt[] = [];
  for (const caller of callerChoices(request, given)) {
    const { text, ...rest } = await attempt(request, service, given.at, caller);
    if (text !== undefined && answerHashOf(text) === given.answerHash) return proved(text, given);
    attempts.push({ text, ...rest });
  }
  return failed(attempts, given);
}

function proved(text: string, { at, service, contentHash, answerHash }: GivenAnswer): Replay {
  const size = String(Buffer.byteLength(text));
  return {
    outcome: 'same',
    lines: [
      `The answer is the same, byte for byte: ${size} bytes, SHA-256 ${answerHash}.`,
      `Service ${service}, at ${new Date(at).toISOString()}, content ${contentHash}.`,
    ],
  };
}
