import { describe, expect, test } from '@jest/globals';
import type { Grounds } from '../../src/assessment/criteria.js';
import { assessSafety, judgeRule } from '../../src/assessment/safety.js';
import { ABSENT, present, UNKNOWN, type Evidence, type Fact } from '../../src/facts/fact.js';
import type { Criterion, SafetyCard, SafetyLevel, SafetyRule } from '../../src/knowledge/content-types.js';
import type { Topic } from '../../src/knowledge/topic.js';

const T: Criterion = { fact: 'yes', is: 'present' };
const F: Criterion = { fact: 'no', is: 'present' };
const U: Criterion = { fact: 'open', is: 'present' };

type Level = SafetyLevel['level'];

const level = (name: Level, when: Criterion, more: Partial<SafetyLevel> = {}): SafetyLevel => ({
  level: name,
  when,
  line: name,
  ...more,
});

const rule = (id: string, more: Partial<SafetyRule> = {}): SafetyRule => ({
  id,
  title: id,
  kind: 'contraindication',
  options: ['nitrate', 'pde5'],
  taking: ['nitrate'],
  levels: [level('stop', T)],
  rationale: 'test',
  evidence: 'D',
  source: 'test',
  ...more,
});

const card = (more: Partial<SafetyCard> = {}): SafetyCard => ({
  active: 'warning',
  draft: 'critical',
  summary: 'x',
  advice: [],
  ...more,
});

/** An entry by its reference, and by what it is called where that matters: `Type/id called`. */
const evidence = (entry: string): Evidence => {
  const [reference = '', display = reference] = entry.split(' called ');
  return { reference, display, date: undefined, value: undefined };
};

/** A drug of the chart or among the drafts, with the entries that show it. */
const drug = (codes: readonly string[], ...entries: readonly string[]): Fact =>
  present([['drug']], { codes, evidence: entries.map(evidence) });

const groundsOf = (facts: Readonly<Record<string, Fact>>): Grounds => ({
  get: (name) => ({ yes: present([['yes']]), no: ABSENT, open: UNKNOWN, ...facts })[name] ?? ABSENT,
  criteria: {},
});

function topicOf(rules: readonly SafetyRule[], most = 3): Topic {
  const medication = { kind: 'medication', title: 'drug', classes: ['x'], when: 'current' };
  const names = ['nitrate', 'pde5', 'riociguat', 'opioid', 'sedative', 'statin'];
  return {
    safety: { rules, overrideReasons: [], references: [] },
    cases: { safety: { after: 'cardiac', most } },
    ladder: {
      steps: [
        { options: [{ id: 'relaxant', taking: ['nitrate'] }] },
        { options: [{ id: 'other', taking: ['pde5', 'statin'] }, { id: 'advice' }] },
      ],
    },
    facts: { needs: [], facts: Object.fromEntries(names.map((name) => [name, medication])), criteria: {} },
  } as unknown as Topic;
}

