import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ValueSet } from 'fhir/r4.js';
import { CODE_KNOWLEDGE } from '../../src/facts/derived/index.js';
import { hasValidCheckDigit } from '../../src/fhir/check-digit.js';
import { LOINC, SNOMED_CT } from '../../src/fhir/code-system.js';
import { DAY, HOUR, MINUTE } from '../../src/fhir/date-time.js';
import { ContentError, didYouMean, type ContentProblem } from '../../src/knowledge/content-problem.js';
import type {
  CardsFile,
  CaseRow,
  CasesFile,
  Criterion,
  DerivedFact,
  FactsFile,
  ObservationFact,
  Threshold,
  TopicFile,
} from '../../src/knowledge/content-types.js';
import { loadTopic, loadTopics } from '../../src/knowledge/load-topics.js';
import { readThresholds, THRESHOLD_NAMES } from '../../src/knowledge/thresholds.js';
import { placeholdersOf, serviceIdOf, type Topic } from '../../src/knowledge/topic.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CARDS = join(ROOT, 'cards');
const TOPIC = 'esophageal-spasm';
const VALUE_SETS = join(CARDS, TOPIC, 'valuesets');

let copy: string;
let folder: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'cards-'));
  folder = join(copy, TOPIC);
  cpSync(CARDS, copy, { recursive: true });
});

afterAll(() => {
  rmSync(copy, { recursive: true, force: true });
});

/** Files of a topic's folder as they are to be, and null for one that is to be missing. */
type Files = Record<string, string | null>;
type Slip = (files: Files) => void;

function original(file: string): string {
  return readFileSync(join(CARDS, TOPIC, file), 'utf8');
}

function load(): Topic {
  return loadTopic(folder, join(copy, 'schema'), CODE_KNOWLEDGE);
}

/** Loads the content with the slips made, and puts everything back. */
function problemsWith(...slips: readonly Slip[]): readonly ContentProblem[] {
  const files: Files = {};
  for (const slip of slips) slip(files);
  for (const [file, text] of Object.entries(files)) {
    if (text === null) rmSync(join(folder, file));
    else writeFileSync(join(folder, file), text);
  }
  try {
    load();
    return [];
  } catch (error) {
    if (!(error instanceof ContentError)) throw error;
    expect(error.problems.every(({ message }) => error.message.includes(message))).toBe(true);
    return error.problems;
  } finally {
    for (const file of Object.keys(files)) {
      rmSync(join(folder, file), { force: true });
      if (existsSync(join(CARDS, TOPIC, file))) writeFileSync(join(folder, file), original(file));
    }
  }
}

type Change<T> = (change: (content: T) => void) => Slip;

function inJson(file: string) {
  return (change: (content: never) => void): Slip =>
    (files) => {
      const content: unknown = JSON.parse(files[file] ?? original(file));
      change(content as never);
      files[file] = JSON.stringify(content);
    };
}

const inTopic: Change<TopicFile> = inJson('topic.json');
const inFacts: Change<FactsFile> = inJson('facts.json');
const inCases: Change<CasesFile> = inJson('cases.json');
const inCards: Change<CardsFile> = inJson('cards.json');
const inSet = (id: string): Change<ValueSet> => inJson(`valuesets/${id}.json`);

const replace =
  (file: string, text: string | null): Slip =>
  (files) => {
    files[file] = text;
  };

function the<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the content has changed: this slip cannot be made any more');
  return value;
}

const rowOf = (cases: CasesFile, id: string): CaseRow =>
  the(cases.columns.flatMap(({ rows }) => rows).find((row) => row.id === id));
const cardOf = (cards: CardsFile, id: string) => the(cards.cards[id]);
const concepts = (valueSet: ValueSet, system: string) =>
  the(valueSet.compose?.include.find((include) => include.system === system)?.concept);
const calculated = (facts: FactsFile, name: string) => the(facts.facts[name]) as DerivedFact;
const measured = (facts: FactsFile, name: string) => the(facts.facts[name]) as ObservationFact;
const present = (fact: string): Criterion => ({ fact, is: 'present' });

/** Where a line stands that is added to a block as it is shipped. */
function endOf(block: string): string {
  const { blocks } = JSON.parse(original('cards.json')) as CardsFile;
  return `/blocks/${block}/${String(the(blocks[block]).length)}`;
}

