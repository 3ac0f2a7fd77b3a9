import { parentPort, workerData } from 'node:worker_threads';
import { simulate } from '../simulate/simulate.js';
import type { WorkerMessage, WorkerTask } from './simulate-workers.js';
import { servicesFor } from './services.js';
import { isExplained, messageOf, UsageError } from './usage.js';

const TOLD_EVERY_BYTES = 8 * 1024 * 1024;

function tell(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

/** One thread's share of a simulation; the message `end` makes it stop with what it has. */
async function work(task: WorkerTask): Promise<void> {
  const controller = new AbortController();
  parentPort?.once('message', () => {
    controller.abort();
  });
  let read = 0;
  const onRead = (bytes: number) => {
    read += bytes;
    if (read < TOLD_EVERY_BYTES) return;
    tell({ read });
    read = 0;
  };
  const services = await servicesFor(task.hooks, task.content);
  const simulated = await simulate({ ...task, services }, { onRead, signal: controller.signal });
  tell({ simulated });
  parentPort?.close();
}

try {
  await work(workerData as WorkerTask);
} catch (error) {
  if (!(error instanceof UsageError || (await isExplained(error)))) throw error;
  tell({ refused: messageOf(error), isUsage: error instanceof UsageError });
  parentPort?.close();
}
