import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { CODE_KNOWLEDGE } from '../../src/facts/derived/index.js';
import { placeIn } from '../../src/knowledge/content-place.js';
import { ContentError } from '../../src/knowledge/content-problem.js';
import { loadTopic } from '../../src/knowledge/load-topics.js';
import { sayInstead } from '../../src/knowledge/say-instead.js';
import { CARDS, topic } from '../support/service.js';

/* What an author reads of a mistake: file, line and column, the line itself, what is wrong, and how to mend it. */

let copy: string;

beforeAll(() => {
  copy = realpathSync(mkdtempSync(join(tmpdir(), 'authors-')));
});

afterAll(() => {
  rmSync(copy, { recursive: true, force: true });
});

type Edit = (content: object) => unknown;
/** `mark` is a text that stands first in the broken file where the place must point; empty for any place. */
type Row = readonly [slip: string, file: string, edit: Edit, mark: string, mend: string];

/** What a path of members and numbers leads to. */
function reach(content: object, names: readonly string[]): Record<string, unknown> & unknown[] {
  return names.reduce<unknown>((node, name) => Reflect.get(node as object, name), content) as never;
}

const set =
  (path: string, value: unknown): Edit =>
  (content) => {
    const names = path.split('.');
    const target = reach(content, names.slice(0, -1));
    if (value === undefined) Reflect.deleteProperty(target, names.at(-1) ?? '');
    else Reflect.set(target, names.at(-1) ?? '', value);
  };
const push =
  (path: string, value: unknown): Edit =>
  (content) =>
    reach(content, path.split('.')).push(value);
const all =
  (...edits: readonly Edit[]): Edit =>
  (content) => {
    for (const edit of edits) edit(content);
  };
const present = (fact: string) => ({ fact, is: 'present' });
const rule = (id: string, more: object) => ({
  id,
  title: 'x',
  kind: 'interaction',
  options: ['nitrate'],
  taking: ['nitrate'],
  levels: [{ level: 'stop', when: present('riociguat'), line: 'x' }],
  rationale: 'x',
  evidence: 'D',
  source: 'x',
  ...more,
});
const row = (id: string, more: object) => ({
  id,
  title: 'x',
  when: present('scope'),
  card: null,
  rationale: 'x',
  evidence: 'D',
  source: 'x',
  ...more,
});
const line = (text: string, more: object = {}) => push('cards.troponin-not-found.detail', { line: text, ...more });

