import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assess } from '../../src/assessment/assess.js';
import { holds, judge, type Grounds, type Verdict } from '../../src/assessment/criteria.js';
import type { ClinicalFacts } from '../../src/facts/describe-patient.js';
import { ABSENT, present, UNKNOWN, type Fact } from '../../src/facts/fact.js';
import type { CaseColumn, CaseRow, Criterion } from '../../src/knowledge/content-types.js';
import { assembleTopic, type Topic } from '../../src/knowledge/topic.js';

const FACTS: Readonly<Record<string, Fact>> = {
  yes: present([['yes']]),
  no: ABSENT,
  open: UNKNOWN,
  five: present([['5']], { number: 5 }),
  coded: present([['coded']], { codes: ['a', 'b'] }),
};

const named = (when: Criterion) => ({ title: 'named', when, evidence: 'D' as const, source: 'test' });

const grounds: Grounds = {
  get: (name) => FACTS[name] ?? UNKNOWN,
  criteria: { met: named({ fact: 'yes', is: 'present' }), open: named({ fact: 'open', is: 'present' }) },
};

const T: Criterion = { fact: 'yes', is: 'present' };
const F: Criterion = { fact: 'no', is: 'present' };
const U: Criterion = { fact: 'open', is: 'present' };

describe("Kleene's tables", () => {
  test.each<[string, Criterion, Verdict]>([
    ['T and T', { all: [T, T] }, 'met'],
    ['T and U', { all: [T, U] }, 'undetermined'],
    ['T and F', { all: [T, F] }, 'not-met'],
    ['U and T', { all: [U, T] }, 'undetermined'],
    ['U and U', { all: [U, U] }, 'undetermined'],
    ['U and F', { all: [U, F] }, 'not-met'],
    ['F and T', { all: [F, T] }, 'not-met'],
    ['F and U', { all: [F, U] }, 'not-met'],
    ['F and F', { all: [F, F] }, 'not-met'],
    ['T or T', { any: [T, T] }, 'met'],
    ['T or U', { any: [T, U] }, 'met'],
    ['T or F', { any: [T, F] }, 'met'],
    ['U or T', { any: [U, T] }, 'met'],
    ['U or U', { any: [U, U] }, 'undetermined'],
    ['U or F', { any: [U, F] }, 'undetermined'],
    ['F or T', { any: [F, T] }, 'met'],
    ['F or U', { any: [F, U] }, 'undetermined'],
    ['F or F', { any: [F, F] }, 'not-met'],
    ['not T', { not: T }, 'not-met'],
    ['not U', { not: U }, 'undetermined'],
    ['not F', { not: F }, 'met'],
    ['not not T', { not: { not: T } }, 'met'],
  ])('%s', (_, criterion, verdict) => {
    expect(judge(criterion, grounds)).toBe(verdict);
  });
});

describe('each form against each state', () => {
  test.each<[Criterion, Verdict]>([
    [{ fact: 'yes', is: 'present' }, 'met'],
    [{ fact: 'yes', is: 'absent' }, 'not-met'],
    [{ fact: 'yes', is: 'unknown' }, 'not-met'],
    [{ fact: 'no', is: 'present' }, 'not-met'],
    [{ fact: 'no', is: 'absent' }, 'met'],
    [{ fact: 'no', is: 'unknown' }, 'not-met'],
    [{ fact: 'open', is: 'present' }, 'undetermined'],
    [{ fact: 'open', is: 'absent' }, 'undetermined'],
    [{ fact: 'open', is: 'unknown' }, 'met'],
    [{ fact: 'never-defined', is: 'present' }, 'undetermined'],
    [{ fact: 'coded', value: 'a' }, 'met'],
    [{ fact: 'coded', value: 'b' }, 'met'],
    [{ fact: 'coded', value: 'c' }, 'not-met'],
    [{ fact: 'no', value: 'a' }, 'not-met'],
    [{ fact: 'open', value: 'a' }, 'undetermined'],
    [{ fact: 'five', below: 5 }, 'not-met'],
    [{ fact: 'five', below: 5.1 }, 'met'],
    [{ fact: 'five', above: 5 }, 'not-met'],
    [{ fact: 'five', above: 4.9 }, 'met'],
    [{ fact: 'five', atLeast: 5 }, 'met'],
    [{ fact: 'five', atLeast: 5.1 }, 'not-met'],
    [{ fact: 'yes', below: 5 }, 'undetermined'],
    [{ fact: 'no', below: 5 }, 'not-met'],
    [{ fact: 'open', atLeast: 5 }, 'undetermined'],
    [{ criterion: 'met' }, 'met'],
    [{ criterion: 'open' }, 'undetermined'],
    [{ criterion: 'never-defined' }, 'undetermined'],
  ])('%j is %s', (criterion, verdict) => {
    expect(judge(criterion, grounds)).toBe(verdict);
  });

  test.each([
    [undefined, true],
    [T, true],
    [F, false],
    [U, false],
    [{ not: U }, false],
  ])('wording under %j is shown: %s', (when, isShown) => {
    expect(holds(when, grounds)).toBe(isShown);
  });
});