describe('what a rule says of an option', () => {
  const lines = (levels: readonly SafetyLevel[]) => levels.map(({ line }) => line);
  const judged = (levels: SafetyLevel[], option: string | undefined, more: Partial<SafetyRule> = {}) => {
    const outcome = judgeRule(rule('R', { levels, ...more }), option === undefined ? [] : [option], groundsOf({}));
    return { levels: lines(outcome.levels), open: lines(outcome.open) };
  };
  const one = (name: Level, when: Criterion, line: string, more: Partial<SafetyLevel> = {}) =>
    level(name, when, { line, ...more });

  test.each<[string, SafetyLevel[], readonly string[], readonly string[]]>([
    ['met', [one('stop', T, 'a')], ['a'], []],
    ['not met', [one('stop', F, 'a')], [], []],
    ['open', [one('stop', U, 'a')], [], ['a']],
    ['the first that is met decides', [one('stop', F, 'a'), one('caution', T, 'b'), one('caution', T, 'c')], ['b'], []],
    ['of two that are met the worse one', [one('stop', T, 'a'), one('caution', T, 'b')], ['a'], []],
    ['an open one before stays open', [one('stop', U, 'a'), one('caution', T, 'b')], ['b'], ['a']],
    ['an open one after is not looked at', [one('stop', T, 'a'), one('caution', U, 'b')], ['a'], []],
    ['all open', [one('stop', U, 'a'), one('caution', U, 'b')], [], ['a', 'b']],
    ['open and not met', [one('stop', U, 'a'), one('caution', F, 'b')], [], ['a']],
    ['something that only asks', [one('stop', F, 'a'), one('ask', T, 'b')], ['b'], []],
    ['something that says nothing', [one('none', T, 'a')], ['a'], []],
  ])('%s', (_, levels, met, open) => {
    expect(judged(levels, 'nitrate')).toEqual({ levels: met, open });
  });

  const forOne = { for: ['nitrate'] };
  const forOther = { for: ['pde5'] };
  test.each<[string, SafetyLevel[], string | undefined, readonly string[], readonly string[]]>([
    ['for this option', [one('stop', T, 'a', forOne)], 'nitrate', ['a'], []],
    ['for another option', [one('stop', T, 'a', forOther)], 'nitrate', [], []],
    ['for another option, and open', [one('stop', U, 'a', forOther)], 'nitrate', [], []],
    ['for another, then for all', [one('stop', T, 'a', forOther), one('caution', T, 'b')], 'nitrate', ['b'], []],
    ['for both', [one('stop', T, 'a', { for: ['pde5', 'nitrate'] })], 'nitrate', ['a'], []],
    ['for all', [one('stop', T, 'a')], 'nitrate', ['a'], []],
    ['asked of no option: a level for some counts for none', [one('stop', T, 'a', forOther)], undefined, [], []],
  ])('a level %s', (_, levels, option, met, open) => {
    expect(judged(levels, option)).toEqual({ levels: met, open });
  });

  test.each<[string, SafetyLevel[], readonly string[], readonly string[]]>([
    ['all of the kind of the first', [one('stop', T, 'a'), one('stop', T, 'b')], ['a', 'b'], []],
    [
      'without those of another kind',
      [one('stop', T, 'a'), one('caution', T, 'b'), one('stop', T, 'c')],
      ['a', 'c'],
      [],
    ],
    ['without those not met', [one('stop', T, 'a'), one('stop', F, 'b'), one('stop', T, 'c')], ['a', 'c'], []],
    ['open ones after the first are left out', [one('stop', T, 'a'), one('stop', U, 'b')], ['a'], []],
    [
      'open ones before it stay open',
      [one('stop', U, 'a'), one('stop', T, 'b'), one('stop', T, 'c')],
      ['b', 'c'],
      ['a'],
    ],
    [
      'of a milder kind when that is the first',
      [one('stop', F, 'a'), one('caution', T, 'b'), one('caution', T, 'c')],
      ['b', 'c'],
      [],
    ],
    [
      'only those for the option',
      [one('stop', T, 'a'), one('stop', T, 'b', forOther), one('stop', T, 'c', forOne)],
      ['a', 'c'],
      [],
    ],
  ])('a rule that names every finding: %s', (_, levels, met, open) => {
    expect(judged(levels, 'nitrate', { every: true })).toEqual({ levels: met, open });
  });
});

/** `critical N1+P1: nitrate pde5`: the indicator, the rules and the facts of each card. */
function cardsOf(rules: readonly SafetyRule[], facts: Readonly<Record<string, Fact>>, most = 3): readonly string[] {
  return assessSafety(groundsOf(facts), topicOf(rules, most)).map((finding) => {
    const names = new Set(finding.rules.flatMap((one) => one.facts));
    const ids = finding.rules.map((one) => one.rule.id).join('+');
    return `${finding.indicator} ${ids}: ${[...names].join(' ')}`;
  });
}

const VIEW = present([['hook']], { codes: ['patient-view'] });
const SELECT = present([['hook']], { codes: ['order-select'] });
const SIGN = present([['hook']], { codes: ['order-sign'] });
const ACTIVE = drug(['active'], 'MedicationRequest/a');
const OTHER = drug(['active'], 'MedicationRequest/b');
const DRAFT = drug(['draft'], 'MedicationRequest/d');