/** Each alone would stop the start; names are chosen so that each mark is there once. */
const MEANING: readonly Row[] = [
  [
    'fact misspelt',
    'cases.json',
    push('columns.0.rows', row('Y1', { when: { not: present('syncopee') } })),
    '"syncopee"',
    'write "syncope"',
  ],
  [
    'fact nobody knows',
    'cases.json',
    push('columns.0.rows', row('Y2', { when: present('xyzzyxyzzy') })),
    '"xyzzyxyzzy"',
    'write one of',
  ],
  [
    'criterion misspelt',
    'cases.json',
    push('columns.0.rows', row('Y3', { when: { criterion: 'red-flagg' } })),
    '"red-flagg"',
    'write "red-flag"',
  ],
  [
    'code a fact never has',
    'cases.json',
    push('columns.0.rows', row('Y4', { when: { fact: 'scope', value: 'S9q' } })),
    '"S9q"',
    'write',
  ],
  [
    'value of a fact without any',
    'cases.json',
    push('columns.0.rows', row('Y5', { when: { fact: 'achalasia', value: 'K99q' } })),
    '"K99q"',
    'write "is": "present"',
  ],
  [
    'comparison without number',
    'cases.json',
    push('columns.0.rows', row('Y6', { when: { fact: 'deceased', below: 18 } })),
    '"deceased",\n            "below"',
    'those with a number are',
  ],
  [
    'card without text',
    'cases.json',
    push('columns.0.rows', row('Y7', { card: 'acs-on-recordd' })),
    '"acs-on-recordd"',
    'write "acs-on-record"',
  ],
  [
    'row id twice',
    'cases.json',
    push('columns.0.rows', row('T', {})),
    '"T",\n          "title": "x"',
    'take one of the two out',
  ],
  [
    'two fallbacks',
    'cases.json',
    all(
      push('columns.0.rows', row('Y8', { isFallback: true })),
      push('columns.0.rows', row('Y9', { isFallback: true })),
    ),
    '',
    'leave "isFallback" at the row',
  ],
  ['column unknown', 'cases.json', set('safety.after', 'cardiacc'), '"cardiacc"', 'write "cardiac"'],
  [
    'circular criteria',
    'facts.json',
    set('criteria.hypotension.when', { not: { criterion: 'red-flag' } }),
    '',
    'out of the circle',
  ],
  ['need misspelt', 'facts.json', set('facts.heart-rate.need', 'vitalss'), '"vitalss"', 'write "vitals"'],
  [
    'threshold misspelt',
    'facts.json',
    set('facts.oxygen-saturation.within', 'vitals-agee'),
    '"vitals-agee"',
    'write "vitals-age"',
  ],
  [
    'value set misspelt',
    'facts.json',
    set('facts.achalasia.valueSets', ['achalasiaa']),
    '"achalasiaa"',
    'write "achalasia"',
  ],
  [
    'calculated fact unknown',
    'facts.json',
    set('facts.seriall', { kind: 'derived', title: 'x', needs: [] }),
    '"seriall"',
    'write "serial"',
  ],
  [
    'drug class misspelt',
    'facts.json',
    set('facts.riociguat.classes', ['riociguatt']),
    '"riociguatt"',
    'write "riociguat"',
  ],
  [
    'drug class of no fact',
    'drugs.json',
    set('classes.idle-class', { title: 'x', valueSets: [], names: ['x'], evidence: 'D', source: 'x' }),
    '',
    'name it in "classes"',
  ],
  ['route unknown', 'drugs.json', set('classes.nitrate.exceptRoutes', ['topicall']), '"topicall"', 'write'],
  [
    'value set of a class',
    'drugs.json',
    set('classes.riociguat.valueSets', ['riociguat-setq']),
    '"riociguat-setq"',
    'write',
  ],
  ['threshold missing', 'topic.json', set('thresholds.dynamic-change', undefined), '', 'add "dynamic-change"'],
  [
    'threshold unknown',
    'topic.json',
    set('thresholds.dynamic-changeq', { value: 1, unit: 'days', meaning: 'x', evidence: 'D' }),
    '"dynamic-changeq"',
    'write "dynamic-change"',
  ],
  [
    'hook twice',
    'topic.json',
    push('services', { hook: 'order-sign', title: 'again', description: 'x', usageRequirements: 'x' }),
    '',
    'take one of the two services out',
  ],
  [
    'order code not in its set',
    'topic.json',
    set('orders.ecg.coding.code', '99999999q'),
    '"99999999q"',
    'add the code to valuesets/',
  ],
  [
    'option unknown',
    'safety.json',
    push('rules', rule('Z1', { options: ['nitratee'] })),
    '"nitratee"',
    'write "nitrate"',
  ],
  [
    'drug fact unknown',
    'safety.json',
    push('rules', rule('Z2', { taking: ['nitrateq'] })),
    '"nitrateq"',
    'write "nitrate"',
  ],
  [
    'level for an option of another rule',
    'safety.json',
    push('rules', rule('Z3', { levels: [{ level: 'stop', for: ['ppiq'], when: present('riociguat'), line: 'x' }] })),
    '"ppiq"',
    'write one of nitrate',
  ],
  [
    'placeholder a level may not quote',
    'safety.json',
    push('rules', rule('Z4', { levels: [{ level: 'stop', when: present('riociguat'), line: 'a {{achalasia}} b' }] })),
    '{{achalasia}} b',
    'give the line "when"',
  ],
  [
    'card without indicator',
    'safety.json',
    push('rules', rule('Z5', { card: { summary: 'zz5 summary', advice: ['x'], merge: ['zz'] } })),
    '"summary": "zz5',
    'add "active"',
  ],
  [
    'long summary of a rule',
    'safety.json',
    push(
      'rules',
      rule('Z6', { card: { active: 'info', summary: `zz6${'x'.repeat(140)}`, advice: ['x'], merge: ['zz'] } }),
    ),
    '"zz6',
    'shorten it by 4 characters',
  ],
  [
    'placeholder in a summary of a rule',
    'safety.json',
    push('rules', rule('Z7', { card: { active: 'info', summary: 'zz7 {{scope}}', advice: ['x'], merge: ['zz'] } })),
    '"zz7',
    'write plain words on one line',
  ],
  ['override reason unknown', 'safety.json', push('overrideReasons', 'zz-reason'), '"zz-reason"', 'write one of'],
  ['reference unknown', 'safety.json', push('references', 'esc-20233'), '"esc-20233"', 'write "esc-2023"'],
  [
    'rule id twice',
    'safety.json',
    push('rules', rule('N1', { title: 'zz-twice' })),
    '"N1",\n      "title": "zz-twice"',
    'take one of the two out',
  ],
  ['fact of an option unknown', 'ladder.json', set('steps.0.options.0.taking', ['zzfact']), '"zzfact"', 'write'],
  [
    'text of an option with a placeholder',
    'ladder.json',
    set('steps.0.options.0.text', 'zz {{scope}}'),
    '"zz {{scope}}"',
    'write plain words',
  ],
  ['placeholder that is no fact', 'cards.json', line('a {{older-troponn}}'), '{{older-troponn}}', 'known there'],
  [
    'placeholder that may be unknown',
    'cards.json',
    line('b {{achalasia}}'),
    '{{achalasia}}',
    'give the line "when": { "fact": "achalasia", "is": "present" }',
  ],
  ['item without each', 'cards.json', line('c {{item}} zz'), '{{item}} zz', 'give the line "each"'],
  [
    'list that may be unknown',
    'cards.json',
    line('d {{item}}', { each: 'troponin-results' }),
    '',
    '"fact": "troponin-results"',
  ],
  ['line that begins with a placeholder', 'cards.json', line('{{scope}} zz'), '', 'put a word before it'],
  ['forbidden words', 'cards.json', line('It is SAFE zz'), 'SAFE zz', 'say what was checked and found'],
  ['forbidden sign', 'cards.json', line('Hurry zz!'), '!"', 'end the sentence with a full stop'],
  [
    'block unknown',
    'cards.json',
    push('cards.troponin-not-found.detail', { block: 'limitss' }),
    '"limitss"',
    'write "limits"',
  ],
  [
    'block of no card',
    'cards.json',
    set('blocks.idle-block', [{ line: 'x' }]),
    '"idle-block"',
    'show it in a detail with { "block": "idle-block" }',
  ],
  ['block in a block', 'cards.json', push('blocks.ask', { block: 'limits' }), '', 'write the lines of the inner block'],
  [
    'summary too long',
    'cards.json',
    set('cards.troponin-elevated.summary', [{ text: `zz8${'x'.repeat(150)}` }]),
    '',
    'shorten it by 14 characters',
  ],
  [
    'summary on two lines',
    'cards.json',
    set('cards.troponin-pending.summary', [{ text: 'zz9\nb' }]),
    '\\nb"',
    'on one line',
  ],
  [
    'summary of any length',
    'cards.json',
    set('cards.troponin-stale.summary', [{ text: 'zz10 {{older-troponin}}' }]),
    '{{older-troponin}}"',
    'quote it in the detail',
  ],
  [
    'last choice with a condition',
    'cards.json',
    set('cards.acs-on-record.indicator', [{ when: present('scope'), is: 'info' }]),
    '',
    'add a choice without "when"',
  ],
  [
    'choice that hides the next',
    'cards.json',
    set('cards.troponin-not-serial.indicator', [{ is: 'info' }, { is: 'critical' }]),
    '',
    'make it the last',
  ],
  ['words for a gap missing', 'cards.json', set('gapReasons.timeout', undefined), '', 'add "timeout"'],
  ['reason unknown', 'cards.json', set('gapReasons.refusedd', 'x'), '"refusedd"', 'write "refused"'],
  [
    'card of no row',
    'cards.json',
    set('cards.idle-card', {
      indicator: [{ is: 'info' }],
      summary: [{ text: 'x' }],
      detail: [{ line: 'x' }],
      references: [],
    }),
    '"idle-card"',
    'name it as "card" of a row',
  ],
  ['suggestion unknown', 'cards.json', set('cards.troponin-pending.suggestions', ['ecgq']), '"ecgq"', 'write'],
  [
    'wrong check digit',
    'valuesets/ecg.json',
    set('compose.include.1.concept.0.code', '11524-0'),
    '"11524-0"',
    'a digit is probably mistyped',
  ],
  [
    'code twice',
    'valuesets/fall.json',
    (content) => {
      const concepts = reach(content, ['compose', 'include', '0', 'concept']);
      concepts.push({ ...(concepts[0] as object), display: 'zz-again' });
    },
    '',
    'take one of the two out',
  ],
  [
    'system in another spelling',
    'valuesets/ecg.json',
    set('compose.include.0.system', 'https://snomed.info/sct'),
    '"https://snomed.info/sct"',
    'write "http://snomed.info/sct"',
  ],
  [
    'code without display',
    'valuesets/achalasia.json',
    set('compose.include.0.concept.0.display', undefined),
    '',
    'add "display"',
  ],
  ['value set of nobody', 'valuesets/idle.json', () => undefined, '', 'name it in "valueSets"'],
];

