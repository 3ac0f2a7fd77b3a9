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

/** The formats a report can be had in. */
export const REPORT_FORMATS: readonly string[] = Object.keys(FORMATS);

/** What is asked for; what is left out has its default. */
export interface ReportOptions {
  readonly from?: string;
  readonly to?: string;
  readonly client?: string;
  readonly format?: string;
  readonly out?: string;
}

/** Runs the command. Rejects only with what its tools reject with. */
export async function runReport(given: ReportOptions, tools: ReportTools): Promise<ReportResult> {
  const { format = 'table' } = given;
  const write = Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
  if (write === undefined) return { faults: [`--format must be one of ${REPORT_FORMATS.join(', ')}`] };
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
