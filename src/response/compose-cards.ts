import type { Assessment, Finding } from '../assessment/assess.js';
import { holds } from '../assessment/criteria.js';
import type { SafetyFinding } from '../assessment/safety.js';
import type { Card, HookResponse } from '../cds-hooks/types.js';
import type { ClinicalFacts, Gap } from '../facts/describe-patient.js';
import type { Criterion } from '../knowledge/content-types.js';
import { needsOfFact } from '../knowledge/fact-needs.js';
import type { Topic } from '../knowledge/topic.js';
import { composeBasis } from './card-basis.js';
import { cardUuid } from './card-uuid.js';
import { compiledCard, sourceOf, type CompiledCard, type CompiledLine } from './compiled-card.js';
import { factsOfLadderLines, ladderLines } from './ladder-lines.js';
import { safetyExtras, safetyLines } from './safety-card.js';
import { orderSuggestions, removalSuggestions, type SuggestionContext } from './suggestions.js';
import { renderLine, renderSummary, type Values } from './template.js';

export interface Composition {
  readonly topic: Topic;
  readonly facts: ClinicalFacts;
  readonly assessment: Assessment;
  readonly serviceId: string;
  readonly hookInstance: string;
  readonly patientId: string;
  readonly encounterId: string | undefined;
  /** Who asks, `Type/id` as the client says it. */
  readonly userId: string;
}

function choose<T extends { readonly when?: Criterion }>(choices: readonly T[], { grounds }: Assessment): T {
  const choice = choices.find(({ when }) => holds(when, grounds));
  if (choice === undefined) throw new Error('wording has no choice without condition');
  return choice;
}

function titleOf(need: string, topic: Topic): string {
  return topic.facts.needs.find(({ key }) => key === need)?.title ?? need;
}

/** The gaps in words, those with one reason together. */
function describeGaps(gaps: readonly Gap[], topic: Topic): string {
  const reasons = [...new Set(gaps.map(({ reason }) => reason))];
  return reasons
    .map((reason) => {
      const titles = gaps.filter((gap) => gap.reason === reason).map(({ need }) => titleOf(need, topic));
      return `${titles.join(', ')} (${topic.cards.gapReasons[reason] ?? reason})`;
    })
    .join('; ');
}

function composeLine(line: CompiledLine, values: Values, { assessment, topic }: Composition, lines: string[]): void {
  if (line.needsGaps && values.gaps === '') return;
  for (const when of line.conditions) if (!holds(when, assessment.grounds)) return;
  if (line.isLadder) {
    lines.push(...ladderLines(assessment, topic));
    return;
  }
  if (line.each === undefined) {
    lines.push(renderLine(line.template, values));
    return;
  }
  const fact = values.get(line.each);
  for (const item of fact.state === 'present' ? fact.items : []) lines.push(renderLine(line.template, values, item));
}

/** Bullets stay together; every other line is a paragraph of its own. */
function joinLines(lines: readonly string[]): string {
  let text = '';
  let wasBullet = false;
  for (const line of lines) {
    const isBullet = line.startsWith('- ');
    text += text === '' ? line : `${isBullet && wasBullet ? '\n' : '\n\n'}${line}`;
    wasBullet = isBullet;
  }
  return text;
}

function composeDetail({ lines }: CompiledCard, gaps: readonly Gap[], composition: Composition): string {
  const { topic, assessment } = composition;
  const gapTitles = gaps.map(({ need }) => titleOf(need, topic)).join(', ');
  const values = { get: assessment.grounds.get, gaps: describeGaps(gaps, topic), gapTitles };
  const composed: string[] = [];
  for (const line of lines) composeLine(line, values, composition, composed);
  return joinLines([...composed, topic.cards.closing]);
}

function composeSummary({ summary }: CompiledCard, { assessment, topic }: Composition): string {
  const longest = (name: string): number => {
    const fact = topic.facts.facts[name];
    return fact?.kind === 'derived' ? (fact.maxLength ?? 0) : 0;
  };
  return renderSummary(choose(summary, assessment).template, assessment.grounds.get, longest);
}

function suggestionContext(rule: string, composition: Composition): SuggestionContext {
  const { serviceId, hookInstance, patientId } = composition;
  return { ...composition, uuidFor: (name) => cardUuid(serviceId, hookInstance, patientId, `${rule}/${name}`) };
}

/** A safety rule may bear the id of a case row; its card's code is no row's. */
function idOfCard(rule: string, { serviceId, hookInstance, patientId }: Composition): string {
  return cardUuid(serviceId, hookInstance, patientId, rule);
}

function factsOfCard({ basis, lines }: CompiledCard, { assessment, topic }: Composition): readonly string[] {
  const hasLadder = lines.some(
    (line) => line.isLadder && line.conditions.every((when) => holds(when, assessment.grounds)),
  );
  return hasLadder ? [...basis.facts, ...factsOfLadderLines(assessment, topic)] : basis.facts;
}

function composeWrittenCard({ rule, card }: Finding, composition: Composition): Card {
  const { topic, facts, assessment } = composition;
  const wording = compiledCard(card, topic);
  const gaps = facts.gaps().filter(({ need }) => wording.basis.needs.has(need));
  const factNames = factsOfCard(wording, composition);
  return {
    uuid: idOfCard(rule, composition),
    summary: composeSummary(wording, composition),
    detail: composeDetail(wording, gaps, composition),
    indicator: choose(wording.indicator, assessment).is,
    source: wording.source,
    ...orderSuggestions(wording.suggestions, suggestionContext(rule, composition)),
    ...(wording.overrideReasons.length > 0 && { overrideReasons: wording.overrideReasons }),
    ...(wording.links.length > 0 && { links: wording.links }),
    extension: { 'org.troponin-first.basis': composeBasis({ rule, factNames, gaps }, composition) },
  };
}

function composeSafetyCard({ rule, card }: Finding, safety: SafetyFinding, composition: Composition): Card {
  const { topic, facts, assessment } = composition;
  const factNames = safety.rules.flatMap((one) => one.facts);
  const needs = new Set(factNames.flatMap((name) => needsOfFact(name, topic)));
  const gaps = facts.gaps().filter(({ need }) => needs.has(need));
  return {
    uuid: idOfCard(card, composition),
    summary: safety.rules[0]?.rule.card?.summary ?? '',
    detail: joinLines(safetyLines(safety, assessment, topic)),
    indicator: safety.indicator,
    source: sourceOf(card, topic),
    ...removalSuggestions(safety, suggestionContext(card, composition)),
    ...safetyExtras(safety, topic),
    extension: { 'org.troponin-first.basis': composeBasis({ rule, factNames, gaps }, composition) },
  };
}

function composeCard(finding: Finding, composition: Composition): Card {
  return finding.safety === undefined
    ? composeWrittenCard(finding, composition)
    : composeSafetyCard(finding, finding.safety, composition);
}

/** Puts the assessment into words. Decides nothing; the same assessment gives the same bytes. */
export function composeCards(composition: Composition): HookResponse {
  return { cards: composition.assessment.findings.map((finding) => composeCard(finding, composition)) };
}
