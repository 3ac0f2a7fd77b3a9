import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assess } from '../../src/assessment/assess.js';
import { holds, judge, type Grounds, type Verdict } from '../../src/assessment/criteria.js';
import type { ClinicalFacts } from '../../src/facts/describe-patient.js';
import { ABSENT, present, UNKNOWN, type Fact } from '../../src/facts/fact.js';
import type { CaseColumn, CaseRow, Criterion, SafetyRule, TherapyOption } from '../../src/knowledge/content-types.js';
import { assembleTopic, type Topic } from '../../src/knowledge/topic.js';

const FACTS: Readonly<Record<string, Fact>> = {
  yes: present([['yes']]),
  no: ABSENT,
  open: UNKNOWN,
  five: present([['5']], { number: 5 }),
  coded: present([['coded']], { codes: ['a', 'b'] }),
  drug: present([['drug']], { codes: ['active'] }),
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

  interface Therapy {
    readonly after?: string;
    readonly rules?: readonly SafetyRule[];
    readonly options?: readonly TherapyOption[];
  }

  function topicOf(
    columns: CaseColumn[],
    cohort: Criterion = T,
    silent: Criterion[] = [],
    { after = 'one', rules = [], options = [] }: Therapy = {},
  ): Topic {
    const silentRows = silent.map((when, index) => ({
      id: `silent-${String(index)}`,
      title: 'silent',
      when,
      rationale: 'test',
    }));
    const content = {
      topic: { thresholds: {} },
      facts: { needs: [], facts: {}, criteria: {} },
      cases: { cohort, silent: silentRows, columns, safety: { after, most: 3 } },
      safety: { rules, overrideReasons: [], references: [] },
      ladder: { steps: [{ id: '1', title: 'Step', options }] },
      drugs: { routes: {}, classes: {} },
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

  const safetyRule = (id: string, when: Criterion): SafetyRule => ({
    ...words,
    id,
    kind: 'interaction',
    options: [],
    taking: ['drug'],
    levels: [{ level: 'stop', when, line: 'stop' }],
    card: { active: 'warning', summary: 'x', advice: [], merge: [id] },
  });
  const a = column('one', row('a', T));
  const b = column('two', row('b', T));

  test.each<[string, CaseColumn[], string, Criterion, readonly string[]]>([
    ['behind the column it names', [a, b], 'one', T, ['a>card-a', 'S1>safety-s1', 'b>card-b']],
    ['behind another', [a, b], 'two', T, ['a>card-a', 'b>card-b', 'S1>safety-s1']],
    ['behind one that found nothing', [column('one', row('a', F)), b], 'one', T, ['S1>safety-s1', 'b>card-b']],
    ['behind one whose row has no card', [column('one', row('a', T, { card: null }))], 'one', T, ['S1>safety-s1']],
    ['not when the rule is not met', [a], 'one', F, ['a>card-a']],
    ['not when the rule is open', [a], 'one', U, ['a>card-a']],
    ['not beside a card that stands alone', [column('one', row('a', T, { isOnly: true }))], 'one', T, ['a>card-a']],
    ['not when the table ended before', [column('one', row('a', T, { isOnly: true })), b], 'two', T, ['a>card-a']],
    [
      'after the case of the column that the rule asks for',
      [a],
      'one',
      { fact: 'one-case', value: 'a' },
      ['a>card-a', 'S1>safety-s1'],
    ],
  ])('safety cards stand %s', (_, columns, after, when, rules) => {
    const topic = topicOf(columns, T, [], { after, rules: [safetyRule('S1', when)] });
    expect(outcome(topic)).toMatchObject({ rules });
  });

  test.each<[string, Criterion, Criterion[]]>([
    ['outside the cohort', F, []],
    ['when the cohort is not known', U, []],
    ['under a silent row', T, [T]],
  ])('no safety card %s', (_, cohort, silent) => {
    const topic = topicOf([a], cohort, silent, { rules: [safetyRule('S1', T)] });
    expect(outcome(topic)).toMatchObject({ rules: [] });
  });

  test('wording may ask how far the patient has come, and what may come next', () => {
    const option = (id: string, more: Partial<TherapyOption>): TherapyOption => ({
      ...words,
      id,
      title: id,
      text: '',
      offer: 'first',
      benefit: '',
      harms: '',
      ...more,
    });
    const options = [
      option('First', { taking: ['drug'] }),
      option('Second', { offerWhen: { fact: 'one-case', value: 'a' } }),
    ];
    const { grounds: known, ladder } = assess(facts, topicOf([a], T, [], { options }));
    expect(known.get('ladder-position')).toMatchObject({ state: 'present', items: [['on first (', 'drug', ')']] });
    expect(known.get('next-options')).toMatchObject({ state: 'present', items: [['second']] });
    expect(ladder().position).toBe(known.get('ladder-position'));
  });

  test('wording may ask facts and cases alike', () => {
    const { grounds: known } = assess(facts, topicOf([column('one', row('a', T)), column('two', row('b', F))]));
    expect(known.get('one-case')).toMatchObject({ state: 'present', codes: ['a'] });
    expect(known.get('two-case')).toEqual(ABSENT);
    expect(known.get('yes')).toBe(FACTS['yes']);
  });
});