type Row = readonly [slip: string, make: Slip, file: string, place: string, message: string];

const CRITERIA: readonly Row[] = [
  [
    'fact misspelt in a row',
    inCases((cases) => (rowOf(cases, 'E').when = present('elevated-troponon'))),
    'cases.json',
    '/columns/cardiac/E',
    'unknown fact "elevated-troponon", did you mean "elevated-troponin"?',
  ],
  [
    'fact misspelt in the cohort',
    inCases((cases) => (cases.cohort = present('scop'))),
    'cases.json',
    '/cohort',
    'unknown fact "scop", did you mean "scope"?',
  ],
  [
    'fact misspelt in a silent row',
    inCases((cases) => (the(cases.silent[0]).when = present('diseased'))),
    'cases.json',
    '/silent/deceased',
    'unknown fact "diseased", did you mean "deceased"?',
  ],
  [
    'fact misspelt deep in a named criterion',
    inFacts((facts) => (the(facts.criteria['red-flag']).when = { all: [{ not: { any: [present('syncop')] } }] })),
    'facts.json',
    '/criteria/red-flag',
    'unknown fact "syncop", did you mean "syncope"?',
  ],
  [
    'fact misspelt in the condition of a line',
    inCards((cards) => (the(cards.blocks['ecg']?.[0]).when = present('ecgs'))),
    'cards.json',
    '/blocks/ecg/0',
    'unknown fact "ecgs", did you mean "ecg"?',
  ],
  [
    'fact misspelt in the condition of an indicator',
    inCards((cards) => (the(cardOf(cards, 'troponin-not-found').indicator[0]).when = present('syncopy'))),
    'cards.json',
    '/cards/troponin-not-found',
    'unknown fact "syncopy", did you mean "syncope"?',
  ],
  [
    'named criterion misspelt',
    inCards((cards) => (the(cardOf(cards, 'troponin-not-found').indicator[0]).when = { criterion: 'red-flags' })),
    'cards.json',
    '/cards/troponin-not-found',
    'unknown criterion "red-flags", did you mean "red-flag"?',
  ],
  [
    'circular named criteria',
    inFacts((facts) => (the(facts.criteria['hypotension']).when = { not: { criterion: 'red-flag' } })),
    'facts.json',
    '/criteria/red-flag',
    'is circular: hypotension > red-flag > hypotension',
  ],
  [
    'code that the fact never has',
    inCases((cases) => (rowOf(cases, 'S2c').when = { fact: 'scope', value: 'S2' })),
    'cases.json',
    '/columns/cardiac/S2c',
    'asks fact "scope" for "S2", which it never is',
  ],
  [
    'code of a fact that has none',
    inCases((cases) => (rowOf(cases, 'S2c').when = { fact: 'achalasia', value: 'K22.0' })),
    'cases.json',
    '/columns/cardiac/S2c',
    'asks fact "achalasia" for "K22.0", which it never is',
  ],
  [
    'case that does not exist',
    inCases((cases) => (rowOf(cases, 'T').when = { fact: 'cardiac-case', value: 'Z' })),
    'cases.json',
    '/columns/therapy/T',
    'asks fact "cardiac-case" for "Z", which it never is',
  ],
  [
    'case of a column not answered yet',
    inCases((cases) => (rowOf(cases, 'E').when = { fact: 'therapy-case', value: 'T' })),
    'cases.json',
    '/columns/cardiac/E',
    'unknown fact "therapy-case"',
  ],
  [
    'unknown form',
    inCases((cases) => (rowOf(cases, 'E').when = { fact: 'scope', iss: 'present' } as unknown as Criterion)),
    'cases.json',
    '/columns/1/rows/0/when',
    'is none of the forms allowed here',
  ],
  [
    'two fallbacks',
    inCases((cases) => (rowOf(cases, 'A').isFallback = true)),
    'cases.json',
    '/columns/cardiac',
    'has more than one fallback',
  ],
  ['row id twice', inCases((cases) => (rowOf(cases, 'A').id = 'T')), 'cases.json', '/T', 'is listed twice'],
];

