import type { Command } from 'commander';
import { CARDS_DIRECTORY } from '../knowledge/cards-directory.js';
import { ENVIRONMENT } from './environment.js';
import { EXIT } from './usage.js';

const MORE = `
Looks at all that a start depends on and says everything that is wrong with it at once: the environment variables, the
content with the site's own beside it, and the clients file. Starts nothing and calls nobody.

Examples:
  troponin-first check
  troponin-first check --environment production.env --clients clients.json
  troponin-first check --content ./cards --site ./site --json

Exit code: 0 nothing is wrong, 1 faults were found, 2 wrong usage.`;

interface Options {
  readonly content: string;
  readonly site?: string;
  readonly clients?: string;
  readonly environment?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

async function check({ content, site, clients, environment, json, quiet }: Options): Promise<void> {
  const { checkAll, readEnvFile } = await import('./check-all.js');
  const checked = checkAll({
    content,
    site,
    clients,
    environment: environment === undefined ? ENVIRONMENT : readEnvFile(environment),
    environmentFrom: environment ?? 'the environment',
  });
  process.exitCode = checked.some(({ faults }) => faults.length > 0) ? EXIT.faults : EXIT.good;
  if (json === true) {
    console.log(JSON.stringify(checked, undefined, 2));
    return;
  }
  for (const { part, of, faults } of checked) {
    if (faults.length > 0)
      console.log(`${part} (${of}) has faults:\n${faults.map((fault) => fault.replaceAll(/^/gm, '  ')).join('\n')}`);
    else if (quiet !== true) console.log(`${part} (${of}) is good`);
  }
}

/** `check`: everything that a start depends on, all faults at once. */
export function addCheck(program: Command): void {
  program
    .command('check')
    .description('checks content, site overlay, configuration and clients file, and says all faults at once')
    .option('--content <dir>', "content to check instead of the product's own", CARDS_DIRECTORY)
    .option('--site <dir>', "the site's own content (TF_SITE_DIR)")
    .option('--clients <file>', 'the clients file (TF_CLIENTS_FILE)')
    .option('--environment <file>', 'variables from this file in place of the environment')
    .option('--json', 'as JSON')
    .option('--quiet', 'print nothing but faults')
    .addHelpText('after', MORE)
    .action(check);
}
