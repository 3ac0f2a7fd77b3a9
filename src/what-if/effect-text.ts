import { isBeyondWording, type AnswerChange, type BrokenExpectation, type NameChange } from './compare.js';
import type { Effect } from './effect.js';
import type { WordingGroup } from './group-wording.js';

const SHOWN_TITLES = 12;
const SHOWN_IDS = 8;

/** `1 vignette`, `3 vignettes`. */
export function countOf(count: number, thing: string): string {
  return `${String(count)} ${thing}${count === 1 ? '' : 's'}`;
}

/** The first ids, and how many more there are. */
export function idsOf(ids: readonly string[]): string {
  const rest = ids.length - SHOWN_IDS;
  return ids.slice(0, SHOWN_IDS).join(', ') + (rest > 0 ? ` and ${String(rest)} more` : '');
}

function signed({ gone, new: fresh }: NameChange): string {
  return [...gone.map((name) => `− ${name}`), ...fresh.map((name) => `+ ${name}`)].join('  ');
}

/** What is other than before beside the wording, a line for each kind. */
export function describeChange(change: AnswerChange): readonly string[] {
  const { cards, indicators, isReordered, rules, undetermined, refused } = change;
  const said = (reason: string | undefined) => (reason === undefined ? 'an answer' : `no answer (${reason})`);
  const lines: readonly (readonly [kind: string, text: string])[] = [
    ['answer', refused === undefined ? '' : `${said(refused.from)} → ${said(refused.to)}`],
    ['cards', signed(cards)],
    ['indicator', indicators.map(({ card, from, to }) => `${card}: ${from} → ${to}`).join('; ')],
    ['order', isReordered ? 'the cards stand in another order' : ''],
    ['rules', signed(rules)],
    ['undecided', signed(undetermined)],
  ];
  return lines.filter(([, text]) => text !== '').map(([kind, text]) => `${kind.padEnd(10)}${text}`);
}

/** Vignettes whose answers changed in the same way. */
export interface AlikeChanges {
  readonly lines: readonly string[];
  readonly vignettes: readonly { readonly id: string; readonly title: string }[];
}

/** What changed beside the wording, each way once with its vignettes. */
export function alike(changes: readonly AnswerChange[]): readonly AlikeChanges[] {
  const groups = new Map<string, { lines: readonly string[]; vignettes: AnswerChange[] }>();
  for (const change of changes.filter(isBeyondWording)) {
    const lines = describeChange(change);
    const group = groups.get(lines.join('\n')) ?? { lines, vignettes: [] };
    groups.set(lines.join('\n'), group);
    group.vignettes.push(change);
  }
  return [...groups.values()];
}

/** What was edited, in one sentence. */
export function describeEdited({ edited }: Effect): string {
  return edited.map(({ name, how }) => (how === 'edited' ? name : `${name} (${how})`)).join(', ');
}

/** What must be said when an edit shows nowhere. */
export function silenceOf({ edited, changes, unexercised }: Effect): readonly string[] {
  const unseen = unexercised.map((name) => `No vignette meets ${name} or leaves it open: add one.`);
  if (changes.length > 0) return unseen;
  const untold = edited.length === 0 ? [] : ['No vignette tells the difference: if it matters, add one that does.'];
  return ['No vignette changed.', ...(unseen.length > 0 ? unseen : untold)];
}

function answersText(changes: readonly AnswerChange[]): readonly string[] {
  const groups = alike(changes);
  if (groups.length === 0) return [];
  const count = groups.reduce((sum, { vignettes }) => sum + vignettes.length, 0);
  return [
    '',
    `Other answers to ${countOf(count, 'vignette')}:`,
    ...groups.flatMap(({ lines, vignettes }) => [
      ...vignettes.slice(0, SHOWN_TITLES).map(({ id, title }) => `  ${id} ${title}`),
      ...(vignettes.length > SHOWN_TITLES ? [`  and ${idsOf(vignettes.slice(SHOWN_TITLES).map(({ id }) => id))}`] : []),
      ...lines.map((line) => `      ${line}`),
    ]),
  ];
}

/** A wording change as a diff. */
export function diffOf({ old, new: fresh }: WordingGroup, minus = '−'): readonly string[] {
  return [...old.map((line) => `${minus} ${line}`), ...fresh.map((line) => `+ ${line}`)];
}

/** Where a wording change shows. */
export function whereOf({ cards, vignettes, hasVariants }: WordingGroup): string {
  const others = hasVariants ? '; as in the first, elsewhere with other values' : '';
  return `${cards.join(', ')}, in ${countOf(vignettes.length, 'vignette')}: ${idsOf(vignettes)}${others}`;
}

function wordingText(groups: readonly WordingGroup[]): readonly string[] {
  if (groups.length === 0) return [];
  return [
    '',
    'Other wording:',
    ...groups.flatMap((group) => [`  ${whereOf(group)}`, ...diffOf(group).map((line) => `      ${line}`)]),
  ];
}

function brokenText(broken: readonly BrokenExpectation[]): readonly string[] {
  if (broken.length === 0) return ['', 'Every vignette is answered as it expects.'];
  return [
    '',
    `Not as the vignettes expect (${String(broken.length)}):`,
    ...broken.flatMap(({ id, title, faults }) => [`  ${id} ${title}`, ...faults.map((fault) => `      ${fault}`)]),
  ];
}

/** The first line: which content became which. */
export function headOf({ topic, vignettes, hash }: Effect): string {
  const [from, to] = [hash.from.slice(0, 12), hash.to.slice(0, 12)];
  const content = from === to ? `content ${to} is the same` : `content ${from} → ${to}`;
  return `${topic}: ${content}; ${countOf(vignettes, 'vignette')}`;
}

/** The effect as a terminal shows it. */
export function effectText(effect: Effect): string {
  const edited = describeEdited(effect);
  return [
    headOf(effect),
    ...(edited === '' ? [] : [`Edited: ${edited}`]),
    ...silenceOf(effect),
    ...answersText(effect.changes),
    ...wordingText(effect.wording),
    ...brokenText(effect.broken),
  ].join('\n');
}
