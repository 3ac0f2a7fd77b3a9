import { writeFileSync } from 'node:fs';
import { failWith, openConfiguredStore, siteDirectory } from './command-setup.js';
import { CODE_KNOWLEDGE } from './facts/derived/index.js';
import { reasonNamesOf } from './http/reports.js';
import { loadTopics } from './knowledge/load-topics.js';
import { runReport } from './report/report-command.js';
import { CARDS_DIRECTORY } from './knowledge/cards-directory.js';

async function print(): Promise<void> {
  const result = await runReport(process.argv.slice(2), {
    openStore: openConfiguredStore,
    reasonNames: () => reasonNamesOf(loadTopics(CARDS_DIRECTORY, CODE_KNOWLEDGE, siteDirectory())),
    now: Date.now,
  });
  if ('faults' in result) {
    console.error(result.faults.join('\n'));
    process.exitCode = 2;
  } else if (result.file === undefined) process.stdout.write(result.text);
  else writeFileSync(result.file, result.text);
}

print().catch(failWith(1));
