import { readFileSync } from 'node:fs';
import { failWith, openConfiguredStore, siteDirectory } from './command-setup.js';
import { CODE_KNOWLEDGE } from './facts/derived/index.js';
import { loadTopics } from './knowledge/load-topics.js';
import { servicesOf } from './service/discovery.js';
import { runReplay } from './service/replay-command.js';
import { CARDS_DIRECTORY } from './knowledge/cards-directory.js';
import type { Decision } from './store/store.js';

async function findDecision(id: string): Promise<Decision | undefined> {
  const store = await openConfiguredStore();
  try {
    return await store.findDecision(id);
  } finally {
    await store.close();
  }
}

async function prove(): Promise<void> {
  const { exitCode, lines } = await runReplay(process.argv.slice(2), {
    readText: (file) => readFileSync(file, 'utf8'),
    loadServices: (content = CARDS_DIRECTORY, site = siteDirectory()) =>
      servicesOf(loadTopics(content, CODE_KNOWLEDGE, site)),
    findDecision,
  });
  console.log(lines.join('\n'));
  process.exitCode = exitCode;
}

prove().catch(failWith(2));
