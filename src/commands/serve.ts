import type { Command } from 'commander';
import { describeConfig, readConfig } from '../config.js';
import { ENVIRONMENT } from './environment.js';

const MORE = `
${describeConfig()}

Examples:
  TF_CLIENTS_FILE=clients.json PUBLIC_URL=https://cds.example troponin-first serve
  TF_AUTHENTICATION=off PORT=3001 troponin-first serve

SIGTERM lets running calls end and sends new ones elsewhere first; Ctrl+C ends at once after running calls.
Ends with 0 when it was stopped, 1 when the configuration, the content or the clients file is not fit to start with.`;

async function serve(): Promise<void> {
  const config = readConfig(ENVIRONMENT);
  const { startService } = await import('../start.js');
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

/** `serve`: the service itself, configured by the environment. */
export function addServe(program: Command): void {
  program
    .command('serve')
    .description('starts the CDS Hooks service, configured by environment variables')
    .addHelpText('after', MORE)
    .action(serve);
}
