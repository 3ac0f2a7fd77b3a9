import { listOf } from '../config-variables.js';
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
