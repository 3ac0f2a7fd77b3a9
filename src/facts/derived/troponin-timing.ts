import { mayLieIn, type Interval, type TimeSpan } from '../../fhir/date-time.js';
import { readCollectionTime, type Observation } from '../../fhir/observation.js';
import type { Chart } from '../chart.js';

/** When a troponin entry was taken, as far as the record tells. */
export interface Timing {
  readonly time: TimeSpan | undefined;
  readonly isTimeOfResult: boolean;
  /** Its time is given, but cannot be read: it may be of now. */
  readonly hasUnreadTime: boolean;
  readonly isOfCurrentEncounter: boolean;
}

function specimenTimeOf(observation: Observation, chart: Chart): TimeSpan | undefined {
  const text = observation.specimen?.text;
  if (text?.startsWith('#') === true) {
    const contained = observation.contained.find(({ id }) => `#${String(id)}` === text);
    return contained === undefined ? undefined : readCollectionTime(contained);
  }
  return observation.specimen?.id === undefined ? undefined : chart.specimenTime(observation.specimen.id);
}

/** The time of an entry: collection, else what the Observation says, else when it was issued. */
export function timingOf(observation: Observation, chart: Chart): Timing {
  const { effective, issued, encounter } = observation;
  const { encounterId } = chart.record;
  const collected = specimenTimeOf(observation, chart) ?? effective;
  return {
    time: collected ?? issued,
    isTimeOfResult: collected === undefined && issued !== undefined,
    hasUnreadTime: collected === undefined && observation.hasUnreadTime,
    isOfCurrentEncounter: encounterId !== undefined && encounter?.id === encounterId,
  };
}

/** Whether an entry may lie in the time that alarms; an undated one when it is of this visit or its date is garbled. */
export function mayAlarm({ time, isOfCurrentEncounter, hasUnreadTime }: Timing, alarm: Interval): boolean {
  return time === undefined ? isOfCurrentEncounter || hasUnreadTime : mayLieIn(time, alarm);
}
