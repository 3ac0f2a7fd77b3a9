import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CODE_KNOWLEDGE } from '../../src/facts/derived/index.js';
import type { CardsFile, FactsFile, SafetyFile, TopicFile } from '../../src/knowledge/content-types.js';
import { loadTopics } from '../../src/knowledge/load-topics.js';
import type { Topic } from '../../src/knowledge/topic.js';
import { compareOnce, readArguments, type Arguments, type WhatIfTools } from '../../src/what-if/command.js';
import { effectOf, type Effect } from '../../src/what-if/effect.js';
import { effectMarkdown } from '../../src/what-if/effect-markdown.js';
import { effectText } from '../../src/what-if/effect-text.js';
import { diffLines } from '../../src/what-if/line-diff.js';
import { runVignettes, type Run } from '../../src/what-if/run.js';
import { createSession, type Look } from '../../src/what-if/session.js';
import { loadStories, type Stories } from '../../src/what-if/vignette.js';
import { watchFolders } from '../../src/what-if/watch-folders.js';
import { waitUntil } from '../support/process.js';
import { CARDS, topic } from '../support/service.js';

/* What an edit of the content does to the vignettes: each names the right ones, and a broken content changes nothing. */

jest.setTimeout(60_000);

const ROOT = new URL('../../', import.meta.url).pathname;
const ALL = loadStories(join(ROOT, 'fixtures/esophageal-spasm'));

/** A few stories suffice here: red flags, nitrate with PDE5 inhibitor, pending and serial troponins. */
const CHOSEN = ['35', '36', '129', '130', '323', '326', '400', '401'];
const STORIES: Stories = { ...ALL, vignettes: ALL.vignettes.filter(({ id }) => CHOSEN.includes(id)) };

let folder: string;
let before: Run;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'what-if-'));
  before = await runVignettes(topic(), STORIES);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

let copies = 0;

type Edits = Readonly<Record<string, (content: never) => void>>;

/** A copy of `cards/` with some files changed. */
function copyOf(edits: Edits = {}): string {
  copies += 1;
  const cards = join(folder, String(copies));
  cpSync(CARDS, cards, { recursive: true });
  for (const [file, edit] of Object.entries(edits)) change(cards, file, edit);
  return cards;
}

function change(cards: string, file: string, edit: (content: never) => void): void {
  const path = join(cards, 'esophageal-spasm', file);
  const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
  edit(content as never);
  writeFileSync(path, JSON.stringify(content, undefined, 2));
}

function load(cards: string): Topic {
  const [loaded] = loadTopics(cards, CODE_KNOWLEDGE);
  if (loaded === undefined) throw new Error('no topic');
  return loaded;
}

async function effect(edits: Edits, stories = STORIES, from = before): Promise<Effect> {
  return effectOf(from, await runVignettes(load(copyOf(edits)), stories));
}

function the<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the content has changed: this edit cannot be made any more');
  return value;
}

const ruleN1 = ({ rules }: SafetyFile) => the(rules.find(({ id }) => id === 'N1'));
const summarize = ({ edited, changes, broken }: Effect) => ({
  edited: edited.map(({ name, how }) => `${name} ${how}`),
  changed: changes.map(({ id }) => id),
  broken: broken.map(({ id }) => id),
});

test('every vignette is answered by prefetch alone as it expects', async () => {
  const run = await runVignettes(topic(), ALL);
  expect(run.outcomes.size).toBeGreaterThan(400);
  const { broken, changes } = effectOf(run, run);
  expect({ broken, changes }).toEqual({ broken: [], changes: [] });
});

test('an edit that changes nothing but space says so', async () => {
  const told = await effect({ 'safety.json': () => undefined });
  expect(summarize(told)).toEqual({ edited: [], changed: [], broken: [] });
  expect(told.hash.from).not.toBe(told.hash.to);
  expect(effectText(told)).toContain(
    `content ${told.hash.from.slice(0, 12)} → ${told.hash.to.slice(0, 12)}; ${String(CHOSEN.length)} vignettes\nNo vignette changed.`,
  );
});

test('a change of wording is one group with all its vignettes, and no other answer', async () => {
  const told = await effect({ 'cards.json': (cards: CardsFile) => (cards.closing = 'Judge for yourself.') });
  const [group, ...others] = told.wording;
  const shown = [...before.outcomes.values()]
    .filter(({ cards }) => cards.length > 0)
    .map(({ vignette }) => vignette.id);
  expect(others).toEqual([]);
  expect(group).toMatchObject({ old: [topic().cards.closing], new: ['Judge for yourself.'], vignettes: shown });
  expect(effectText(told)).toContain(`      − ${topic().cards.closing}\n      + Judge for yourself.`);
  expect(effectText(told)).not.toContain('Other answers');
  expect(effectMarkdown(told)).toContain('```diff\n- ');
});

