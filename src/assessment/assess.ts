import type { ClinicalFacts } from '../facts/describe-patient.js';
import { ABSENT, present, type Fact } from '../facts/fact.js';
import { caseFactOf } from '../knowledge/check-criteria.js';
import type { CaseColumn, CaseRow } from '../knowledge/content-types.js';
import type { Topic } from '../knowledge/topic.js';
import { once } from '../lazy/once.js';
import { judge, type Grounds, type Verdict } from './criteria.js';
import { assessLadder, type LadderAssessment } from './ladder.js';
import { assessSafety, type SafetyFinding } from './safety.js';

/** A row of the case table that applies and has a card, or a safety card. */
export interface Finding {
  readonly rule: string;
  readonly card: string;
  readonly safety?: SafetyFinding;
}

/** What follows from the facts. */
export interface Assessment {
  /** Undetermined: the topic cannot say whether it is about this patient. */
  readonly cohort: Verdict;
  readonly findings: readonly Finding[];
  /** Rows that could not be decided on the way. */
  readonly undetermined: readonly string[];
  /** The ladder for this patient; worked out when first asked for. */
  readonly ladder: () => LadderAssessment;
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

/** What the user is doing is always known: an unread list leaves only the chart's own drugs open, not the drafts. */
function isShown({ shownWhen }: CaseColumn, grounds: Grounds): boolean {
  return shownWhen === undefined || judge(shownWhen, grounds) === 'met';
}

/** The code of a safety card is that of its gravest rule. */
function safetyFindings(grounds: Grounds, topic: Topic): readonly Finding[] {
  return assessSafety(grounds, topic).flatMap((safety) => {
    const [first] = safety.rules;
    return first === undefined ? [] : [{ rule: first.rule.id, card: `safety-${first.rule.id.toLowerCase()}`, safety }];
  });
}

interface Walk {
  readonly findings: readonly Finding[];
  readonly undetermined: readonly string[];
}

/** Answers the columns in order, notes the case each found, and puts the safety cards where the table wants them. */
function walkColumns(topic: Topic, grounds: Grounds, cases: Map<string, Fact>): Walk {
  const undetermined: string[] = [];
  const findings: Finding[] = [];
  for (const column of topic.cases.columns) {
    const row = chooseRow(column, grounds, undetermined);
    cases.set(caseFactOf(column), row === undefined ? ABSENT : present([[row.id]], { codes: [row.id] }));
    const card = row?.card ?? null;
    if (row !== undefined && card !== null && isShown(column, grounds)) findings.push({ rule: row.id, card });
    if (row?.isOnly === true) break;
    if (column.id === topic.cases.safety.after) findings.push(...safetyFindings(grounds, topic));
  }
  return { findings, undetermined };
}

/** Walks the case table: in each column the first row that is met decides, an undecided one never silences it. */
export function assess(facts: ClinicalFacts, topic: Topic): Assessment {
  const cases = new Map<string, Fact>();
  const { criteria } = topic.facts;
  const known: Grounds = { get: (name) => cases.get(name) ?? facts.get(name), criteria };
  const cohort = judge(topic.cases.cohort, known);
  const isSilent = cohort !== 'met' || topic.cases.silent.some(({ when }) => judge(when, known) === 'met');
  const { findings, undetermined } = isSilent ? { findings: [], undetermined: [] } : walkColumns(topic, known, cases);
  const settled: Grounds = { ...known, verdicts: new Map() };
  const ladder = once(() => assessLadder(settled, topic));
  const get = (name: string): Fact => {
    if (name === 'ladder-position') return ladder().position;
    return name === 'next-options' ? ladder().nextOptions : known.get(name);
  };
  return { cohort, findings, undetermined, ladder, grounds: { ...settled, get } };
}
