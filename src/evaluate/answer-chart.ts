import type { Issue } from '../cds-hooks/validate.js';
import type { Card } from '../cds-hooks/types.js';
import { answerHook } from '../service/answer-hook.js';
import type { Service } from '../service/discovery.js';
import { Problem, type ProblemCode } from '../service/problem.js';
import type { Chart } from './chart.js';
import { lastInstant } from './last-instant.js';
import { occasionOf, type Given, type NotFired } from './occasion.js';
import { requestOf } from './request.js';

/** Instants in milliseconds: one for everybody, or for each patient the last of his chart and `now` at the latest. */
export type AsOf = { readonly at: number } | { readonly lastBefore: number };

/** What came of firing a hook for one chart. Only `cards` may be empty and still be an answer. */
export type ChartOutcome =
  | { readonly cards: readonly Card[] }
  /** The service would answer with an error, 412 for missing data. */
  | { readonly problem: ProblemCode; readonly issues: readonly Issue[] }
  | { readonly notFired: NotFired | 'no-date' };

export interface ChartAnswer {
  readonly patientId: string;
  readonly service: string;
  readonly hook: string;
  /** Undefined when the chart has no date to go by. */
  readonly asOf: number | undefined;
  readonly encounterId: string | undefined;
  readonly outcome: ChartOutcome;
}

const NO_SERVER = () => Promise.resolve({ failure: 'network' } as const);

async function outcomeOf(request: unknown, service: Service, asOf: number): Promise<ChartOutcome> {
  try {
    const { response } = await answerHook(
      request,
      service,
      { fhirServers: [] },
      { fetchFhir: NO_SERVER, allowInsecure: false, now: () => asOf },
      () => new AbortController().signal,
    );
    return { cards: response.cards };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { problem: error.code, issues: error.issues };
  }
}

/**
 * Fires one hook for one chart, through the same function as a call and without network. Rejects only for a fault of
 * this program.
 */
export async function answerChart(chart: Chart, service: Service, when: AsOf, given: Given): Promise<ChartAnswer> {
  const { patientId } = chart;
  const asOf = 'at' in when ? when.at : lastInstant(chart, when.lastBefore);
  const about = { patientId, service: service.id, hook: service.hook, asOf };
  if (asOf === undefined) return { ...about, encounterId: undefined, outcome: { notFired: 'no-date' } };
  const occasion = occasionOf(chart, service.hook, asOf, given);
  if (typeof occasion === 'string') return { ...about, encounterId: undefined, outcome: { notFired: occasion } };
  const outcome = await outcomeOf(requestOf(chart, service, occasion), service, asOf);
  return { ...about, encounterId: occasion.encounterId, outcome };
}
