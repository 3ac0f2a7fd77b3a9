import { listOf } from '../config-variables.js';
import type { AsOf } from '../evaluate/answer-chart.js';
import { UsageError } from './usage.js';

const INSTANT = /^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/;

/** An instant with its time zone, in milliseconds. Throws a UsageError that names the option. */
export function instantOf(text: string, option: string): number {
  const instant = INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(instant)) {
    throw new UsageError(`${option} must be an instant with a time zone, like 2026-03-10T12:00:00Z`);
  }
  return instant;
}

/** The items of an option that is a list separated by commas. */
export function listOption(text: string): readonly string[] {
  return listOf(text);
}

/** An option that is given several times, or once as a list separated by commas. */
export function repeatedOption(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...listOf(text)];
}

/** The instants of `--at` and `--as-of`. Throws a UsageError when both are given or one is not understood. */
export function asOfOption(at: string | undefined, asOf: string | undefined, usual: 'now' | 'each', now: number): AsOf {
  if (at !== undefined && asOf !== undefined) throw new UsageError('--at and --as-of exclude each other');
  if (at !== undefined) return { at: instantOf(at, '--at') };
  const choice = asOf ?? usual;
  if (choice === 'each') return { lastBefore: now };
  if (choice === 'now') return { at: now };
  throw new UsageError('--as-of must be now or each');
}

/** The format asked for; `--json` is short for one. Throws a UsageError for one that there is not. */
export function formatOption<T extends string>(
  { format, json = false }: { readonly format?: string; readonly json?: boolean },
  formats: readonly T[],
): T {
  const [first] = formats;
  const asked = json ? 'json' : (format ?? first);
  const found = formats.find((one) => one === asked);
  if (found === undefined) throw new UsageError(`--format must be one of ${formats.join(', ')}`);
  return found;
}
