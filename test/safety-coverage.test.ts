import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { CallLine } from '../src/http/call-line.js';
import { contextOf, requestOf } from './support/answers.js';
import { startEhr, type Ehr } from './support/ehr.js';
import { hookBody, postHook, startTestService, topic, type TestService } from './support/service.js';
import { chartOf, loadVignettes, type Vignette } from './support/vignette.js';

/*
 * Every safety rule has a story in which it speaks, one just short of it, and one in which what it needs is missing;
 * and each does through the HTTP endpoint what its stories say.
 */

jest.setTimeout(60_000);

type Claim = keyof Vignette['covers'];

const CLAIMS: readonly Claim[] = ['fires', 'nearMiss', 'missing'];
const RULES: readonly string[] = topic().safety.rules.map(({ id }) => id);
const CASE_ROWS: readonly string[] = topic().cases.columns.flatMap(({ rows }) => rows.map(({ id }) => id));
const VIGNETTES = loadVignettes().filter(({ covers }) => CLAIMS.some((claim) => covers[claim].some(isSafetyRule)));

/** A rule as vignettes name it: with S- before it where a row of the case table bears the same id. */
function nameOf(rule: string): string {
  return CASE_ROWS.includes(rule) ? `S-${rule}` : rule;
}

function isSafetyRule(name: string): boolean {
  return RULES.map(nameOf).includes(name);
}

function claiming(rule: string, claim: Claim): readonly Vignette[] {
  return VIGNETTES.filter(({ covers }) => covers[claim].includes(nameOf(rule)));
}

let ehr: Ehr;
let service: TestService;
const lines = new Map<string, CallLine>();

beforeAll(async () => {
  ehr = await startEhr();
  service = await startTestService({ allowedFhirServers: [ehr.fhirServer], timeBudgetMs: 700 });
  for (const vignette of VIGNETTES) {
    await ehr.load(chartOf(vignette), vignette.faults);
    const { hook, faults } = vignette;
    const byServer = () => hookBody({ hook, context: contextOf(vignette), fhirServer: ehr.fhirServer });
    await postHook(service, faults === undefined ? requestOf(vignette) : byServer());
    const line = service.lines.at(-1);
    if (line !== undefined) lines.set(vignette.id, line);
  }
});

afterAll(async () => {
  await service.close();
  await ehr.close();
});

/** What the log says of a rule in the answer to a story. */
function fateOf(rule: string, { id }: Vignette): Claim {
  const line = lines.get(id);
  if (line?.rules?.includes(`S-${rule}`) === true) return 'fires';
  return line?.undetermined?.includes(`S-${rule}`) === true ? 'missing' : 'nearMiss';
}

test('the ids are those of the table of rules', () => {
  const numbered = (letter: string, last: number) =>
    Array.from({ length: last }, (_, index) => `${letter}${String(index + 1)}`);
  const table = [
    ...numbered('N', 9),
    ...numbered('P', 8),
    ...numbered('C', 8),
    ...numbered('A', 7),
    ...numbered('D', 8),
    ...numbered('B', 2),
    'G1',
    ...numbered('T', 3),
    ...numbered('E', 3),
    ...numbered('BP', 2),
    ...numbered('O', 2),
    'AL',
    'PR',
  ];
  expect([...RULES].sort()).toEqual([...table].sort());
});

describe.each(RULES)('rule %s', (rule) => {
  test.each(CLAIMS)('has a story of the kind %s', (claim) => {
    expect(claiming(rule, claim).map(({ id }) => id)).not.toEqual([]);
  });

  test.each(CLAIMS)('does what its stories of the kind %s say', (claim) => {
    const found = claiming(rule, claim).map((vignette) => [vignette.id, fateOf(rule, vignette)] as const);
    // What is missing is never taken for a rule that is not met: it stays open, asks, or counts as met.
    const isFine = (fate: Claim) => (claim === 'missing' ? fate !== 'nearMiss' : fate === claim);
    expect(found.filter(([, fate]) => !isFine(fate))).toEqual([]);
  });
});
