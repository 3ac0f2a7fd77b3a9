import { describe, expect, test } from '@jest/globals';
import type { Grounds } from '../../src/assessment/criteria.js';
import { assessLadder, type Standing } from '../../src/assessment/ladder.js';
import { ABSENT, present, UNKNOWN, type Evidence, type Fact } from '../../src/facts/fact.js';
import type { Criterion, SafetyLevel, SafetyRule, TherapyOption } from '../../src/knowledge/content-types.js';
import type { Topic } from '../../src/knowledge/topic.js';

const T: Criterion = { fact: 'yes', is: 'present' };
const F: Criterion = { fact: 'no', is: 'present' };
const U: Criterion = { fact: 'open', is: 'present' };

const option = (id: string, more: Partial<TherapyOption> = {}): TherapyOption => ({
  id,
  title: id,
  text: 'text',
  taking: [id],
  tried: [`${id}-tried`],
  offer: 'first',
  evidence: 'D',
  source: 'test',
  benefit: 'test',
  harms: 'test',
  ...more,
});

const rule = (id: string, levels: SafetyLevel[], options = ['Nitrate']): SafetyRule => ({
  id,
  title: id,
  kind: 'contraindication',
  options,
  taking: ['Nitrate'],
  levels,
  rationale: 'test',
  evidence: 'D',
  source: 'test',
});

const level = (name: SafetyLevel['level'], when: Criterion, more: Partial<SafetyLevel> = {}): SafetyLevel => ({
  level: name,
  when,
  line: name,
  ...more,
});

const evidence = (reference: string): Evidence => ({
  reference,
  display: reference,
  date: undefined,
  value: undefined,
});
const fact = (codes: readonly string[], name = 'drug'): Fact =>
  present([[name, ', entry'], ['another entry']], { codes, evidence: [evidence(`MedicationRequest/${name}`)] });

const ACTIVE = fact(['active']);
const DRAFT = fact(['draft']);
/** What was tried carries no code. */
const ONCE = fact([]);

function assess(
  facts: Readonly<Record<string, Fact>>,
  options: readonly TherapyOption[] = [option('Nitrate')],
  rules: readonly SafetyRule[] = [],
) {
  const known = { yes: present([['yes']]), no: ABSENT, open: UNKNOWN, ...facts };
  const grounds: Grounds = { get: (name) => (known as Readonly<Record<string, Fact>>)[name] ?? ABSENT, criteria: {} };
  // Options of one step and of several are one ladder.
  const steps = [
    { id: '0', title: 'Step', options: options.slice(0, 1) },
    { id: '1', title: 'Step', options: options.slice(1) },
  ];
  return assessLadder(grounds, { ladder: { steps }, safety: { rules } } as unknown as Topic);
}

function words(found: Fact): readonly string[] | string {
  if (found.state !== 'present') return found.state;
  return found.items.map((item) => item.map((phrase) => (typeof phrase === 'string' ? phrase : phrase.chart)).join(''));
}

describe('where the patient stands with an option', () => {
  test.each<[string, Readonly<Record<string, Fact>>, Standing, readonly string[], boolean]>([
    ['active on the chart', { Nitrate: ACTIVE }, 'on', ['Nitrate'], false],
    ['active, and tried before', { Nitrate: ACTIVE, 'Nitrate-tried': ONCE }, 'on', ['Nitrate'], false],
    ['tried', { 'Nitrate-tried': ONCE }, 'tried', ['Nitrate-tried'], false],
    ['drafted: not taken yet', { Nitrate: DRAFT }, 'not-found', [], true],
    ['drafted, and tried before', { Nitrate: DRAFT, 'Nitrate-tried': ONCE }, 'tried', ['Nitrate-tried'], true],
    ['drafted, and active', { Nitrate: fact(['active', 'draft']) }, 'on', ['Nitrate'], true],
    ['neither active nor drafted: only handed over', { Nitrate: ONCE }, 'not-found', [], false],
    ['neither', {}, 'not-found', [], false],
    ['not to be told', { Nitrate: UNKNOWN }, 'unknown', [], false],
    ['not to be told whether tried', { 'Nitrate-tried': UNKNOWN }, 'unknown', [], false],
    [
      'active, whether tried is not to be told',
      { Nitrate: ACTIVE, 'Nitrate-tried': UNKNOWN },
      'on',
      ['Nitrate'],
      false,
    ],
    [
      'tried, whether taken is not to be told',
      { Nitrate: UNKNOWN, 'Nitrate-tried': ONCE },
      'tried',
      ['Nitrate-tried'],
      false,
    ],
  ])('%s', (_, facts, standing, shownBy, isDrafted) => {
    expect(assess(facts).options[0]).toMatchObject({ standing, shownBy, isDrafted });
  });

  test('by any of several facts', () => {
    const several = option('Toxin', { taking: ['drug', 'injection'], tried: ['drug-tried', 'injection-done'] });
    expect(assess({ injection: ACTIVE }, [several]).options[0]).toMatchObject({
      standing: 'on',
      shownBy: ['injection'],
    });
    expect(assess({ 'injection-done': ONCE, drug: UNKNOWN }, [several]).options[0]).toMatchObject({
      standing: 'tried',
    });
    expect(assess({ 'injection-done': UNKNOWN }, [several]).options[0]).toMatchObject({ standing: 'unknown' });
  });

  test('an option that no fact speaks of is not found', () => {
    const members = Object.entries(option('Triggers')).filter(([name]) => name !== 'taking' && name !== 'tried');
    const plain = Object.fromEntries(members) as unknown as TherapyOption;
    expect(assess({}, [plain]).options[0]).toMatchObject({ standing: 'not-found', isOffered: true });
  });
});

