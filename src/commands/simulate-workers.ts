import { Worker } from 'node:worker_threads';
import type { AsOf } from '../evaluate/answer-chart.js';
import type { Simulated } from '../simulate/simulate.js';
import { merged } from '../simulate/tally.js';
import type { ContentOptions } from './services.js';
import { ExplainedError, UsageError } from './usage.js';

/** What one thread is given: its share is every `shares`-th file. */
export interface WorkerTask {
  readonly path: string;
  readonly hooks: readonly string[];
  readonly content: ContentOptions;
  readonly when: AsOf;
  readonly limit: number | undefined;
  readonly share: number;
  readonly shares: number;
}

/** Bytes read since the last time, the result, or why there will be none. */
export type WorkerMessage =
  | { readonly read: number }
  | { readonly simulated: Simulated }
  | { readonly refused: string; readonly isUsage: boolean };

/**
 * Room for what is made of a few charts. With less, a chart that is being judged is moved to where only a full
 * collection finds it, and judging takes twice as long.
 */
const YOUNG_MEGABYTES = 48;

const WORKER = new URL('./simulate-worker.js', import.meta.url);

function run(task: WorkerTask, onRead: (bytes: number) => void, signal: AbortSignal): Promise<Simulated> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(WORKER, {
      workerData: task,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
    });
    const end = () => {
      worker.postMessage('end');
    };
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    worker.on('message', (message: WorkerMessage) => {
      if ('read' in message) onRead(message.read);
      else if ('simulated' in message) resolve(message.simulated);
      else reject(message.isUsage ? new UsageError(message.refused) : new ExplainedError(message.refused));
    });
    worker.once('error', reject);
    worker.once('exit', () => {
      reject(new Error('a thread of the simulation ended without a result'));
    });
  });
}

/** A thread cannot be started from a source that is not compiled. */
const IS_COMPILED = import.meta.url.endsWith('.js');

async function runHere(task: WorkerTask, onRead: (bytes: number) => void, signal: AbortSignal): Promise<Simulated> {
  const [{ simulate }, { servicesFor }] = await Promise.all([
    import('../simulate/simulate.js'),
    import('./services.js'),
  ]);
  const services = await servicesFor(task.hooks, task.content);
  return simulate({ ...task, services }, { onRead, signal });
}

/** Simulates in several threads, each with its share of the files. Rejects when one of them fails. */
export async function simulateInWorkers(
  task: Omit<WorkerTask, 'share'>,
  onRead: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Simulated> {
  if (!IS_COMPILED) return runHere({ ...task, share: 0, shares: 1 }, onRead, signal);
  const shares = Array.from({ length: task.shares }, (_, share) => run({ ...task, share }, onRead, signal));
  return merged(await Promise.all(shares));
}
