import { spawn } from 'node:child_process';

const ROOT = new URL('../../', import.meta.url).pathname;

/** How a command ended, and what it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeArgs?: readonly string[];
  /** Called with the process once it has started. */
  readonly meanwhile?: (kill: (signal: NodeJS.Signals) => void) => Promise<void>;
}

/** Runs `troponin-first` as its user does, with nothing in its environment but what is given. */
export async function runCli(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { input = '', env = {}, nodeArgs = [], meanwhile } = options;
  const child = spawn(process.execPath, [...nodeArgs, '--import', 'tsx', 'src/troponin-first.ts', ...args], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  child.stdin.end(input);
  await meanwhile?.((signal) => child.kill(signal));
  const code = await ended;
  return { code, out: Buffer.concat(out).toString('utf8'), err: Buffer.concat(err).toString('utf8') };
}
