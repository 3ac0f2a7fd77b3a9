import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { hookBody } from './bodies.js';
import { startServer, type MeasuredServer } from './servers.js';

/** One round against one server. */
interface Round {
  readonly server: string;
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
  readonly p50: number;
  readonly p99: number;
  readonly residentMegabytes: number;
  readonly longestStallMs: number;
}

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const SERVERS = [
  { name: 'service', script: here('../../dist/main.js'), port: 3911 },
  { name: 'bare express', script: here('./bare-express.mjs'), port: 3912 },
  { name: 'bare http', script: here('./bare-http.mjs'), port: 3913 },
];

function load(server: MeasuredServer, body: string, seconds: number, connections: number): Promise<autocannon.Result> {
  return autocannon({
    url: server.url,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    duration: seconds,
    connections,
  });
}

async function measure(server: MeasuredServer, body: string, seconds: number, connections: number): Promise<Round> {
  const before = await server.usage();
  const result = await load(server, body, seconds, connections);
  const after = await server.usage();
  if (result.errors > 0 || result.non2xx > 0)
    throw new Error(`${server.name}: ${String(result.errors + result.non2xx)} failed calls`);
  return {
    server: server.name,
    perSecond: result.requests.total / result.duration,
    cpuMicroseconds: (after.cpuMicroseconds - before.cpuMicroseconds) / result.requests.total,
    p50: result.latency.p50,
    p99: result.latency.p99,
    residentMegabytes: after.residentMegabytes,
    longestStallMs: after.longestStallMs,
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function printRounds(title: string, rounds: readonly Round[]): void {
  const of = (server: string, value: (round: Round) => number) =>
    median(rounds.filter((round) => round.server === server).map(value));
  const express = {
    perSecond: of('bare express', ({ perSecond }) => perSecond),
    cpu: of('bare express', ({ cpuMicroseconds }) => cpuMicroseconds),
  };
  console.log(`\n${title}`);
  console.table(
    SERVERS.map(({ name }) => ({
      server: name,
      'requests/s': Math.round(of(name, ({ perSecond }) => perSecond)),
      'of bare express': (of(name, ({ perSecond }) => perSecond) / express.perSecond).toFixed(2),
      'CPU us/request': Math.round(of(name, ({ cpuMicroseconds }) => cpuMicroseconds)),
      'bare express CPU / this': (express.cpu / of(name, ({ cpuMicroseconds }) => cpuMicroseconds)).toFixed(2),
      'p50 ms': of(name, ({ p50 }) => p50),
      'p99 ms': of(name, ({ p99 }) => p99),
      'memory MB': Math.round(of(name, ({ residentMegabytes }) => residentMegabytes)),
      'longest stall ms': Math.round(of(name, ({ longestStallMs }) => longestStallMs)),
    })),
  );
}

async function interleaved(
  servers: readonly MeasuredServer[],
  body: string,
  rounds: number,
  seconds: number,
  connections: number,
): Promise<readonly Round[]> {
  for (const server of servers) await load(server, body, 2, connections);
  const results: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const server of servers) results.push(await measure(server, body, seconds, connections));
  }
  return results;
}

/** CPU of whole calls, one at a time: what the size of a chart costs. */
async function printGrowth(servers: readonly MeasuredServer[], now: number): Promise<void> {
  console.log('\nCost against the number of Observations (CPU per call, one call at a time)');
  const rows = [];
  for (const count of [1000, 10_000, 50_000]) {
    const body = hookBody(count, now);
    const cpu = new Map<string, number>();
    for (const server of servers) cpu.set(server.name, (await measure(server, body, 4, 1)).cpuMicroseconds);
    const own = (cpu.get('service') ?? 0) - (cpu.get('bare express') ?? 0);
    rows.push({
      observations: count,
      'body MB': (body.length / 1e6).toFixed(1),
      'service ms': ((cpu.get('service') ?? 0) / 1000).toFixed(1),
      'bare express ms': ((cpu.get('bare express') ?? 0) / 1000).toFixed(1),
      'ours, us per Observation': (own / count).toFixed(2),
    });
  }
  console.table(rows);
}

async function main(): Promise<void> {
  const now = Date.now();
  const small = hookBody(67, now);
  const outOfScope = hookBody(67, now, false);
  const large = hookBody(1350, now);
  const servers: MeasuredServer[] = [];
  try {
    for (const { name, script, port } of SERVERS) servers.push(await startServer(name, script, port, small));
    console.log(
      `Node ${process.version}; median of interleaved rounds, 10 connections; "bare express" is express 5 with express.json().`,
    );
    const kilobytes = `${String(Math.round(small.length / 1000))} kB of prefetch`;
    printRounds(`${kilobytes}, in scope: two cards`, await interleaved(servers, small, 7, 3, 10));
    printRounds(`${kilobytes}, out of scope: no card`, await interleaved(servers, outOfScope, 5, 3, 10));
    printRounds(`${(large.length / 1e6).toFixed(1)} MB of prefetch`, await interleaved(servers, large, 3, 3, 10));
    printRounds(
      `${(large.length / 1e6).toFixed(1)} MB of prefetch, one call at a time`,
      await interleaved(servers, large, 3, 2, 1),
    );
    await printGrowth(servers, now);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

await main();