const FACTS: readonly Row[] = [
  [
    'calculated fact misspelt',
    inFacts((facts) => {
      facts.facts['seriall'] = the(facts.facts['serial']);
    }),
    'facts.json',
    '/facts/seriall',
    'unknown calculated fact "seriall", did you mean "serial"?',
  ],
  [
    'need misspelt in a calculated fact',
    inFacts((facts) => (calculated(facts, 'age').needs = ['patients'])),
    'facts.json',
    '/facts/age',
    'unknown need "patients", did you mean "patient"?',
  ],
  [
    'need misspelt in a measurement',
    inFacts((facts) => (measured(facts, 'heart-rate').need = 'vital')),
    'facts.json',
    '/facts/heart-rate',
    'unknown need "vital", did you mean "vitals"?',
  ],
  [
    'need listed twice',
    inFacts((facts) => facts.needs.push(the(facts.needs[0]))),
    'facts.json',
    '/needs/patient',
    'is listed twice',
  ],
  [
    'value set misspelt in a fact',
    inFacts((facts) => (measured(facts, 'heart-rate').valueSets = ['heart-rates'])),
    'facts.json',
    '/facts/heart-rate',
    'unknown value set "heart-rates", did you mean "heart-rate"?',
  ],
  [
    'threshold misspelt in a fact',
    inFacts((facts) => (measured(facts, 'heart-rate').within = 'vital-age')),
    'facts.json',
    '/facts/heart-rate',
    'unknown threshold "vital-age", did you mean "vitals-age"?',
  ],
  [
    'unknown kind of fact',
    inFacts((facts) => ((the(facts.facts['achalasia']) as { kind: string }).kind = 'conditions')),
    'facts.json',
    '/facts/achalasia',
    '',
  ],
  [
    'missing threshold',
    inTopic(({ thresholds }) => {
      delete thresholds['dynamic-change'];
    }),
    'topic.json',
    '/thresholds',
    'lacks "dynamic-change"',
  ],
  [
    'unknown threshold',
    inTopic(({ thresholds }) => {
      thresholds['dynamic-changes'] = the(thresholds['dynamic-change']);
    }),
    'topic.json',
    '/thresholds',
    'unknown threshold "dynamic-changes", did you mean "dynamic-change"?',
  ],
  [
    'threshold below zero',
    inTopic(({ thresholds }) => (the(thresholds['vitals-age']).value = -1)),
    'topic.json',
    '/thresholds/vitals-age/value',
    'must be >= 0',
  ],
  [
    'unknown hook',
    inTopic(({ services }) => ((the(services[0]) as { hook: string }).hook = 'patient-views')),
    'topic.json',
    '/services/0/hook',
    'must be equal to one of the allowed values: patient-view',
  ],
  [
    'unknown member',
    inTopic((topic) => ((topic as unknown as Record<string, unknown>)['titel'] = 'x')),
    'topic.json',
    '',
    'has an unknown member "titel"',
  ],
  [
    'unknown member deep inside',
    inCases((cases) => ((rowOf(cases, 'E') as unknown as Record<string, unknown>)['isfallback'] = true)),
    'cases.json',
    '/columns/1/rows/0',
    'has an unknown member "isfallback"',
  ],
  ['broken JSON', replace('cases.json', '{ "cohort": '), 'cases.json', '', 'is no valid JSON'],
  ['empty file', replace('cards.json', ''), 'cards.json', '', 'is no valid JSON'],
  ['another JSON value', replace('facts.json', '[]'), 'facts.json', '', 'must be object'],
  ...['topic.json', 'facts.json', 'cases.json', 'cards.json'].map((file): Row => [
    `${file} missing`,
    replace(file, null),
    file,
    '',
    'is missing',
  ]),
];

