import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { CARDS_DIRECTORY } from '../knowledge/cards-directory.js';
import type { Decision } from '../store/store.js';
import { openConfiguredStore, siteDirectory } from './environment.js';
import type { ReplayOptions } from './run-replay.js';
import { isExplained, messageOf } from './usage.js';

const MORE = `
What --at, --service, --content-hash and --answer-hash do not say is read from --answer, whose cards name instant and
content. The network is never used.

Examples:
  npm run replay -- --request request.json --decision 7c4ee2f3-4f0c-4a6e-8a60-2f0f6b1f5a10
  troponin-first replay --request request.json --answer answer.json

Exit code: 0 the answer is the same, 1 it is different, 2 it cannot be proved, or wrong usage.`;

async function findDecision(id: string): Promise<Decision | undefined> {
  const store = await openConfiguredStore();
  try {
    return await store.findDecision(id);
  } finally {
    await store.close();
  }
}

async function prove(options: ReplayOptions) {
  const [{ runReplay }, { servicesOf }, { loadTopics }, { CODE_KNOWLEDGE }] = await Promise.all([
    import('./run-replay.js'),
    import('../service/discovery.js'),
    import('../knowledge/load-topics.js'),
    import('../facts/derived/index.js'),
  ]);
  return runReplay(options, {
    readText: (file) => readFileSync(file, 'utf8'),
    loadServices: (content = CARDS_DIRECTORY, site = siteDirectory()) =>
      servicesOf(loadTopics(content, CODE_KNOWLEDGE, site)),
    findDecision,
  });
}

async function replay({ json, quiet, ...options }: ReplayOptions & Flags): Promise<void> {
  try {
    const { exitCode, lines } = await prove(options);
    process.exitCode = exitCode;
    if (quiet !== true) console.log(json === true ? JSON.stringify({ exitCode, lines }) : lines.join('\n'));
  } catch (error) {
    if (!(await isExplained(error))) throw error;
    console.error(messageOf(error));
    process.exitCode = 2;
  }
}

interface Flags {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** `replay`: proves that a kept request is answered today as it was then. */
export function addReplay(program: Command): void {
  program
    .command('replay')
    .description('proves that a kept request is answered today as it was then, byte for byte and without network')
    .option('--request <file>', 'the hook request, as the client sent it')
    .option('--decision <id>', 'the decision on record: service, instant, content and answer hash are looked up')
    .option('--answer <file>', 'the response body that was sent; shows where the answers differ')
    .option('--at <instant>', 'when it was answered, like 2026-03-10T12:00:00.000Z')
    .option('--service <id>', 'service that answered')
    .option('--content-hash <hash>', 'SHA-256 of the content that answered')
    .option('--answer-hash <hash>', 'SHA-256 of the response body')
    .option('--content <dir>', "content to answer with (the product's own)")
    .option('--site <dir>', "the site's own content (TF_SITE_DIR)")
    .option('--json', 'exit code and lines as JSON')
    .option('--quiet', 'print nothing, only end with the code')
    .addHelpText('after', MORE)
    .action(replay);
}
