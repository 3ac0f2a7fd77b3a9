import type { Fact } from '../facts/fact.js';
import type { Criterion, NamedCriterion } from '../knowledge/content-types.js';

type FactCriterion = Extract<Criterion, { readonly fact: string }>;

/** A criterion over unknown facts is neither met nor not met. */
export type Verdict = 'met' | 'not-met' | 'undetermined';

/** What criteria are judged against. */
export interface Grounds {
  readonly get: (fact: string) => Fact;
  readonly criteria: Readonly<Record<string, NamedCriterion>>;
  /** Verdicts on named criteria, kept once the facts no longer change. */
  readonly verdicts?: Map<string, Verdict>;
}

function verdictOf(isMet: boolean): Verdict {
  return isMet ? 'met' : 'not-met';
}

function opposite(verdict: Verdict): Verdict {
  if (verdict === 'undetermined') return verdict;
  return verdict === 'met' ? 'not-met' : 'met';
}

/** Kleene's strong logic: one part that decides is enough, whatever the unknown ones are. */
function combine(parts: readonly Criterion[], deciding: Verdict, grounds: Grounds): Verdict {
  let isOpen = false;
  for (const part of parts) {
    const verdict = judge(part, grounds);
    if (verdict === deciding) return deciding;
    isOpen ||= verdict === 'undetermined';
  }
  return isOpen ? 'undetermined' : opposite(deciding);
}

function judgeNumber(fact: Fact, isMet: (number: number) => boolean): Verdict {
  if (fact.state === 'absent') return 'not-met';
  if (fact.state === 'unknown' || fact.number === undefined) return 'undetermined';
  const [least, most] = [isMet(fact.number), isMet(fact.upTo ?? fact.number)];
  return least === most ? verdictOf(least) : 'undetermined';
}

function judgeCode(fact: Fact, code: string): Verdict {
  if (fact.state === 'unknown') return 'undetermined';
  return verdictOf(fact.state === 'present' && fact.codes.includes(code));
}

function judgeState(fact: Fact, state: Fact['state']): Verdict {
  if (fact.state === state) return 'met';
  return fact.state === 'unknown' ? 'undetermined' : 'not-met';
}

function judgeNamed(name: string, grounds: Grounds): Verdict {
  const known = grounds.verdicts?.get(name);
  if (known !== undefined) return known;
  const named = grounds.criteria[name];
  const verdict = named === undefined ? 'undetermined' : judge(named.when, grounds);
  grounds.verdicts?.set(name, verdict);
  return verdict;
}

function judgeFact(criterion: FactCriterion, fact: Fact): Verdict {
  if ('is' in criterion) return judgeState(fact, criterion.is);
  if ('value' in criterion) return judgeCode(fact, criterion.value);
  if ('below' in criterion) return judgeNumber(fact, (number) => number < criterion.below);
  if ('above' in criterion) return judgeNumber(fact, (number) => number > criterion.above);
  return judgeNumber(fact, (number) => number >= criterion.atLeast);
}

/** Judges one criterion. The only place where an unknown fact is turned into a verdict. */
export function judge(criterion: Criterion, grounds: Grounds): Verdict {
  if ('fact' in criterion) return judgeFact(criterion, grounds.get(criterion.fact));
  if ('criterion' in criterion) return judgeNamed(criterion.criterion, grounds);
  if ('all' in criterion) return combine(criterion.all, 'not-met', grounds);
  if ('any' in criterion) return combine(criterion.any, 'met', grounds);
  return opposite(judge(criterion.not, grounds));
}

/** Whether a condition holds; no condition always does, an undetermined one does not. */
export function holds(when: Criterion | undefined, grounds: Grounds): boolean {
  return when === undefined || judge(when, grounds) === 'met';
}
