const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** A point of the scale: how long ago, in milliseconds, and where between 0 (long ago) and 1 (now). */
interface Anchor {
  readonly ago: number;
  readonly at: number;
  readonly label: string;
}

/** Hours of today and years of the past on one line: the nearer to now, the wider. */
export interface TimeScale {
  /** Place of an instant (ISO 8601) between 0 and 1; what lies ahead of now is placed at 1. */
  readonly place: (instant: string) => number;
  readonly ticks: readonly Anchor[];
}

const NEAR: readonly Anchor[] = [
  { ago: 0, at: 1, label: 'now' },
  { ago: HOUR, at: 0.84, label: '1 h ago' },
  { ago: 3 * HOUR, at: 0.64, label: '3 h' },
  { ago: 6 * HOUR, at: 0.56, label: '6 h' },
];
const FAR: readonly Anchor[] = [
  { ago: 7 * DAY, at: 0.33, label: '1 week' },
  { ago: 30 * DAY, at: 0.25, label: '1 month' },
  { ago: YEAR, at: 0.12, label: '1 year' },
  { ago: 10 * YEAR, at: 0, label: '10 years' },
];
const EPISODE_AT = 0.42;

function between(ago: number, newer: Anchor, older: Anchor): number {
  const share = (ago - newer.ago) / (older.ago - newer.ago);
  return newer.at + share * (older.at - newer.at);
}

/** The scale of a chart: the episode's beginning is always at the same place. */
export function timeScale(asOf: string, episodeStart: string): TimeScale {
  const now = Date.parse(asOf);
  const episode = Math.max(now - Date.parse(episodeStart), 7 * HOUR);
  const start = { ago: episode, at: EPISODE_AT, label: 'episode' };
  const ticks = [...NEAR, start, ...FAR.filter(({ ago }) => ago > 1.2 * episode)];
  const place = (instant: string): number => {
    const ago = now - Date.parse(instant);
    if (!(ago > 0)) return 1;
    const index = ticks.findIndex((tick) => tick.ago >= ago);
    const [newer, older] = [ticks[index - 1], ticks[index]];
    return newer === undefined || older === undefined ? 0 : between(ago, newer, older);
  };
  return { place, ticks };
}