describe('which card a rule brings', () => {
  const pair = (more: Partial<SafetyCard> = {}) => [
    rule('N1', { levels: [level('stop', { fact: 'pde5', is: 'present' })], card: card(more) }),
  ];
  const onlyActive = [rule('N1', { card: { active: 'warning', summary: 'x', advice: [] } })];
  const onlyDraft = [rule('N1', { card: { draft: 'critical', summary: 'x', advice: [] } })];
  const both = { nitrate: ACTIVE, pde5: OTHER };

  test.each<[string, readonly SafetyRule[], Readonly<Record<string, Fact>>, readonly string[]]>([
    ['both on the chart', pair(), { hook: VIEW, ...both }, ['warning N1: nitrate pde5']],
    ['the drug alone', pair(), { hook: VIEW, nitrate: ACTIVE }, []],
    ['the other one alone', pair(), { hook: VIEW, pde5: OTHER }, []],
    ['the other one cannot be told', pair(), { hook: VIEW, nitrate: ACTIVE, pde5: UNKNOWN }, []],
    ['the drug cannot be told', pair(), { hook: VIEW, nitrate: UNKNOWN, pde5: OTHER }, []],
    ['no hook known: as a view', pair(), both, ['warning N1: nitrate pde5']],
    ['both on the chart, at order-select', pair(), { hook: SELECT, ...both }, []],
    ['both on the chart, at order-sign', pair(), { hook: SIGN, ...both }, []],
    ['the drug is drafted', pair(), { hook: SIGN, nitrate: DRAFT, pde5: OTHER }, ['critical N1: nitrate pde5']],
    ['the other one is drafted', pair(), { hook: SELECT, nitrate: ACTIVE, pde5: DRAFT }, ['critical N1: nitrate pde5']],
    [
      'both are drafted',
      pair(),
      { hook: SIGN, nitrate: DRAFT, pde5: drug(['draft'], 'MedicationRequest/e') },
      ['critical N1: nitrate pde5'],
    ],
    [
      'drafted and on the chart',
      pair(),
      { hook: SIGN, nitrate: drug(['active', 'draft'], 'M/1', 'M/2'), pde5: OTHER },
      ['critical N1: nitrate pde5'],
    ],
    ['a draft nobody is working on', pair(), { hook: SELECT, nitrate: drug([], 'M/1'), pde5: OTHER }, []],
    ['handed over only, neither active nor drafted', pair(), { hook: VIEW, nitrate: drug([], 'M/1'), pde5: OTHER }, []],
    ['a rule for drafts only, on the chart', onlyDraft, { hook: VIEW, nitrate: ACTIVE }, []],
    ['a rule for drafts only, drafted', onlyDraft, { hook: SIGN, nitrate: DRAFT }, ['critical N1: nitrate yes']],
    [
      'a rule for the chart only, on the chart',
      onlyActive,
      { hook: VIEW, nitrate: ACTIVE },
      ['warning N1: nitrate yes'],
    ],
    ['a rule for the chart only, drafted', onlyActive, { hook: SIGN, nitrate: DRAFT }, []],
    ['a rule without card', [rule('N8')], { hook: VIEW, nitrate: ACTIVE }, []],
    [
      'the same indicator for both',
      pair({ draft: 'warning' }),
      { hook: SIGN, nitrate: DRAFT, pde5: OTHER },
      ['warning N1: nitrate pde5'],
    ],
  ])('%s', (_, rules, facts, cards) => {
    expect(cardsOf(rules, facts)).toEqual(cards);
  });

  test.each<[string, SafetyLevel[], readonly string[]]>([
    ['stop', [level('stop', T)], ['warning R: nitrate yes']],
    ['caution', [level('caution', T)], ['warning R: nitrate yes']],
    ['ask: it stands on the ladder', [level('ask', T)], []],
    ['none', [level('none', T)], []],
    ['stop that is open', [level('stop', U)], []],
    ['stop that is open, then caution', [level('stop', U), level('caution', T)], ['warning R: nitrate yes']],
    ['ask, then caution: the first decides', [level('ask', T), level('caution', T)], []],
  ])('a rule at level %s', (_, levels, cards) => {
    expect(cardsOf([rule('R', { levels, card: card() })], { hook: VIEW, nitrate: ACTIVE })).toEqual(cards);
  });
});

