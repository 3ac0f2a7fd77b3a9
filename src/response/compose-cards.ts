import type { Assessment, Finding } from '../assessment/assess.js';
import { holds } from '../assessment/criteria.js';
import type { Basis, Card, HookResponse } from '../cds-hooks/types.js';
import type { ClinicalFacts, Gap } from '../facts/describe-patient.js';
import type { Evidence } from '../facts/fact.js';
import type { Criterion } from '../knowledge/content-types.js';
import type { Topic } from '../knowledge/topic.js';
import { cardUuid } from './card-uuid.js';
import { compiledCard, type CompiledCard, type CompiledLine } from './compiled-card.js';
import { plainLine } from './inert-text.js';
import { renderLine, renderSummary, type Values } from './template.js';

export interface Composition {
  readonly topic: Topic;
  readonly facts: ClinicalFacts;
  readonly assessment: Assessment;
  readonly serviceId: string;
  readonly hookInstance: string;
  readonly patientId: string;
}

type BasisEvidence = NonNullable<Basis['evidence']>;

const CARD_SYSTEM = 'urn:troponin-first:card';

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

function composeLine(line: CompiledLine, values: Values, { grounds }: Assessment, lines: string[]): void {
  if (line.needsGaps && values.gaps === '') return;
  for (const when of line.conditions) if (!holds(when, grounds)) return;
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

function composeDetail({ lines }: CompiledCard, gaps: readonly Gap[], { topic, assessment }: Composition): string {
  const gapTitles = gaps.map(({ need }) => titleOf(need, topic)).join(', ');
  const values = { get: assessment.grounds.get, gaps: describeGaps(gaps, topic), gapTitles };
  const composed: string[] = [];
  for (const line of lines) composeLine(line, values, assessment, composed);
  return joinLines([...composed, topic.cards.closing]);
}

function composeSummary({ summary }: CompiledCard, { assessment, topic }: Composition): string {
  const longest = (name: string): number => {
    const fact = topic.facts.facts[name];
    return fact?.kind === 'derived' ? (fact.maxLength ?? 0) : 0;
  };
  return renderSummary(choose(summary, assessment).template, assessment.grounds.get, longest);
}

function toBasisEvidence({ reference, display, date, value }: Evidence): BasisEvidence[number] {
  // A label may hold nothing but direction marks.
  const label = plainLine(display);
  const entry: BasisEvidence[number] = { reference, display: label === '' ? reference : label };
  const text = value === undefined ? '' : plainLine(value);
  if (date !== undefined) entry.date = date;
  if (text !== '') entry.value = text;
  return entry;
}

/** The chart entries behind the facts of a card, each once. */
function evidenceOfCard({ basis }: CompiledCard, { assessment }: Composition): BasisEvidence {
  const byReference = new Map<string, Evidence>();
  for (const name of basis.facts) {
    const fact = assessment.grounds.get(name);
    for (const entry of fact.state === 'present' ? fact.evidence : []) byReference.set(entry.reference, entry);
  }
  return Array.from(byReference.values(), toBasisEvidence);
}

function composeBasis(rule: string, card: CompiledCard, gaps: readonly Gap[], composition: Composition): Basis {
  const { topic, facts } = composition;
  const evidence = evidenceOfCard(card, composition);
  const basis: Basis = {
    rule,
    topic: topic.topic.id,
    topicVersion: topic.topic.version,
    contentHash: topic.contentHash,
    asOf: new Date(facts.asOf).toISOString(),
  };
  if (evidence.length > 0) basis.evidence = evidence;
  if (gaps.length > 0) basis.gaps = gaps.map(({ need, reason }) => ({ need, reason }));
  return basis;
}

function composeCard({ rule, card }: Finding, composition: Composition): Card {
  const { topic, facts, assessment, serviceId, hookInstance, patientId } = composition;
  const wording = compiledCard(card, topic);
  const gaps = facts.gaps().filter(({ need }) => wording.basis.needs.has(need));
  return {
    uuid: cardUuid(serviceId, hookInstance, patientId, rule),
    summary: composeSummary(wording, composition),
    detail: composeDetail(wording, gaps, composition),
    indicator: choose(wording.indicator, assessment).is,
    source: {
      label: `${topic.topic.sourceLabel} ${topic.topic.version}`,
      topic: { system: CARD_SYSTEM, code: card },
    },
    ...(wording.links.length > 0 && { links: wording.links }),
    extension: { 'org.troponin-first.basis': composeBasis(rule, wording, gaps, composition) },
  };
}

/** Puts the assessment into words. Decides nothing; the same assessment gives the same bytes. */
export function composeCards(composition: Composition): HookResponse {
  return { cards: composition.assessment.findings.map((finding) => composeCard(finding, composition)) };
}
