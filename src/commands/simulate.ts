import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { WHOLE_RECORD } from '../evaluate/words.js';
import { asOfOption, formatOption, repeatedOption } from './options.js';
import { servicesFor, type ContentOptions } from './services.js';
import { EXIT, UsageError } from './usage.js';

const MORE = `
PATH is a folder of FHIR R4 Bundles, one patient in each (.json, .json.gz), or of NDJSON as a bulk export writes it
(.ndjson, .ndjson.gz), of any size: memory holds one chart at a time. NDJSON is sorted by patient in a folder below
TMPDIR first, which needs about as much room as the export, is readable by this user only, and gone at the end.

${WHOLE_RECORD}
Every chart is opened once, by default as of its own last entry (--as-of each): at today's date a suspicion of years
ago would count as old, and the burden of cards look smaller than it was. --at takes one instant for all.
For order-select, order-sign and problem-list-item-create the newest order or condition of the chart is taken as the
draft. Charts without one, or without an encounter where the hook needs it, are counted as not fired.
Nothing of a patient is printed. \`evaluate\` shows single charts.

Ctrl+C prints what was counted so far, marked as partial.

Examples:
  troponin-first simulate charts/
  troponin-first simulate export/ --hook patient-view,encounter-start --format markdown --out burden.md
  troponin-first simulate charts/ --at 2026-03-10T12:00:00Z --limit 1000 --json

Exit code: 0 every chart was read and answered; 1 something was not read or not answered, or it was ended early;
2 wrong usage.`;

const FORMATS = ['table', 'json', 'csv', 'markdown'] as const;

interface Options extends ContentOptions {
  readonly hook?: readonly string[];
  readonly at?: string;
  readonly asOf?: string;
  readonly limit?: string;
  readonly format?: string;
  readonly json?: boolean;
  readonly out?: string;
  readonly quiet?: boolean;
}

interface Progress {
  readonly add: (bytes: number) => void;
  readonly stop: () => void;
}

/** A bar on the error output, when somebody watches it. */
async function openProgress(bytes: number, isWanted: boolean): Promise<Progress> {
  if (!isWanted || !process.stderr.isTTY) return { add: () => undefined, stop: () => undefined };
  const { default: progress } = await import('cli-progress');
  const bar = new progress.SingleBar({
    format: '{bar} {percentage} % of {megabytes} MB, {eta_formatted} to go',
    stream: process.stderr,
    clearOnComplete: true,
  });
  bar.start(Math.max(1, bytes), 0, { megabytes: Math.ceil(bytes / 1e6) });
  return {
    add: (more) => {
      bar.increment(more);
    },
    stop: () => {
      bar.stop();
    },
  };
}

/** Ends the counting at the first Ctrl+C; at the second one the process. */
function endOnSignal(): AbortSignal {
  const controller = new AbortController();
  const end = () => {
    controller.abort();
  };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  return controller.signal;
}

function limitOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d*$/.test(text)) throw new UsageError('--limit must be a whole number of charts');
  return Number(text);
}

async function count(path: string, options: Options) {
  const { hook: hooks = ['patient-view'], at, asOf, quiet = false } = options;
  const when = asOfOption(at, asOf, 'each', Date.now());
  const limit = limitOf(options.limit);
  const [{ simulate }, { faultOfPath, survey }] = await Promise.all([
    import('../simulate/simulate.js'),
    import('../evaluate/charts-in.js'),
  ]);
  const fault = faultOfPath(path);
  if (fault !== undefined) throw new UsageError(fault);
  const { bytes } = survey(path);
  const services = await servicesFor(hooks, options);
  const signal = endOnSignal();
  const progress = await openProgress(bytes, !quiet);
  try {
    const simulated = await simulate({ path, services, when, limit }, { onRead: progress.add, signal });
    return { simulated, when };
  } finally {
    progress.stop();
  }
}

async function printSimulation(path: string, options: Options): Promise<void> {
  const format = formatOption(options, FORMATS);
  const simulation = await count(path, options);
  const [formats, { isWhole }] = await Promise.all([
    import('../simulate/simulation-formats.js'),
    import('../simulate/tally.js'),
  ]);
  const text = {
    table: formats.simulationTable,
    json: formats.simulationJson,
    csv: formats.simulationCsv,
    markdown: formats.simulationMarkdown,
  }[format](simulation);
  const { simulated } = simulation;
  process.exitCode = isWhole(simulated) && !simulated.isPartial ? EXIT.good : EXIT.faults;
  if (simulated.charts === 0) console.error('No chart was found there.');
  if (options.out === undefined) process.stdout.write(text);
  else writeFileSync(options.out, text);
}

/** `simulate`: how often cards would have been shown, over many charts. */
export function addSimulate(program: Command): void {
  program
    .command('simulate')
    .description('counts how often each card would have been shown, per thousand calls and by hook, over many charts')
    .argument('<path>', 'folder of Bundles or NDJSON, or one file')
    .option('--hook <name>', 'hook to fire, several separated by commas (patient-view)', repeatedOption)
    .option('--at <instant>', 'one instant for all charts, like 2026-03-10T12:00:00Z')
    .option('--as-of <which>', 'each: the last entry of every chart; now (each)')
    .option('--limit <count>', 'end after so many charts')
    .option('--format <name>', `${FORMATS.join(', ')} (table)`)
    .option('--json', 'the same as --format json')
    .option('--out <file>', 'write to a file instead')
    .option('--quiet', 'no progress bar')
    .option('--content <dir>', "content to answer with (the product's own)")
    .option('--site <dir>', "the site's own content")
    .addHelpText('after', MORE)
    .action(printSimulation);
}
