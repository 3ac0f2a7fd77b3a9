import type { ChartAnswer } from '../evaluate/answer-chart.js';
import type { Unread } from '../evaluate/read-file.js';

export type Indicator = 'critical' | 'warning' | 'info';

export const INDICATORS: readonly Indicator[] = ['critical', 'warning', 'info'];

/** How often one kind of card was shown. */
export interface CardCount {
  readonly card: string;
  readonly indicator: Indicator;
  readonly count: number;
}

/** What came of one service for every chart. */
export interface ServiceTally {
  readonly service: string;
  readonly hook: string;
  /** Charts the hook fired for: answered or not. */
  readonly calls: number;
  readonly withCards: number;
  readonly silent: number;
  /** Calls by the gravest of their cards. */
  readonly gravest: Readonly<Record<Indicator, number>>;
  readonly cards: readonly CardCount[];
  /** Calls that got no answer, by reason. */
  readonly unanswered: Readonly<Record<string, number>>;
  /** Charts the hook did not fire for, by reason. */
  readonly notFired: Readonly<Record<string, number>>;
}

/** What was counted so far. */
export interface Counted {
  readonly charts: number;
  readonly services: readonly ServiceTally[];
  /** Files and lines that were not read, by reason. */
  readonly unread: Readonly<Partial<Record<Unread, number>>>;
}

export interface Tally {
  readonly addChart: () => void;
  readonly add: (answer: ChartAnswer) => void;
  /** A call that ended with a fault of this program. */
  readonly addFault: (service: string) => void;
  readonly addUnread: (file: string, reason: Unread) => void;
  readonly counted: () => Counted;
}

type Counts = Map<string, number>;

function count(counts: Counts, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function sorted(counts: Counts): Record<string, number> {
  return Object.fromEntries(
    [...counts].sort(([one, first], [other, second]) => second - first || (one < other ? -1 : 1)),
  );
}

interface Working {
  readonly service: string;
  readonly hook: string;
  readonly cards: Counts;
  readonly gravest: Counts;
  readonly unanswered: Counts;
  readonly notFired: Counts;
  silent: number;
}

function addOutcome(working: Working, { outcome }: ChartAnswer): void {
  if ('notFired' in outcome) count(working.notFired, outcome.notFired);
  else if ('problem' in outcome) count(working.unanswered, outcome.issues[0]?.text ?? outcome.problem);
  else if (outcome.cards.length === 0) working.silent += 1;
  else {
    const shown = outcome.cards.map(({ indicator }) => indicator);
    count(working.gravest, INDICATORS.find((indicator) => shown.includes(indicator)) ?? 'info');
    for (const { source, indicator } of outcome.cards) count(working.cards, `${indicator} ${source.topic.code}`);
  }
}

function sum(counts: Counts): number {
  return [...counts.values()].reduce((total, one) => total + one, 0);
}

function cardsOf(cards: Counts): readonly CardCount[] {
  const rank = ({ indicator }: CardCount) => INDICATORS.indexOf(indicator);
  return [...cards]
    .map(([key, number]) => {
      const [word = '', card = ''] = key.split(' ');
      return { card, indicator: INDICATORS.find((one) => one === word) ?? 'info', count: number };
    })
    .sort((one, other) => rank(one) - rank(other) || other.count - one.count || (one.card < other.card ? -1 : 1));
}

function resultOf({ service, hook, cards, gravest, unanswered, notFired, silent }: Working): ServiceTally {
  const withCards = sum(gravest);
  return {
    service,
    hook,
    calls: withCards + silent + sum(unanswered),
    withCards,
    silent,
    gravest: {
      critical: gravest.get('critical') ?? 0,
      warning: gravest.get('warning') ?? 0,
      info: gravest.get('info') ?? 0,
    },
    cards: cardsOf(cards),
    unanswered: sorted(unanswered),
    notFired: sorted(notFired),
  };
}

/** Counts answers of these services; its size does not grow with the number of charts. */
export function createTally(services: readonly { readonly id: string; readonly hook: string }[]): Tally {
  const working = new Map(
    services.map(({ id, hook }): readonly [string, Working] => [
      id,
      {
        service: id,
        hook,
        cards: new Map(),
        gravest: new Map(),
        unanswered: new Map(),
        notFired: new Map(),
        silent: 0,
      },
    ]),
  );
  const unread: Counts = new Map();
  let charts = 0;
  return {
    addChart: () => {
      charts += 1;
    },
    add: (answer) => {
      const one = working.get(answer.service);
      if (one !== undefined) addOutcome(one, answer);
    },
    addFault: (service) => {
      const one = working.get(service);
      if (one !== undefined) count(one.unanswered, 'a fault of this program');
    },
    addUnread: (_, reason) => {
      count(unread, reason);
    },
    counted: () => ({ charts, services: [...working.values()].map(resultOf), unread: sorted(unread) }),
  };
}

/** Whether there was something to count, and all of it was read and answered. */
export function isWhole({ charts, services, unread }: Counted): boolean {
  const isAnswered = services.every(({ unanswered }) => Object.keys(unanswered).length === 0);
  return charts > 0 && isAnswered && Object.keys(unread).length === 0;
}
