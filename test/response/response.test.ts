import { describe, expect, test } from '@jest/globals';
import { isValidHookResponse } from '../../src/cds-hooks/validate.js';
import type { ClinicalFacts, Gap } from '../../src/facts/describe-patient.js';
import { ABSENT, present, UNKNOWN, type Evidence, type Fact, type Item } from '../../src/facts/fact.js';
import { assembleTopic, type Topic } from '../../src/knowledge/topic.js';
import type { CardsFile, Criterion, FactsFile } from '../../src/knowledge/content-types.js';
import { basisOfCard } from '../../src/response/card-facts.js';
import { cardUuid } from '../../src/response/card-uuid.js';
import { composeCards } from '../../src/response/compose-cards.js';
import { parseTemplate, renderLine, renderSummary } from '../../src/response/template.js';

const FACTS: Readonly<Record<string, Fact>> = {
  dose: present([['5 mg']]),
  label: present([['seen: ', { chart: '*Spasm*\nwww.evil.example' }]]),
  list: present([['one'], [{ chart: 'two|2' }]]),
  trap: present([[{ chart: '{{dose}} {{gaps}} $& $1' }]]),
  emoji: present([[{ chart: 'ab😀' }]]),
  gone: ABSENT,
  open: UNKNOWN,
};
const get = (name: string): Fact => FACTS[name] ?? UNKNOWN;

describe('a line of wording', () => {
  test.each<[string, string, string, Item | undefined, string]>([
    ['nothing to fill', 'Plain *text*.', '', undefined, 'Plain *text*.'],
    ['our own words as they are', '- {{dose}}.', '', undefined, '- 5 mg.'],
    ['spaces in a placeholder', '- {{ dose }}.', '', undefined, '- 5 mg.'],
    ['words of the chart made inert', '{{label}}', '', undefined, 'seen: \\*Spasm\\* www\u200b.evil.example'],
    ['several items', '{{list}}', '', undefined, 'one; two\\|2'],
    ['gaps', 'Missing: {{gaps}}.', 'orders (timeout)', undefined, 'Missing: orders (timeout).'],
    ['titles of gaps', 'Not read: {{gap-titles}}.', 'orders (timeout)', undefined, 'Not read: orders.'],
    ['an item of a list', '- {{item}}', '', ['x ', { chart: '#1' }], '- x \\#1'],
    ['placeholders in the chart stay words', '{{trap}}', 'secret', undefined, '{{dose}} {{gaps}} $\\& $1'],
  ])('%s', (_, text, gaps, item, line) => {
    expect(renderLine(parseTemplate(text), { get, gaps, gapTitles: 'orders' }, item)).toBe(line);
  });

  test.each([
    ['unknown', '{{open}}'],
    ['absent', '{{gone}}'],
    ['undefined', '{{never-defined}}'],
    ['without item', '{{item}}'],
  ])('a fact that is %s is a fault, never a blank', (_, text) => {
    expect(() => renderLine(parseTemplate(text), { get, gaps: '', gapTitles: '' })).toThrow(/wording quotes the fact/);
    expect(() => renderSummary(parseTemplate(text), get, () => 10)).toThrow(/wording quotes the fact/);
  });
});

describe('a summary', () => {
  test.each([
    ['plain text, no escapes', '{{label}}!', 100, 'seen: *Spasm* www.evil.example!'],
    ['each value cut to its length', '{{label}}!', 9, 'seen: *Sp!'],
    ['each on its own', '{{dose}} {{dose}}', 3, '5 m 5 m'],
    ['an unmeasured value is left out', 'A{{dose}}B', 0, 'AB'],
  ])('%s', (_, text, longest, summary) => {
    expect(renderSummary(parseTemplate(text), get, () => longest)).toBe(summary);
  });

  test('a surrogate pair is not cut', () => {
    expect(renderSummary(parseTemplate('{{emoji}}'), get, () => 3)).not.toMatch(/\p{Surrogate}/u);
  });
});

