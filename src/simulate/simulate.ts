import { setImmediate as nextTurn } from 'node:timers/promises';
import { answerChart, type AsOf } from '../evaluate/answer-chart.js';
import { visitCharts, type FoundChart, type Reading } from '../evaluate/charts-in.js';
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
}

/** What was counted, and whether it was ended before the last chart. */
export interface Simulated extends Counted {
  readonly isPartial: boolean;
}

const CHARTS_OF_A_TURN = 16;

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
  const { path, services, limit = Number.POSITIVE_INFINITY } = simulation;
  const tally = createTally(services);
  const reading: Reading = { types: typesOf(services), onUnread: tally.addUnread, onRead, signal };
  let charts = 0;
  const visit = async (found: FoundChart): Promise<boolean> => {
    await countChart(found, simulation, tally);
    charts += 1;
    // Otherwise nothing else ran until the end, not even what ends it. At every chart it would cost a collection each.
    if (charts % CHARTS_OF_A_TURN === 0) await nextTurn();
    return charts < limit && !signal.aborted;
  };
  await visitCharts(path, reading, visit);
  return { ...tally.counted(), isPartial: signal.aborted };
}
