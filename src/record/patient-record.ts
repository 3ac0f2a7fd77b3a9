import type { BundleEntry } from '../fhir/bundle.js';
import type { FhirVersion } from '../fhir-versions/version.js';
import type { JsonObject } from '../fhir/json.js';
import type { FindMedication } from '../fhir/medication.js';
import type { DataNeed } from '../knowledge/content-types.js';
import type { GapReason } from '../knowledge/gap-reason.js';

export const WHOLE = Number.NEGATIVE_INFINITY;
export const NOTHING = Number.POSITIVE_INFINITY;

/** What one data need was answered with. */
export interface NeedAnswer {
  readonly need: DataNeed;
  readonly origin: 'prefetch' | 'fhir-server' | 'both' | 'none';
  readonly entries: readonly BundleEntry[];
  /**
   * Every entry dated at or after this instant (milliseconds) is here: WHOLE when all pages were read, NOTHING when
   * an unknown part is missing. Only up to this bound may absence be concluded.
   */
  readonly completeSince: number;
  /** Why the answer is not whole. */
  readonly gap: GapReason | undefined;
}

/** A read-only map whose values are worked out when first asked for. */
export interface Lookup<T> {
  readonly get: (key: string) => T | undefined;
  readonly keys: () => readonly string[];
  readonly values: () => readonly T[];
}

export function lookup<T>(keys: readonly string[], calculate: (key: string) => T | undefined): Lookup<T> {
  const known = new Map<string, T>();
  const get = (key: string): T | undefined => {
    const before = known.get(key);
    if (before !== undefined || !keys.includes(key)) return before;
    const value = calculate(key);
    if (value !== undefined) known.set(key, value);
    return value;
  };
  return { get, keys: () => keys, values: () => keys.flatMap((key) => get(key) ?? []) };
}

/** What the user is about to do, from the hook's context: not part of the chart yet. */
export interface Proposal {
  /** Draft orders of the patient, with the Medications that came beside them. */
  readonly orders: readonly JsonObject[];
  /** `Type/id` of the drafts the user is working on: the selected ones, or all when the hook selects none. */
  readonly focus: ReadonlySet<string>;
  /** Conditions being added to the problem list. */
  readonly conditions: readonly JsonObject[];
}

/**
 * What is known of one patient for one call; gathered once, then only read. Sorted out when asked for: a chart out of
 * scope is looked at for its conditions alone.
 */
export interface PatientRecord {
  readonly patientId: string;
  /** The hook that asks. */
  readonly hook: string;
  /** Who asks, `Type/id` as the client says it. */
  readonly userId: string;
  /** The encounter the hook was fired in, if any. */
  readonly encounterId: string | undefined;
  readonly proposal: Proposal;
  /** The answers as they came: nobody has looked yet whose the entries are. */
  readonly gathered: readonly NeedAnswer[];
  readonly answers: Lookup<NeedAnswer>;
  /** The patient's own resources by type, each once, in its newest version. */
  readonly resources: Lookup<readonly JsonObject[]>;
  /** The Medication a reference leads to, wherever it came from: the chart's answers, the drafts, or asked for. */
  readonly medication: FindMedication;
  /** The version of FHIR that the client speaks, for what goes back to it. May ask its FHIR server. */
  readonly clientVersion: () => Promise<FhirVersion>;
}

export function resourcesOf(record: PatientRecord, type: string): readonly JsonObject[] {
  return record.resources.get(type) ?? [];
}