describe('a level for one option of a rule', () => {
  const rules = [
    rule('R', {
      options: ['relaxant', 'other', 'advice'],
      taking: ['nitrate', 'pde5', 'opioid'],
      levels: [level('stop', T, { for: ['other'] })],
      card: card(),
    }),
  ];

  test.each<[string, Readonly<Record<string, Fact>>, readonly string[]]>([
    ['its drug is taken', { pde5: ACTIVE }, ['warning R: pde5 yes']],
    ['its drug is drafted', { pde5: DRAFT }, ['critical R: pde5 yes']],
    ['the drug of another option is taken', { nitrate: ACTIVE }, []],
    ['drugs of both are taken', { nitrate: ACTIVE, pde5: OTHER }, ['warning R: nitrate pde5 yes']],
    ['a drug is taken that is none of the options', { opioid: ACTIVE }, ['warning R: opioid yes']],
    [
      'such a drug beside that of another option',
      { nitrate: ACTIVE, opioid: OTHER },
      ['warning R: nitrate opioid yes'],
    ],
    ['a drug of the option that the rule does not name', { statin: ACTIVE }, []],
  ])('%s', (_, facts, cards) => {
    expect(cardsOf(rules, { hook: VIEW, ...facts })).toEqual(cards);
  });
});

describe('one combination product is no pair with itself', () => {
  const pair = rule('N2', { levels: [level('stop', { fact: 'riociguat', is: 'present' })], card: card() });
  const twice = rule('P8', {
    taking: ['pde5'],
    levels: [level('stop', { fact: 'pde5', value: 'several' })],
    card: card(),
  });
  test.each<[string, SafetyRule, Readonly<Record<string, Fact>>, readonly string[]]>([
    ['one entry names both', pair, { nitrate: drug(['active'], 'M/1'), riociguat: drug(['active'], 'M/1') }, []],
    [
      'two entries',
      pair,
      { nitrate: drug(['active'], 'M/1'), riociguat: drug(['active'], 'M/2') },
      ['warning N2: nitrate riociguat'],
    ],
    [
      'one entry names both, and another one of them',
      pair,
      { nitrate: drug(['active'], 'M/1', 'M/2'), riociguat: drug(['active'], 'M/1') },
      ['warning N2: nitrate riociguat'],
    ],
    [
      'one drug against a finding',
      rule('N5', { card: card() }),
      { nitrate: drug(['active'], 'M/1') },
      ['warning N5: nitrate yes'],
    ],
    [
      'two of one class, by two entries',
      twice,
      { pde5: drug(['active', 'several'], 'M/1', 'M/2') },
      ['warning P8: pde5'],
    ],
    // Drafts may come without ids: what they are called tells them apart.
    [
      'two entries without id',
      pair,
      { nitrate: drug(['active'], 'M/(no id) called spray'), riociguat: drug(['active'], 'M/(no id) called Adempas') },
      ['warning N2: nitrate riociguat'],
    ],
    [
      'one entry without id',
      pair,
      { nitrate: drug(['active'], 'M/(no id) called both'), riociguat: drug(['active'], 'M/(no id) called both') },
      [],
    ],
  ])('%s', (_, one, facts, cards) => {
    expect(cardsOf([one], { hook: VIEW, ...facts })).toEqual(cards);
  });
});