const CODES: readonly Row[] = [
  [
    'value set file missing',
    replace('valuesets/ecg.json', null),
    'facts.json',
    '/needs/studies',
    'unknown value set "ecg"',
  ],
  [
    'value set missing that only the code reads',
    replace('valuesets/sex-male.json', null),
    'valuesets/sex-male.json',
    '',
    'unknown value set "sex-male"',
  ],
  [
    'value set without codes',
    inSet('ecg')((valueSet) => concepts(valueSet, LOINC).splice(0)),
    'valuesets/ecg.json',
    '/compose/include/1/concept',
    'must NOT have fewer than 1 items',
  ],
  [
    'value set without systems',
    inSet('ecg')((valueSet) => the(valueSet.compose).include.splice(0)),
    'valuesets/ecg.json',
    '/compose/include',
    'must NOT have fewer than 1 items',
  ],
  [
    'wrong LOINC check digit',
    inSet('ecg')((valueSet) => (the(concepts(valueSet, LOINC)[0]).code = '11524-0')),
    'valuesets/ecg.json',
    `${LOINC}|11524-0`,
    'has a wrong check digit',
  ],
  [
    'wrong SNOMED CT check digit',
    inSet('ecg')((valueSet) => (the(concepts(valueSet, SNOMED_CT)[0]).code = '29303008')),
    'valuesets/ecg.json',
    `${SNOMED_CT}|29303008`,
    'has a wrong check digit',
  ],
  [
    'code twice',
    inSet('ecg')((valueSet) => concepts(valueSet, LOINC).push(the(concepts(valueSet, LOINC)[0]))),
    'valuesets/ecg.json',
    `${LOINC}|11524-6`,
    'is listed twice',
  ],
  [
    'code without display',
    inSet('ecg')((valueSet) => {
      delete the(concepts(valueSet, LOINC)[0]).display;
    }),
    'valuesets/ecg.json',
    `${LOINC}|11524-6`,
    'has no display',
  ],
  [
    'CPT with a display',
    inSet('ecg')((valueSet) => (the(concepts(valueSet, 'http://www.ama-assn.org/go/cpt')[0]).display = 'ECG')),
    'valuesets/ecg.json',
    'http://www.ama-assn.org/go/cpt|',
    'must not carry a display',
  ],
  [
    'system in another spelling',
    inSet('ecg')((valueSet) => (the(valueSet.compose?.include[1]).system = 'https://loinc.org')),
    'valuesets/ecg.json',
    'https://loinc.org',
    `must be written ${LOINC}`,
  ],
  [
    'file named otherwise than its id',
    inSet('ecg')((valueSet) => (valueSet.id = 'ecgs')),
    'valuesets/ecg.json',
    '/id',
    'must be the name of the file',
  ],
  [
    'value set that nothing uses',
    (files) => {
      files['valuesets/idle.json'] = original('valuesets/fall.json').replace('"fall"', '"idle"');
    },
    'valuesets/idle.json',
    '',
    'is used by no need, fact, drug class or order',
  ],
  [
    'another resource',
    inSet('ecg')((valueSet) => ((valueSet as { resourceType: string }).resourceType = 'CodeSystem')),
    'valuesets/ecg.json',
    '/resourceType',
    'must be equal to constant',
  ],
  ['broken value set', replace('valuesets/ecg.json', '{'), 'valuesets/ecg.json', '', 'is no valid JSON'],
];

