import type { CardCount, CardCounts, FeedbackReason } from '../store/store.js';
import type { ReportScope } from './scope.js';

/** What became of the cards of one kind. The rates are shares of the cards shown, undefined when none was. */
export interface CardFigures {
  readonly shown: number;
  readonly accepted: number;
  readonly overridden: number;
  /** Shown, and no feedback received. */
  readonly ignored: number;
  readonly acceptedRate: number | undefined;
  readonly overriddenRate: number | undefined;
  readonly ignoredRate: number | undefined;
}

/** How often cards were overridden for one reason. */
export interface ReasonCount {
  readonly system: string | undefined;
  readonly code: string | undefined;
  /** In words: the content's for its own reasons, else the client's. Undefined when no reason was given. */
  readonly display: string | undefined;
  readonly count: number;
}

export type Counted<K> = K & CardFigures & { readonly reasons: readonly ReasonCount[] };

/** What a committee reads: every total is over the whole scope, the most shown first. */
export interface CardReport {
  readonly scope: ReportScope;
  /** Answers given, with or without cards. */
  readonly answers: number;
  /** Cards that feedback names and that are in no answer on record. */
  readonly unknownCards: number;
  readonly total: CardFigures;
  readonly cards: readonly Counted<Pick<CardCount, 'code'>>[];
  readonly rules: readonly Counted<Pick<CardCount, 'rule' | 'code'>>[];
  readonly contents: readonly Counted<Pick<CardCount, 'topic' | 'topicVersion' | 'contentHash'>>[];
  readonly clients: readonly Counted<Pick<CardCount, 'client'>>[];
  /** One line for each card, rule, content and client. */
  readonly lines: readonly Counted<CardKey>[];
  readonly days: CardCounts['days'];
}

/** What tells one line of a report from another. */
export type CardKey = Pick<CardCount, 'code' | 'rule' | 'topic' | 'topicVersion' | 'contentHash' | 'client'>;

/** Words for reasons, by `system|code`. */
export type ReasonNames = ReadonlyMap<string, string>;

function sumOf(counts: readonly CardCount[], figure: 'shown' | 'accepted' | 'overridden'): number {
  return counts.reduce((sum, count) => sum + count[figure], 0);
}

function figuresOf(counts: readonly CardCount[]): CardFigures {
  const [shown, accepted, overridden] = [
    sumOf(counts, 'shown'),
    sumOf(counts, 'accepted'),
    sumOf(counts, 'overridden'),
  ];
  const ignored = Math.max(shown - accepted - overridden, 0);
  const rate = (part: number) => (shown === 0 ? undefined : Math.round((part / shown) * 10_000) / 10_000);
  return {
    shown,
    accepted,
    overridden,
    ignored,
    acceptedRate: rate(accepted),
    overriddenRate: rate(overridden),
    ignoredRate: rate(ignored),
  };
}

/** One key for one reason: a coded one whatever it was called, one without code by its words. */
function keyOfReason({ system, code, display }: FeedbackReason): string {
  return JSON.stringify(code === undefined ? [system ?? '', '', display ?? ''] : [system ?? '', code]);
}

function describeReason(reason: FeedbackReason | undefined, names: ReasonNames): Omit<ReasonCount, 'count'> {
  const { system, code, display } = reason ?? {};
  // A client may send the product's own code with words of its own: then the content's words count.
  return { system, code, display: names.get(`${system ?? ''}|${code ?? ''}`) ?? display };
}

function reasonsOf(counts: readonly CardCount[], names: ReasonNames): readonly ReasonCount[] {
  const byKey = new Map<string, ReasonCount>();
  for (const { reason, count } of counts.flatMap(({ reasons }) => reasons)) {
    const key = reason === undefined ? '' : keyOfReason(reason);
    const before = byKey.get(key) ?? { ...describeReason(reason, names), count: 0 };
    byKey.set(key, { ...before, count: before.count + count });
  }
  return [...byKey.entries()]
    .sort(([oneKey, one], [otherKey, other]) => other.count - one.count || compare(oneKey, otherKey))
    .map(([, reason]) => reason);
}

/** By code units, so that the order hangs on no locale. */
function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

function totalsBy<K extends object>(
  counts: readonly CardCount[],
  names: ReasonNames,
  keyOf: (count: CardCount) => K,
): readonly Counted<K>[] {
  const groups = new Map<string, { readonly key: K; readonly counts: CardCount[] }>();
  for (const count of counts) {
    const key = keyOf(count);
    const name = JSON.stringify(key);
    const group = groups.get(name) ?? { key, counts: [] };
    group.counts.push(count);
    groups.set(name, group);
  }
  return [...groups.entries()]
    .map(([name, group]) => ({
      name,
      line: { ...group.key, ...figuresOf(group.counts), reasons: reasonsOf(group.counts, names) },
    }))
    .sort((one, other) => other.line.shown - one.line.shown || compare(one.name, other.name))
    .map(({ line }) => line);
}

/** Sums counts up for people: totals by card, rule, content and client, and what was ignored. */
export function reportOf(
  { client, counts, days, answers, unknownCards }: CardCounts,
  scope: ReportScope,
  names: ReasonNames = new Map(),
): CardReport {
  const by = <K extends object>(keyOf: (count: CardCount) => K) => totalsBy(counts, names, keyOf);
  return {
    scope: { ...scope, client },
    answers,
    unknownCards,
    total: figuresOf(counts),
    cards: by(({ code }) => ({ code })),
    rules: by(({ rule, code }) => ({ rule, code })),
    contents: by(({ topic, topicVersion, contentHash }) => ({ topic, topicVersion, contentHash })),
    clients: by(({ client }) => ({ client })),
    lines: by(({ code, rule, topic, topicVersion, contentHash, client }) => ({
      code,
      rule,
      topic,
      topicVersion,
      contentHash,
      client,
    })),
    days: [...days].sort((one, other) => compare(one.day, other.day) || compare(one.code, other.code)),
  };
}
