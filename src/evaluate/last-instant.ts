import { isObject, textOf, type JsonObject } from '../fhir/json.js';
import { DAY, readTime } from '../fhir/date-time.js';
import type { Chart } from './chart.js';

/** When something was done or written down, by type. Not when a period ends or an order is due: that may be planned. */
const DATED_BY: Readonly<Record<string, readonly string[]>> = {
  Encounter: ['period'],
  Condition: ['recordedDate', 'onsetDateTime'],
  Observation: ['effectiveDateTime', 'issued'],
  DiagnosticReport: ['effectiveDateTime', 'issued'],
  Procedure: ['performedDateTime', 'performedPeriod'],
  ServiceRequest: ['authoredOn'],
  MedicationRequest: ['authoredOn'],
  MedicationStatement: ['dateAsserted'],
};

function textIn(resource: JsonObject, member: string): string | undefined {
  const value = resource[member];
  return isObject(value) ? textOf(value['start']) : textOf(value);
}

/** The end of a day in UTC stands for a date without time. */
function instantIn(text: string): number | undefined {
  const time = readTime(text);
  if (time === undefined) return undefined;
  return time.isPrecise ? time.start : Date.parse(text) + DAY - 1;
}

/**
 * The instant of the last thing that was done for the patient or written into his chart, in milliseconds, none after
 * `now`; undefined when nothing in it has a date.
 */
export function lastInstant({ byType }: Chart, now: number): number | undefined {
  let last: number | undefined;
  // Texts of days are compared first: to read every date of a large chart would cost as much as to answer.
  let lastDay = '';
  for (const [type, members] of Object.entries(DATED_BY)) {
    for (const { resource } of byType.get(type) ?? []) {
      for (const member of members) {
        const text = isObject(resource) ? textIn(resource, member) : undefined;
        if (text === undefined || text.slice(0, 10) < lastDay) continue;
        const instant = instantIn(text);
        if (instant === undefined || instant > now || (last !== undefined && instant <= last)) continue;
        last = instant;
        lastDay = new Date(instant - DAY).toISOString().slice(0, 10);
      }
    }
  }
  return last;
}
