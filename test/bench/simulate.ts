import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VISITS_OF_A_MEGABYTE, writeBundles } from './charts.js';

/** What one process used, from its start to its end. */
interface Used {
  readonly peakMegabytes: number;
  readonly cpuSeconds: number;
  readonly seconds: number;
}

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const CHARTS = Number(process.env['BENCH_CHARTS'] ?? 1000);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);

function measure(script: string, args: readonly string[]): Promise<Used> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', here('report-peak.mjs'), here(script), ...args], {
      stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    });
    const chunks: Buffer[] = [];
    child.stdio[3]?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('close', (code) => {
      const lines = Buffer.concat(chunks).toString('utf8').trim().split('\n');
      // Threads report too, before the process they are part of.
      const last = lines.at(-1) ?? '';
      if (code === 0 && last !== '') resolve(JSON.parse(last) as Used);
      else reject(new Error(`${script} ended with ${String(code)}`));
    });
  });
}

async function sizeOf(folder: string): Promise<number> {
  const sizes = await Promise.all((await readdir(folder)).map(async (file) => (await stat(join(folder, file))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function line(name: string, used: readonly Used[], megabytes: number): string {
  const seconds = median(used.map((one) => one.seconds));
  const cpu = median(used.map(({ cpuSeconds }) => cpuSeconds));
  const peak = Math.max(...used.map(({ peakMegabytes }) => peakMegabytes));
  const numbers = [`${seconds.toFixed(1)} s`, `${(megabytes / seconds).toFixed(0)} MB/s`, `${cpu.toFixed(1)} s CPU`];
  return [name.padEnd(16), ...numbers, `${peak.toFixed(0)} MB at most`].join('  ');
}

const folder = await mkdtemp(join(tmpdir(), 'troponin-first-bench-'));
try {
  await writeBundles(folder, { count: CHARTS, visits: VISITS_OF_A_MEGABYTE, oneIn: 20 });
  const megabytes = (await sizeOf(folder)) / 1e6;
  console.log(`${String(CHARTS)} charts, ${megabytes.toFixed(0)} MB; ${String(ROUNDS)} rounds, in turn`);
  const [read, simulated]: [Used[], Used[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    read.push(await measure('read-and-parse.mjs', [folder]));
    simulated.push(await measure('../../dist/troponin-first.js', ['simulate', folder, '--quiet']));
  }
  console.log(line('read and parse', read, megabytes));
  console.log(line('simulate', simulated, megabytes));
  const ratio = (value: (used: Used) => number) => median(simulated.map(value)) / median(read.map(value));
  console.log(
    `ratio: ${ratio(({ seconds }) => seconds).toFixed(2)} in time, ${ratio(({ cpuSeconds }) => cpuSeconds).toFixed(2)} in CPU`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
