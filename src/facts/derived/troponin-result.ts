import type { Observation } from '../../fhir/observation.js';
import type { Quantity } from '../../fhir/quantity.js';
import type { Judged } from './troponin-judgement.js';
import type { Timing } from './troponin-timing.js';

export interface AssayFamily {
  readonly name: string;
  readonly sensitivity: 'high-sensitivity' | 'conventional' | 'qualitative';
}

/** One troponin result with a value, whatever its time. */
export interface TroponinResult extends Judged, Timing {
  readonly reference: string;
  readonly label: string;
  readonly code: string | undefined;
  readonly family: AssayFamily;
  readonly isMatchedByText: boolean;
  /** A preliminary result counts for an alarm, never for reassurance. */
  readonly isPreliminary: boolean;
  readonly quantity: Quantity | undefined;
  readonly printed: string;
  readonly specimen: string | undefined;
  readonly detectionLimit: Quantity | undefined;
}

export type SetAsideReason =
  'status' | 'no-value' | 'unreadable-value' | 'unknown-name' | 'not-a-result-name' | 'not-found';

/** A troponin entry that is not a result, and why. */
export interface SetAside extends Timing {
  readonly reference: string;
  readonly reason: SetAsideReason;
  readonly detail: string | undefined;
  /** What it holds would be an elevated result, or cannot be told from one. */
  readonly isWorrying: boolean;
}

export interface TroponinEntries {
  readonly results: readonly TroponinResult[];
  readonly setAside: readonly SetAside[];
  /** Ordered or received, no value yet. */
  readonly awaited: readonly Observation[];
  /** Panels whose members are nowhere to be found: any of them may be the result. */
  readonly unresolvedPanels: readonly SetAside[];
  /** Entries that may hold a result which cannot be read: they forbid to conclude absence. */
  readonly doubtful: readonly SetAside[];
  /** Ids of the Observations that were read as troponin entries. */
  readonly readIds: ReadonlySet<string>;
}
