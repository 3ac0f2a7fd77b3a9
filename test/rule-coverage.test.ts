import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Card, HookRequest } from '../src/cds-hooks/types.js';
import { mayConcern } from '../src/facts/derived/scope.js';
import { describePatient } from '../src/facts/describe-patient.js';
import { gatherRecord } from '../src/record/gather-record.js';
import { basisOf, cardsOf, contextOf, requestOf, wordsOf } from './support/answers.js';
import { startEhr, type Ehr } from './support/ehr.js';
import { AS_OF, hookBody, inBatches, postHook, startTestService, topic, type TestService } from './support/service.js';
import { chartOf, loadVignettes, type Vignette } from './support/vignette.js';

/* Every rule has a story where it applies, one just short of it, and one where the deciding datum is missing. */

jest.setTimeout(30_000);

type Claim = keyof Vignette['covers'];

const CLAIMS: readonly Claim[] = ['fires', 'nearMiss', 'missing'];
const VIGNETTES = loadVignettes();

const CASE_RULES: readonly string[] = topic().cases.columns.flatMap(({ rows }) =>
  rows.filter(({ card }) => card !== null).map(({ id }) => id),
);
const SCOPE_RULES: readonly string[] = ['S1', 'S2u', 'S2c'];

/** What a card says when a flag is up. */
const FLAG_SIGNS: Readonly<Record<string, RegExp>> = {
  'R1-hypotension': /Red flag: systolic blood pressure/,
  'R1-heart-rate': /Red flag: heart rate/,
  'R1-hypoxemia': /Red flag: oxygen saturation/,
  'R1-syncope': /Red flag: syncope/,
  'R1-abnormal-ecg': /Red flag: ECG flagged abnormal/,
  'R1-life-threat': /\*\*(Aortic dissection|Pulmonary embolism|Esophageal perforation) is on the record/,
  'R2-known-cad': /Known coronary disease|Coronary procedure/,
  'R2-lv-dysfunction': /Left ventricular dysfunction/,
  'R2-older-adult': /Age \d+ with syncope, dyspnea, delirium or a fall/,
};
const ALL_RULES: readonly string[] = [...CASE_RULES, ...SCOPE_RULES, ...Object.keys(FLAG_SIGNS)];
/** Rules of safety.json as stories name them: with S- before an id that a row of the case table bears as well. */

function claiming(rule: string, claim: Claim): readonly Vignette[] {
  return VIGNETTES.filter(({ covers }) => covers[claim].includes(rule));
}

let ehr: Ehr;
let service: TestService;
/** For servers that do not answer. */
let hurried: TestService;
const answers = new Map<string, readonly Card[]>();

beforeAll(async () => {
  ehr = await startEhr();
  service = await startTestService({ allowedFhirServers: [ehr.fhirServer], timeBudgetMs: 10_000 });
  hurried = await startTestService({ allowedFhirServers: [ehr.fhirServer], timeBudgetMs: 500 });
  const readable = VIGNETTES.filter(({ faults }) => faults === undefined);
  await inBatches(readable, async (vignette) => {
    answers.set(vignette.id, cardsOf(await postHook(service, requestOf(vignette))));
  });
  // What cannot be read is a matter of the server, so these stories go there.
  for (const vignette of VIGNETTES.filter(({ faults }) => faults !== undefined)) {
    await ehr.load(chartOf(vignette), vignette.faults);
    const body = hookBody({ hook: vignette.hook, context: contextOf(vignette), fhirServer: ehr.fhirServer });
    const isHanging = Object.values(vignette.faults ?? {}).includes('timeout');
    answers.set(vignette.id, cardsOf(await postHook(isHanging ? hurried : service, body)));
  }
});

afterAll(async () => {
  await Promise.all([service.close(), hurried.close()]);
  await ehr.close();
});

function answersTo(rule: string, claim: Claim): Readonly<Record<string, readonly Card[]>> {
  return Object.fromEntries(claiming(rule, claim).map(({ id }) => [id, answers.get(id) ?? []]));
}

