import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = new URL('../../', import.meta.url).pathname;

/** The real service as its own process, with everything it writes. */
export interface ServiceProcess {
  readonly url: string;
  /** Both streams, byte for byte, so far. */
  readonly output: () => string;
  /** Ends it by SIGTERM, or the signal given, and waits until the last byte is read; the exit code. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
  /** Ends it by SIGKILL, in the middle of whatever it does. */
  readonly kill: () => Promise<void>;
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Looks every tenth of a second until it is so. Rejects when it takes too long. */
export async function waitUntil(isSo: () => Promise<boolean>, attempts = 300): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (await isSo()) return;
    await sleep(100);
  }
  throw new Error('it took too long');
}

const FOLDER = mkdtempSync(join(tmpdir(), 'troponin-first-test-'));
process.once('exit', () => {
  rmSync(FOLDER, { recursive: true, force: true });
});

/** A folder of its own, gone with the tests. */
export function temporaryFolder(): string {
  return mkdtempSync(join(FOLDER, 'part-'));
}

/**
 * Starts `src/main.ts` with nothing in its environment but what is given and a folder of its own. Rejects when it ends
 * before it answers.
 */
export async function startProcess(environment: Readonly<Record<string, string>>): Promise<ServiceProcess> {
  const url = `http://127.0.0.1:${String(await freePort())}`;
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOST: '127.0.0.1',
    PORT: new URL(url).port,
    TF_DATA_DIR: temporaryFolder(),
    TF_DRAIN_MS: '0',
    ...environment,
  };
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], { cwd: ROOT, env });
  const chunks: Buffer[] = [];
  const keep = (chunk: Buffer) => chunks.push(chunk);
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const output = () => Buffer.concat(chunks).toString('utf8');
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  await waitUntil(async () => {
    if (child.exitCode !== null) throw new Error(`the service did not start:\n${output()}`);
    return fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  });
  return {
    url,
    output,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
