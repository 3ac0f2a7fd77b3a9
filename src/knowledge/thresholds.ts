import { DAY, HOUR, MINUTE } from '../fhir/date-time.js';
import type { Threshold } from './content-types.js';

/** The numbers that facts calculate with; each must stand in topic.json. */
export const THRESHOLD_NAMES = [
  'acute-condition',
  'onset-of-episode',
  'episode-lookback',
  'inpatient-window',
  'future-tolerance',
  'recent-elevated',
  'order-lookback',
  'pending-overdue',
  'vitals-age',
  'spacing-high-sensitivity',
  'spacing-conventional',
  'lateness-high-sensitivity',
  'lateness-conventional',
  'same-specimen',
  'recent-sample',
  'dynamic-change',
  'repeat-high-sensitivity-from',
  'repeat-high-sensitivity-to',
  'repeat-conventional-from',
  'repeat-conventional-to',
  'dispense-lookback',
  'pde5-lookback',
  'nitrate-lookback',
  'maoi-lookback',
  'opioid-lookback',
  'toxin-lookback',
  'six-weeks',
  'six-months',
  'twelve-months',
] as const;

export type ThresholdName = (typeof THRESHOLD_NAMES)[number];

/** Times in milliseconds, fractions as they are. */
export type Thresholds = Readonly<Record<ThresholdName, number>>;

const MILLISECONDS = { minutes: MINUTE, hours: HOUR, days: DAY, fraction: 1 } as const;

export function isThresholdName(name: string): name is ThresholdName {
  return (THRESHOLD_NAMES as readonly string[]).includes(name);
}

/** A threshold by the name content gives it; undefined when it gives none. */
export function thresholdOf(thresholds: Thresholds, name: string | undefined): number | undefined {
  return name !== undefined && isThresholdName(name) ? thresholds[name] : undefined;
}

/** The thresholds as numbers to calculate with. Expects content whose names were checked. */
export function readThresholds(thresholds: Readonly<Record<string, Threshold>>): Thresholds {
  const entries = THRESHOLD_NAMES.map((name) => {
    const threshold = thresholds[name];
    return [name, threshold === undefined ? Number.NaN : threshold.value * MILLISECONDS[threshold.unit]] as const;
  });
  return Object.fromEntries(entries) as Record<ThresholdName, number>;
}