describe('which rules speak of an option', () => {
  test.each<[string, SafetyRule, readonly string[], readonly string[], boolean]>([
    ['stop', rule('R', [level('stop', T)]), ['stop'], [], false],
    ['ask', rule('R', [level('ask', T)]), ['ask'], [], false],
    ['caution', rule('R', [level('caution', T)]), ['caution'], [], true],
    ['open', rule('R', [level('stop', U)]), [], ['stop'], false],
    ['open, then caution', rule('R', [level('stop', U), level('caution', T)]), ['caution'], ['stop'], false],
    ['open caution', rule('R', [level('caution', U)]), [], ['caution'], false],
    ['for this option', rule('R', [level('stop', T, { for: ['Nitrate'] })]), ['stop'], [], false],
  ])('%s', (_, one, met, open, isOffered) => {
    const [outcome] = assess({}, [option('Nitrate')], [one]).options;
    expect(outcome?.rules.map(({ levels }) => levels.map((found) => found.level))).toEqual([met]);
    expect(outcome?.rules.map((found) => found.open.map((found) => found.level))).toEqual([open]);
    expect(outcome?.isOffered).toBe(isOffered);
  });

  test.each<[string, SafetyRule]>([
    ['not met', rule('R', [level('stop', F)])],
    ['about other options', rule('R', [level('stop', T)], ['PPI'])],
    ['about none', rule('R', [level('stop', T)], [])],
    ['for another of its options', rule('R', [level('stop', T, { for: ['PPI'] })], ['Nitrate', 'PPI'])],
    ['open for another of its options', rule('R', [level('stop', U, { for: ['PPI'] })], ['Nitrate', 'PPI'])],
  ])('%s: it does not, and blocks nothing', (_, one) => {
    expect(assess({}, [option('Nitrate')], [one]).options[0]).toMatchObject({ rules: [], isOffered: true });
  });

  test('several, in the order of the table', () => {
    const rules = [rule('A', [level('caution', T)]), rule('B', [level('stop', F)]), rule('C', [level('stop', T)])];
    const [outcome] = assess({}, [option('Nitrate')], rules).options;
    expect(outcome?.rules.map(({ rule: { id } }) => id)).toEqual(['A', 'C']);
    expect(outcome?.isOffered).toBe(false);
  });
});

describe('what may come next', () => {
  test.each<[string, Partial<TherapyOption>, Readonly<Record<string, Fact>>, boolean]>([
    ['neither taken nor tried', {}, {}, true],
    ['taken', {}, { Nitrate: ACTIVE }, false],
    ['tried', {}, { 'Nitrate-tried': ONCE }, false],
    ['not to be told', {}, { Nitrate: UNKNOWN }, false],
    ['drafted', {}, { Nitrate: DRAFT }, false],
    ['never offered', { offer: 'never' }, {}, false],
    ['under a condition that is met', { offerWhen: T }, {}, true],
    ['under a condition that is not met', { offerWhen: F }, {}, false],
    ['under a condition that is open', { offerWhen: U }, {}, false],
  ])('%s', (_, more, facts, isOffered) => {
    expect(assess(facts, [option('Nitrate', more)]).options[0]?.isOffered).toBe(isOffered);
  });

  const first = ['PPI', 'Calcium channel blocker', 'Nitrate', 'Peppermint oil'].map((id) => option(id));
  const adjunct = [option('Tricyclic, low dose', { offer: 'adjunct' }), option('SSRI', { offer: 'adjunct' })];
  const specialist = [option('POEM or long myotomy', { offer: 'specialist' })];
  const all = [...specialist, ...first, ...adjunct];
  const done = (options: readonly TherapyOption[]) =>
    Object.fromEntries(options.map(({ id }) => [`${id}-tried`, ONCE] as const));
  test.each<[string, Readonly<Record<string, Fact>>, readonly TherapyOption[], readonly string[] | string]>([
    ['three of the first kind, in the order of the ladder', {}, all, ['PPI', 'calcium channel blocker', 'nitrate']],
    [
      'the next of them when one was tried',
      done(first.slice(0, 1)),
      all,
      ['calcium channel blocker', 'nitrate', 'peppermint oil'],
    ],
    ['as long as one is left, only that', done(first.slice(0, 3)), all, ['peppermint oil']],
    ['then adjuncts', done(first), all, ['tricyclic, low dose', 'SSRI']],
    ['then what specialists do', done([...first, ...adjunct]), all, ['POEM or long myotomy']],
    ['then nothing', done(all), all, 'absent'],
    ['nothing of an empty ladder', {}, [], 'absent'],
  ])('%s', (_, facts, options, next) => {
    expect(words(assess(facts, options).nextOptions)).toEqual(next);
  });
});

