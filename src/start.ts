import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { pino, type Logger } from 'pino';
import type { Config } from './config.js';
import { CODE_KNOWLEDGE } from './facts/derived/index.js';
import { createApp, type CallLine } from './http/app.js';
import { drain, listen } from './http/listen.js';
import { loadTopics } from './knowledge/load-topics.js';
import { createFhirFetcher } from './record/fhir-client.js';

/** A service that answers until it is stopped. */
export interface RunningService {
  readonly server: Server;
  readonly url: string;
  readonly log: Logger;
  readonly stop: () => Promise<void>;
}

/** Lines are written in batches: a write for each call would cost as much as the call's logic. */
const LOG_BUFFER_BYTES = 4096;
const LOG_FLUSH_MS = 200;

export const CARDS_DIRECTORY = fileURLToPath(new URL('../cards/', import.meta.url));

function logCall(log: Logger): (line: CallLine) => void {
  return (line) => {
    if (line.problem === undefined) log.info(line, 'answered');
    else log.warn(line, 'refused');
  };
}

/** Stack only: the message of a foreign error may hold parts of a request. */
function logFault(log: Logger): (error: unknown) => void {
  return (error) => {
    const frames = error instanceof Error ? (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)) : [];
    log.error(
      { fault: error instanceof Error ? error.name : typeof error, frames: frames.slice(0, 8) },
      'fault of the service',
    );
  };
}

/** Starts the service: content → app → listen. Throws when the content is not whole. */
export async function startService(config: Config): Promise<RunningService> {
  const log = pino(
    { level: config.logLevel, base: null },
    pino.destination({ dest: 1, sync: false, minLength: LOG_BUFFER_BYTES, periodicFlush: LOG_FLUSH_MS }),
  );
  const topics = loadTopics(CARDS_DIRECTORY, CODE_KNOWLEDGE, config.siteDirectory);
  const fetcher = createFhirFetcher();
  const app = createApp({
    topics,
    fetchFhir: fetcher.fetch,
    allowedFhirServers: config.fhirServers,
    corsOrigins: config.corsOrigins,
    maxBody: config.maxBody,
    timeBudgetMs: config.timeBudgetMs,
    basePath: new URL(config.publicUrl).pathname.replace(/\/+$/, ''),
    now: Date.now,
    log: logCall(log),
    logFault: logFault(log),
  });
  const server = await listen(app, config.port, config.host);
  const { port } = server.address() as AddressInfo;
  return {
    server,
    url: `http://${config.host}:${String(port)}`,
    log,
    stop: async () => {
      await drain(server);
      await fetcher.close();
      log.flush();
    },
  };
}
