import { ClientsError } from './clients/load-clients.js';
import { ConfigError, describeConfig, readConfig } from './config.js';
import { ContentError } from './knowledge/content-problem.js';
import { startService } from './start.js';
import { StoreError } from './store/store.js';

async function serve(): Promise<void> {
  const config = readConfig(process.env);
  const service = await startService(config);
  if (config.authentication === 'off') {
    service.log.warn('client authentication is OFF: anyone who can reach this port can call the service');
  }
  service.log.info({ url: service.url }, 'listening');
  const stop = (drainMs: number) => () => {
    service.log.info('draining');
    void service.stop(drainMs).then(() => process.exit(0));
  };
  process.once('SIGTERM', stop(config.drainMs));
  // Ctrl+C: nobody is to be sent elsewhere.
  process.once('SIGINT', stop(0));
}

/** The port is taken, or the address is not this machine's: the message says which. */
function isAddressFault(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error && error.syscall === 'listen';
}

const EXPLAINED = [ConfigError, ContentError, ClientsError, StoreError];

if (process.argv.includes('--help')) {
  console.log(`Troponin First, a CDS Hooks service.\n\n${describeConfig()}`);
} else {
  serve().catch((error: unknown) => {
    const isExplained = EXPLAINED.some((kind) => error instanceof kind) || isAddressFault(error);
    console.error(isExplained && error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
