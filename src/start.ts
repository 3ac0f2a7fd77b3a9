import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { assembleService } from './assemble.js';
import type { Config } from './config.js';
import { drain, listen } from './http/listen.js';
import type { Topic } from './knowledge/topic.js';
import { createLog } from './log.js';

/** A service that answers until it is stopped. */
export interface RunningService {
  readonly server: Server;
  readonly url: string;
  readonly log: Logger;
  /**
   * Goes on taking calls for the given milliseconds while it sends clients elsewhere, then finishes what runs, writes
   * what is not written, and ends.
   */
  readonly stop: (drainMs: number) => Promise<void>;
}

/**
 * Starts the service: content, clients, store → app → listen. Throws when one of them cannot be used. Without topics it
 * loads the product's own.
 */
export async function startService(config: Config, topics?: readonly Topic[]): Promise<RunningService> {
  const log = createLog(config.logLevel);
  const { app, beginStop, close } = await assembleService(config, log, topics);
  const server = await listen(app, config.port, config.host);
  const { port } = server.address() as AddressInfo;
  return {
    server,
    url: `http://${config.host}:${String(port)}`,
    log,
    stop: async (drainMs) => {
      beginStop();
      await sleep(drainMs);
      await drain(server);
      await close();
      log.flush();
    },
  };
}
