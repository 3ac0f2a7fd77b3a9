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

/**
 * Age in completed years, or undefined when the birth date leaves it open. A birth date without day gives an age only
 * when every reading of it agrees.
 */
export function ageInYears(birthDate: TimeSpan | undefined, asOf: number): number | undefined {
  if (birthDate === undefined) return undefined;
  const { first, last } = birthDays(birthDate.text.slice(0, 10));
  const oldest = yearsBetween(first, new Date(asOf));
  const youngest = yearsBetween(last, new Date(asOf));
  return oldest === youngest && oldest >= 0 ? oldest : undefined;
}

export function ageOf(chart: Chart): number | undefined {
  return ageInYears(chart.patient()?.birthDate, chart.asOf);
}

export function age(chart: Chart): Fact {
  const years = ageOf(chart);
  const patient = chart.patient();
  if (years === undefined || patient === undefined) return UNKNOWN;
  const evidence = [{ reference: patient.reference, display: 'Age', date: undefined, value: String(years) }];
  return present([[String(years)]], { number: years, evidence });
}

export function deceased(chart: Chart): Fact {
  const patient = chart.patient();
  if (patient === undefined) return UNKNOWN;
  return patient.isDeceased ? present([['deceased']]) : ABSENT;
}