const WORDING: readonly Row[] = [
  [
    'card without text',
    inCases((cases) => (rowOf(cases, 'E').card = 'troponin-elevatd')),
    'cases.json',
    '/E',
    'names the card "troponin-elevatd", which has no text in cards.json, did you mean "troponin-elevated"?',
  ],
  [
    'card used by no row',
    inCards(({ cards }) => (cards['troponin-lost'] = the(cards['acs-on-record']))),
    'cards.json',
    '/cards/troponin-lost',
    'is used by no row of cases.json',
  ],
  [
    'placeholder for nothing',
    inCards((cards) => cardOf(cards, 'troponin-stale').detail.push({ line: '{{older-troponn}}' })),
    'cards.json',
    '/cards/troponin-stale/detail/',
    'quotes {{older-troponn}}, which is no fact, did you mean "older-troponin"?',
  ],
  [
    'placeholder that may be unknown there',
    inCards((cards) => cardOf(cards, 'troponin-not-found').detail.push({ line: '{{achalasia}}' })),
    'cards.json',
    '/cards/troponin-not-found/detail/',
    'quotes {{achalasia}}, which may be unknown there',
  ],
  [
    'placeholder under a condition that may be met without it',
    inCards((cards) =>
      cardOf(cards, 'troponin-not-found').detail.push({
        when: { any: [present('achalasia'), present('syncope')] },
        line: '{{achalasia}}',
      }),
    ),
    'cards.json',
    '/cards/troponin-not-found/detail/',
    'quotes {{achalasia}}, which may be unknown there',
  ],
  [
    'placeholder of a card that becomes a fallback',
    inCases((cases) => {
      delete rowOf(cases, 'G').isFallback;
      rowOf(cases, 'B').isFallback = true;
    }),
    'cards.json',
    '/cards/troponin-stale/detail/',
    'quotes {{older-troponin}}, which may be unknown there',
  ],
  [
    'placeholder in a block that not every card may use',
    inCards(({ blocks }) => the(blocks['limits']).push({ line: '{{older-troponin}}' })),
    'cards.json',
    endOf('limits'),
    'quotes {{older-troponin}}, which may be unknown there',
  ],
  [
    'item without a list',
    inCards((cards) => cardOf(cards, 'troponin-not-found').detail.push({ line: '{{item}}' })),
    'cards.json',
    '/cards/troponin-not-found/detail/',
    'quotes {{item}}, which is no fact',
  ],
  [
    'list that may be unknown there',
    inCards((cards) => cardOf(cards, 'troponin-not-found').detail.push({ each: 'troponin-results', line: '{{item}}' })),
    'cards.json',
    '/cards/troponin-not-found/detail/',
    'repeats "troponin-results", which may be unknown there',
  ],
  [
    'summary of 140 characters',
    inCards((cards) => (the(cardOf(cards, 'troponin-elevated').summary.at(-1)).text = 'x'.repeat(140))),
    'cards.json',
    '/cards/troponin-elevated/summary/',
    'can reach 140 characters',
  ],
  [
    'summary that its longest value takes to 140 characters',
    inCards(
      (cards) =>
        (the(cardOf(cards, 'troponin-stale').summary.at(-1)).text = `${'x'.repeat(130)}{{older-troponin-date}}`),
    ),
    'cards.json',
    '/cards/troponin-stale/summary/',
    'can reach 140 characters',
  ],
  [
    'summary with a value of any length',
    inCards((cards) => (the(cardOf(cards, 'troponin-stale').summary.at(-1)).text = '{{older-troponin}}')),
    'cards.json',
    '/cards/troponin-stale/summary/',
    'quotes {{older-troponin}}, whose length has no maxLength',
  ],
  [
    'summary on two lines',
    inCards((cards) => (the(cardOf(cards, 'troponin-elevated').summary.at(-1)).text = 'a\nb')),
    'cards.json',
    '/cards/troponin-elevated/summary/',
    'has a line break',
  ],
  [
    'last summary with a condition',
    inCards((cards) => (the(cardOf(cards, 'troponin-elevated').summary.at(-1)).when = present('scope'))),
    'cards.json',
    '/cards/troponin-elevated/summary/',
    'must end with a choice that has no condition',
  ],
  [
    'last indicator with a condition',
    inCards((cards) => (the(cardOf(cards, 'troponin-elevated').indicator.at(-1)).when = present('scope'))),
    'cards.json',
    '/cards/troponin-elevated/indicator/',
    'must end with a choice that has no condition',
  ],
  [
    'choice that hides the next',
    inCards((cards) => cardOf(cards, 'troponin-elevated').indicator.unshift({ is: 'info' })),
    'cards.json',
    '/cards/troponin-elevated/indicator/0',
    'hides the ones after it',
  ],
  [
    'wrong indicator',
    inCards((cards) => ((the(cardOf(cards, 'troponin-elevated').indicator[0]) as { is: string }).is = 'danger')),
    'cards.json',
    '/cards/troponin-elevated/indicator/0/is',
    'must be equal to one of the allowed values: info, warning, critical',
  ],
  [
    'unknown block',
    inCards((cards) => cardOf(cards, 'troponin-elevated').detail.push({ block: 'limit' })),
    'cards.json',
    '/cards/troponin-elevated/detail/',
    'unknown block "limit", did you mean "limits"?',
  ],
  [
    'block in a block',
    inCards(({ blocks }) => the(blocks['ask']).push({ block: 'limits' })),
    'cards.json',
    '/cards/troponin-not-found/detail/',
    'names a block that holds a block',
  ],
  [
    'missing words for a gap',
    inCards(({ gapReasons }) => {
      delete gapReasons['timeout'];
    }),
    'cards.json',
    '/gapReasons',
    'has no words for "timeout"',
  ],
  [
    'words for a gap that does not exist',
    inCards(({ gapReasons }) => (gapReasons['timeouts'] = 'x')),
    'cards.json',
    '/gapReasons',
    'unknown reason "timeouts", did you mean "timeout"?',
  ],
  [
    'forbidden phrase in a line',
    inCards(({ blocks }) => the(blocks['ask']).push({ line: 'Myocardial Infarction excluded.' })),
    'cards.json',
    endOf('ask'),
    'says "infarction excluded", which no card may say',
  ],
  [
    'forbidden phrase in a summary',
    inCards((cards) => (the(cardOf(cards, 'troponin-elevated').summary.at(-1)).text = 'It is SAFE to go home.')),
    'cards.json',
    '/cards/troponin-elevated/summary/',
    'says "safe", which no card may say',
  ],
  [
    'forbidden phrase in the closing',
    inCards((cards) => (cards.closing = 'Cardiac cause excluded.')),
    'cards.json',
    '/closing',
    'says "cardiac cause excluded", which no card may say',
  ],
  [
    'unknown reference',
    inCards((cards) => cardOf(cards, 'troponin-elevated').references.push('esc-2032')),
    'cards.json',
    '/cards/troponin-elevated',
    'unknown reference "esc-2032", did you mean "esc-2023"?',
  ],
];

