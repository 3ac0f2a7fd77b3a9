import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Refusal } from './clients/cds-client.js';
import type { CallLine } from './http/call-line.js';
import type { FhirCall } from './record/fhir-client.js';

/** What a Prometheus server is told. Labels hold codes and names the operator gave, never a value of a request. */
export interface Metrics {
  readonly countCall: (line: CallLine) => void;
  readonly countRefusal: (refusal: Refusal) => void;
  readonly countFhirCall: (call: FhirCall) => void;
  readonly countStoreFailure: () => void;
  readonly watchQueue: (queue: QueueState) => void;
  /** The text of `GET /metrics`. */
  readonly text: () => Promise<string>;
}

/** The queue of decisions that wait for the store. */
export interface QueueState {
  readonly size: () => number;
  readonly dropped: () => number;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5];
const PREFIX = 'troponin_first_';

function createCounters(registry: Registry) {
  const counter = <T extends string>(name: string, help: string, labelNames: readonly T[]) =>
    new Counter({ name: `${PREFIX}${name}_total`, help, labelNames, registers: [registry] });
  const seconds = <T extends string>(name: string, help: string, labelNames: readonly T[]) =>
    new Histogram({ name: `${PREFIX}${name}_seconds`, help, labelNames, buckets: SECONDS, registers: [registry] });
  return {
    calls: counter('calls', 'Calls of services by HTTP status and problem', ['service', 'status', 'problem']),
    duration: seconds('call', 'Time from a read request to its answer', ['service']),
    cards: counter('cards', 'Cards shown by code', ['code']),
    gaps: counter('gaps', 'Data needs of answers with cards that could not be met whole', ['need', 'reason']),
    feedback: counter('feedback_items', 'Items of feedback by outcome; refused ones could not be read', ['outcome']),
    refusals: counter('refusals', 'Calls without a valid client token', ['reason', 'client']),
    fhirCalls: seconds('fhir_call', 'Calls to FHIR servers by outcome', ['outcome']),
    storeFailures: counter('store_failures', 'Failed uses of the store', []),
  };
}

type Counters = ReturnType<typeof createCounters>;

function countCall(counters: Counters, line: CallLine): void {
  const { service = 'none', status, problem = 'none', milliseconds } = line;
  counters.calls.inc({ service, status: String(status), problem });
  if (milliseconds !== undefined) counters.duration.observe({ service }, milliseconds / 1000);
  for (const code of line.cards ?? []) counters.cards.inc({ code });
  for (const gap of line.gaps ?? []) {
    const [need = '', reason = ''] = gap.split(':');
    counters.gaps.inc({ need, reason });
  }
  for (const [outcome, count] of Object.entries(line.feedback ?? {})) counters.feedback.inc({ outcome }, count);
}

function watchQueue(registry: Registry, { size, dropped }: QueueState): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name: `${PREFIX}${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  gauge('store_queue_decisions', 'Decisions that wait to be stored', size);
  gauge('store_queue_dropped_decisions', 'Decisions given up since the start because the queue was full', dropped);
}

/** Makes the metrics of one process. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counters = createCounters(registry);
  return {
    countCall: (line) => {
      countCall(counters, line);
    },
    countRefusal: ({ refused, client = 'unknown' }) => {
      counters.refusals.inc({ reason: refused, client });
    },
    countFhirCall: ({ outcome, milliseconds }) => {
      counters.fhirCalls.observe({ outcome }, milliseconds / 1000);
    },
    countStoreFailure: () => {
      counters.storeFailures.inc();
    },
    watchQueue: (queue) => {
      watchQueue(registry, queue);
    },
    text: () => registry.metrics(),
  };
}
