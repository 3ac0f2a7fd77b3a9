import { ConfigError, describeConfig, readConfig } from './config.js';
import { ContentError } from './knowledge/content-problem.js';
import { startService } from './start.js';

async function serve(): Promise<void> {
  const config = readConfig(process.env);
  const service = await startService(config);
  service.log.warn('client authentication is OFF: anyone who can reach this port can call the service');
  service.log.info({ url: service.url }, 'listening');
  const stop = () => {
    service.log.info('draining');
    void service.stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

/** The port is taken, or the address is not this machine's: the message says which. */
function isAddressFault(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error && error.syscall === 'listen';
}

if (process.argv.includes('--help')) {
  console.log(`Troponin First, a CDS Hooks service.\n\n${describeConfig()}`);
} else {
  serve().catch((error: unknown) => {
    const isExplained = error instanceof ConfigError || error instanceof ContentError || isAddressFault(error);
    console.error(isExplained ? error.message : error);
    process.exitCode = 1;
  });
}
