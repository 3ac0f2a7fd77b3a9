import type { Card } from '../cds-hooks/types.js';
import type { Topic } from '../knowledge/topic.js';
import { answerHook, type HookAnswer } from '../service/answer-hook.js';
import { servicesOf, type Service } from '../service/discovery.js';
import { Problem } from '../service/problem.js';
import { requestOf } from './client.js';
import type { Stories, Vignette } from './vignette.js';

/** What the service said to one vignette. */
export interface Outcome {
  readonly vignette: Vignette;
  readonly cards: readonly Card[];
  readonly rules: readonly string[];
  readonly undetermined: readonly string[];
  /** Why there is no answer, when there is none. */
  readonly refused?: string;
}

/** What the service said to every vignette of a topic, and which content said it. */
export interface Run {
  readonly topic: Topic;
  readonly outcomes: ReadonlyMap<string, Outcome>;
}

function refusal(error: unknown): string {
  if (error instanceof Problem) return error.code;
  return `fault of the service: ${error instanceof Error ? error.message : String(error)}`;
}

async function answer(vignette: Vignette, service: Service, stories: Stories): Promise<HookAnswer> {
  return answerHook(
    requestOf(vignette, stories, service.topic),
    service,
    { fhirServers: [] },
    {
      fetchFhir: () => Promise.resolve({ failure: 'network' }),
      allowInsecure: false,
      now: () => Date.parse(vignette.asOf),
    },
    () => new AbortController().signal,
  );
}

async function outcomeOf(vignette: Vignette, services: readonly Service[], stories: Stories): Promise<Outcome> {
  const nothing = { vignette, cards: [], rules: [], undetermined: [] };
  const service = services.find(({ hook }) => hook === vignette.hook);
  if (service === undefined) return { ...nothing, refused: `no service answers ${vignette.hook}` };
  try {
    const { response, rules, undetermined } = await answer(vignette, service, stories);
    return { vignette, cards: response.cards, rules, undetermined };
  } catch (error) {
    return { ...nothing, refused: refusal(error) };
  }
}

/** Answers every vignette by prefetch alone, through the same steps as a call of a client. Never rejects. */
export async function runVignettes(topic: Topic, stories: Stories): Promise<Run> {
  const services = [...servicesOf([topic]).values()];
  const outcomes = new Map<string, Outcome>();
  for (const vignette of stories.vignettes) outcomes.set(vignette.id, await outcomeOf(vignette, services, stories));
  return { topic, outcomes };
}

function wordsOf({ summary, detail }: Card): string {
  return `${summary}\n${detail}`.toLowerCase();
}

/** `troponin-not-found warning`, as the vignettes write it. */
export function titleOf({ source, indicator }: Card): string {
  return `${source.topic.code} ${indicator}`;
}

/** What a vignette expects and did not get, in words; nothing when all of it holds. */
export function brokenExpectations({ vignette, cards, refused }: Outcome): readonly string[] {
  const { cards: wanted, says = {}, neverSays = [] } = vignette.expect;
  const titles = cards.map(titleOf);
  const all = cards.map(wordsOf).join('\n');
  const list = (names: readonly string[]) => (names.length === 0 ? 'silence' : names.join(', '));
  const missing = Object.entries(says).flatMap(([code, phrases]) => {
    const card = cards.find(({ source }) => source.topic.code === code);
    const words = card === undefined ? '' : wordsOf(card);
    return phrases.filter((phrase) => !words.includes(phrase.toLowerCase())).map((phrase) => ({ code, phrase }));
  });
  return [
    ...(refused === undefined ? [] : [`is not answered: ${refused}`]),
    ...(titles.join() === wanted.join() ? [] : [`expects ${list(wanted)}; gets ${list(titles)}`]),
    ...missing.map(({ code, phrase }) => `expects ${code} to say "${phrase}"`),
    ...neverSays
      .filter((phrase) => all.includes(phrase.toLowerCase()))
      .map((phrase) => `expects never to read "${phrase}"`),
  ];
}
