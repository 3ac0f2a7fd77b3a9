import { idOf } from '../../fhir/element.js';
import type { Quantity } from '../../fhir/quantity.js';
import { readObservation, type Observation, type ObservedValue } from '../../fhir/observation.js';
import { setsOfConcept, type Chart, type Listed } from '../chart.js';

const ASSAY_LIMIT_SET = 'troponin-assay-limit';
const DETECTION_LIMIT_SET = 'troponin-detection-limit';

export interface Candidate {
  readonly reference: string;
  readonly observed: ObservedValue;
  readonly parent: Observation;
  readonly sets: readonly string[];
  readonly limits: AssayLimits;
}

export interface AssayLimits {
  readonly upper: Quantity | undefined;
  readonly detection: Quantity | undefined;
}

function limitsIn(values: readonly ObservedValue[], chart: Chart): AssayLimits {
  const find = (set: string) => values.find(({ code }) => setsOfConcept(chart, code).includes(set))?.quantity;
  return { upper: find(ASSAY_LIMIT_SET), detection: find(DETECTION_LIMIT_SET) };
}

/** What a contained Observation takes over from the resource around it. */
type Surrounding = Pick<Observation, 'reference' | 'status' | 'effective' | 'issued' | 'contained'> &
  Partial<Pick<Observation, 'encounter' | 'specimen'>>;

/** Observations contained in a panel or report. */
function containedIn(outer: Surrounding): readonly Observation[] {
  return outer.contained
    .filter((raw) => raw['resourceType'] === 'Observation')
    .map((raw, index) => {
      const inner = readObservation(raw);
      return {
        ...inner,
        reference: `${outer.reference}#contained-${String(index + 1)}`,
        status: inner.status ?? outer.status,
        effective: inner.effective ?? outer.effective,
        issued: inner.issued ?? outer.issued,
        encounter: inner.encounter ?? outer.encounter,
        specimen: inner.specimen ?? outer.specimen,
      };
    });
}

/** Observations that exist only inside a report. */
export function reportedObservations(chart: Chart): readonly Listed<Observation>[] {
  return chart
    .reports()
    .flatMap(({ entry }) => containedIn(entry))
    .map((entry) => ({ entry, sets: setsOfConcept(chart, entry.code) }));
}

/** The assay's limits that a panel states, for each Observation that belongs to it. */
export function limitsByMember(
  observations: readonly Listed<Observation>[],
  chart: Chart,
): ReadonlyMap<string, AssayLimits> {
  const byId = new Map(observations.map(({ entry }) => [idOf(entry.reference), entry]));
  const limits = new Map<string, AssayLimits>();
  for (const { entry } of observations) {
    const members = entry.members.flatMap(({ id }) => (id === undefined ? [] : (byId.get(id) ?? [])));
    const siblings = [...members, ...entry.components, ...containedIn(entry)];
    if (siblings.length === 0) continue;
    const found = limitsIn(siblings, chart);
    for (const { reference } of [entry, ...members]) limits.set(reference, found);
  }
  return limits;
}

export const NO_LIMITS: AssayLimits = { upper: undefined, detection: undefined };

/** An Observation, its components and what it contains, each of which may be a result. */
export function candidatesOf(entry: Observation, limits: AssayLimits, chart: Chart): readonly Candidate[] {
  const parts = entry.components.map((observed, index) => ({
    reference: `${entry.reference}#component-${String(index + 1)}`,
    observed,
    parent: entry,
  }));
  const contained = containedIn(entry).map((inner) => ({ reference: inner.reference, observed: inner, parent: inner }));
  return [{ reference: entry.reference, observed: entry, parent: entry }, ...parts, ...contained].map((part) => ({
    ...part,
    sets: setsOfConcept(chart, part.observed.code),
    limits,
  }));
}