describe('laws', () => {
  const NAMES = ['a', 'b', 'c', 'd'];
  const fact = fc.constantFrom(...NAMES);
  const code = fc.constantFrom('x', 'y');
  const number = fc.integer({ min: 0, max: 3 });

  /** `is: unknown` asks about knowledge itself; the law of the unknown is about all other forms. */
  const criteria = (states: readonly ('present' | 'absent' | 'unknown')[]) =>
    fc.letrec<{ criterion: Criterion }>((tie) => ({
      criterion: fc.oneof(
        { depthSize: 'small' },
        fc.record({ fact, is: fc.constantFrom(...states) }),
        fc.record({ fact, value: code }),
        fc.record({ fact, below: number }),
        fc.record({ fact, above: number }),
        fc.record({ fact, atLeast: number }),
        fc.record({ all: fc.array(tie('criterion'), { minLength: 1, maxLength: 3 }) }),
        fc.record({ any: fc.array(tie('criterion'), { minLength: 1, maxLength: 3 }) }),
        fc.record({ not: tie('criterion') }),
      ),
    })).criterion;
  const facts = fc.record(
    Object.fromEntries(
      NAMES.map((name) => [
        name,
        fc.oneof(
          fc.constant(ABSENT),
          fc.constant(UNKNOWN),
          fc.record({ codes: fc.subarray(['x', 'y']), number }).map((detail) => present([['item']], detail)),
        ),
      ]),
    ),
  );
  const groundsOf = (known: Readonly<Record<string, Fact>>): Grounds => ({
    get: (name) => known[name] ?? UNKNOWN,
    criteria: {},
  });

  test('a criterion and its negation are never both met, and both open together', () => {
    fc.assert(
      fc.property(criteria(['present', 'absent', 'unknown']), facts, (criterion, known) => {
        const pair = [judge(criterion, groundsOf(known)), judge({ not: criterion }, groundsOf(known))].sort();
        expect([
          ['met', 'not-met'],
          ['undetermined', 'undetermined'],
        ]).toContainEqual(pair);
      }),
      { numRuns: 500 },
    );
  });

  test('making a fact unknown can only move a verdict to undetermined', () => {
    fc.assert(
      fc.property(criteria(['present', 'absent']), facts, fact, (criterion, known, forgotten) => {
        const before = judge(criterion, groundsOf(known));
        const after = judge(criterion, groundsOf({ ...known, [forgotten]: UNKNOWN }));
        expect([before, 'undetermined']).toContain(after);
      }),
      { numRuns: 500 },
    );
  });

  test('the order of parts does not matter', () => {
    const parts = fc.array(criteria(['present', 'absent', 'unknown']), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(parts, facts, (some, known) => {
        const turned = [...some].reverse();
        expect(judge({ all: turned }, groundsOf(known))).toBe(judge({ all: some }, groundsOf(known)));
        expect(judge({ any: turned }, groundsOf(known))).toBe(judge({ any: some }, groundsOf(known)));
      }),
    );
  });
});

