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

/** A server to start, and what its first calls need. */
export interface Start {
  readonly name: string;
  readonly script: string;
  readonly port: number;
  readonly body: string;
  readonly tokens: Tokens;
  readonly environment: Readonly<Record<string, string>>;
}

export type Tokens = (url: string, count: number) => Promise<readonly string[]>;

type Starting = Pick<Start, 'body' | 'tokens'> & { readonly child: ChildProcess; readonly url: string };

const ATTEMPTS = 100;
const PRELOAD = new URL('./report-usage.mjs', import.meta.url).href;
const ID = 'esophageal-spasm-patient-view';

async function isUp(url: string, body: string, token: string): Promise<boolean> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const response = await fetch(url, { method: 'POST', headers, body }).catch(() => undefined);
  return response?.status === 200 && (await response.text()).includes('cards');
}

async function waitFor({ child, url, body, tokens }: Starting): Promise<void> {
  for (const token of await tokens(url, ATTEMPTS)) {
    if (child.exitCode !== null) throw new Error(`the server on ${url} ended with ${String(child.exitCode)}`);
    if (await isUp(url, body, token)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no answer on ${url}`);
}

/** Asks a process that has report-usage.mjs preloaded. */
export async function usageOf(child: ChildProcess): Promise<Usage> {
  const answer = once(child, 'message');
  child.send('usage');
  const [usage] = (await answer) as [Usage];
  return usage;
}

/** Starts one server as a process of its own and waits for its first right answer. */
export async function startServer({ name, script, port, body, tokens, environment }: Start): Promise<MeasuredServer> {
  const url = `http://127.0.0.1:${String(port)}/cds-services/${ID}`;
  const child = fork(script, [], {
    execArgv: ['--import', PRELOAD],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      PATH: process.env['PATH'],
      PORT: String(port),
      PUBLIC_URL: `http://127.0.0.1:${String(port)}`,
      NODE_ENV: 'production',
      ...environment,
    },
  });
  await waitFor({ child, url, body, tokens });
  return {
    name,
    url,
    usage: () => usageOf(child),
    stop: async () => {
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      await exit;
    },
  };
}