const SHAPE: readonly Row[] = [
  ['member misspelt', 'topic.json', set('titel', 'x'), '"titel"', 'write "title"'],
  ['member missing', 'topic.json', set('services.1.title', undefined), '', 'add "title": '],
  ['no number', 'topic.json', set('thresholds.vitals-age.value', 'zz-a day'), '"zz-a day"', 'a number, without quotes'],
  ['number below zero', 'topic.json', set('thresholds.six-weeks.value', -42), '-42', 'at least 0'],
  ['hook unknown', 'topic.json', set('services.0.hook', 'patient-views'), '"patient-views"', 'write "patient-view"'],
  ['version', 'topic.json', set('version', '1.x'), '"1.x"', 'like 1.2.0'],
  ['words listed twice', 'topic.json', push('neverSay', 'safe'), '', 'take one of the two out: number'],
  [
    'indicator',
    'cards.json',
    set('cards.troponin-elevated.indicator', [{ is: 'danger' }]),
    '"danger"',
    'write one of info, warning, critical',
  ],
  ['empty text', 'cards.json', set('closing', ''), '', 'must not be empty'],
  ['line of no form', 'cards.json', line('zz', { evidence: 'V' }), '', '"evidence" only with "source"'],
  [
    'criterion of no form',
    'cases.json',
    push('columns.0.rows', row('Y1', { when: { fact: 'scope', iss: 'present' } })),
    '',
    '{ "fact": …, "is": "present", "absent" or "unknown" }',
  ],
  [
    'row without evidence',
    'cases.json',
    push('columns.0.rows', row('zz-row', { evidence: undefined })),
    '"zz-row"',
    'add "evidence": "',
  ],
  ['list empty', 'facts.json', set('facts.achalasia.valueSets', []), '', 'give at least 1'],
  [
    'kind of fact',
    'facts.json',
    set('facts.syncope.kind', 'conditionn'),
    '"conditionn"',
    'write one of condition, procedure',
  ],
  ['another resource', 'valuesets/ecg.json', set('resourceType', 'CodeSystem'), '"CodeSystem"', 'write "ValueSet"'],
];