describe('the case table', () => {
  const words = { title: 'row', rationale: 'test', evidence: 'D' as const, source: 'test' };
  const row = (id: string, when: Criterion, more: Partial<CaseRow> = {}): CaseRow => ({
    id,
    when,
    card: `card-${id}`,
    ...words,
    ...more,
  });
  const column = (id: string, ...rows: CaseRow[]): CaseColumn => ({ id, title: id, rows });

  function topicOf(columns: CaseColumn[], cohort: Criterion = T, silent: Criterion[] = []): Topic {
    const rows = silent.map((when, index) => ({
      id: `silent-${String(index)}`,
      title: 'silent',
      when,
      rationale: 'test',
    }));
    const content = {
      topic: { thresholds: {} },
      facts: { needs: [], facts: {}, criteria: {} },
      cases: { cohort, silent: rows, columns },
      cards: { cards: {}, blocks: {}, closing: '', gapReasons: {} },
      valueSets: [],
    };
    return assembleTopic(content as unknown as Topic, 'hash');
  }

  const facts: ClinicalFacts = { asOf: 0, get: (name) => FACTS[name] ?? UNKNOWN, gaps: () => [] };

  function outcome(topic: Topic): unknown {
    const { cohort, findings, undetermined } = assess(facts, topic);
    return { cohort, rules: findings.map(({ rule, card }) => `${rule}>${card}`), undetermined };
  }

  const met = { cohort: 'met', undetermined: [] };

  test.each<[string, CaseRow[], readonly string[], readonly string[]]>([
    ['the first row that is met decides', [row('a', F), row('b', T), row('c', T)], ['b>card-b'], []],
    ['no row is met', [row('a', F), row('b', F)], [], []],
    ['a row without card', [row('a', T, { card: null }), row('b', T)], [], []],
    ['an open row never silences a later one that is met', [row('a', U), row('b', T)], ['b>card-b'], ['a']],
    ['open rows after the deciding one are not looked at', [row('a', T), row('b', U)], ['a>card-a'], []],
    ['an open row without fallback', [row('a', U), row('b', F)], [], ['a']],
    [
      'an open row falls back, wherever the fallback stands',
      [row('a', F, { isFallback: true }), row('b', U)],
      ['a>card-a'],
      ['b'],
    ],
    ['a fallback that is itself open', [row('a', U, { isFallback: true })], ['a>card-a'], ['a']],
    ['no fallback when all rows are decided', [row('a', F, { isFallback: true }), row('b', F)], [], []],
    [
      'a met row goes before the fallback',
      [row('a', F, { isFallback: true }), row('b', U), row('c', T)],
      ['c>card-c'],
      ['b'],
    ],
  ])('%s', (_, rows, rules, undetermined) => {
    expect(outcome(topicOf([column('one', ...rows)]))).toEqual({ cohort: 'met', rules, undetermined });
  });

  test.each<[string, CaseColumn[], readonly string[]]>([
    ['one finding of each column', [column('one', row('a', T)), column('two', row('b', T))], ['a>card-a', 'b>card-b']],
    ['isOnly ends the table', [column('one', row('a', T, { isOnly: true })), column('two', row('b', T))], ['a>card-a']],
    [
      'isOnly that is not met',
      [column('one', row('a', F, { isOnly: true })), column('two', row('b', T))],
      ['b>card-b'],
    ],
    ['isOnly without card', [column('one', row('a', T, { isOnly: true, card: null })), column('two', row('b', T))], []],
    [
      'a later column asks which case an earlier one found',
      [column('one', row('a', T)), column('two', row('b', { fact: 'one-case', value: 'a' }))],
      ['a>card-a', 'b>card-b'],
    ],
    [
      'also a case without card',
      [column('one', row('a', T, { card: null })), column('two', row('b', { fact: 'one-case', value: 'a' }))],
      ['b>card-b'],
    ],
    [
      'no case found is known to be none',
      [column('one', row('a', F)), column('two', row('b', { fact: 'one-case', is: 'absent' }))],
      ['b>card-b'],
    ],
  ])('%s', (_, columns, rules) => {
    expect(outcome(topicOf(columns))).toEqual({ ...met, rules });
  });

  test.each<[string, Criterion, Criterion[], Verdict, readonly string[]]>([
    ['in the cohort', T, [], 'met', ['a>card-a']],
    ['not in the cohort', F, [], 'not-met', []],
    ['cohort not known', U, [], 'undetermined', []],
    ['a silent row', T, [F, T], 'met', []],
    ['a silent row that is open does not silence', T, [U], 'met', ['a>card-a']],
  ])('%s', (_, cohort, silent, verdict, rules) => {
    const topic = topicOf([column('one', row('a', T))], cohort, silent);
    expect(outcome(topic)).toEqual({ cohort: verdict, rules, undetermined: [] });
  });

  test('wording may ask facts and cases alike', () => {
    const { grounds: known } = assess(facts, topicOf([column('one', row('a', T)), column('two', row('b', F))]));
    expect(known.get('one-case')).toMatchObject({ state: 'present', codes: ['a'] });
    expect(known.get('two-case')).toEqual(ABSENT);
    expect(known.get('yes')).toBe(FACTS['yes']);
  });
});
