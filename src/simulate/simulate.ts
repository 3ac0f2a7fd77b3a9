import { setImmediate as nextTurn } from 'node:timers/promises';
import { answerChart, type AsOf } from '../evaluate/answer-chart.js';
import { chartsIn, type FoundChart, type Reading } from '../evaluate/charts-in.js';
import { typesOf } from '../evaluate/evaluate.js';
import type { Service } from '../service/discovery.js';
import { createTally, type Counted } from './tally.js';

/** What is simulated. */
export interface Simulation {
  readonly path: string;
  readonly services: readonly Service[];
  readonly when: AsOf;
  /** Charts after which it ends; undefined for all. */
  readonly limit: number | undefined;
  /** Of so many shares of the files this one is counted; NDJSON is all in the first. */
  readonly share?: number;
  readonly shares?: number;
}

/** What was counted, and whether it was ended before the last chart. */
export interface Simulated extends Counted {
  readonly isPartial: boolean;
}

async function countChart(
  { chart }: FoundChart,
  { services, when }: Simulation,
  tally: ReturnType<typeof createTally>,
): Promise<void> {
  tally.addChart();
  for (const service of services) {
    try {
      tally.add(await answerChart(chart, service, when, {}));
    } catch {
      // One chart must not cost the count of all others; it is said in the result.
      tally.addFault(service.id);
    }
  }
}

/**
 * Fires the hooks for every chart at a path and counts what comes of it. Holds one chart at a time, whatever the
 * number. Ends early, with what it has, when the signal says so.
 */
export async function simulate(
  simulation: Simulation,
  { onRead, signal }: Pick<Reading, 'onRead' | 'signal'>,
): Promise<Simulated> {
  const { path, services, limit = Number.POSITIVE_INFINITY, share = 0, shares = 1 } = simulation;
  const tally = createTally(services);
  const reading: Reading = { types: typesOf(services), onUnread: tally.addUnread, onRead, signal };
  let charts = 0;
  if (limit > 0) {
    for await (const found of chartsIn(path, reading, { share, shares })) {
      await countChart(found, simulation, tally);
      charts += 1;
      if (charts >= limit) break;
      // Otherwise nothing else ran until the end, not even what ends it.
      await nextTurn();
      if (signal.aborted) break;
    }
  }
  return { ...tally.counted(), isPartial: signal.aborted };
}