describe('what may come next, where cautions stand in the way', () => {
  // Made anew for each table of rules, which are kept by the option.
  const options = () => [
    ...['PPI', 'Nitrate', 'Nifedipine'].map((id) => option(id)),
    option('Myotomy', { offer: 'specialist' }),
  ];
  const careful = (...names: readonly string[]) => names.map((name) => rule(name, [level('caution', T)], [name]));
  test.each<[string, readonly SafetyRule[], readonly string[] | string]>([
    ['those without a caution', careful('Nitrate'), ['PPI', 'nifedipine']],
    ['one is left without', careful('PPI', 'Nitrate'), ['nifedipine']],
    [
      'none is left without: they are named, and that there is one',
      careful('PPI', 'Nitrate', 'Nifedipine'),
      ['PPI (with caution, see below)', 'nitrate (with caution, see below)', 'nifedipine (with caution, see below)'],
    ],
    [
      'a caution does not move on to what specialists do',
      [...careful('PPI'), rule('R', [level('stop', T)], ['Nitrate', 'Nifedipine'])],
      ['PPI (with caution, see below)'],
    ],
    ['a stop does', [rule('R', [level('stop', T)], ['PPI', 'Nitrate', 'Nifedipine'])], ['myotomy']],
    [
      'nothing, when all are stopped',
      [rule('R', [level('stop', T)], ['PPI', 'Nitrate', 'Nifedipine', 'Myotomy'])],
      'absent',
    ],
  ])('%s', (_, rules, next) => {
    expect(words(assess({}, options(), rules).nextOptions)).toEqual(next);
  });
});

describe('how far the patient has come', () => {
  const ladder = [option('PPI'), option('Calcium channel blocker'), option('SSRI', { offer: 'adjunct' })];
  const sedative = option('Sedatives', { offer: 'never' });
  test.each<[string, Readonly<Record<string, Fact>>, readonly string[] | string]>([
    ['on one', { PPI: fact(['active'], 'pantoprazole') }, ['on PPI (pantoprazole, entry)']],
    ['tried one', { 'PPI-tried': fact([], 'omeprazole') }, ['tried PPI (omeprazole, entry)']],
    [
      'on one after another, in the order of the ladder',
      { SSRI: fact(['active'], 'sertraline'), 'Calcium channel blocker-tried': fact([], 'diltiazem') },
      ['tried calcium channel blocker (diltiazem, entry)', 'on SSRI (sertraline, entry)'],
    ],
    [
      'what is known, although another cannot be told',
      { PPI: fact(['active'], 'a'), SSRI: UNKNOWN },
      ['on PPI (a, entry)'],
    ],
    ['nothing found', {}, 'absent'],
    ['drafted only', { PPI: DRAFT }, 'absent'],
    ['one cannot be told, and nothing was found', { SSRI: UNKNOWN }, 'unknown'],
    ['on something that is no step', { Sedatives: ACTIVE }, 'absent'],
    ['something that is no step cannot be told', { Sedatives: UNKNOWN }, 'absent'],
  ])('%s', (_, facts, position) => {
    expect(words(assess(facts, [...ladder, sedative]).position)).toEqual(position);
  });

  test('stands on the entries that show it', () => {
    const { position } = assess({ PPI: fact(['active'], 'a'), 'SSRI-tried': fact([], 'b') }, ladder);
    const references = position.state === 'present' ? position.evidence.map(({ reference }) => reference) : [];
    expect(references).toEqual(['MedicationRequest/a', 'MedicationRequest/b']);
  });

  test('words of the chart stay marked as such', () => {
    const chart = present([[{ chart: '<b>nitro' }, ', active order']], { codes: ['active'] });
    const { position } = assess({ Nitrate: chart });
    expect(position).toMatchObject({ items: [['on nitrate (', { chart: '<b>nitro' }, ', active order', ')']] });
  });
});
