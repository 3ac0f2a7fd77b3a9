import { once, oncePer } from '../lazy/once.js';
import type { FactDefinition } from '../knowledge/content-types.js';
import type { GapReason } from '../knowledge/gap-reason.js';
import type { Topic } from '../knowledge/topic.js';
import type { NeedAnswer, PatientRecord } from '../record/patient-record.js';
import { boundOf } from '../record/queries.js';
import { conditionFact, observationFact } from './asserted.js';
import { openChart } from './chart.js';
import { DERIVED_FACTS, findingsOf, type Findings } from './derived/index.js';
import { troponinDoubt } from './derived/troponin-review.js';
import { unreadUses } from './drug-uses.js';
import { UNKNOWN, type Fact } from './fact.js';
import { allergyFact, hasUnreadAllergy, medicationFact } from './medication-facts.js';
import { orderFact, procedureFact } from './procedure-facts.js';

/** Data that could not be had, and why. */
export interface Gap {
  readonly need: string;
  readonly reason: GapReason;
}

/** What is known of one patient, by the names of facts.json. */
export interface ClinicalFacts {
  /** Instant the facts hold for, in milliseconds. */
  readonly asOf: number;
  /** A fact by name; calculated when first asked for. Unknown for a name nobody defined. */
  readonly get: (name: string) => Fact;
  readonly gaps: () => readonly Gap[];
}

function calculate(name: string, definition: FactDefinition, findings: Findings): Fact {
  switch (definition.kind) {
    case 'condition':
      return conditionFact(definition, findings.episode(), findings.chart);
    case 'procedure':
      return procedureFact(definition, findings.chart);
    case 'observation':
      return observationFact(definition, findings.chart);
    case 'medication':
      return medicationFact(definition, findings.chart);
    case 'allergy':
      return allergyFact(definition, findings.chart);
    case 'order':
      return orderFact(definition, findings.chart);
    case 'derived':
      return DERIVED_FACTS[name]?.(findings) ?? UNKNOWN;
  }
}

/** Whether what is missing of an answer lies before anything the facts look at. */
function isEnough({ need, completeSince }: NeedAnswer, findings: Findings): boolean {
  if (completeSince <= boundOf(need, findings.chart.asOf)) return true;
  return need.newestFirst === true && completeSince <= findings.episode().window.start;
}

function gapsOf(record: PatientRecord, findings: Findings): readonly Gap[] {
  const missing = record.answers
    .values()
    .flatMap((answer) =>
      answer.gap === undefined || isEnough(answer, findings) ? [] : [{ need: answer.need.key, reason: answer.gap }],
    );
  return [...missing, ...doubtsOf(findings)].filter(
    ({ need }, index, all) => all.findIndex((gap) => gap.need === need) === index,
  );
}

const NEED_OF_ENTRY = {
  order: 'medicationRequests',
  statement: 'medicationStatements',
  dispense: 'medicationDispenses',
} as const;

/** Data that came whole, but with entries that nobody can read. */
function doubtsOf(findings: Findings): readonly Gap[] {
  const doubt = troponinDoubt(findings.troponin());
  const unread = unreadUses(findings.chart).filter(({ origin }) => origin === 'chart');
  return [
    ...(doubt === undefined ? [] : [{ need: 'troponins', reason: doubt }]),
    ...(hasUnreadAllergy(findings.chart) ? [{ need: 'allergies', reason: 'unreadable-entries' as const }] : []),
    ...unread.map(({ entry }) => ({ need: NEED_OF_ENTRY[entry.kind], reason: 'unreadable-drugs' as const })),
  ];
}

/** Where each fact of a topic is kept: in a list of known length, since a growing map costs more than most facts. */
const placesOf = oncePer(({ facts }: Topic) => new Map(Object.keys(facts.facts).map((name, place) => [name, place])));

/** Reads the facts of a topic from a record. Pure: no I/O, no clock; the same record and instant give the same facts. */
export function describePatient(record: PatientRecord, topic: Topic, asOf: number): ClinicalFacts {
  const findings = findingsOf(openChart(record, topic, asOf));
  const places = placesOf(topic);
  const known = new Array<Fact | undefined>(places.size);
  const get = (name: string): Fact => {
    const place = places.get(name);
    const definition = topic.facts.facts[name];
    if (place === undefined || definition === undefined) return UNKNOWN;
    return (known[place] ??= calculate(name, definition, findings));
  };
  return { asOf, get, gaps: once(() => gapsOf(record, findings)) };
}
