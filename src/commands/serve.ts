import type { Command } from 'commander';
import { describeConfig, readConfig } from '../config.js';
import { stopOnSignal } from '../stop-on-signal.js';
import { ENVIRONMENT } from './environment.js';

const MORE = `
${describeConfig()}

Examples:
  TF_CLIENTS_FILE=clients.json PUBLIC_URL=https://cds.example troponin-first serve
  TF_AUTHENTICATION=off PORT=3001 troponin-first serve

SIGTERM lets running calls end and sends new ones elsewhere first; Ctrl+C ends after running calls, a second one at once.
Ends with 0 when it was stopped, 1 when the configuration, the content or the clients file is not fit to start with.`;

async function serve(): Promise<void> {
  const config = readConfig(ENVIRONMENT);
  const { startService } = await import('../start.js');
  const service = await startService(config);
  if (config.authentication === 'off') {
    service.log.warn('client authentication is OFF: anyone who can reach this port can call the service');
  }
  service.log.info({ url: service.url, publicUrl: config.publicUrl }, 'listening');
  stopOnSignal((signal) => {
    service.log.info('draining');
    // Ctrl+C: nobody is to be sent elsewhere.
    return service.stop(signal === 'SIGINT' ? 0 : config.drainMs);
  });
}

/** `serve`: the service itself, configured by the environment. */
export function addServe(program: Command): void {
  program
    .command('serve')
    .description('starts the CDS Hooks service, configured by environment variables')
    .addHelpText('after', MORE)
    .action(serve);
}
