import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { CARDS_DIRECTORY } from '../knowledge/cards-directory.js';
import type { ReportOptions } from '../report/report-command.js';
import { openConfiguredStore, siteDirectory } from './environment.js';
import { UsageError } from './usage.js';

const MORE = `
The store is that of DATABASE_URL or TF_DATA_DIR.

Examples:
  npm run report -- --from 2026-01-01 --to 2026-03-31
  troponin-first report --client general-hospital --format csv --out cards.csv

Exit code: 0 printed or written, 1 the store or the content cannot be used, 2 wrong usage.`;

async function report({ json = false, quiet = false, ...given }: ReportOptions & Flags): Promise<void> {
  const [{ runReport }, { reasonNamesOf }, { loadTopics }, { CODE_KNOWLEDGE }] = await Promise.all([
    import('../report/report-command.js'),
    import('../http/reports.js'),
    import('../knowledge/load-topics.js'),
    import('../facts/derived/index.js'),
  ]);
  const options = json ? { ...given, format: 'json' } : given;
  const result = await runReport(options, {
    openStore: openConfiguredStore,
    reasonNames: () => reasonNamesOf(loadTopics(CARDS_DIRECTORY, CODE_KNOWLEDGE, siteDirectory())),
    now: Date.now,
  });
  if ('faults' in result) throw new UsageError(result.faults.join('\n'));
  if (result.file !== undefined) writeFileSync(result.file, result.text);
  else if (!quiet) process.stdout.write(result.text);
}

interface Flags {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** `report`: what cards were shown in a period and what became of them. */
export function addReport(program: Command): void {
  program
    .command('report')
    .description('prints what cards were shown in a period and what became of them')
    .option('--from <day>', 'first day, YYYY-MM-DD, UTC (29 days before the last)')
    .option('--to <day>', 'last day, included (today)')
    .option('--client <name>', 'one client only (all)')
    .option('--format <name>', 'table, json, csv or html (table)')
    .option('--json', 'the same as --format json')
    .option('--out <file>', 'write to a file instead')
    .option('--quiet', 'print nothing; --out is still written')
    .addHelpText('after', MORE)
    .action(report);
}