describe('which rules share a card', () => {
  const named = (id: string, merge: string[], more: Partial<SafetyCard> = {}, taking = ['nitrate']) =>
    rule(id, { taking, card: card({ merge, ...more }) });
  const facts = { hook: VIEW, nitrate: ACTIVE, opioid: OTHER };

  test.each<[string, readonly SafetyRule[], readonly string[]]>([
    ['one word', [named('A', ['x']), named('B', ['x'])], ['warning A+B: nitrate yes']],
    ['no word', [named('A', ['x']), named('B', ['y'])], ['warning A: nitrate yes', 'warning B: nitrate yes']],
    [
      'by way of a third',
      [named('A', ['x']), named('B', ['y']), named('C', ['x', 'y'])],
      ['warning A+B+C: nitrate yes'],
    ],
    [
      'the word of two others, said first',
      [named('C', ['x', 'y']), named('A', ['x']), named('B', ['y'])],
      ['warning C+A+B: nitrate yes'],
    ],
    [
      'without words, the drugs they speak of',
      [rule('A', { card: card() }), rule('B', { card: card() })],
      ['warning A+B: nitrate yes'],
    ],
    [
      'without words, other drugs',
      [rule('A', { card: card() }), rule('B', { taking: ['opioid'], card: card() })],
      ['warning A: nitrate yes', 'warning B: opioid yes'],
    ],
    [
      'a word is no drug',
      [named('A', ['opioid']), rule('B', { taking: ['opioid'], card: card() })],
      ['warning A+B: nitrate yes opioid'],
    ],
    [
      'the gravest names the card',
      [named('A', ['x']), named('B', ['x'], { active: 'critical' })],
      ['critical B+A: nitrate yes'],
    ],
    [
      'the gravest card first, then the table',
      [
        named('A', ['x'], { active: 'info' }),
        named('B', ['y']),
        named('C', ['z'], { active: 'critical' }),
        named('D', ['z']),
      ],
      ['critical C+D: nitrate yes', 'warning B: nitrate yes', 'info A: nitrate yes'],
    ],
    [
      'a rule that is silent joins nothing',
      [
        named('A', ['x']),
        rule('B', { levels: [level('stop', F)], card: card({ merge: ['x', 'y'] }) }),
        named('C', ['y']),
      ],
      ['warning A: nitrate yes', 'warning C: nitrate yes'],
    ],
  ])('%s', (_, rules, cards) => {
    expect(cardsOf(rules, facts)).toEqual(cards);
  });

  test('every rule keeps its own indicator, levels and facts', () => {
    const rules = [named('A', ['x']), named('B', ['x'], { active: 'critical' }, ['opioid'])];
    const [finding] = assessSafety(groundsOf(facts), topicOf(rules));
    expect(finding?.rules).toMatchObject([
      { rule: { id: 'B' }, indicator: 'critical', facts: ['opioid', 'yes'], levels: [{ level: 'stop' }] },
      { rule: { id: 'A' }, indicator: 'warning', facts: ['nitrate', 'yes'], levels: [{ level: 'stop' }] },
    ]);
  });
});

describe('how many cards', () => {
  const rules = ['A', 'B', 'C', 'D', 'E'].map((id) => rule(id, { card: card({ merge: [id] }) }));
  const graver = rules.map((one) =>
    one.id === 'E' ? { ...one, card: card({ merge: ['E'], active: 'critical' }) } : one,
  );
  const facts = { hook: VIEW, nitrate: ACTIVE };
  const shown = (list: readonly SafetyRule[], most: number) =>
    cardsOf(list, facts, most).map((text) => text.split(':')[0] ?? '');

  test.each<[string, readonly SafetyRule[], number, readonly string[]]>([
    ['fewer than the most', rules.slice(0, 2), 3, ['warning A', 'warning B']],
    ['as many as the most', rules.slice(0, 3), 3, ['warning A', 'warning B', 'warning C']],
    ['more: the rest stands on the last', rules, 3, ['warning A', 'warning B', 'warning C+D+E']],
    ['the gravest is never among the rest', graver, 3, ['critical E', 'warning A', 'warning B+C+D']],
    ['one card for all', graver, 1, ['critical E+A+B+C+D']],
    ['two', rules, 2, ['warning A', 'warning B+C+D+E']],
    ['none to show', [], 3, []],
  ])('%s', (_, list, most, cards) => {
    expect(shown(list, most)).toEqual(cards);
  });

  test('no rule is lost, whatever the limit', () => {
    for (const most of [1, 2, 3, 4, 5, 9]) {
      const ids = assessSafety(groundsOf(facts), topicOf(rules, most)).flatMap((one) =>
        one.rules.map(({ rule: { id } }) => id),
      );
      expect([...ids].sort()).toEqual(['A', 'B', 'C', 'D', 'E']);
    }
  });
});
