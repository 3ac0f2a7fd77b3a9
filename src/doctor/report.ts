import type { Row, State } from './row.js';
import { siteDraft } from './site-draft.js';
import type { UnknownCode } from './unknown-codes.js';

/** Everything the doctor found. */
export interface DoctorReport {
  readonly rows: readonly Row[];
  readonly unknownCodes: readonly UnknownCode[];
}

const STATES: readonly State[] = ['ok', 'warn', 'fault', 'not checked'];
const WIDTH = 'not checked'.length;

function rowLines({ check, state, words, fix }: Row): readonly string[] {
  const line = `${state.padEnd(WIDTH)}  ${check}: ${words}`;
  return fix === undefined ? [line] : [line, `${' '.repeat(WIDTH)}  → ${fix}`];
}

function codeLines(codes: readonly UnknownCode[]): readonly string[] {
  if (codes.length === 0) return [];
  const lines = codes.map(({ system, code, display, units, count }) => {
    const name = code === undefined ? '(no code)' : `${system ?? '(no system)'}|${code}`;
    const unit = units.length === 0 ? '' : `, in ${units.join(', ')}`;
    return `  ${name} "${display}"${unit}, ${count === 1 ? 'once' : `${String(count)} times`}`;
  });
  const draft = siteDraft(codes);
  const rest =
    draft === undefined
      ? []
      : ['', 'Draft of codes.json, refused until it is completed:', JSON.stringify(draft, undefined, 2)];
  return ['', 'Names that say what they are, under codes of no value set:', ...lines, ...rest];
}

/** How many checks came out how, in a sentence. */
export function summaryOf({ rows }: DoctorReport): string {
  const counts = STATES.map((state) => `${String(rows.filter((row) => row.state === state).length)} ${state}`);
  return `${String(rows.length)} checks: ${counts.join(', ')}.`;
}

/** Whether anything must be mended. What could not be checked is no fault, but no proof either. */
export function hasFaults({ rows }: DoctorReport): boolean {
  return rows.some(({ state }) => state === 'fault');
}

/** The report as text: one line a check, and below it what to do; `quiet` leaves out what is good or was not asked. */
export function reportText(report: DoctorReport, quiet: boolean): string {
  const shown = report.rows.filter(({ state }) => !quiet || state === 'fault' || state === 'warn');
  const codes = quiet ? [] : codeLines(report.unknownCodes);
  return [...shown.flatMap(rowLines), ...codes, ...(quiet ? [] : ['', summaryOf(report)])].join('\n');
}

/** The report as JSON, with the draft of codes.json. */
export function reportJson(report: DoctorReport): string {
  return JSON.stringify({ ...report, siteDraft: siteDraft(report.unknownCodes) ?? null }, undefined, 2);
}
