import type { CardCount, CardCounts, FeedbackReason } from './store.js';

interface KindRow {
  readonly code: string;
  readonly rule: string;
  readonly topic: string;
  readonly topic_version: string;
  readonly content_hash: string;
  readonly client: string;
  /** PostgreSQL gives its counts as text. */
  readonly count: string | number | bigint;
}

interface ShownRow extends KindRow {
  readonly day: string;
}

interface OutcomeRow extends KindRow {
  readonly outcome: string;
  readonly reason_system: string | null;
  readonly reason_code: string | null;
  readonly reason_display: string | null;
}

interface ReasonSum {
  reason: FeedbackReason | undefined;
  count: number;
}

interface KindSum {
  readonly row: KindRow;
  shown: number;
  accepted: number;
  readonly reasons: Map<string, ReasonSum>;
}

/** Sums of grouped rows that come in parts. */
export interface Tally {
  readonly addShown: (row: ShownRow) => void;
  readonly addOutcome: (row: OutcomeRow) => void;
  readonly sums: () => Pick<CardCounts, 'counts' | 'days'>;
}

function getOrAdd<T>(map: Map<string, T>, key: readonly unknown[], make: () => T): T {
  const text = JSON.stringify(key);
  const value = map.get(text) ?? make();
  map.set(text, value);
  return value;
}

function addReason(reasons: Map<string, ReasonSum>, row: OutcomeRow): void {
  const { reason_system: system, reason_code: code, reason_display: display } = row;
  const words = code === null ? display : null;
  const sum = getOrAdd(reasons, [system, code, words], () => ({ reason: undefined, count: 0 }));
  sum.count += Number(row.count);
  if (system === null && code === null && display === null) return;
  // One code may come with several displays: the last in order stands for them, whichever slice it is in.
  const shown = [sum.reason?.display ?? '', display ?? ''].sort()[1];
  sum.reason = { system: system ?? undefined, code: code ?? undefined, display: shown === '' ? undefined : shown };
}

function countOf({ row, shown, accepted, reasons }: KindSum): CardCount {
  const { code, rule, topic, topic_version: topicVersion, content_hash: contentHash, client } = row;
  const sums = [...reasons.entries()]
    .sort(([one, { count }], [other, { count: otherCount }]) => otherCount - count || (one < other ? -1 : 1))
    .map(([, sum]) => sum);
  const overridden = sums.reduce((total, { count }) => total + count, 0);
  return { code, rule, topic, topicVersion, contentHash, client, shown, accepted, overridden, reasons: sums };
}

const inOrder = <T>(map: ReadonlyMap<string, T>): T[] =>
  [...map.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, value]) => value);

/** An empty tally; its sums are sorted, so that equal contents give equal reports. */
export function createTally(): Tally {
  const kinds = new Map<string, KindSum>();
  const days = new Map<string, { readonly day: string; readonly code: string; shown: number }>();
  const kindOf = (row: KindRow): KindSum => {
    const key = [row.code, row.rule, row.topic, row.topic_version, row.content_hash, row.client];
    return getOrAdd(kinds, key, () => ({ row, shown: 0, accepted: 0, reasons: new Map() }));
  };
  return {
    addShown: (row) => {
      const { day, code } = row;
      kindOf(row).shown += Number(row.count);
      getOrAdd(days, [day, code], () => ({ day, code, shown: 0 })).shown += Number(row.count);
    },
    addOutcome: (row) => {
      const kind = kindOf(row);
      if (row.outcome === 'accepted') kind.accepted += Number(row.count);
      else addReason(kind.reasons, row);
    },
    sums: () => ({ counts: inOrder(kinds).map(countOf), days: inOrder(days) }),
  };
}
