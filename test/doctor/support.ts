import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createExchange, type Exchange } from '../../src/doctor/exchange.js';
import type { Row } from '../../src/doctor/row.js';

/** One request on its way to the real server; a test may change it. */
export interface Passing {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer on its way back. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** How a server in between misbehaves. */
export interface Spoil {
  readonly before?: (request: Passing) => Passing | Answer | 'silence';
  readonly after?: (answer: Answer, request: Passing) => Answer;
}

export interface Spoiled {
  readonly origin: string;
  readonly close: () => Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

const HOP = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'keep-alive']);

function plain(headers: Iterable<readonly [string, unknown]>): Record<string, string> {
  return Object.fromEntries(
    [...headers].filter(([name]) => !HOP.has(name)).map(([name, value]) => [name, String(value)]),
  );
}

async function forward(target: string, { method, url, headers, body }: Passing): Promise<Answer> {
  const sent = body === '' ? { method, headers } : { method, headers, body };
  const response = await fetch(`${target}${url}`, { ...sent, redirect: 'manual' });
  return { status: response.status, headers: plain(response.headers), text: await response.text() };
}

/** A server before a real one that passes everything on, but for what the test spoils. */
export async function startSpoiled(target: string, { before, after }: Spoil): Promise<Spoiled> {
  const server = createServer((request, response) => {
    void (async () => {
      const { method = 'GET', url = '/' } = request;
      const headers = plain(Object.entries(request.headers));
      const passing: Passing = { method, url, headers, body: await bodyOf(request) };
      const changed = before?.(passing) ?? passing;
      if (changed === 'silence') return;
      const answer = 'status' in changed ? changed : await forward(target, changed);
      const { status, headers: sent, text } = after?.(answer, passing) ?? answer;
      response.writeHead(status, { ...sent });
      response.end(text);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Real requests; with `step` each answer seems to take that many milliseconds. */
export function testExchange(step?: number, timeoutMs = 5000): Exchange {
  let time = 0;
  return createExchange({ timeoutMs, now: step === undefined ? () => performance.now() : () => (time += step) });
}

export function rowOf(rows: readonly Row[], check: string): Row | undefined {
  return rows.find((row) => row.check === check);
}

/** The rows that are not ok, as `state check`. */
export function notGood(rows: readonly Row[]): readonly string[] {
  return rows.filter(({ state }) => state !== 'ok').map(({ state, check }) => `${state} ${check}`);
}

/** A copy of a JSON text with something changed in it. */
export function changed(text: string, change: (value: Record<string, unknown>) => unknown): string {
  return JSON.stringify(change(JSON.parse(text) as Record<string, unknown>));
}
