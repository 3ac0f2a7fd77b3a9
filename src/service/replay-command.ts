import { parseArgs } from 'node:util';
import { isObject, objectsOf, textOf } from '../fhir/json.js';
import type { Decision } from '../store/store.js';
import { answerHashOf } from './decision.js';
import type { Service } from './discovery.js';
import { replay, type GivenAnswer } from './replay.js';

/** What the command may use; files and the store are opened only when an argument names them. */
export interface ReplayTools {
  readonly readText: (file: string) => string;
  /** The services of a content folder and a site folder; without them those of the product. Throws a ContentError. */
  readonly loadServices: (content: string | undefined, site: string | undefined) => ReadonlyMap<string, Service>;
  /** Rejects with a StoreError when the store cannot be used. */
  readonly findDecision: (id: string) => Promise<Decision | undefined>;
}

/** How a command ended, and what it prints. */
export interface CommandResult {
  readonly exitCode: 0 | 1 | 2;
  readonly lines: readonly string[];
}

export const REPLAY_HELP = `Proves that a kept request is answered today as it was then, byte for byte and without network.

  npm run replay -- --request FILE --decision ID
  npm run replay -- --request FILE --answer FILE
  npm run replay -- --request FILE --at INSTANT --service ID --content-hash HASH --answer-hash HASH

  --request FILE       the hook request, as the client sent it
  --decision ID        the decision on record: service, instant, content and answer hash are looked up
  --answer FILE        the response body that was sent; shows where the answers differ
  --at INSTANT         when it was answered, like 2026-03-10T12:00:00.000Z
  --service ID         service that answered
  --content-hash HASH  SHA-256 of the content that answered
  --answer-hash HASH   SHA-256 of the response body
  --content DIR        content to answer with (the product's own)
  --site DIR           the site's own content (TF_SITE_DIR)

What --at, --service, --content-hash and --answer-hash do not say is read from --answer, whose cards name instant and
content. Ends with 0 when the answer is the same, 1 when it is different, 2 when it cannot be proved.`;

const OPTIONS = {
  request: { type: 'string' },
  decision: { type: 'string' },
  answer: { type: 'string' },
  at: { type: 'string' },
  service: { type: 'string' },
  'content-hash': { type: 'string' },
  'answer-hash': { type: 'string' },
  content: { type: 'string' },
  site: { type: 'string' },
  help: { type: 'boolean' },
} as const;

type Arguments = Partial<Record<Exclude<keyof typeof OPTIONS, 'help'>, string>> & { readonly help?: boolean };

/** The arguments do not say what to prove; the message says what is missing. */
class UsageError extends Error {}

/** parseArgs says what is wrong with an argument, and nothing of its value. */
function messageOf(error: unknown): string {
  return (isObject(error) ? textOf(error['message']) : undefined) ?? 'The arguments cannot be read.';
}

function readArguments(args: readonly string[]): Arguments {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}

function readJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`${what} is no JSON.`);
  }
}

/** The basis of the first card: it names instant, topic and content. */
function basisOf(answer: unknown): Readonly<Record<string, unknown>> {
  const [card] = isObject(answer) ? objectsOf(answer['cards']) : [];
  const extension = card?.['extension'];
  const basis = isObject(extension) ? extension['org.troponin-first.basis'] : undefined;
  return isObject(basis) ? basis : {};
}

function instantOf(text: string | undefined): number {
  if (text === undefined)
    throw new UsageError('When was it answered? Give --at; an answer without cards does not say.');
  const isInstant = /^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/.test(text) && !Number.isNaN(Date.parse(text));
  if (!isInstant) throw new UsageError('--at must be an instant with a time zone, like 2026-03-10T12:00:00.000Z.');
  return Date.parse(text);
}

function hashOf(text: string | undefined, option: string): string {
  const hash = text?.toLowerCase() ?? '';
  if (/^[0-9a-f]{64}$/.test(hash)) return hash;
  throw new UsageError(`--${option} must be given: a SHA-256 as 64 hexadecimal digits.`);
}

/** The service of the answer's topic for the request's hook; without a topic the only one of that hook. */
function guessService(request: unknown, topic: string | undefined, services: ReadonlyMap<string, Service>): string {
  const hook = isObject(request) ? request['hook'] : undefined;
  const fitting = [...services.values()].filter(
    (service) => service.hook === hook && (topic === undefined || service.topic.topic.id === topic),
  );
  const [first] = fitting;
  if (first === undefined || fitting.length > 1) throw new UsageError('Which service answered? Give --service.');
  return first.id;
}

async function fromDecision(id: string, text: string | undefined, tools: ReplayTools): Promise<GivenAnswer> {
  const decision = await tools.findDecision(id);
  if (decision === undefined) throw new UsageError('There is no decision with this id on record.');
  const { at, service, contentHash, answerHash, needs } = decision;
  return { at: Date.parse(at), service, contentHash, answerHash, needs, text };
}

function fromArguments(
  given: Arguments,
  text: string | undefined,
  request: unknown,
  services: ReadonlyMap<string, Service>,
): GivenAnswer {
  const basis = text === undefined ? {} : basisOf(readJson(text, 'The answer'));
  return {
    at: instantOf(given.at ?? textOf(basis['asOf'])),
    service: given.service ?? guessService(request, textOf(basis['topic']), services),
    contentHash: hashOf(given['content-hash'] ?? textOf(basis['contentHash']), 'content-hash'),
    answerHash: hashOf(given['answer-hash'] ?? (text === undefined ? undefined : answerHashOf(text)), 'answer-hash'),
    needs: undefined,
    text,
  };
}

const OF_DECISION = ['at', 'service', 'content-hash', 'answer-hash'] as const;

async function prove(given: Arguments, tools: ReplayTools): Promise<CommandResult> {
  if (given.request === undefined) throw new UsageError('Give --request.');
  if (given.decision !== undefined && OF_DECISION.some((name) => given[name] !== undefined)) {
    throw new UsageError(`--decision says it all: leave out ${OF_DECISION.map((name) => `--${name}`).join(', ')}.`);
  }
  const request = readJson(tools.readText(given.request), 'The request');
  const text = given.answer === undefined ? undefined : tools.readText(given.answer);
  const services = tools.loadServices(given.content, given.site);
  const answer =
    given.decision === undefined
      ? fromArguments(given, text, request, services)
      : await fromDecision(given.decision, text, tools);
  const { outcome, lines } = await replay(request, answer, services);
  const exitCode = outcome === 'same' ? 0 : outcome === 'different' ? 1 : 2;
  return { exitCode, lines: [`${outcome.toUpperCase()}: ${lines[0] ?? ''}`, ...lines.slice(1)] };
}

/** Runs the command. Rejects only with what its tools throw. */
export async function runReplay(args: readonly string[], tools: ReplayTools): Promise<CommandResult> {
  try {
    const given = readArguments(args);
    return given.help === true ? { exitCode: 0, lines: [REPLAY_HELP] } : await prove(given, tools);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { exitCode: 2, lines: [error.message, '`--help` says what can be given.'] };
  }
}
