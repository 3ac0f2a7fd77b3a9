import type { Command } from 'commander';
import { instantOf, listOption } from './options.js';
import { EXIT, UsageError } from './usage.js';

const MORE = `
Example:
  npm run check-client -- --clients clients.json --token token.txt \\
    --url https://cds.example/cds-services/esophageal-spasm-patient-view

Exit code: 0 good or admitted, 1 faults or refused, 2 wrong usage.
Keys are fetched from the registered key URL. The token is not printed, and is not used up for the service.`;

interface Options {
  readonly clients: string;
  readonly token?: string;
  readonly url?: string;
  readonly at?: string;
  readonly allowInsecure: boolean;
  readonly privateNetworks: readonly string[];
}

async function checkClient(options: Options): Promise<void> {
  const { token, url, at, allowInsecure } = options;
  if ((token === undefined) !== (url === undefined)) throw new UsageError('--token and --url belong together');
  if (url !== undefined && !URL.canParse(url)) throw new UsageError('--url is no URL');
  const now = at === undefined ? Date.now() : instantOf(at, '--at');
  const { loadClients } = await import('../clients/load-clients.js');
  const clients = loadClients(options.clients, { allowInsecure });
  if (token === undefined || url === undefined) {
    const { describeClient } = await import('../clients/describe-client.js');
    console.log(clients.flatMap(describeClient).join('\n'));
    process.exitCode = EXIT.good;
    return;
  }
  const { readToken, tryToken } = await import('./try-token.js');
  process.exitCode = await tryToken({ compact: readToken(token), clients, url, now }, options);
}

/** `check-client`: whether a clients file is whole, and whether a client's token would be admitted. */
export function addCheckClient(program: Command): void {
  program
    .command('check-client')
    .description('checks a clients file, and says whether the service would admit a token and why not')
    .requiredOption('--clients <file>', 'the file that TF_CLIENTS_FILE names')
    .option('--token <file>', 'a file with the token, with or without "Bearer"; - reads it from standard input')
    .option('--url <url>', 'the endpoint the token is for, as clients see it')
    .option('--at <instant>', 'judge as of this instant (ISO 8601), for a token that was caught earlier')
    .option('--allow-insecure', 'FHIR servers by http are no fault, as with TF_ALLOW_INSECURE=true', false)
    .option('--private-networks <ranges>', 'where key servers may stand, as with TF_PRIVATE_NETWORKS', listOption, [])
    .addHelpText('after', MORE)
    .action(checkClient);
}
