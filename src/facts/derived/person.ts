import { DAY, type TimeSpan } from '../../fhir/date-time.js';
import type { Chart } from '../chart.js';
import { ABSENT, present, UNKNOWN, type Fact } from '../fact.js';

/** Completed years between two days in UTC. */
function yearsBetween(birth: Date, day: Date): number {
  const years = day.getUTCFullYear() - birth.getUTCFullYear();
  const monthsLeft = birth.getUTCMonth() - day.getUTCMonth();
  const isBeforeBirthday = monthsLeft > 0 || (monthsLeft === 0 && birth.getUTCDate() > day.getUTCDate());
  return isBeforeBirthday ? years - 1 : years;
}

/** A birth date's first and last possible calendar day. */
function birthDays(text: string): { readonly first: Date; readonly last: Date } {
  const [year = 0, month, day] = text.split('-').map(Number);
  const first = new Date(Date.UTC(year, (month ?? 1) - 1, day ?? 1));
  const next = month === undefined ? Date.UTC(year + 1, 0, 1) : Date.UTC(year, month, 1);
  return { first, last: day === undefined ? new Date(next - DAY) : first };
}

interface AgeRange {
  readonly youngest: number;
  readonly oldest: number;
}

/** Age in completed years; a birth date without day leaves a range. Undefined for none, or one in the future. */
export function ageInYears(birthDate: TimeSpan | undefined, asOf: number): AgeRange | undefined {
  if (birthDate === undefined) return undefined;
  const { first, last } = birthDays(birthDate.text.slice(0, 10));
  const oldest = yearsBetween(first, new Date(asOf));
  return oldest < 0 ? undefined : { youngest: Math.max(yearsBetween(last, new Date(asOf)), 0), oldest };
}

export function ageOf(chart: Chart): AgeRange | undefined {
  return ageInYears(chart.patient()?.birthDate, chart.asOf);
}

export function age(chart: Chart): Fact {
  const years = ageOf(chart);
  const patient = chart.patient();
  if (years === undefined || patient === undefined) return UNKNOWN;
  const { youngest, oldest } = years;
  const text = youngest === oldest ? String(oldest) : `${String(youngest)} or ${String(oldest)}`;
  const evidence = [{ reference: patient.reference, display: 'Age', date: undefined, value: text }];
  return present([[text]], { number: youngest, upTo: oldest, evidence });
}

export function deceased(chart: Chart): Fact {
  const patient = chart.patient();
  if (patient === undefined) return UNKNOWN;
  return patient.isDeceased ? present([['deceased']]) : ABSENT;
}