describe('the shipped content', () => {
  test('is whole, and says which content it is', () => {
    const [topic, ...others] = loadTopics(CARDS, CODE_KNOWLEDGE);
    expect(others).toEqual([]);
    expect(topic?.topic.id).toBe(TOPIC);
    expect(serviceIdOf(the(topic), 'patient-view')).toBe('esophageal-spasm-patient-view');
    expect(topic?.contentHash).toMatch(/^[0-9a-f]{64}$/);
    expect(topic?.contentHash).toBe(load().contentHash);
  });

  test('one changed byte of any file is another content', () => {
    const before = load().contentHash;
    const file = join(folder, 'valuesets/fall.json');
    writeFileSync(file, `${original('valuesets/fall.json')}\n`);
    expect(load().contentHash).not.toBe(before);
    writeFileSync(file, original('valuesets/fall.json'));
    expect(load().contentHash).toBe(before);
  });

  test.each(readdirSync(VALUE_SETS))('%s: every code has its check digit', (file) => {
    const valueSet = JSON.parse(original(`valuesets/${file}`)) as ValueSet;
    const tokens = (valueSet.compose?.include ?? []).flatMap(({ system = '', concept = [] }) =>
      concept.map(({ code }) => ({ system, code })),
    );
    expect(tokens.length).toBeGreaterThan(0);
    expect(tokens.filter(({ system, code }) => !hasValidCheckDigit(system, code))).toEqual([]);
  });

  test('the generated types are up to date', () => {
    const { status, stderr } = spawnSync(process.execPath, ['cards/schema/generate-types.mjs', '--check'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  }, 30_000);
});

describe.each([
  ['criteria', CRITERIA],
  ['facts and files', FACTS],
  ['codes', CODES],
  ['wording', WORDING],
])('a slip in %s', (_, rows) => {
  test.each(rows)('%s', (_slip, make, file, place, message) => {
    const found = problemsWith(make).map((problem) => ({
      file: problem.file,
      isThere: place.endsWith('/') || place.endsWith('|') ? problem.place.startsWith(place) : problem.place === place,
      saysSo: problem.message.includes(message),
    }));
    expect(found).toContainEqual({ file, isThere: true, saysSo: true });
  });
});

describe('several slips', () => {
  const byName = new Map([...CRITERIA, ...FACTS, ...CODES, ...WORDING].map((row) => [row[0], row]));

  test.each([
    [
      'names',
      [
        'fact misspelt in a row',
        'circular named criteria',
        'calculated fact misspelt',
        'missing threshold',
        'wrong LOINC check digit',
        'card without text',
        'forbidden phrase in a summary',
        'unknown reference',
      ],
    ],
    [
      'form',
      [
        'unknown form',
        'unknown kind of fact',
        'threshold below zero',
        'unknown hook',
        'unknown member',
        'value set without codes',
        'wrong indicator',
      ],
    ],
  ])('of %s are all reported at once', (_, names) => {
    const rows = names.map((name) => the(byName.get(name)));
    const problems = problemsWith(...rows.map(([, make]) => make));
    for (const [, , file, , message] of rows)
      expect(problems).toContainEqual(
        expect.objectContaining({ file, message: expect.stringContaining(message) as unknown }),
      );
  });

  test('missing files are all named', () => {
    const files = ['topic.json', 'facts.json', 'cards.json'];
    const problems = problemsWith(...files.map((file) => replace(file, null)));
    expect(problems.map(({ file, place, message }) => ({ file, place, message }))).toEqual(
      files.map((file) => ({ file, place: '', message: 'is missing' })),
    );
  });

  test('the message counts them and names folder, file and place', () => {
    const error = new ContentError('cards/x', [
      { file: 'a.json', place: '/b', message: 'is c' },
      { file: 'd.json', place: '', message: 'is e' },
    ]);
    expect(error.message).toBe(
      'The content in cards/x has 2 problems:\n\ncards/x/a.json\n  at /b is c\n\ncards/x/d.json\n  is e',
    );
    expect(new ContentError('x', [{ file: 'a', place: '', message: 'b' }]).message).toContain('has 1 problem:');
  });
});

describe('slips that are not noticed yet', () => {
  test.each<readonly [string, Slip]>([
    ['forbidden sign right behind a word', inCards((cards) => (cards.closing = 'Take care!'))],
    [
      'forbidden phrase in the words for a gap',
      inCards(({ gapReasons }) => (gapReasons['timeout'] = 'the test was not done')),
    ],
    ['forbidden phrase in the label of a source', inTopic((topic) => (topic.sourceLabel = 'Safe and cured!'))],
    [
      'block used by no card, with anything in it',
      inCards(({ blocks }) => (blocks['idle'] = [{ line: 'Ruled out: {{never-defined}}' }])),
    ],
    [
      'number asked of a fact that never has one',
      inCases((cases) => (rowOf(cases, 'E').when = { fact: 'deceased', below: 18 })),
    ],
    ['two services for one hook', inTopic(({ services }) => services.push({ ...the(services[0]), title: 'Another' }))],
    ['topic id that is not the name of its folder', inTopic((topic) => (topic.id = 'esophagal-spasm'))],
    [
      'code twice, with and without dot',
      inSet('esophageal-spasm')((valueSet) => {
        const icd = concepts(valueSet, 'http://hl7.org/fhir/sid/icd-10-cm');
        icd.push({ ...the(icd[0]), code: the(icd[0]).code.replace('.', '').toLowerCase() });
      }),
    ],
  ])('%s', (_, make) => {
    expect(problemsWith(make)).not.toEqual([]);
  });
});

describe('parts', () => {
  test.each([
    ['elevated-troponon', ['age', 'elevated-troponin'], ', did you mean "elevated-troponin"?'],
    ['ecgg', ['age', 'ecg'], ', did you mean "ecg"?'],
    ['ag', ['ages', 'age'], ', did you mean "age"?'],
    ['something-else', ['age', 'ecg'], ''],
    ['age', [], ''],
  ])('%s among %j%s', (name, known, hint) => {
    expect(didYouMean(name, known)).toBe(hint);
  });

  test.each([
    ['Plain.', []],
    ['{{a}} and {{ b-c }}{{a}}', ['a', 'b-c', 'a']],
    ['{a} {{}} {{{d}}}', ['', 'd']],
  ])('placeholders of %s', (text, names) => {
    expect(placeholdersOf(text)).toEqual(names);
  });

  test.each([
    ['minutes', 3 * MINUTE],
    ['hours', 3 * HOUR],
    ['days', 3 * DAY],
    ['fraction', 3],
  ] as const)('a threshold in %s', (unit, milliseconds) => {
    const three: Threshold = { value: 3, unit, meaning: 'test', evidence: 'D' };
    const thresholds = Object.fromEntries(THRESHOLD_NAMES.map((name) => [name, three] as const));
    expect(Object.values(readThresholds(thresholds))).toEqual(THRESHOLD_NAMES.map(() => milliseconds));
  });
});
