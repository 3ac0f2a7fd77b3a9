import type { CardCount, CardCounts, FeedbackReason } from '../../src/store/store.js';

export const HASH_A = 'a'.repeat(64);
export const HASH_B = `b1c2${'0'.repeat(60)}`;

const OWN = 'urn:troponin-first:override-reason';

export function ownReason(code: string, display?: string): FeedbackReason {
  return { system: OWN, code, display };
}

export function cardCount(more: Partial<CardCount> = {}): CardCount {
  return {
    code: 'troponin-not-found',
    rule: 'C-A',
    topic: 'esophageal-spasm',
    topicVersion: '1.0.0',
    contentHash: HASH_A,
    client: 'north-ehr',
    shown: 10,
    accepted: 0,
    overridden: 0,
    reasons: [],
    ...more,
  };
}

export function cardCounts(more: Partial<CardCounts> = {}): CardCounts {
  return { client: undefined, counts: [], days: [], answers: 0, unknownCards: 0, ...more };
}

const REASONS: readonly (FeedbackReason | undefined)[] = [
  ownReason('acs-excluded-elsewhere', 'Cardiac cause already evaluated elsewhere (record not visible here)'),
  ownReason('result-in-hand', 'Troponin result known, not yet in the record'),
  { system: undefined, code: undefined, display: 'Patient already seen by cardiology' },
  undefined,
  ownReason('no-chest-pain', 'Presentation without chest pain'),
];

const KINDS: readonly (readonly [code: string, rule: string, shown: number, accepted: number, overridden: number])[] = [
  ['therapy-ladder', 'T', 412, 96, 18],
  ['troponin-not-found', 'C-A', 131, 52, 31],
  ['troponin-stale', 'C-B', 64, 22, 17],
  ['troponin-not-serial', 'C-D', 58, 31, 9],
  ['troponin-pending', 'C-C', 41, 3, 12],
  ['safety-n1', 'N1', 27, 19, 4],
  ['troponin-serial-in-range', 'C-F', 23, 1, 2],
  ['troponin-not-checked', 'C-G', 17, 2, 11],
  ['troponin-elevated', 'C-E', 9, 8, 0],
  ['acs-on-record', 'C-E2', 6, 2, 1],
  ['pediatric', 'P', 2, 0, 0],
];

function split(total: number, part: number): readonly [number, number] {
  const first = Math.round(total * part);
  return [first, total - first];
}

function reasonsFor(overridden: number): CardCount['reasons'] {
  const first = Math.ceil(overridden / 2);
  const counts = [first, ...[0.25, 0.12, 0.08].map((part) => Math.floor(overridden * part))];
  const rest = overridden - counts.reduce((sum, count) => sum + count, 0);
  return [...counts, rest].map((count, index) => ({ reason: REASONS[index], count })).filter(({ count }) => count > 0);
}

/** Counts as a hospital's month may bring them: two clients, two contents, every kind of card. */
export function monthOfCards(lastDay: string, length = 30): CardCounts {
  const counts = KINDS.flatMap(([code, rule, shown, accepted, overridden]) =>
    (['north-ehr', 'south-ehr'] as const).map((client, index) => {
      const of = (total: number) => split(total, 0.7)[index] ?? 0;
      const contentHash = index === 0 ? HASH_A : HASH_B;
      const reasons = reasonsFor(of(overridden));
      return cardCount({
        code,
        rule,
        client,
        contentHash,
        shown: of(shown),
        accepted: of(accepted),
        overridden: of(overridden),
        reasons,
      });
    }),
  );
  const days = KINDS.flatMap(([code, , shown], kind) => spread(code, shown, kind, lastDay, length));
  return { client: undefined, counts, days, answers: 48_213, unknownCards: 7 };
}

/** So many cards over the days, more on some than on others, always the same. */
function spread(code: string, shown: number, kind: number, lastDay: string, length: number): CardCounts['days'] {
  const weights = Array.from({ length }, (_, day) => 2 + ((day * 7 + kind * 5) % 11) - (day % 7 > 4 ? 1.5 : 0));
  const sum = weights.reduce((all, weight) => all + weight, 0);
  let given = 0;
  let passed = 0;
  return weights.flatMap((weight, index) => {
    passed += weight;
    const count = Math.round((shown * passed) / sum) - given;
    given += count;
    const day = new Date(Date.parse(lastDay) - (length - 1 - index) * 86_400_000).toISOString().slice(0, 10);
    return count === 0 ? [] : [{ day, code, shown: count }];
  });
}
