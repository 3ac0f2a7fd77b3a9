import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openStore } from '../../src/store/open-store.js';
import { usageOf } from '../bench/servers.js';
import { createBenchClient, type BenchClient } from '../bench/tokens.js';
import { CALLS, type SoakCall, type SoakState } from './calls.js';
import { startFailingFhirServer, type FailingFhirServer } from './failing-fhir-server.js';

/*
 * Ten minutes (SOAK_MINUTES) of good, bad and hostile calls, with a FHIR server that fails one call in ten. It ends
 * well when every call was answered as it should be, no 5xx came but the deliberate 503, memory stayed flat, and all
 * acknowledged feedback is in the store.
 */

const MINUTES = Number(process.env['SOAK_MINUTES'] ?? 10);
const WORKERS = 12;
const PORT = 3921;
const SAMPLE_MS = 1000;
const MOST_GROWTH = 0.1;
const ANSWER_MS = 15_000;

interface Tally {
  answers: number;
  readonly kinds: Map<string, Map<string, number>>;
  readonly wrong: string[];
}

function count({ kinds }: Tally, kind: string, outcome: string): void {
  const outcomes = kinds.get(kind) ?? new Map<string, number>();
  kinds.set(kind, outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1));
}

async function send(url: string, call: SoakCall): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(`${url}${call.path}`, {
    method: call.method ?? 'POST',
    headers: call.headers,
    signal: AbortSignal.timeout(ANSWER_MS),
    ...(call.body !== undefined && call.method === undefined && { body: call.body }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  return { status: response.status, body: isJson ? (JSON.parse(text) as unknown) : text };
}

async function makeOne(state: SoakState, call: SoakCall, tally: Tally): Promise<void> {
  try {
    const { status, body } = await send(state.url, call);
    call.onAnswer?.(status, body);
    count(tally, call.kind, String(status));
    tally.answers += 1;
    if (!call.expected.includes(status)) tally.wrong.push(`${call.kind}: ${String(status)}`);
  } catch (error) {
    count(tally, call.kind, 'unanswered');
    tally.wrong.push(`${call.kind}: ${error instanceof Error ? error.message : 'unanswered'}`);
  }
}

const WHEEL = CALLS.flatMap(({ weight, make }) => Array.from({ length: weight }, () => make));

async function work(state: SoakState, tally: Tally, until: number, next: () => number): Promise<void> {
  while (Date.now() < until) {
    const index = next();
    const make = WHEEL[(index * 37) % WHEEL.length];
    if (make !== undefined) await makeOne(state, await make(state, index), tally);
  }
}

async function watchMemory(child: ChildProcess, until: number): Promise<readonly number[]> {
  const samples: number[] = [];
  while (Date.now() < until) {
    samples.push((await usageOf(child)).residentMegabytes);
    await sleep(SAMPLE_MS);
  }
  return samples;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);
}

interface Setting {
  readonly directory: string;
  readonly clients: readonly BenchClient[];
  readonly fhir: FailingFhirServer;
  readonly operatorToken: string;
}

async function startService({ directory, clients, fhir, operatorToken }: Setting): Promise<ChildProcess> {
  const file = join(directory, 'clients.json');
  const entries = clients.map(({ entry }) => ({ ...entry, fhirServers: [fhir.base] }));
  await writeFile(file, JSON.stringify({ clients: entries }));
  const child = fork(fileURLToPath(new URL('../../dist/main.js', import.meta.url)), [], {
    // As in a container of half a gigabyte: without a limit the collector lets the heap grow before it works.
    execArgv: ['--max-old-space-size=256', '--import', new URL('../bench/report-usage.mjs', import.meta.url).href],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      PATH: process.env['PATH'],
      PORT: String(PORT),
      PUBLIC_URL: `http://127.0.0.1:${String(PORT)}`,
      TF_CLIENTS_FILE: file,
      TF_DATA_DIR: join(directory, 'data'),
      TF_OPERATOR_TOKEN: operatorToken,
      TF_RATE_LIMIT: '10000000',
      ...(process.env['DATABASE_URL'] !== undefined && { DATABASE_URL: process.env['DATABASE_URL'] }),
    },
  });
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const answer = await fetch(`http://127.0.0.1:${String(PORT)}/ready`).catch(() => undefined);
    if (answer?.ok === true) return child;
    await sleep(50);
  }
  throw new Error('the service does not start');
}

/** What the store says of the feedback that was acknowledged. */
async function feedbackFaults(state: SoakState, directory: string): Promise<readonly string[]> {
  const store = await openStore({ databaseUrl: process.env['DATABASE_URL'], dataDirectory: join(directory, 'data') });
  const day = 86_400_000;
  const [from, to] = [new Date(Date.now() - day).toISOString(), new Date(Date.now() + day).toISOString()];
  const { counts, unknownCards } = await store.countCards({ from, to });
  await store.close();
  const stored = counts.reduce((sum, { accepted, overridden }) => sum + accepted + overridden, unknownCards);
  console.log(`feedback: ${String(state.acknowledged.size)} acknowledged, ${String(stored)} in the store`);
  return stored === state.acknowledged.size ? [] : ['the store does not hold exactly the feedback acknowledged'];
}

function memoryFaults(samples: readonly number[]): readonly string[] {
  const third = Math.floor(samples.length / 3);
  const [middle, last] = [mean(samples.slice(third, 2 * third)), mean(samples.slice(2 * third))];
  console.log(`memory: middle third ${middle.toFixed(0)} MB, last third ${last.toFixed(0)} MB`);
  return last <= middle * (1 + MOST_GROWTH) ? [] : ['memory grew by more than a tenth'];
}

function printTally({ answers, kinds }: Tally, fhir: FailingFhirServer): void {
  console.table(Object.fromEntries([...kinds].map(([kind, outcomes]) => [kind, Object.fromEntries(outcomes)])));
  console.log(`${String(answers)} calls answered; ${String(fhir.calls())} calls to the FHIR server`);
}

async function run(setting: Setting): Promise<readonly string[]> {
  const { clients, fhir, operatorToken, directory } = setting;
  const child = await startService(setting);
  const state: SoakState = {
    url: `http://127.0.0.1:${String(PORT)}`,
    clients,
    fhirServer: fhir.base,
    patients: fhir.patients,
    operatorToken,
    shown: [],
    acknowledged: new Map(),
  };
  const tally: Tally = { answers: 0, kinds: new Map(), wrong: [] };
  const until = Date.now() + MINUTES * 60_000;
  let index = 0;
  const workers = Array.from({ length: WORKERS }, () => work(state, tally, until, () => (index += 1)));
  const [samples] = await Promise.all([watchMemory(child, until), ...workers]);
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const [code] = (await exit) as [number | null];
  printTally(tally, fhir);
  return [
    ...tally.wrong.slice(0, 20),
    ...(code === 0 ? [] : [`the service ended with ${String(code)}`]),
    ...memoryFaults(samples),
    ...(await feedbackFaults(state, directory)),
  ];
}

async function main(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'troponin-first-soak-'));
  const fhir = await startFailingFhirServer();
  const clients = await Promise.all([createBenchClient('RS384'), createBenchClient('ES384')]);
  try {
    const faults = await run({ directory, clients, fhir, operatorToken: randomUUID() + randomUUID() });
    console.log(faults.length === 0 ? 'The soak ended well.' : faults.join('\n'));
    process.exitCode = faults.length === 0 ? 0 : 1;
  } finally {
    await fhir.close();
    await rm(directory, { recursive: true, force: true });
  }
}

await main();
