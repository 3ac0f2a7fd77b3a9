import type { Encounter } from '../../fhir/resource.js';
import { oncePer } from '../../lazy/once.js';
import type { Chart } from '../chart.js';
import { present, UNKNOWN, type Fact } from '../fact.js';

/**
 * The encounter the hook was fired in. `unknown`: the request names one, but it could not be read or does not say
 * whether it is going on; then nothing may be concluded from its absence.
 */
export type CurrentEncounter =
  | { readonly state: 'current'; readonly encounter: Encounter }
  | { readonly state: 'none' }
  | { readonly state: 'unknown' };

const CURRENT_STATUSES = new Set(['planned', 'arrived', 'triaged', 'in-progress', 'onleave']);
const PAST_STATUSES = new Set(['finished', 'cancelled', 'entered-in-error']);

/** Encounter.class codes of v3-ActCode, by their displays there. */
const HOSPITAL = new Map([
  ['EMER', 'emergency'],
  ['IMP', 'inpatient encounter'],
  ['ACUTE', 'inpatient acute'],
  ['NONAC', 'inpatient non-acute'],
  ['OBSENC', 'observation encounter'],
  ['SS', 'short stay'],
]);
const OFFICE = new Map([
  ['AMB', 'ambulatory'],
  ['VR', 'virtual'],
  ['HH', 'home health'],
  ['FLD', 'field'],
]);

function findCurrentEncounter(chart: Chart): CurrentEncounter {
  if (chart.record.encounterId === undefined) return { state: 'none' };
  const encounter = chart.encounter();
  if (encounter?.status === undefined) return { state: 'unknown' };
  if (CURRENT_STATUSES.has(encounter.status)) return { state: 'current', encounter };
  return PAST_STATUSES.has(encounter.status) ? { state: 'none' } : { state: 'unknown' };
}

/** The encounter of the hook; worked out once for a chart, since many facts ask for it. */
export const currentEncounter = oncePer(findCurrentEncounter);

export function setting(chart: Chart): Fact {
  const current = currentEncounter(chart);
  if (current.state !== 'current') return UNKNOWN;
  const { classCode = '', reference } = current.encounter;
  const value = HOSPITAL.get(classCode) ?? OFFICE.get(classCode);
  const evidence = [{ reference, display: 'Encounter class', date: current.encounter.start?.text, value }];
  if (HOSPITAL.has(classCode)) return present([['hospital']], { codes: ['hospital'], evidence });
  return OFFICE.has(classCode) ? present([['office']], { codes: ['office'], evidence }) : UNKNOWN;
}