interface Broken {
  readonly message: string;
  readonly texts: ReadonlyMap<string, string>;
  readonly folder: string;
}

/** Makes all slips at once, so that each must be found beside the others. */
function breakAll(name: string, rows: readonly Row[]): Broken {
  const cards = join(copy, name);
  const folder = join(cards, 'esophageal-spasm');
  cpSync(CARDS, cards, { recursive: true });
  cpSync(join(folder, 'valuesets/fall.json'), join(folder, 'valuesets/idle.json'));
  const texts = new Map<string, string>();
  for (const [, file, edit] of rows) {
    const content = JSON.parse(texts.get(file) ?? readFileSync(join(folder, file), 'utf8')) as object;
    edit(content);
    if (file === 'valuesets/idle.json') Reflect.set(content, 'id', 'idle');
    texts.set(file, JSON.stringify(content, undefined, 2));
  }
  for (const [file, text] of texts) writeFileSync(join(folder, file), text);
  try {
    loadTopic(folder, join(cards, 'schema'), CODE_KNOWLEDGE);
  } catch (error) {
    if (error instanceof ContentError) return { message: error.message, texts, folder };
    throw error;
  }
  throw new Error('nothing was found');
}

/** Line and column of an offset, worked out once more. */
function at(text: string, offset: number): string {
  const lines = text.slice(0, offset).split('\n');
  return `${String(lines.length)}:${String((lines.at(-1) ?? '').length + 1)}`;
}

