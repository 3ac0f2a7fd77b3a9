import type { Assessment } from '../assessment/assess.js';
import type { Basis } from '../cds-hooks/types.js';
import type { ClinicalFacts, Gap } from '../facts/describe-patient.js';
import type { Evidence } from '../facts/fact.js';
import type { Topic } from '../knowledge/topic.js';
import { plainLine } from './inert-text.js';

type BasisEvidence = NonNullable<Basis['evidence']>;

function toBasisEvidence({ reference, display, date, value }: Evidence): BasisEvidence[number] {
  // A label may hold nothing but direction marks.
  const label = plainLine(display);
  const entry: BasisEvidence[number] = { reference, display: label === '' ? reference : label };
  const text = value === undefined ? '' : plainLine(value);
  if (date !== undefined) entry.date = date;
  if (text !== '') entry.value = text;
  return entry;
}

/** The chart entries behind facts, each once. */
export function evidenceOfFacts(names: readonly string[], { grounds }: Assessment): readonly Evidence[] {
  const byReference = new Map<string, Evidence>();
  for (const name of names) {
    const fact = grounds.get(name);
    for (const entry of fact.state === 'present' ? fact.evidence : []) byReference.set(entry.reference, entry);
  }
  return [...byReference.values()];
}

export interface BasisParts {
  readonly rule: string;
  /** The facts the card stands on. */
  readonly factNames: readonly string[];
  readonly gaps: readonly Gap[];
}

/** Why a card is shown: its rule, the content it comes from, the entries it stands on, and what could not be known. */
export function composeBasis(
  { rule, factNames, gaps }: BasisParts,
  {
    topic,
    facts,
    assessment,
  }: { readonly topic: Topic; readonly facts: ClinicalFacts; readonly assessment: Assessment },
): Basis {
  const evidence = evidenceOfFacts(factNames, assessment).map(toBasisEvidence);
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
