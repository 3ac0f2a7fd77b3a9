import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { hookBody } from './bodies.js';
import { startServer, type MeasuredServer, type Start, type Tokens, type Usage } from './servers.js';
import { createBenchClient, type BenchClient } from './tokens.js';

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

/** A server under measurement, and with whose tokens it is called. */
interface Contender {
  readonly name: string;
  readonly server: MeasuredServer;
  readonly tokens: Tokens;
  /** Whether each token serves once: the bare servers never look at it. */
  readonly isOnce: boolean;
}

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const NAMES = ['RS384', 'ES384', 'no tokens', 'bare express', 'bare http'];
/** More calls a second than any of the servers answers. */
const MOST_PER_SECOND = 4000;

/** Gives a new token to each request. */
function tokenFeeder(tokens: readonly string[], isOnce: boolean): (request: autocannon.Request) => autocannon.Request {
  let next = 0;
  return (request) => {
    const token = tokens[isOnce ? next : next % tokens.length];
    if (token === undefined) throw new Error('more calls than tokens');
    next += 1;
    return { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } };
  };
}

async function load(contender: Contender, body: string, seconds: number, connections: number): Promise<Loaded> {
  const { server, tokens, isOnce } = contender;
  // A large body is answered less often, and signing takes longer than a round.
  const perSecond = Math.min(MOST_PER_SECOND, 200 + 150_000_000 / body.length);
  const signed = await tokens(server.url, isOnce ? Math.ceil(perSecond * (seconds + 1)) : 1);
  const before = await server.usage();
  const result = await autocannon({
    url: server.url,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    requests: [{ body, setupRequest: tokenFeeder(signed, isOnce) }],
    duration: seconds,
    connections,
  });
  return { result, before, after: await server.usage() };
}

interface Loaded {
  readonly result: autocannon.Result;
  readonly before: Usage;
  readonly after: Usage;
}

async function measure(contender: Contender, body: string, seconds: number, connections: number): Promise<Round> {
  const { result, before, after } = await load(contender, body, seconds, connections);
  if (result.errors > 0 || result.non2xx > 0)
    throw new Error(`${contender.name}: ${String(result.errors + result.non2xx)} failed calls`);
  return {
    server: contender.name,
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
    NAMES.map((name) => ({
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
  contenders: readonly Contender[],
  body: string,
  rounds: number,
  seconds: number,
  connections: number,
): Promise<readonly Round[]> {
  for (const contender of contenders) await load(contender, body, 2, connections);
  const results: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of contenders) results.push(await measure(contender, body, seconds, connections));
  }
  return results;
}

/** CPU of whole calls, one at a time: what the size of a chart costs. */
async function printGrowth(contenders: readonly Contender[], now: number): Promise<void> {
  console.log('\nCost against the number of Observations (CPU per call, one call at a time)');
  const rows = [];
  for (const count of [1000, 10_000, 50_000]) {
    const body = hookBody(count, now);
    const cpu = new Map<string, number>();
    for (const one of contenders) cpu.set(one.name, (await measure(one, body, 4, 1)).cpuMicroseconds);
    const own = (cpu.get('RS384') ?? 0) - (cpu.get('bare express') ?? 0);
    rows.push({
      observations: count,
      'body MB': (body.length / 1e6).toFixed(1),
      'service ms': ((cpu.get('RS384') ?? 0) / 1000).toFixed(1),
      'bare express ms': ((cpu.get('bare express') ?? 0) / 1000).toFixed(1),
      'ours, us per Observation': (own / count).toFixed(2),
    });
  }
  console.table(rows);
}

async function writeClients(directory: string, clients: readonly BenchClient[]): Promise<string> {
  const file = join(directory, 'clients.json');
  await writeFile(file, JSON.stringify({ clients: clients.map(({ entry }) => entry) }));
  return file;
}

/** The service with everything on, the same without tokens, and the two servers it is compared with. */
async function startAll(directory: string, body: string, started: MeasuredServer[]): Promise<readonly Contender[]> {
  const [rsa, ecdsa] = [await createBenchClient('RS384'), await createBenchClient('ES384')];
  const [fromRsa] = await rsa.tokens('https://nobody.example', 1);
  const anything: Tokens = (_url, count) => Promise.resolve(Array.from({ length: count }, () => fromRsa ?? ''));
  const start = async (name: string, script: string, tokens: Tokens, environment: Start['environment'] = {}) => {
    const server = await startServer({
      name,
      script: here(script),
      port: 3911 + started.length,
      body,
      tokens,
      environment,
    });
    started.push(server);
    return server;
  };
  const service = (name: string, tokens: Tokens, more: Start['environment']) =>
    start(name, '../../dist/main.js', tokens, {
      TF_MAX_BODY: '100mb',
      TF_ALLOW_INSECURE: 'true',
      TF_RATE_LIMIT: '100000000',
      TF_DRAIN_MS: '0',
      TF_DATA_DIR: join(directory, name),
      ...more,
    });
  const clients = await writeClients(directory, [rsa, ecdsa]);
  const proving = await service('proving', rsa.tokens, { TF_CLIENTS_FILE: clients });
  const open = await service('open', anything, { TF_AUTHENTICATION: 'off' });
  const bare = { tokens: anything, isOnce: false };
  return [
    { name: 'RS384', server: proving, tokens: rsa.tokens, isOnce: true },
    { name: 'ES384', server: proving, tokens: ecdsa.tokens, isOnce: true },
    { name: 'no tokens', server: open, ...bare },
    { name: 'bare express', server: await start('express', './bare-express.mjs', anything), ...bare },
    { name: 'bare http', server: await start('http', './bare-http.mjs', anything), ...bare },
  ];
}

async function printAll(contenders: readonly Contender[], now: number): Promise<void> {
  const small = hookBody(67, now);
  const outOfScope = hookBody(67, now, false);
  const large = hookBody(1350, now);
  const largeOutOfScope = hookBody(1350, now, false);
  const kilobytes = `${String(Math.round(small.length / 1000))} kB of prefetch`;
  const megabytes = `${(large.length / 1e6).toFixed(1)} MB of prefetch`;
  printRounds(`${kilobytes}, out of scope: no card`, await interleaved(contenders, outOfScope, 5, 3, 10));
  printRounds(`${kilobytes}, in scope: two cards`, await interleaved(contenders, small, 5, 3, 10));
  printRounds(`${megabytes}, out of scope`, await interleaved(contenders, largeOutOfScope, 3, 3, 10));
  printRounds(`${megabytes}, in scope`, await interleaved(contenders, large, 3, 3, 10));
  printRounds(`${megabytes}, in scope, one call at a time`, await interleaved(contenders, large, 3, 2, 1));
  await printGrowth(
    contenders.filter(({ name }) => name === 'RS384' || name === 'bare express'),
    now,
  );
}

async function main(): Promise<void> {
  const now = Date.now();
  const directory = await mkdtemp(join(tmpdir(), 'troponin-first-bench-'));
  const started: MeasuredServer[] = [];
  try {
    const contenders = await startAll(directory, hookBody(67, now), started);
    console.log(
      `Node ${process.version}; median of interleaved rounds, 10 connections. RS384, ES384: the service with everything on ` +
        '(tokens each used once, limits, decisions, metrics, log). "bare express" is express 5 with express.json().',
    );
    await printAll(contenders, now);
  } finally {
    await Promise.all(started.map((server) => server.stop()));
    await rm(directory, { recursive: true, force: true });
  }
}

await main();
