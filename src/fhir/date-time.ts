const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/**
 * The instants a FHIR date, dateTime or instant may stand for, in milliseconds since 1970.
 * A full time is one instant. A date without time is the whole local day, and since the record does not say in
 * which zone, the day of every zone on earth: from 14 hours before its start in UTC to 12 hours after its end.
 */
export interface TimeSpan {
  readonly start: number;
  readonly end: number;
  /** As the record writes it. */
  readonly text: string;
  /** Whether it is one instant, so that intervals between two of them can be measured. */
  readonly isPrecise: boolean;
}

/** From `start` to `end`, both included. */
export interface Interval {
  readonly start: number;
  readonly end: number;
}

const EASTERNMOST = 14 * HOUR;
const WESTERNMOST = 12 * HOUR;
const FHIR_TIME =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)?(Z|[+-](?:0\d|1[0-4]):[0-5]\d)?)?)?)?$/;

interface DateParts {
  readonly year: number;
  readonly month: number | undefined;
  readonly day: number | undefined;
}

const DAYS_OF_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isRealDate({ year, month = 1, day = 1 }: DateParts): boolean {
  const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = (DAYS_OF_MONTH[month - 1] ?? 0) + (month === 2 && isLeapYear ? 1 : 0);
  // Date.UTC takes a year below 100 for one of the twentieth century.
  return year >= 100 && day >= 1 && day <= days;
}

function wholeDays({ year, month, day }: DateParts): Interval {
  const start = Date.UTC(year, (month ?? 1) - 1, day ?? 1);
  if (month === undefined) return { start, end: Date.UTC(year + 1, 0, 1) };
  if (day === undefined) return { start, end: Date.UTC(year, month, 1) };
  return { start, end: start + DAY };
}

function offsetOf(zone: string): number {
  if (zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return (zone.startsWith('-') ? -minutes : minutes) * MINUTE;
}

function anywhere({ start, end }: Interval, text: string): TimeSpan {
  return { start: start - EASTERNMOST, end: end + WESTERNMOST, text, isPrecise: false };
}

function optionalNumber(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits);
}

/** Reads a FHIR date, dateTime or instant; undefined when it is none. */
export function readTime(value: unknown): TimeSpan | undefined {
  const parts = typeof value === 'string' ? FHIR_TIME.exec(value) : null;
  if (parts === null) return undefined;
  const [text, year, month, day, hour, minute, second = '0', fraction = '.0', zone] = parts;
  const date = { year: Number(year), month: optionalNumber(month), day: optionalNumber(day) };
  if (!isRealDate(date) || Number(hour ?? 0) > 23 || Number(minute ?? 0) > 59 || Number(second) > 60) return undefined;
  const days = wholeDays(date);
  if (hour === undefined) return anywhere(days, text);
  const sinceMidnight = Number(hour) * HOUR + Number(minute) * MINUTE + (Number(second) + Number(fraction)) * SECOND;
  const start = days.start + Math.round(sinceMidnight);
  if (zone === undefined) return anywhere({ start, end: start }, text);
  return { start: start - offsetOf(zone), end: start - offsetOf(zone), text, isPrecise: true };
}

/** Whether some reading of the span lies in the interval. */
export function mayLieIn(span: TimeSpan, interval: Interval): boolean {
  return span.end >= interval.start && span.start <= interval.end;
}

/** Whether every reading of the span lies in the interval. */
export function liesIn(span: TimeSpan, interval: Interval): boolean {
  return span.start >= interval.start && span.end <= interval.end;
}

function plural(count: number, unit: string): string {
  return `${String(count)} ${unit}${count === 1 ? '' : 's'}`;
}

/** A length of time in words: `40 min`, `2 h 50 min`, `12 days`, `3 years`. */
export function describeDuration(milliseconds: number): string {
  const minutes = Math.floor(Math.abs(milliseconds) / MINUTE);
  if (minutes < 60) return `${String(minutes)} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${String(hours)} h` : `${String(hours)} h ${String(minutes % 60)} min`;
  const days = Math.floor(hours / 24);
  return days < 730 ? plural(days, 'day') : plural(Math.floor(days / 365.25), 'year');
}

/** A time as the record writes it, to the minute and with its zone: `2026-03-10 10:30 UTC`. */
export function describeTime({ text }: TimeSpan): string {
  const parts = /^(\S+)T(\d{2}:\d{2})[\d:.]*(Z|[+-]\d{2}:\d{2})?$/.exec(text);
  if (parts === null) return text;
  const [, date = '', time = '', zone] = parts;
  const zoneName = zone === 'Z' || zone === '+00:00' ? 'UTC' : (zone ?? '(zone not recorded)');
  return `${date} ${time} ${zoneName}`;
}

/** How long before `asOf` a span lies, in words: `1 h 30 min ago`; a date alone is counted in calendar days. */
export function describeAge(span: TimeSpan, asOf: number): string {
  if (span.isPrecise) return span.start > asOf ? 'in the future' : `${describeDuration(asOf - span.start)} ago`;
  const day = span.start + EASTERNMOST;
  const days = Math.floor(asOf / DAY) - Math.floor(day / DAY);
  if (days <= 0) return days === 0 ? 'today' : 'in the future';
  return days === 1 ? 'yesterday' : `${describeDuration(days * DAY)} ago`;
}
