/** How a check came out. A check that could not be made says why; it is never taken for good. */
export type State = 'ok' | 'warn' | 'fault' | 'not checked';

/** One check: what was looked at, what was found, and what to do about it. Holds no token, patient or search value. */
export interface Row {
  /** `service.` or `fhir.` or `codes.`, and what is checked. */
  readonly check: string;
  readonly state: State;
  readonly words: string;
  /** What to change, and where. */
  readonly fix?: string;
}

export const ok = (check: string, words: string): Row => ({ check, state: 'ok', words });
export const warn = (check: string, words: string, fix: string): Row => ({ check, state: 'warn', words, fix });
export const fault = (check: string, words: string, fix: string): Row => ({ check, state: 'fault', words, fix });
export const notChecked = (check: string, words: string): Row => ({ check, state: 'not checked', words });

/** Milliseconds as they are printed. */
export function inMilliseconds(duration: number): string {
  return `${String(Math.round(duration))} ms`;
}
