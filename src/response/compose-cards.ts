import { holds } from '../assessment/criteria.js';
import type { Assessment, Finding } from '../assessment/assess.js';
import type { Basis, Card, HookResponse, Link } from '../cds-hooks/types.js';
import type { ClinicalFacts, Gap } from '../facts/describe-patient.js';
import type { Evidence, Item } from '../facts/fact.js';
import type { CardWording, Line, TextLine } from '../knowledge/content-types.js';
import type { Topic } from '../knowledge/topic.js';
import { basisOfCard } from './card-facts.js';
import { cardUuid } from './card-uuid.js';
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

const CARD_SYSTEM = 'urn:troponin-first:card';

function choose<T extends { readonly when?: CardWording['summary'][number]['when'] }>(
  choices: readonly T[],
  { grounds }: Assessment,
): T {
  const choice = choices.find(({ when }) => holds(when, grounds));
  if (choice === undefined) throw new Error('wording has no choice without condition');
  return choice;
}

function gapsOfCard(card: string, { topic, facts }: Composition): readonly Gap[] {
  const { needs } = basisOfCard(card, topic);
  return facts.gaps().filter(({ need }) => needs.has(need));
}

function describeGaps(gaps: readonly Gap[], topic: Topic): string {
  return gaps
    .map(({ need, reason }) => {
      const title = topic.facts.needs.find(({ key }) => key === need)?.title ?? need;
      return `${title} (${topic.cards.gapReasons[reason] ?? reason})`;
    })
    .join('; ');
}

function composeTextLine(line: TextLine, values: Values): readonly string[] {
  if (line.line.includes('{{gaps}}') && values.gaps === '') return [];
  if (line.each === undefined) return [renderLine(line.line, values)];
  const fact = values.get(line.each);
  const items: readonly Item[] = fact.state === 'present' ? fact.items : [];
  return items.map((item) => renderLine(line.line, values, item));
}

function composeLines(lines: readonly Line[], values: Values, composition: Composition): readonly string[] {
  const { topic, assessment } = composition;
  return lines.flatMap((line) => {
    if (!holds(line.when, assessment.grounds)) return [];
    if ('block' in line) return composeLines(topic.cards.blocks[line.block] ?? [], values, composition);
    return composeTextLine(line, values);
  });
}

/** Bullets stay together; every other line is a paragraph of its own. */
function joinLines(lines: readonly string[]): string {
  return lines.reduce((text, line) => {
    if (text === '') return line;
    const isSameList = line.startsWith('- ') && /(?:^|\n)- [^\n]*$/.test(text);
    return `${text}${isSameList ? '\n' : '\n\n'}${line}`;
  }, '');
}

function composeDetail(wording: CardWording, gaps: readonly Gap[], composition: Composition): string {
  const { topic, assessment } = composition;
  const values = { get: assessment.grounds.get, gaps: describeGaps(gaps, topic) };
  return joinLines([...composeLines(wording.detail, values, composition), topic.cards.closing]);
}

function composeSummary(wording: CardWording, { assessment, topic }: Composition): string {
  const longest = (name: string): number => {
    const fact = topic.facts.facts[name];
    return fact?.kind === 'derived' ? (fact.maxLength ?? 0) : 0;
  };
  return renderSummary(choose(wording.summary, assessment).text, assessment.grounds.get, longest);
}

function toBasisEvidence({ reference, display, date, value }: Evidence): NonNullable<Basis['evidence']>[number] {
  return {
    reference,
    display: plainLine(display),
    ...(date !== undefined && { date }),
    ...(value !== undefined && plainLine(value) !== '' && { value: plainLine(value) }),
  };
}

/** The chart entries behind the facts of a card, each once. */
function evidenceOfCard(card: string, { topic, assessment }: Composition): NonNullable<Basis['evidence']> {
  const facts = basisOfCard(card, topic).facts.map((name) => assessment.grounds.get(name));
  const evidence = facts.flatMap((fact) => (fact.state === 'present' ? fact.evidence : []));
  const byReference = new Map(evidence.map((entry) => [entry.reference, entry]));
  return [...byReference.values()].map(toBasisEvidence);
}

function composeBasis({ rule, card }: Finding, gaps: readonly Gap[], composition: Composition): Basis {
  const { topic, facts } = composition;
  const evidence = evidenceOfCard(card, composition);
  return {
    rule,
    topic: topic.topic.id,
    topicVersion: topic.topic.version,
    contentHash: topic.contentHash,
    asOf: new Date(facts.asOf).toISOString(),
    ...(evidence.length > 0 && { evidence }),
    ...(gaps.length > 0 && { gaps: gaps.map(({ need, reason }) => ({ need, reason })) }),
  };
}

function composeLinks(wording: CardWording, topic: Topic): Link[] {
  return wording.references.flatMap((id) => {
    const reference = topic.topic.references.find((candidate) => candidate.id === id);
    return reference === undefined ? [] : [{ label: reference.label, url: reference.url, type: 'absolute' as const }];
  });
}

function composeCard(finding: Finding, composition: Composition): Card {
  const { topic, assessment, serviceId, hookInstance, patientId } = composition;
  const wording = topic.cards.cards[finding.card];
  if (wording === undefined) throw new Error(`card ${finding.card} has no text`);
  const gaps = gapsOfCard(finding.card, composition);
  const links = composeLinks(wording, topic);
  return {
    uuid: cardUuid(serviceId, hookInstance, patientId, finding.rule),
    summary: composeSummary(wording, composition),
    detail: composeDetail(wording, gaps, composition),
    indicator: choose(wording.indicator, assessment).is,
    source: {
      label: `${topic.topic.sourceLabel} ${topic.topic.version}`,
      topic: { system: CARD_SYSTEM, code: finding.card },
    },
    ...(links.length > 0 && { links }),
    extension: { 'org.troponin-first.basis': composeBasis(finding, gaps, composition) },
  };
}

/** Puts the assessment into words. Decides nothing; the same assessment gives the same bytes. */
export function composeCards(composition: Composition): HookResponse {
  return { cards: composition.assessment.findings.map((finding) => composeCard(finding, composition)) };
}
