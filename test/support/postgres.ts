import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** A PostgreSQL for tests. */
export interface Postgres {
  /** The URL of a new, empty database. */
  readonly createDatabase: () => Promise<string>;
  /** Ends it with SIGKILL and brings it back at the same address; undefined for a server that is not ours. */
  readonly fault: { readonly kill: () => Promise<void>; readonly restart: () => Promise<void> } | undefined;
  readonly stop: () => Promise<void>;
}

const TRIES = 100;
const TRY_MS = 100;

function firstOf(candidates: readonly (() => readonly string[])[]): string | undefined {
  for (const candidate of candidates) {
    try {
      const found = candidate().find(
        (folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')),
      );
      if (found !== undefined) return found;
    } catch {
      // Not installed this way.
    }
  }
  return undefined;
}

const DEBIAN = '/usr/lib/postgresql';

/** The folder of the server's programs, or undefined. */
const binaries = firstOf([
  () => [execFileSync('pg_config', ['--bindir'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()],
  () => (process.env['PATH'] ?? '').split(delimiter),
  () =>
    readdirSync(DEBIAN)
      .sort((one, other) => Number(other) - Number(one))
      .map((version) => join(DEBIAN, version, 'bin')),
]);

const givenUrl = process.env['TEST_DATABASE_URL'];

/** Whether tests with PostgreSQL can run: against TEST_DATABASE_URL, or a cluster of a local installation. */
export const hasPostgres = givenUrl !== undefined || binaries !== undefined;

/** Whether it is ours to kill. */
export const canKillPostgres = givenUrl === undefined && binaries !== undefined;

/** Says once per file why rows are missing. */
export function sayWhatIsSkipped(): void {
  if (!hasPostgres) process.stderr.write('Tests with PostgreSQL are skipped: no TEST_DATABASE_URL, no initdb found.\n');
}

// The server refuses to run as root.
function serverUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function run(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(statement);
  } finally {
    await client.end();
  }
}

async function untilUp(url: string, server: ChildProcess): Promise<void> {
  for (let left = TRIES; left > 0 && server.exitCode === null; left -= 1) {
    try {
      await run(url, 'select 1');
      return;
    } catch {
      await sleep(TRY_MS);
    }
  }
  throw new Error(`PostgreSQL did not start (exit code ${String(server.exitCode)})`);
}

function databasesOf(url: string): Postgres['createDatabase'] {
  let count = 0;
  return async () => {
    count += 1;
    const name = `tf_test_${String(process.pid)}_${String(Date.now())}_${String(count)}`;
    await run(url, `create database ${name}`);
    const made = new URL(url);
    made.pathname = `/${name}`;
    return made.href;
  };
}

async function startCluster(programs: string): Promise<Postgres> {
  const user = serverUser();
  const folder = mkdtempSync(join(tmpdir(), 'tf-postgres-'));
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const options = { cwd: folder, stdio: 'ignore', ...user } as const;
  execFileSync(join(programs, 'initdb'), ['-D', data, '-U', 'tf', '-A', 'trust', '-E', 'UTF8', '--no-sync'], options);
  const port = await freePort();
  const url = `postgresql://tf@127.0.0.1:${String(port)}/postgres`;
  let server: ChildProcess;
  const start = async (): Promise<void> => {
    // After a kill the workers of the old server need a moment to notice, and no new one starts before.
    for (let left = TRIES; ; left -= 1) {
      server = spawn(
        join(programs, 'postgres'),
        ['-D', data, '-k', folder, '-h', '127.0.0.1', '-p', String(port)],
        options,
      );
      try {
        await untilUp(url, server);
        return;
      } catch (error) {
        if (left === 0) throw error;
        await sleep(TRY_MS);
      }
    }
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    server.kill(signal);
    await once(server, 'exit');
  };
  await start();
  const killAtExit = () => server.kill('SIGKILL');
  process.once('exit', killAtExit);
  return {
    createDatabase: databasesOf(url),
    fault: { kill: () => end('SIGKILL'), restart: start },
    stop: async () => {
      await end('SIGINT');
      process.off('exit', killAtExit);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts a cluster in a temporary folder, or uses TEST_DATABASE_URL, where it makes databases of its own. */
export async function startPostgres(): Promise<Postgres> {
  if (givenUrl !== undefined) {
    return { createDatabase: databasesOf(givenUrl), fault: undefined, stop: () => Promise.resolve() };
  }
  if (binaries === undefined) throw new Error('there is no PostgreSQL');
  return startCluster(binaries);
}
