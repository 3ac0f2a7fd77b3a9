import type { JsonObject } from '../fhir/json.js';
import { ANY, D, F, MARKS, OLD_TYPES, R, S, type Shape } from './marks.js';
import type { FhirVersion } from './version.js';

const BITS: Readonly<Record<FhirVersion, Shape>> = { DSTU2: D, STU3: S, R4: R, R4B: R, R5: F };

/** The versions a resource may be of by its type and members; all of them when nothing tells. */
export function shapeOf(resource: JsonObject): Shape {
  const type = String(resource['resourceType']);
  const marks = Object.hasOwn(MARKS, type) ? MARKS[type] : undefined;
  let shape = OLD_TYPES[type] ?? ANY;
  if (marks === undefined) return shape;
  for (const member in marks) {
    const value = resource[member];
    const mark = marks[member];
    if (value === undefined || value === null || mark === undefined) continue;
    shape &= typeof mark === 'number' ? mark : mark(value);
  }
  return shape;
}

/** Old before new, where only the type is known: the older reading knows fewer codes and so trusts less. */
const WITHOUT_R4: readonly FhirVersion[] = ['STU3', 'DSTU2', 'R5'];

/**
 * The version one resource is read as: the stated one where its shape allows that, else the one its shape speaks of.
 * R4 when nothing is stated and nothing, or everything at once, is said.
 */
export function versionOfResource(resource: JsonObject, stated: FhirVersion | undefined): FhirVersion {
  const type = String(resource['resourceType']);
  const shape = shapeOf(resource) || (OLD_TYPES[type] ?? 0);
  if (stated !== undefined && (shape === 0 || (shape & BITS[stated]) !== 0)) return stated;
  if (shape === 0 || (shape & R) !== 0) return 'R4';
  return WITHOUT_R4.find((version) => (shape & BITS[version]) !== 0) ?? 'R4';
}

/** What shapes say of a whole request: one version; that it is R4 or later; or nothing, also when they disagree. */
export type Evidence = FhirVersion | 'later' | undefined;

/** The version that all resources agree on. */
export function evidenceOf(shapes: Iterable<Shape>): Evidence {
  let all: Shape = ANY;
  for (const shape of shapes) if (shape !== 0) all &= shape;
  if (all === 0 || all === ANY) return undefined;
  const versions = (['DSTU2', 'STU3', 'R4', 'R5'] as const).filter((version) => (all & BITS[version]) !== 0);
  const [only, second] = versions;
  if (second === undefined) return only;
  return versions.includes('R4') && (all & (D | S)) === 0 ? 'later' : undefined;
}

/** Whether R4 does not have the type, so that nobody behind the door would know it. */
export function isOldType({ resourceType }: JsonObject): boolean {
  return typeof resourceType === 'string' && Object.hasOwn(OLD_TYPES, resourceType);
}
