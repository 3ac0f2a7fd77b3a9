import { parseArgs } from 'node:util';
import { isObject, textOf } from '../fhir/json.js';
import type { Store } from '../store/store.js';
import { reportOf, type CardReport, type ReasonNames } from './card-report.js';
import { reportCsv } from './report-csv.js';
import { reportJson } from './report-json.js';
import { reportPage } from './report-page.js';
import { reportTable } from './report-table.js';
import { countScopeOf, readScope } from './scope.js';

/** What the command may use; the store is opened only for a report. */
export interface ReportTools {
  /** Rejects with a StoreError when the store cannot be used. */
  readonly openStore: () => Promise<Pick<Store, 'countCards' | 'close'>>;
  readonly reasonNames: () => ReasonNames;
  /** Current instant in milliseconds. */
  readonly now: () => number;
}

/** What to print or, with a file, to write; a fault of the arguments goes to the error output. */
export type ReportResult =
  { readonly text: string; readonly file: string | undefined } | { readonly faults: readonly string[] };

const FORMATS: Readonly<Record<string, (report: CardReport) => string>> = {
  table: reportTable,
  json: (report) => `${JSON.stringify(reportJson(report), undefined, 2)}\n`,
  csv: reportCsv,
  html: reportPage,
};

export const REPORT_HELP = `Prints what cards were shown in a period and what became of them, from the store of DATABASE_URL or TF_DATA_DIR.

  npm run report -- [options]

  --from DAY      first day, YYYY-MM-DD, UTC (29 days before the last)
  --to DAY        last day, included (today)
  --client NAME   one client only (all)
  --format NAME   ${Object.keys(FORMATS).join(', ')} (table)
  --out FILE      write to a file instead
`;

const OPTIONS = {
  from: { type: 'string' },
  to: { type: 'string' },
  client: { type: 'string' },
  format: { type: 'string', default: 'table' },
  out: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/** parseArgs says what is wrong with an argument, and nothing of its value. */
function messageOf(error: unknown): string {
  return (isObject(error) ? textOf(error['message']) : undefined) ?? 'The arguments cannot be read.';
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    return { fault: messageOf(error) };
  }
}

/** Runs the command. Rejects only with what its tools reject with. */
export async function runReport(args: readonly string[], tools: ReportTools): Promise<ReportResult> {
  const given = readArguments(args);
  if ('fault' in given) return { faults: [given.fault] };
  if (given.help) return { text: REPORT_HELP, file: undefined };
  const write = Object.hasOwn(FORMATS, given.format) ? FORMATS[given.format] : undefined;
  if (write === undefined) return { faults: [`--format must be one of ${Object.keys(FORMATS).join(', ')}`] };
  const scope = readScope(given, tools.now());
  if (!('madeAt' in scope)) return { faults: scope.map(({ parameter, text }) => `--${parameter} ${text}`) };
  const store = await tools.openStore();
  try {
    const counts = await store.countCards(countScopeOf(scope));
    return { text: write(reportOf(counts, scope, tools.reasonNames())), file: given.out };
  } finally {
    await store.close();
  }
}
