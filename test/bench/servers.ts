import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

export interface Usage {
  readonly cpuMicroseconds: number;
  readonly residentMegabytes: number;
  readonly longestStallMs: number;
}

export interface MeasuredServer {
  readonly name: string;
  readonly url: string;
  readonly usage: () => Promise<Usage>;
  readonly stop: () => Promise<void>;
}

const PRELOAD = new URL('./report-usage.mjs', import.meta.url).href;
const ID = 'esophageal-spasm-patient-view';

async function isUp(url: string, body: string): Promise<boolean> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body }).catch(
    () => undefined,
  );
  return response?.status === 200 && (await response.text()).includes('cards');
}

async function waitFor(child: ChildProcess, url: string, body: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`the server on ${url} ended with ${String(child.exitCode)}`);
    if (await isUp(url, body)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no answer on ${url}`);
}

/** Starts one server as a process of its own and waits for its first right answer. */
export async function startServer(name: string, script: string, port: number, body: string): Promise<MeasuredServer> {
  const url = `http://127.0.0.1:${String(port)}/cds-services/${ID}`;
  const child = fork(script, [], {
    execArgv: ['--import', PRELOAD],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      PATH: process.env['PATH'],
      PORT: String(port),
      TF_AUTHENTICATION: 'off',
      TF_ALLOW_INSECURE: 'true',
      TF_MAX_BODY: '100mb',
      NODE_ENV: 'production',
    },
  });
  await waitFor(child, url, body);
  return {
    name,
    url,
    usage: async () => {
      const answer = once(child, 'message');
      child.send('usage');
      const [usage] = (await answer) as [Usage];
      return usage;
    },
    stop: async () => {
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      await exit;
    },
  };
}
