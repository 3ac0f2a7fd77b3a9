import type { ClinicalFacts } from '../facts/describe-patient.js';
import { ABSENT, present, type Fact } from '../facts/fact.js';
import { caseFactOf } from '../knowledge/check-criteria.js';
import type { CaseColumn, CaseRow } from '../knowledge/content-types.js';
import type { Topic } from '../knowledge/topic.js';
import { judge, type Grounds, type Verdict } from './criteria.js';

/** A row of the case table that applies and has a card. */
export interface Finding {
  readonly rule: string;
  readonly card: string;
}

/** What follows from the facts. */
export interface Assessment {
  /** Undetermined: the topic cannot say whether it is about this patient. */
  readonly cohort: Verdict;
  readonly findings: readonly Finding[];
  /** Rows that could not be decided on the way. */
  readonly undetermined: readonly string[];
  /** The facts, and the case that each column found: what wording may ask. */
  readonly grounds: Grounds;
}

function chooseRow({ rows }: CaseColumn, grounds: Grounds, undetermined: string[]): CaseRow | undefined {
  const open: string[] = [];
  for (const row of rows) {
    const verdict = judge(row.when, grounds);
    if (verdict === 'met') {
      undetermined.push(...open);
      return row;
    }
    if (verdict === 'undetermined') open.push(row.id);
  }
  undetermined.push(...open);
  return open.length > 0 ? rows.find(({ isFallback }) => isFallback === true) : undefined;
}

function groundsOf(facts: ClinicalFacts, topic: Topic, cases: ReadonlyMap<string, Fact>): Grounds {
  return { get: (name) => cases.get(name) ?? facts.get(name), criteria: topic.facts.criteria };
}

/** Walks the case table: in each column the first row that is met decides, an undecided one never silences it. */
export function assess(facts: ClinicalFacts, topic: Topic): Assessment {
  const caseFacts = new Map<string, Fact>();
  const grounds = groundsOf(facts, topic, caseFacts);
  const undetermined: string[] = [];
  const findings: Finding[] = [];
  const cohort = judge(topic.cases.cohort, grounds);
  const isSilent = cohort !== 'met' || topic.cases.silent.some(({ when }) => judge(when, grounds) === 'met');
  for (const column of isSilent ? [] : topic.cases.columns) {
    const row = chooseRow(column, grounds, undetermined);
    caseFacts.set(caseFactOf(column), row === undefined ? ABSENT : present([[row.id]], { codes: [row.id] }));
    if (row !== undefined && row.card !== null) findings.push({ rule: row.id, card: row.card });
    if (row?.isOnly === true) break;
  }
  return { cohort, findings, undetermined, grounds: { ...grounds, verdicts: new Map() } };
}