test('a milder level names the vignettes of the rule, and those that expect the graver one', async () => {
  const told = await effect({
    'safety.json': (safety: SafetyFile) => (the(ruleN1(safety).levels[0]).level = 'caution'),
  });
  expect(summarize(told)).toEqual({
    edited: ['rule N1 edited'],
    changed: ['323', '326', '35', '36', '400', '401'].sort(),
    broken: expect.arrayContaining(['35', '36', '400', '401']) as unknown,
  });
});

test('another indicator is said as such', async () => {
  const told = await effect({
    'safety.json': (safety: SafetyFile) => (the(ruleN1(safety).card).active = 'warning'),
  });
  expect(told.changes.find(({ id }) => id === '400')?.indicators).toEqual([
    { card: 'safety-n1', from: 'critical', to: 'warning' },
  ]);
  expect(told.broken.map(({ id }) => id)).toContain('400');
  expect(effectText(told)).toMatch(/ {2}400 .*\n(?:.*\n)* {6}indicator +safety-n1: critical → warning/);
});

test('a rule that is gone takes its cards and its name out of the answers', async () => {
  const told = await effect({
    'safety.json': (safety: SafetyFile) => (safety.rules = safety.rules.filter(({ id }) => id !== 'N1')),
  });
  expect(summarize(told).edited).toEqual(['rule N1 gone']);
  const change35 = told.changes.find(({ id }) => id === '35');
  expect(change35?.cards.gone).toEqual(['safety-n1 critical']);
  expect(change35?.rules.gone).toContain('S-N1');
  expect(told.broken.map(({ id }) => id)).toContain('35');
});

test('another threshold names the vignettes that lie between the two', async () => {
  const run = await runVignettes(topic(), ALL);
  const edits: Edits = { 'topic.json': ({ thresholds }: TopicFile) => (the(thresholds['pde5-lookback']).value = 30) };
  const told = await effect(edits, ALL, run);
  const touched = told.changes.map(({ id }) => id);
  expect(told.edited.map(({ name }) => name)).toEqual(['threshold pde5-lookback']);
  // Dispensed or completed 56 and 60 days ago.
  expect(touched).toEqual(expect.arrayContaining(['339', '400']));
  expect(touched).not.toContain('36');
});

test('an edit that no vignette can show asks for one', async () => {
  const empty = { ...STORIES, vignettes: STORIES.vignettes.filter(({ id }) => id === '129') };
  const run = await runVignettes(topic(), empty);
  const told = await effect(
    { 'safety.json': (safety: SafetyFile) => (ruleN1(safety).taking = ['pde5-inhibitor']) },
    empty,
    run,
  );
  expect(told.changes).toEqual([]);
  const threshold = await effect({
    'topic.json': ({ thresholds }: TopicFile) => (the(thresholds['toxin-lookback']).value += 1),
  });
  expect(effectText(threshold)).toContain('No vignette changed.\nNo vignette tells the difference');
});

test('data that are required and no longer found are a refusal, never silence', async () => {
  const told = await effect({
    'facts.json': ({ needs }: FactsFile) => (the(needs.find(({ key }) => key === 'conditions')).category = 'nowhere'),
  });
  for (const { cards } of told.changes) expect(cards.new).toEqual([]);
  expect(told.broken.length).toBeGreaterThan(0);
});

test.each([
  ['nothing', 'a b', 'a b', []],
  ['a line', 'a b c', 'a x c', [['b', 'x']]],
  [
    'two lines each',
    'a b c',
    'a x y',
    [
      ['b', 'x'],
      ['c', 'y'],
    ],
  ],
  ['more than there was', 'a c', 'a b d c', [['', 'b d']]],
  ['the end', 'a b', 'a', [['b', '']]],
  ['all', 'a', 'b c', [['a', 'b c']]],
])('a diff of %s', (_, old, fresh, wanted) => {
  const hunks = diffLines(old.split(' '), fresh.split(' ')).map((hunk) => [hunk.old.join(' '), hunk.new.join(' ')]);
  expect(hunks).toEqual(wanted);
});

