import { describeJsonFault } from '../fhir/json-fault.js';
import { isObject, objectsOf, textOf } from '../fhir/json.js';
import type { Decision } from '../store/store.js';
import { answerHashOf } from '../service/decision.js';
import type { Service } from '../service/discovery.js';
import { replay, type GivenAnswer } from '../service/replay.js';
import { instantOf } from './options.js';
import { UsageError } from './usage.js';

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

/** What the arguments say; whatever is left out is looked up, or asked for. */
export interface ReplayOptions {
  readonly request?: string;
  readonly decision?: string;
  readonly answer?: string;
  readonly at?: string;
  readonly service?: string;
  readonly contentHash?: string;
  readonly answerHash?: string;
  readonly content?: string;
  readonly site?: string;
}

function readJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`${what} ${describeJsonFault(text)}.`);
  }
}

/** The basis of the first card: it names instant, topic and content. */
function basisOf(answer: unknown): Readonly<Record<string, unknown>> {
  const [card] = isObject(answer) ? objectsOf(answer['cards']) : [];
  const extension = card?.['extension'];
  const basis = isObject(extension) ? extension['org.troponin-first.basis'] : undefined;
  return isObject(basis) ? basis : {};
}

function answeredAt(text: string | undefined): number {
  if (text === undefined)
    throw new UsageError('When was it answered? Give --at; an answer without cards does not say.');
  return instantOf(text, '--at');
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
  given: ReplayOptions,
  text: string | undefined,
  request: unknown,
  services: ReadonlyMap<string, Service>,
): GivenAnswer {
  const basis = text === undefined ? {} : basisOf(readJson(text, 'The answer'));
  return {
    at: answeredAt(given.at ?? textOf(basis['asOf'])),
    service: given.service ?? guessService(request, textOf(basis['topic']), services),
    contentHash: hashOf(given.contentHash ?? textOf(basis['contentHash']), 'content-hash'),
    answerHash: hashOf(given.answerHash ?? (text === undefined ? undefined : answerHashOf(text)), 'answer-hash'),
    needs: undefined,
    text,
  };
}

/** What a decision on record says by itself. */
function saysTwice({ at, service, contentHash, answerHash }: ReplayOptions): boolean {
  return [at, service, contentHash, answerHash].some((value) => value !== undefined);
}

async function prove(given: ReplayOptions, tools: ReplayTools): Promise<CommandResult> {
  if (given.request === undefined) throw new UsageError('Give --request.');
  if (given.decision !== undefined && saysTwice(given)) {
    throw new UsageError('--decision says it all: leave out --at, --service, --content-hash and --answer-hash.');
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
export async function runReplay(given: ReplayOptions, tools: ReplayTools): Promise<CommandResult> {
  try {
    return await prove(given, tools);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { exitCode: 2, lines: [error.message, '`--help` says what can be given.'] };
  }
}
