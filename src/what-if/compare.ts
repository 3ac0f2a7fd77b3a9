import type { Action, Card } from '../cds-hooks/types.js';
import { diffLines, type Hunk } from './line-diff.js';
import { brokenExpectations, titleOf, type Outcome, type Run } from './run.js';

/** A change of wording: the lines of a card that went and came. */
export interface WordingChange extends Hunk {
  /** Code of the card. */
  readonly card: string;
}

/** What went and what came of a list of names. */
export interface NameChange {
  readonly gone: readonly string[];
  readonly new: readonly string[];
}

/** How the answer to one vignette is another than before. */
export interface AnswerChange {
  readonly id: string;
  readonly title: string;
  /** Cards, like `troponin-elevated critical`. */
  readonly cards: NameChange;
  readonly indicators: readonly { readonly card: string; readonly from: string; readonly to: string }[];
  /** The same cards in another order. */
  readonly isReordered: boolean;
  readonly rules: NameChange;
  readonly undetermined: NameChange;
  readonly wording: readonly WordingChange[];
  /** Why there was no answer before or is none now; undefined where there is one. */
  readonly refused?: { readonly from: string | undefined; readonly to: string | undefined };
}

/** A vignette whose own `expect` does not hold, with what is wrong in words. */
export interface BrokenExpectation {
  readonly id: string;
  readonly title: string;
  readonly faults: readonly string[];
}

function namesChanged(before: readonly string[], after: readonly string[]): NameChange {
  return {
    gone: before.filter((name) => !after.includes(name)),
    new: after.filter((name) => !before.includes(name)),
  };
}

/** Ids and hashes are other in every content; only what a clinician gets counts. */
function actionLine(action: Action): string {
  const target =
    action.type === 'create'
      ? JSON.stringify(action.resource, (key, value: unknown) => (key === 'id' ? undefined : value))
      : action.resourceId;
  return `  ${action.type} ${action.description}: ${target}`;
}

/** Everything a card holds, line by line: its words, and what it offers, links to and stands on. */
export function linesOf(card: Card): readonly string[] {
  const { evidence = [], gaps = [] } = card.extension['org.troponin-first.basis'];
  return [
    card.summary,
    ...card.detail.split('\n').filter((line) => line.trim() !== ''),
    ...(card.suggestions ?? []).flatMap(({ label, isRecommended, actions }) => [
      `suggestion${isRecommended === true ? ' (recommended)' : ''}: ${label}`,
      ...actions.map(actionLine),
    ]),
    ...(card.selectionBehavior === undefined ? [] : [`selection: ${card.selectionBehavior}`]),
    ...(card.overrideReasons ?? []).map(({ code, display }) => `override reason: ${display} (${code})`),
    ...(card.links ?? []).map(({ label, url }) => `link: ${label} ${url}`),
    `source: ${[card.source.label, card.source.topic.display].filter((part) => part !== undefined).join(', ')}`,
    ...evidence.map(({ reference, display, date = '', value = '' }) =>
      ['stands on:', reference, display, date, value].filter((part) => part !== '').join(' '),
    ),
    ...gaps.map(({ need, reason }) => `gap: ${need} ${reason}`),
  ];
}

/** A code may stand on several cards: the second of its kind is compared with the second. */
function byCode(cards: readonly Card[]): ReadonlyMap<string, Card> {
  const seen = new Map<string, number>();
  return new Map(
    cards.map((card) => {
      const { code } = card.source.topic;
      const count = (seen.get(code) ?? 0) + 1;
      seen.set(code, count);
      return [count === 1 ? code : `${code} (${String(count)})`, card] as const;
    }),
  );
}

function cardsChanged(
  before: Outcome,
  after: Outcome,
): Pick<AnswerChange, 'cards' | 'indicators' | 'isReordered' | 'wording'> {
  const [olds, news] = [byCode(before.cards), byCode(after.cards)];
  const both = [...olds].flatMap(([key, old]) => {
    const fresh = news.get(key);
    return fresh === undefined ? [] : [{ key, old, fresh }];
  });
  const order = (from: ReadonlyMap<string, Card>, other: ReadonlyMap<string, Card>) =>
    [...from.keys()].filter((key) => other.has(key)).join();
  const titles = (from: ReadonlyMap<string, Card>, other: ReadonlyMap<string, Card>) =>
    [...from].filter(([key]) => !other.has(key)).map(([, card]) => titleOf(card));
  return {
    cards: { gone: titles(olds, news), new: titles(news, olds) },
    indicators: both
      .filter(({ old, fresh }) => old.indicator !== fresh.indicator)
      .map(({ key, old, fresh }) => ({ card: key, from: old.indicator, to: fresh.indicator })),
    isReordered: order(olds, news) !== order(news, olds),
    wording: both.flatMap(({ key, old, fresh }) =>
      diffLines(linesOf(old), linesOf(fresh)).map((hunk) => ({ card: key, ...hunk })),
    ),
  };
}

function hasNames({ gone, new: fresh }: NameChange): boolean {
  return gone.length + fresh.length > 0;
}

/** Whether more than the wording changed. */
export function isBeyondWording(change: AnswerChange): boolean {
  return (
    hasNames(change.cards) ||
    hasNames(change.rules) ||
    hasNames(change.undetermined) ||
    change.indicators.length > 0 ||
    change.isReordered ||
    change.refused !== undefined
  );
}

/** How an answer is another than before; undefined when it is the same. */
export function compareOutcomes(before: Outcome, after: Outcome): AnswerChange | undefined {
  const change: AnswerChange = {
    id: after.vignette.id,
    title: after.vignette.title,
    ...cardsChanged(before, after),
    rules: namesChanged(before.rules, after.rules),
    undetermined: namesChanged(before.undetermined, after.undetermined),
    ...(before.refused !== after.refused && { refused: { from: before.refused, to: after.refused } }),
  };
  return isBeyondWording(change) || change.wording.length > 0 ? change : undefined;
}

/** The vignettes whose answers are others than before. */
export function compareRuns(before: Run, after: Run): readonly AnswerChange[] {
  return [...after.outcomes].flatMap(([id, outcome]) => {
    const old = before.outcomes.get(id);
    return old === undefined ? [] : (compareOutcomes(old, outcome) ?? []);
  });
}

/** The vignettes of a run whose own expectations do not hold. */
export function expectationsBroken({ outcomes }: Run): readonly BrokenExpectation[] {
  return [...outcomes.values()].flatMap((outcome) => {
    const faults = brokenExpectations(outcome);
    return faults.length === 0 ? [] : [{ id: outcome.vignette.id, title: outcome.vignette.title, faults }];
  });
}