async function scopeOf(vignette: Vignette): Promise<readonly string[]> {
  const request = requestOf(vignette) as unknown as HookRequest;
  const record = await gatherRecord(request, topic(), {
    fetchFhir: () => Promise.reject(new Error('no server')),
    allowedFhirServers: [],
    allowInsecure: false,
    signal: new AbortController().signal,
    asOf: AS_OF,
    mayConcern: (resources) => mayConcern(resources, topic()),
  });
  const scope = describePatient(record, topic(), AS_OF).get('scope');
  return scope.state === 'present' ? scope.codes : [scope.state];
}

/** Named with S- where a row of the case table bears the same id. */
function isSafetyRule(name: string): boolean {
  return topic().safety.rules.some(({ id }) => name === id || name === `S-${id}`);
}

test('the stories speak of known rules only (covers)', () => {
  const named = VIGNETTES.flatMap(({ covers }) => CLAIMS.flatMap((claim) => covers[claim]));
  expect(named.filter((rule) => !ALL_RULES.includes(rule) && !isSafetyRule(rule))).toEqual([]);
  expect(CASE_RULES).toEqual(['P', 'E', 'E2', 'G2', 'G', 'C', 'A', 'B', 'D', 'F', 'T']);
});

test('every story expects cards of known codes and covers what it expects (covers)', () => {
  const rows = topic().cases.columns.flatMap((column) => column.rows);
  const rulesOf = (card: string) => rows.filter((row) => row.card === card.split(' ')[0]).map(({ id }) => id);
  const odd = VIGNETTES.flatMap(({ id, covers, expect: { cards: wanted } }) => {
    const rules = wanted.flatMap(rulesOf);
    const wrong = covers.fires.filter((rule) => CASE_RULES.includes(rule) && !rules.includes(rule));
    return wrong.map((rule) => `${id} ${rule}`);
  });
  expect(odd).toEqual([]);
});

describe.each(ALL_RULES)('rule %s', (rule) => {
  test.each(CLAIMS)('has a story of the kind %s', (claim) => {
    expect(claiming(rule, claim).map(({ id }) => id)).not.toEqual([]);
  });
});

describe.each(CASE_RULES)('case row %s does what the stories claim', (rule) => {
  // The therapy card does not depend on cardiac data: where they are missing it is shown, and must say so.
  const isSilentOnGaps = (card: Card) => rule !== 'T' || basisOf(card).gaps === undefined;
  const isShown = (cards: readonly Card[]) => cards.some((card) => basisOf(card).rule === rule);
  const isShownAsKnown = (cards: readonly Card[]) =>
    cards.some((card) => basisOf(card).rule === rule && isSilentOnGaps(card));
  test.each(CLAIMS)('%s', (claim) => {
    const found = Object.entries(answersTo(rule, claim)).map(([id, cards]) => [
      id,
      claim === 'missing' ? isShownAsKnown(cards) : isShown(cards),
    ]);
    const wanted = claiming(rule, claim).map(({ id }) => [id, claim === 'fires']);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(wanted));
  });
});

describe.each(Object.keys(FLAG_SIGNS))('flag %s does what the stories claim', (rule) => {
  const sign = FLAG_SIGNS[rule] ?? /^$/;
  test.each(CLAIMS)('%s', (claim) => {
    const found = Object.entries(answersTo(rule, claim)).map(([id, cards]) => [id, sign.test(wordsOf(cards))]);
    const wanted = claiming(rule, claim).map(({ id }) => [id, claim === 'fires']);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(wanted));
  });
});

describe.each(SCOPE_RULES)('scope class %s does what the stories claim', (rule) => {
  // A class that cannot be told is treated as the most acute one, so a missing date has no verdict of its own here.
  test.each(['fires', 'nearMiss'] as const)('%s', async (claim) => {
    const readable = claiming(rule, claim).filter(({ faults }) => faults === undefined);
    const found = await Promise.all(
      readable.map(async (one) => [one.id, (await scopeOf(one)).includes(rule)] as const),
    );
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(readable.map(({ id }) => [id, claim === 'fires'])));
  });
});
