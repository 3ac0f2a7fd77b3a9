import { DAY } from '../fhir/date-time.js';
import type { CountScope } from '../store/store.js';

/** What a report is about: days in UTC, both included. */
export interface ReportScope {
  /** First day, `YYYY-MM-DD`. */
  readonly from: string;
  /** Last day. */
  readonly to: string;
  /** The one client reported on; undefined: all. */
  readonly client: string | undefined;
  /** When the report was made, ISO 8601 in UTC. */
  readonly madeAt: string;
}

/** What was asked for, as text. */
export interface ScopeParameters {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly client?: string | undefined;
}

/** One thing wrong with what was asked for; holds no value of it. */
export interface ScopeFault {
  readonly parameter: string;
  readonly text: string;
}

const DEFAULT_DAYS = 30;
const MOST_DAYS = 3660;
const LONGEST_CLIENT = 200;

/** The day some days after another; both `YYYY-MM-DD`. */
export function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY).toISOString().slice(0, 10);
}

/** How many days there are from one to the other, both included. */
export function daysIn({ from, to }: Pick<ReportScope, 'from' | 'to'>): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY) + 1;
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(text);
  // Date.parse takes a 30th of February for a day in March.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function dayFaults(parameters: ScopeParameters): readonly ScopeFault[] {
  return (['from', 'to'] as const)
    .filter((parameter) => !isDay(parameters[parameter] ?? '2000-01-01'))
    .map((parameter) => ({ parameter, text: 'must be a day, YYYY-MM-DD' }));
}

function spanFaults(scope: ReportScope): readonly ScopeFault[] {
  const days = daysIn(scope);
  if (days < 1) return [{ parameter: 'from', text: 'must not be after the last day of the period' }];
  if (days > MOST_DAYS)
    return [{ parameter: 'from', text: `must be less than ${String(MOST_DAYS)} days before the end` }];
  return [];
}

function clientFaults({ client }: ScopeParameters): readonly ScopeFault[] {
  const isFit = client === undefined || (client.trim() !== '' && client.length <= LONGEST_CLIENT);
  return isFit ? [] : [{ parameter: 'client', text: 'must be the name of a client' }];
}

/** The scope asked for, or everything that is wrong with it. Without days it is the last thirty, today included. */
export function readScope(parameters: ScopeParameters, now: number): ReportScope | readonly ScopeFault[] {
  const faults = [...dayFaults(parameters), ...clientFaults(parameters)];
  if (faults.length > 0) return faults;
  const madeAt = new Date(now).toISOString();
  const to = parameters.to ?? madeAt.slice(0, 10);
  const from = parameters.from ?? dayAfter(to, 1 - DEFAULT_DAYS);
  const scope = { from, to, client: parameters.client, madeAt };
  const wrong = spanFaults(scope);
  return wrong.length > 0 ? wrong : scope;
}

/** A scope as the store takes it: half-open instants. */
export function countScopeOf({ from, to, client }: ReportScope): CountScope {
  return { client, from: `${from}T00:00:00.000Z`, to: `${dayAfter(to, 1)}T00:00:00.000Z` };
}