describe.each([
  ['meaning', MEANING],
  ['shape', SHAPE],
])('a mistake of %s', (name, rows) => {
  let broken: Broken;

  beforeAll(() => {
    broken = breakAll(name, rows);
  });

  test.each(rows)('%s', (_slip, file, _edit, mark, mend) => {
    const text = broken.texts.get(file) ?? '';
    const offset = mark === '' ? -1 : text.indexOf(mark);
    expect(mark === '' || offset > 0).toBe(true);
    const path = relative(process.cwd(), join(broken.folder, file));
    const shown = path.startsWith('..') ? join(broken.folder, file) : path;
    const blocks = broken.message.split('\n\n').filter((block) => block.startsWith(shown));
    const wanted = blocks.filter((block) => block.includes('To mend it: ') && block.includes(mend));
    expect({ mend, blocks: wanted.length === 0 ? blocks : [] }).toEqual({ mend, blocks: [] });
    const places = wanted.map((block) => block.slice(shown.length + 1, block.indexOf('\n')));
    if (offset > 0) expect(places).toContain(at(text, offset));
    else expect(places.every((place) => /^\d+:\d+$/.test(place))).toBe(true);
  });

  test('every problem says how to mend it, and shows its line', () => {
    const blocks = broken.message.split('\n\n').slice(1);
    expect(blocks.length).toBeGreaterThanOrEqual(rows.length);
    expect(
      blocks.filter((block) => !/^\S+:\d+:\d+\n *\d+ \| .*\n +\| +\^+\n {2}\S.*\n {2}To mend it: ./.test(block)),
    ).toEqual([]);
  });
});

test.each([
  ['member', '/b', undefined, '3:8'],
  ['escaped member', '/c~1d', undefined, '4:10'],
  ['element by number', '/list/1', undefined, '5:31'],
  ['element by name', '/list/two', undefined, '5:31'],
  ['element by name, deeper', '/two', undefined, '5:31'],
  ['member of an element by name', '/list/two/x', undefined, '5:43'],
  ['text within', '/list/two', 'uu', '5:43'],
  ['nowhere', '/nowhere', undefined, undefined],
])('the place of a %s', (_, place, near, wanted) => {
  const text = '{\n  "a": 1,\n  "b": "x",\n  "c/d": 2,\n  "list": [{"id":"one"},{"id":"two", "x": "uu"}]\n}\n';
  const found = placeIn(text, { file: '', place, message: '', ...(near !== undefined && { near }) });
  expect(found === undefined ? undefined : `${String(found.line)}:${String(found.column)}`).toBe(wanted);
});

test('a long line is shown around the place, and a file that is gone is only named', () => {
  const folder = join(copy, 'long');
  cpSync(CARDS, folder, { recursive: true });
  writeFileSync(join(folder, 'x.json'), `{"a": "${'y'.repeat(400)} zz", "b": 1}`);
  const message = (file: string) =>
    new ContentError(folder, [{ file, place: '/a', message: 'is c', near: 'zz' }]).message;
  const [, excerpt = '', mark = ''] = message('x.json').split('\n\n')[1]?.split('\n') ?? [];
  expect(excerpt.length).toBeLessThan(140);
  expect(excerpt.slice(mark.indexOf('^')).startsWith('zz"')).toBe(true);
  expect(message('gone.json').split('\n\n')[1]).toBe(`${join(folder, 'gone.json')}\n  at /a is c`);
});

test('a problem that several cards share is told once', () => {
  const shared = { file: 'cards.json', place: '/blocks/x/0', message: 'is wrong' };
  const { problems, descriptions, message } = new ContentError('nowhere', [
    shared,
    { ...shared, place: '/blocks/x/1' },
    { ...shared },
    { ...shared, near: 'x' },
  ]);
  expect(problems.map(({ place, near }) => [place, near])).toEqual([
    ['/blocks/x/0', undefined],
    ['/blocks/x/1', undefined],
    ['/blocks/x/0', 'x'],
  ]);
  expect(descriptions).toHaveLength(3);
  expect(message).toContain('has 3 problems');
});

test('every phrase that no card may say has other words', () => {
  const without = topic().topic.neverSay.filter((phrase) => sayInstead(phrase).startsWith('say it in other words'));
  expect(without).toEqual(['sanatorium', 'alendronate is']);
});
