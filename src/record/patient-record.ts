import type { BundleEntry } from '../fhir/bundle.js';
import type { JsonObject } from '../fhir/json.js';
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

/** What is known of one patient for one call; gathered once, then only read. */
export interface PatientRecord {
  readonly patientId: string;
  /** The encounter the hook was fired in, if any. */
  readonly encounterId: string | undefined;
  readonly answers: ReadonlyMap<string, NeedAnswer>;
  /** The patient's own resources by type, each once, in its newest version. */
  readonly resources: ReadonlyMap<string, readonly JsonObject[]>;
}

export function resourcesOf(record: PatientRecord, type: string): readonly JsonObject[] {
  return record.resources.get(type) ?? [];
}