describe('the id of a card', () => {
  const call = ['service', 'instance', 'p1', 'A'] as const;

  test('same in, same out, and a version-5 UUID', () => {
    expect(cardUuid(...call)).toBe(cardUuid(...call));
    expect(cardUuid(...call)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test.each([
    ['service', ['other', 'instance', 'p1', 'A']],
    ['instance', ['service', 'other', 'p1', 'A']],
    ['patient', ['service', 'instance', 'p2', 'A']],
    ['rule', ['service', 'instance', 'p1', 'B']],
    ['parts joined differently', ['service', 'instance', 'p', '1A']],
    ['separators in a part', ['service","instance', '', 'p1', 'A']],
  ] as const)('another %s, another id', (_, [serviceId, instance, patient, rule]) => {
    expect(cardUuid(serviceId, instance, patient, rule)).not.toBe(cardUuid(...call));
  });
});

describe('cards', () => {
  const NO_LADDER = { options: [], position: ABSENT, nextOptions: ABSENT };
  const HASH = '0123456789abcdef'.repeat(4);
  const is = (fact: string): Criterion => ({ fact, is: 'present' });
  const row = (id: string, card: string, fact: string) => ({
    id,
    card,
    title: id,
    when: is(fact),
    rationale: 'test',
    evidence: 'D' as const,
    source: 'test',
  });
  const derived = (needs: string[], maxLength?: number) => ({
    kind: 'derived' as const,
    title: 'test',
    needs,
    ...(maxLength !== undefined && { maxLength }),
  });
  const factsFile: FactsFile = {
    needs: [
      { key: 'labs', title: 'laboratory results', resourceType: 'Observation' },
      { key: 'orders', title: 'orders', resourceType: 'ServiceRequest' },
      { key: 'other', title: 'other', resourceType: 'Procedure' },
    ],
    facts: {
      troponin: derived(['labs'], 6),
      order: derived(['orders']),
      flag: { kind: 'procedure', title: 'flag', valueSets: ['flag'] },
    },
    criteria: { ordered: { title: 'ordered', when: { any: [is('order')] }, evidence: 'D', source: 'test' } },
  };
  const cardsFile: CardsFile = {
    cards: {
      first: {
        indicator: [{ when: is('order'), is: 'critical' }, { is: 'info' }],
        summary: [{ when: { criterion: 'ordered' }, text: 'Ordered.' }, { text: 'Troponin {{troponin}}.' }],
        detail: [
          { line: 'Start.' },
          { block: 'list' },
          { when: { not: is('troponin') }, line: 'never' },
          { line: 'Missing: {{gaps}}.' },
        ],
        references: ['ref', 'gone'],
      },
      second: {
        indicator: [{ is: 'warning' }],
        summary: [{ text: 'Second.' }],
        detail: [{ line: 'x' }],
        references: [],
      },
    },
    blocks: {
      list: [
        { each: 'troponin', line: '- {{item}}' },
        { when: is('order'), line: '- ordered' },
      ],
    },
    closing: 'End.',
    gapReasons: { timeout: 'too slow' },
    suggestions: {},
    levels: { stop: 'STOP', caution: 'CAUTION', ask: 'ASK' },
    words: { on: 'on', tried: 'tried', unchecked: 'not checked', removeDraft: 'x', removeDraftDescription: 'x' },
  };
  const topic: Topic = assembleTopic(
    {
      topic: {
        id: 'tiny',
        version: '1.2.3',
        sourceLabel: 'Tiny',
        references: [{ id: 'ref', label: 'Guideline', url: 'https://guideline.example', evidence: 'V', note: 'x' }],
        thresholds: {},
      },
      facts: factsFile,
      cases: {
        cohort: is('troponin'),
        silent: [],
        columns: [
          { id: 'one', title: 'one', rows: [row('A', 'first', 'troponin')] },
          { id: 'two', title: 'two', rows: [row('B', 'second', 'flag')] },
        ],
      },
      cards: cardsFile,
      drugs: { routes: {}, classes: {} },
      safety: { rules: [], overrideReasons: [], references: [] },
      ladder: { steps: [] },
      overrideReasons: { resourceType: 'CodeSystem', concept: [] },
      valueSets: [],
    } as unknown as Topic,
    HASH,
  );
  const evidence = (reference: string, display: string, value?: string): Evidence => ({
    reference,
    display,
    date: '2026-03-10',
    value,
  });
  const troponin = present([['14'], [{ chart: '<b>' }]], {
    evidence: [evidence('Observation/1', 'Trop\u202eonin', ' '), evidence('Observation/1', 'Troponin', '14')],
  });

  function compose(
    known: Readonly<Record<string, Fact>>,
    gaps: readonly Gap[],
    card = 'first',
    rule = 'A',
    content = topic,
  ) {
    const facts: ClinicalFacts = {
      asOf: Date.parse('2026-03-10T12:00:00Z'),
      get: (name) => known[name] ?? UNKNOWN,
      gaps: () => gaps,
    };
    const grounds = { get: facts.get, criteria: topic.facts.criteria };
    const assessment = {
      cohort: 'met' as const,
      findings: [{ rule, card }],
      undetermined: [],
      grounds,
      ladder: () => NO_LADDER,
    };
    return composeCards({
      topic: content,
      facts,
      assessment,
      serviceId: 'tiny-patient-view',
      hookInstance: 'h',
      patientId: 'p1',
      encounterId: 'e1',
      userId: 'Practitioner/dr1',
    });
  }

  test('a whole card, and nothing empty in it', () => {
    const response = compose({ troponin, order: ABSENT }, [
      { need: 'labs', reason: 'timeout' },
      { need: 'other', reason: 'timeout' },
    ]);
    expect(isValidHookResponse(response)).toBe(true);
    expect(response.cards).toEqual([
      {
        uuid: cardUuid('tiny-patient-view', 'h', 'p1', 'A'),
        summary: 'Troponin 14; <b.',
        indicator: 'info',
        detail: 'Start.\n\n- 14\n- \\<b\\>\n\nMissing: laboratory results (too slow).\n\nEnd.',
        source: { label: 'Tiny 1.2.3', topic: { system: 'urn:troponin-first:card', code: 'first' } },
        links: [{ label: 'Guideline', url: 'https://guideline.example', type: 'absolute' }],
        extension: {
          'org.troponin-first.basis': {
            rule: 'A',
            topic: 'tiny',
            topicVersion: '1.2.3',
            contentHash: HASH,
            asOf: '2026-03-10T12:00:00.000Z',
            evidence: [{ reference: 'Observation/1', display: 'Troponin', date: '2026-03-10', value: '14' }],
            gaps: [{ need: 'labs', reason: 'timeout' }],
          },
        },
      },
    ]);
  });

  test('the first choice that holds; a list stays together; no gap, no line about gaps', () => {
    const [card] = compose({ troponin, order: present([['x']]) }, []).cards;
    expect(card).toMatchObject({
      summary: 'Ordered.',
      indicator: 'critical',
      detail: 'Start.\n\n- 14\n- \\<b\\>\n- ordered\n\nEnd.',
    });
    expect(card?.extension['org.troponin-first.basis']).not.toHaveProperty('gaps');
  });

  test('gaps of one reason are said together', () => {
    const gaps: readonly Gap[] = [
      { need: 'labs', reason: 'timeout' },
      { need: 'orders', reason: 'timeout' },
    ];
    expect(compose({ troponin }, gaps).cards[0]?.detail).toContain('laboratory results, orders (too slow).');
  });

  test('an undetermined condition shows nothing and chooses nothing', () => {
    const [card] = compose({ troponin }, []).cards;
    expect(card).toMatchObject({ summary: 'Troponin 14; <b.', indicator: 'info' });
    expect(card?.detail).not.toContain('ordered');
  });

  test('a card without evidence and links leaves both out', () => {
    const [card] = compose({}, [], 'second', 'B').cards;
    expect(card).not.toHaveProperty('links');
    expect(card?.extension['org.troponin-first.basis']).not.toHaveProperty('evidence');
  });

  test('no gap, no line about gaps, also when the placeholder is written with spaces', () => {
    const wording = { ...cardsFile.cards['first'], detail: [{ line: 'Missing: {{ gaps }}.' }] };
    const cards = { ...cardsFile, cards: { ...cardsFile.cards, first: wording } } as CardsFile;
    const spaced = { ...topic, cards };
    expect(compose({ troponin }, [], 'first', 'A', spaced).cards[0]?.detail).toBe('End.');
  });

  test('an entry whose name is nothing but direction marks does not spoil the answer', () => {
    const nameless = present([['14']], { evidence: [evidence('Observation/1', '\u202e')] });
    expect(isValidHookResponse(compose({ troponin: nameless }, []))).toBe(true);
  });

  test('a card without text is a fault', () => {
    expect(() => compose({}, [], 'third', 'C')).toThrow('third');
  });

  test.each([
    ['first', ['order', 'troponin'], ['labs', 'orders']],
    ['second', ['flag', 'troponin'], ['labs', 'procedures']],
  ])('the basis of the card %s', (card, facts, needs) => {
    const noWords = { indicator: [], summary: [], detail: [], references: [] };
    const basis = basisOfCard(card, cardsFile.cards[card] ?? noWords, topic);
    expect(basis.facts.filter((name) => name in topic.facts.facts).sort()).toEqual(facts);
    expect([...basis.needs].sort()).toEqual(needs);
  });
});
