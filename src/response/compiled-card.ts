import type { Link, OverrideReason, Source } from '../cds-hooks/types.js';
import type { CardWording, Criterion, IndicatorChoice, Line, TextLine } from '../knowledge/content-types.js';
import type { Topic } from '../knowledge/topic.js';
import { oncePer } from '../lazy/once.js';
import { basisOfCard, type CardBasis } from './card-facts.js';
import { parseTemplate, type Template } from './template.js';

/** A line ready to be filled, with the conditions of its block and its own; or the place of the annotated ladder. */
export interface CompiledLine {
  readonly conditions: readonly Criterion[];
  readonly isLadder: boolean;
  readonly each: string | undefined;
  readonly template: Template;
  readonly needsGaps: boolean;
}

/** The wording of one card, made ready once: the same for every patient. */
export interface CompiledCard {
  readonly indicator: readonly IndicatorChoice[];
  readonly summary: readonly { readonly when?: Criterion; readonly template: Template }[];
  readonly lines: readonly CompiledLine[];
  readonly source: Source;
  readonly links: Link[];
  readonly overrideReasons: OverrideReason[];
  /** Names of the suggestions it may carry. */
  readonly suggestions: readonly string[];
  readonly basis: CardBasis;
}

function conditionsOf(outer: readonly Criterion[], when: Criterion | undefined): readonly Criterion[] {
  return when === undefined ? outer : [...outer, when];
}

function asksForGaps(template: Template): boolean {
  return template.some((part) => typeof part !== 'string' && /^gap(s|-titles)$/.test(part.placeholder));
}

function compileTextLine({ when, each, line }: TextLine, outer: readonly Criterion[]): CompiledLine {
  const template = parseTemplate(line);
  return { conditions: conditionsOf(outer, when), isLadder: false, each, template, needsGaps: asksForGaps(template) };
}

function compileLine(line: Line, topic: Topic): readonly CompiledLine[] {
  if ('ladder' in line) {
    return [
      { conditions: conditionsOf([], line.when), isLadder: true, each: undefined, template: [], needsGaps: false },
    ];
  }
  if (!('block' in line)) return [compileTextLine(line, [])];
  const inner = topic.cards.blocks[line.block] ?? [];
  return inner.flatMap((one) => ('line' in one ? [compileTextLine(one, conditionsOf([], line.when))] : []));
}

const CARD_SYSTEM = 'urn:troponin-first:card';

/** Where a card comes from, and its code. */
export function sourceOf(card: string, { topic }: Topic): Source {
  return { label: `${topic.sourceLabel} ${topic.version}`, topic: { system: CARD_SYSTEM, code: card } };
}

/** Links to the references of topic.json, by their ids. */
export function linksTo(references: readonly string[], topic: Topic): Link[] {
  return references.flatMap((id) => {
    const reference = topic.topic.references.find((candidate) => candidate.id === id);
    return reference === undefined ? [] : [{ label: reference.label, url: reference.url, type: 'absolute' as const }];
  });
}

/** Override reasons by their codes, as the project's own CodeSystem defines them. */
export function reasonsOf(codes: readonly string[], { overrideReasons }: Topic): OverrideReason[] {
  const { url: system = '', concept = [] } = overrideReasons;
  return codes.flatMap((code) => {
    const display = concept.find((one) => one.code === code)?.display;
    return display === undefined ? [] : [{ system, code, display }];
  });
}

function compile(card: string, wording: CardWording, topic: Topic): CompiledCard {
  return {
    indicator: wording.indicator,
    summary: wording.summary.map(({ when, text }) => ({
      ...(when !== undefined && { when }),
      template: parseTemplate(text),
    })),
    lines: wording.detail.flatMap((line) => compileLine(line, topic)),
    source: sourceOf(card, topic),
    links: linksTo(wording.references, topic),
    overrideReasons: reasonsOf(wording.overrideReasons ?? [], topic),
    suggestions: wording.suggestions ?? [],
    basis: basisOfCard(card, wording, topic),
  };
}

const compiledCards = oncePer(
  (topic: Topic): ReadonlyMap<string, CompiledCard> =>
    new Map(Object.entries(topic.cards.cards).map(([card, wording]) => [card, compile(card, wording, topic)])),
);

/** A card's wording, compiled on the topic's first use. */
export function compiledCard(card: string, topic: Topic): CompiledCard {
  const found = compiledCards(topic).get(card);
  if (found === undefined) throw new Error(`card ${card} has no text`);
  return found;
}