describe('a session', () => {
  const sessionOf = (cards: string) =>
    createSession({ loadContent: () => loadTopics(cards, CODE_KNOWLEDGE), loadStories: () => STORIES }, [topic()]);

  test('keeps the last good content while a file is broken, and compares with it', async () => {
    const cards = copyOf();
    const file = join(cards, 'esophageal-spasm/safety.json');
    const session = sessionOf(cards);
    expect(await session.look()).toMatchObject({ kind: 'changed', sinceStart: 0 });
    expect(await session.look()).toEqual({ kind: 'unchanged' });
    const good = readFileSync(file, 'utf8');
    writeFileSync(file, good.slice(0, 3000));
    expect(await session.look()).toMatchObject({
      kind: 'broken',
      message: expect.stringMatching(/safety\.json:\d+:\d+\n/) as unknown,
    });
    rmSync(file);
    expect(await session.look()).toMatchObject({ kind: 'broken' });
    writeFileSync(file, good);
    expect(await session.look()).toEqual({ kind: 'mended' });
    change(cards, 'safety.json', (safety: SafetyFile) => (the(ruleN1(safety).card).active = 'warning'));
    const first = await session.look();
    change(cards, 'cards.json', (texts: CardsFile) => (texts.closing = 'Judge for yourself.'));
    const second = await session.look();
    expect(
      [first, second].map((look) => look.kind === 'changed' && look.effects[0]?.edited.map(({ name }) => name)),
    ).toEqual([['rule N1'], ['cards.json closing']]);
    expect(second).toMatchObject({ kind: 'changed', sinceStart: CHOSEN.length });
  });

  test('sees a save in the folder', async () => {
    const cards = copyOf();
    const session = sessionOf(cards);
    const looks: Look[] = [await session.look()];
    const look = async () => void looks.push(await session.look());
    const watching = await watchFolders({ folders: [cards], settleMs: 50, look });
    change(cards, 'cards.json', (texts: CardsFile) => (texts.closing = 'Judge for yourself.'));
    await waitUntil(() => Promise.resolve(looks.some(({ kind }, index) => index > 0 && kind === 'changed')));
    await watching.close();
    const seen = looks.length;
    change(cards, 'cards.json', (texts: CardsFile) => (texts.closing = 'Nobody looks any more.'));
    expect(looks.length).toBe(seen);
  });
});

describe('--once', () => {
  const tools = (cards: string): WhatIfTools => ({
    root: ROOT,
    cards,
    loadContent: (path) => loadTopics(path, CODE_KNOWLEDGE),
    loadStories: () => STORIES,
  });
  const given = (...args: readonly string[]): Arguments => {
    const read = readArguments(['--once', ...args]);
    if (typeof read === 'string') throw new Error(read);
    return read;
  };
  const worded: Edits = { 'cards.json': (cards: CardsFile) => (cards.closing = 'Judge for yourself.') };
  const milder: Edits = { 'safety.json': (safety: SafetyFile) => (the(ruleN1(safety).card).active = 'warning') };

  test.each<[string, Edits, 0 | 1, string]>([
    ['nothing changed', {}, 0, 'No vignette changed.'],
    ['wording changed, and every vignette gets what it expects', worded, 0, '+ Judge for yourself.'],
    ['a vignette does not get what it expects', milder, 1, 'Not as the vignettes expect'],
    [
      'broken content',
      { 'safety.json': (safety: SafetyFile) => (ruleN1(safety).taking = ['nitrates']) },
      1,
      'To mend it: write "nitrate"',
    ],
  ])('%s', async (_, edits, exitCode, words) => {
    const result = await compareOnce(given('--against', CARDS), tools(copyOf(edits)));
    expect({ exitCode: result.exitCode, says: result.text.includes(words) }).toEqual({ exitCode, says: true });
  });

  test('compares with a folder that holds a cards folder, and with another content', async () => {
    const other = copyOf(worded);
    const { text } = await compareOnce(given('--against', ROOT, '--content', other, '--format', 'json'), tools(CARDS));
    expect((JSON.parse(text) as { readonly effects: readonly Effect[] }).effects[0]?.changes.length).toBeGreaterThan(0);
  });

  test.each([
    ['no such reference', 'no-such-branch', 'neither a folder'],
    ['an option of git', '--output=x', 'is no reference'],
    ['a folder without content', tmpdir(), 'neither a folder'],
  ])('%s cannot be compared with', async (_, against, words) => {
    const result = await compareOnce({ ...given(), against }, tools(CARDS));
    expect({ exitCode: result.exitCode, says: result.text.includes(words) }).toEqual({ exitCode: 2, says: true });
  });

  test('a content that does not load cannot be compared with', async () => {
    const broken = copyOf({ 'safety.json': (safety: SafetyFile) => (ruleN1(safety).taking = ['nitrates']) });
    expect(await compareOnce(given('--against', broken), tools(CARDS))).toMatchObject({ exitCode: 2 });
  });

  test.each([
    [['--once', '--format', 'html'], 'text, markdown, json'],
    [['--format', 'json'], '--format goes with --once'],
    [['--onse'], '--onse'],
  ])('%j is not understood', (args, words) => {
    expect(readArguments(args)).toContain(words);
  });
});
