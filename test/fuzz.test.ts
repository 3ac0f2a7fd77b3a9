import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import type { Card } from '../src/cds-hooks/types.js';
import { isValidHookResponse } from '../src/cds-hooks/validate.js';
import { isObject, objectsOf, type JsonObject } from '../src/fhir/json.js';
import { openStore } from '../src/store/open-store.js';
import type { Store } from '../src/store/store.js';
import {
  basisOf,
  cardiacOf,
  cardsOf,
  codeOf,
  gapsSaid,
  hookRequest,
  HOOK_MEMBERS,
  requestOf,
  titlesOf,
  wordsOf,
} from './support/answers.js';
import { changeAt, REMOVED, valueAt, type Path } from './support/json-tree.js';
import {
  damage,
  damages,
  feedbackBodies,
  mutate,
  mutateText,
  mutations,
  rawBodies,
  requestMembers,
  textMutations,
  twinsOf,
  type Damaged,
} from './support/mutations.js';
import { requestIn, type OtherVersion } from './support/other-versions.js';
import {
  postHook,
  send,
  SERVICE_ID,
  serviceIdFor,
  startTestService,
  type HookBody,
  type Reply,
  type TestService,
} from './support/service.js';
import { temporaryFolder } from './support/process.js';
import { loadVignettes, type Vignette } from './support/vignette.js';

/*
 * The fuzzer: whatever a client sends, the service answers in JSON, below 500, and goes on; and no damage to a chart
 * makes the answer calmer. `FUZZ_RUNS` is how many cases are tried, `FUZZ_SEED` where chance begins; a failure prints
 * the seed and the smallest case found.
 *
 * What "calmer" means. The answers about the heart are ordered from the most alarming to the most reassuring:
 *
 *   alarm      troponin-elevated, acs-on-record
 *   open       troponin-not-found, troponin-stale, troponin-not-checked, troponin-not-serial: all say "go on looking"
 *   waiting    troponin-pending: somebody is looking already
 *   in range   troponin-serial-in-range
 *   silence    no card about the heart, at last no card at all
 *
 * Only damage is bound by that order. A change is damage when it takes something away or makes it unreadable, adds
 * nothing, and leaves a trace, so that a careful reader can see that something was there: a value of the wrong kind, a
 * total that is higher than the entries are many, an entry without a resource, a next link, an error outcome, a key
 * that is not sent, a required member that is missing, a date that is none or has lost its time. What leaves no trace
 * makes another chart that may be just as true, and is only asked to be answered at all: an entry gone together with
 * the total, `null` under a key (CDS Hooks: asked, found empty), another valid code, date, status or patient, an
 * optional element left out, or written as `null`, `''`, `[]` or `{}`, as careless servers write "none".
 *
 * After damage alone:
 *   - the level is the same or more alarming; an alarm whose reason was destroyed may become open, when the card says
 *     what it lacks (a gap of the damaged data, or an entry it could not use); for an established condition, which has
 *     no open card about the heart but for an entry that can be named (case G2), the therapy card says it (case S2c);
 *   - the time of onset is the one datum whose loss may bring serial results into range: without it nobody can say
 *     whether the last sample was late enough (vignette 136), and the card must ask for just that;
 *   - serial results in range are not told in a milder tone than before, unless conditions were lost and the card says
 *     so (vignette 464);
 *   - "none found" and "only old ones" follow damage of the results only where the whole chart gave them too, or where
 *     the card says that there was something it could not use;
 *   - cards never become `cards: []`, and a card about the heart does not vanish. 412, which says that the conditions
 *     could not be had, is never calm.
 */

const RUNS = Number(process.env['FUZZ_RUNS'] ?? '2000');
/** Fixed unless many runs are asked for, so that the same commit gives the same result. */
const SEED = Number(
  process.env['FUZZ_SEED'] ?? (process.env['FUZZ_RUNS'] === undefined ? 20_260_310 : Date.now() % 2 ** 31),
);
/** A call that is not answered by then counts as unanswered. */
const PATIENCE_MS = 20_000;
const ALIVE_EVERY = 100;

jest.setTimeout(Math.max(120_000, RUNS * 100));

const VIGNETTES = loadVignettes();
const SPEAKING = VIGNETTES.filter(({ expect: { cards } }) => cards.length > 0);

let store: Store;
let service: TestService;
let cases = 0;

beforeAll(async () => {
  if (process.env['FUZZ_RUNS'] !== undefined)
    process.stdout.write(`fuzz: ${String(RUNS)} cases, seed ${String(SEED)}\n`);
  store = await openStore({ dataDirectory: temporaryFolder() });
  service = await startTestService({
    allowedFhirServers: ['http://127.0.0.1:1/fhir'],
    timeBudgetMs: 500,
    addFeedback: store.addFeedback,
  });
});

afterAll(async () => {
  await service.close();
  await store.close();
});

async function expectAlive(): Promise<void> {
  const reply = await postHook(service, hookRequest('patient-view'));
  expect(titlesOf(cardsOf(reply))).toEqual(['troponin-not-found warning', 'therapy-ladder info']);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  expect(service.faults).toEqual([]);
}

afterEach(expectAlive);

/** Tries a share of all runs; `check` throws what is wrong. */
async function fuzz<T>(share: number, arbitrary: fc.Arbitrary<T>, check: (one: T) => Promise<void>): Promise<void> {
  const property = fc.asyncProperty(arbitrary, async (one) => {
    await check(one);
    cases += 1;
    if (cases % ALIVE_EVERY === 0) await expectAlive();
  });
  await fc.assert(property, { seed: SEED, numRuns: Math.ceil(RUNS * share) });
}

// What holds for every answer.

const EMPTY = new Set(['null', '""', '[]', '{}']);

/** GEN-03: places where a member is null or empty, other than `cards`. */
function emptyPlaces(value: unknown, at = ''): readonly string[] {
  if (EMPTY.has(JSON.stringify(value))) return at === '.cards' ? [] : [at];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => emptyPlaces(item, `${at}.${key}`));
}

/** What would act in a client: a tag, a link or a bare address. A backslash before a sign makes it harmless. */
const ACTIVE: readonly RegExp[] = [
  /<[a-z!/?]/i,
  /\]\(|\]\[|!\[/,
  /(https?|ftp|mailto|xmpp):(?!\u200b)|www(?!\u200b)\.|@(?!\u200b)/i,
];

function activeIn({ detail }: Card): readonly string[] {
  const left = detail.replace(/\\[\\`*_~[\]()<>#|!&.+-]/g, '');
  return left.split('\n').filter((line) => ACTIVE.some((pattern) => pattern.test(line)));
}

function faultsOfGuidance(body: unknown): readonly string[] {
  if (!isValidHookResponse(body)) return ['is no valid response'];
  const { cards } = body;
  return [
    ...emptyPlaces(body).map((place) => `is empty at ${place}`),
    ...cards.flatMap(activeIn).map((line) => `is not inert: ${line}`),
    ...cards.filter(({ summary }) => /canary/i.test(summary)).map(({ summary }) => `chart text in ${summary}`),
  ];
}

function faultsOfRefusal({ body, text }: Reply): readonly string[] {
  const isOutcome = isObject(body) && body['resourceType'] === 'OperationOutcome';
  return [...(isOutcome ? [] : ['is no OperationOutcome']), ...(/canary/i.test(text) ? ['echoes the request'] : [])];
}

function faultsOf(reply: Reply): readonly string[] {
  const { status, headers, body } = reply;
  if (status >= 500) return [`status ${String(status)}`];
  if (body === undefined || headers.get('content-type')?.startsWith('application/json') !== true) return ['is no JSON'];
  // A first look is enough for silence alone.
  if (reply.text.includes('not-looked-at')) return ['stands on what was not looked at'];
  if (status === 200) return faultsOfGuidance(body);
  return [400, 404, 405, 412, 413, 415].includes(status) ? faultsOfRefusal(reply) : [`status ${String(status)}`];
}

function expectSound(reply: Reply): void {
  const faults = faultsOf(reply);
  if (faults.length > 0) throw new Error(`${faults.join('; ')}\n${reply.text.slice(0, 2000)}`);
}

function post(body: string | Uint8Array<ArrayBuffer>, id = SERVICE_ID): Promise<Reply> {
  const headers = { 'content-type': 'application/json' };
  const signal = AbortSignal.timeout(PATIENCE_MS);
  return send(`${service.url}/cds-services/${id}`, { method: 'POST', headers, body, signal });
}

function serviceOf(hook: unknown): string {
  return typeof hook === 'string' && hook in HOOK_MEMBERS ? serviceIdFor(hook) : SERVICE_ID;
}

const GOOD: readonly JsonObject[] = ['patient-view', 'order-select', 'order-sign', 'problem-list-item-create'].map(
  (hook) => ({ ...hookRequest(hook) }),
);

describe('requests', () => {
  test('STA-06 GEN-09 bytes and JSON that are no request', async () => {
    await fuzz(0.05, rawBodies(), async (body) => {
      expectSound(await post(body));
    });
  });

  test('STA-06 GEN-09 good requests whose text is cut, mixed with foreign pieces or says things twice', async () => {
    const changes = fc.array(textMutations(), { minLength: 1, maxLength: 3 });
    await fuzz(0.1, fc.tuple(fc.constantFrom(...GOOD), changes), async ([good, list]) => {
      expectSound(await post(list.reduce(mutateText, JSON.stringify(good)), serviceOf(good['hook'])));
    });
  });

  test('REQ-01 REQ-17 good requests with members of every shape', async () => {
    await fuzz(0.15, fc.tuple(fc.constantFrom(...GOOD), requestMembers()), async ([good, members]) => {
      expectSound(await post(JSON.stringify({ ...good, ...members }), serviceOf(good['hook'])));
    });
  });

  test('REQ-17 GEN-09 good requests changed anywhere but in the chart', async () => {
    const changes = fc.array(mutations(), { minLength: 1, maxLength: 4 });
    await fuzz(0.1, fc.tuple(fc.constantFrom(...GOOD), changes), async ([good, list]) => {
      const { prefetch, ...rest } = good;
      const mutated = list.reduce<unknown>(mutate, rest);
      const body = isObject(mutated) ? { prefetch, ...mutated } : mutated;
      expectSound(await post(JSON.stringify(body), serviceOf(good['hook'])));
    });
  });
});

// Feedback.

test('FBK-02 FBK-14 FBK-15 feedback of every shape: what is kept is kept by a real store, the rest is named', async () => {
  await fuzz(0.1, feedbackBodies(), async (body) => {
    const reply = await post(JSON.stringify(body), `${SERVICE_ID}/feedback`);
    const { status, body: answer } = reply;
    if (status !== 200) {
      expect([400, 413]).toContain(status);
      expect(faultsOfRefusal(reply)).toEqual([]);
      return;
    }
    const { stored, refused = [] } = answer as { readonly stored: number; readonly refused?: readonly string[] };
    const sent = isObject(body) && Array.isArray(body['feedback']) ? body['feedback'].length : -1;
    expect(stored + refused.length).toBe(sent);
  });
});

// Charts.

test('PRE-29 GEN-09 T-20 charts changed in any way: sound answers, and chart text that does nothing', async () => {
  const changes = fc.array(mutations(), { minLength: 1, maxLength: 5 });
  await fuzz(0.25, fc.tuple(fc.constantFrom(...VIGNETTES), changes), async ([vignette, list]) => {
    const { prefetch, ...rest } = requestOf(vignette);
    const body = { ...rest, prefetch: list.reduce<unknown>(mutate, prefetch) };
    expectSound(await post(JSON.stringify(body), serviceIdFor(vignette.hook)));
  });
});

const LEVELS: Readonly<Record<string, number>> = {
  'troponin-elevated': 4,
  'acs-on-record': 4,
  'troponin-not-checked': 3,
  'troponin-not-found': 3,
  'troponin-stale': 3,
  'troponin-not-serial': 3,
  'troponin-pending': 2,
  'troponin-serial-in-range': 1,
};
const [ALARM, OPEN, CALM, SILENCE] = [4, 3, 1, 0];
const IN_RANGE = 'troponin-serial-in-range';
const TONES = ['info', 'warning', 'critical'];
const NONE_FOUND = ['troponin-not-found', 'troponin-stale'];
const SCOPE_KEYS = ['conditions', 'encounter'];
const RESULT_KEYS = ['troponins', 'labs', 'reports'];

function levelOf(cards: readonly Card[]): number {
  return LEVELS[cardiacOf(cards) ?? ''] ?? SILENCE;
}

/** Whether the cards tell that something was there which they could not use. */
function saysLoss(cards: readonly Card[], keys: readonly string[]): boolean {
  const isUnused = /no usable|cannot be decided|unusable status|cannot be read|could not be read|undated|no date/i;
  return gapsSaid(cards).some((need) => keys.includes(need)) || isUnused.test(wordsOf(cards));
}

function toneOf(cards: readonly Card[]): number {
  const card = cards.find((one) => codeOf(one) === IN_RANGE);
  return card === undefined ? TONES.length : TONES.indexOf(card.indicator);
}

/** How the answer to a damaged chart is calmer than that to the whole one. */
function calmerIn(after: readonly Card[], before: readonly Card[], keys: readonly string[]): readonly string[] {
  const [level, was] = [levelOf(after), levelOf(before)];
  const [has = '', had = ''] = [cardiacOf(after), cardiacOf(before)];
  const isSaid = saysLoss(after, keys);
  const isOnsetLost =
    keys.includes('conditions') && /confirm that the last sample was late enough/.test(wordsOf(after));
  const isLeftToTherapy =
    after.some((card) => codeOf(card) === 'therapy-ladder') && !keys.some((key) => SCOPE_KEYS.includes(key));
  const isTold = isSaid && level === SILENCE && isLeftToTherapy;
  const isWarned = level === CALM && toneOf(after) > 0 && keys.some((key) => SCOPE_KEYS.includes(key));
  const isLostAlarm = was === ALARM && ((isSaid && (level === OPEN || isWarned)) || isTold);
  const isLostEntry = isTold && before.some((card) => basisOf(card).rule === 'G2');
  const isNew = NONE_FOUND.includes(has) && !NONE_FOUND.includes(had) && was !== SILENCE;
  const faults: readonly (readonly [boolean, string])[] = [
    [before.length > 0 && after.length === 0, 'falls silent'],
    [level < was && !isLostAlarm && !isLostEntry && !isOnsetLost, 'is calmer'],
    [toneOf(after) < toneOf(before) && was === 1 && !(isSaid && keys.includes('conditions')), 'is milder'],
    [isNew && keys.some((key) => RESULT_KEYS.includes(key)) && !isSaid, 'claims that there is none'],
  ];
  return faults.filter(([isSo]) => isSo).map(([, fault]) => fault);
}

const whole = new Map<string, readonly Card[]>();

/** The request of a vignette, in R4 or as a client of another version sends it. */
function sentBy(vignette: Vignette, version: OtherVersion | undefined): HookBody {
  return version === undefined ? requestOf(vignette) : requestIn(version, requestOf(vignette));
}

async function wholeAnswer(vignette: Vignette, version?: OtherVersion): Promise<readonly Card[]> {
  const key = `${vignette.id} ${version ?? ''}`;
  const cards = whole.get(key) ?? cardsOf(await postHook(service, sentBy(vignette, version)));
  whole.set(key, cards);
  return cards;
}

async function expectNoCalmer(
  vignette: Vignette,
  { prefetch, keys, steps }: Damaged,
  version?: OtherVersion,
): Promise<void> {
  const before = await wholeAnswer(vignette, version);
  const reply = await post(JSON.stringify({ ...sentBy(vignette, version), prefetch }), serviceIdFor(vignette.hook));
  expectSound(reply);
  if (reply.status === 412) return;
  const after = cardsOf(reply);
  const faults = calmerIn(after, before, keys);
  if (faults.length === 0) return;
  const story = `${vignette.id}: ${titlesOf(before).join()} → ${titlesOf(after).join()}`;
  throw new Error(`${faults.join('; ')}: ${story}\n${steps.join('\n')}\n${wordsOf(after)}`);
}

describe('damage never reassures', () => {
  test('PRE-21 PRE-29 GEN-10 one place damaged', async () => {
    await fuzz(0.25, fc.tuple(fc.constantFrom(...SPEAKING), damages()), async ([vignette, one]) => {
      await expectNoCalmer(vignette, damage(requestOf(vignette).prefetch as JsonObject, [one]));
    });
  });

  test('PRE-21 PRE-29 GEN-10 several places damaged', async () => {
    const many = fc.array(damages(), { minLength: 2, maxLength: 6 });
    await fuzz(0.1, fc.tuple(fc.constantFrom(...SPEAKING), many), async ([vignette, list]) => {
      await expectNoCalmer(vignette, damage(requestOf(vignette).prefetch as JsonObject, list));
    });
  });

  test.each(['DSTU2', 'STU3', 'R5'] as const)('PRE-29 GEN-10 one place damaged in a chart of %s', async (version) => {
    await fuzz(0.15, fc.tuple(fc.constantFrom(...SPEAKING), damages()), async ([vignette, one]) => {
      const { prefetch } = sentBy(vignette, version);
      await expectNoCalmer(vignette, damage(prefetch as JsonObject, [one]), version);
    });
  });

  /** Damage that once calmed: the vignette, where, what is put there, and the answer. */
  const known: readonly (readonly [string, string, Path, unknown, string])[] = [
    ['01', 'conditions spasm', ['code'], '?!', '412'],
    ['237', 'conditions spasm', ['code', 'text'], 42, '412'],
    ['172', 'conditions spasm', ['code', 'coding', 0, 'code'], 42, '412'],
    ['113', 'labs tni-1', ['code', 'text'], 42, 'troponin-not-found without labs'],
    ['220', 'labs tni-1', ['code', 'coding', 0, 'display'], 42, 'troponin-not-found without labs'],
    ['221', 'labs panel', ['component', 1, 'code', 'text'], 42, 'troponin-not-found without labs'],
    ['14', 'troponins tni-1', ['interpretation', 0, 'coding'], 42, 'troponin-not-serial'],
    ['14', 'troponins tni-1', ['interpretation'], 'H', 'troponin-not-serial'],
    ['14', 'troponins tni-1', ['interpretation', 0], {}, 'troponin-not-serial'],
    ['17', 'troponins tni-1', ['referenceRange', 1, 'high'], '?!', 'troponin-not-serial'],
    ['17', 'troponins tni-1', ['referenceRange', 1], '?!', 'troponin-not-serial'],
    ['10', 'troponins tni-1', ['referenceRange', 0, 'high', 'unit'], 42, 'troponin-not-serial'],
    ['10', 'troponins tni-1', ['referenceRange', 0, 'type'], 42, 'troponin-not-serial'],
    ['10', 'troponins tni-1', ['referenceRange', 0, 'appliesTo'], 42, 'troponin-not-serial'],
    ['10', 'troponins tni-1', ['referenceRange', 0, 'age'], 42, 'troponin-not-serial'],
    ['10', 'troponins tni-1', ['referenceRange', 0, 'text'], 42, 'troponin-not-serial'],
    ['10', 'troponins tni-1', ['valueQuantity', 'unit'], 42, 'troponin-not-serial'],
    ['10', 'troponins tni-1', ['interpretation'], null, 'troponin-serial-in-range info'],
    ['126', 'troponins tni-1', ['status'], 42, 'troponin-not-checked without troponins'],
    ['126', 'troponins tni-1', ['effectiveDateTime'], '?!', 'troponin-not-checked without troponins'],
    ['13', 'troponins tni-1', ['status'], 'fertig', 'troponin-not-checked without troponins'],
    ['07', 'encounter', ['reasonCode', 0, 'coding', 0, 'code'], 42, 'troponin-not-found without encounter'],
    ['07', 'encounter', ['reasonCode'], '?!', 'troponin-not-found without encounter'],
    ['230', 'encounter', ['reasonCode'], '?!', 'troponin-not-found without encounter'],
    ['230', 'encounter', ['status'], '?!', 'acs-on-record'],
    ['233', 'conditions nstemi', ['code'], '?!', 'troponin-serial-in-range warning without conditions'],
    ['233', 'conditions nstemi', ['subject'], '?!', 'troponin-serial-in-range warning without conditions'],
    ['232', 'conditions nstemi', ['recordedDate'], '10.03.2026', 'acs-on-record'],
    ['10', 'troponins tni-1', ['valueQuantity'], { value: 4 }, 'troponin-not-serial'],
    ['30', 'troponins tni-1', ['referenceRange'], '?!', 'troponin-not-checked without troponins'],
    ['186', 'encounter', ['status'], '?!', 'troponin-elevated'],
    ['186', 'troponins tni-1', ['effectiveDateTime'], '10.03.2026', 'troponin-elevated without troponins'],
    ['186', 'troponins tni-1', ['status'], 42, 'troponin-not-checked without troponins'],
    ['186', 'troponins tni-1', ['status'], 'fertig', 'troponin-not-checked without troponins'],
    ['186', 'troponins tni-1', ['valueQuantity'], '?!', 'troponin-not-checked without troponins'],
    ['186', 'troponins tni-1', ['valueQuantity', 'value'], '?!', 'troponin-not-checked without troponins'],
    ['186', 'troponins tni-1', ['referenceRange'], '?!', 'troponin-not-checked without troponins'],
    ['186', 'troponins tni-1', ['referenceRange', 0, 'high'], 42, 'troponin-not-checked without troponins'],
    ['180', 'conditions chest-pain', [], REMOVED, 'troponin-not-found without conditions'],
  ];
  test.each(known)('PRE-21 GEN-10 vignette %s, %s %j = %j: %s', async (id, place, path, value, expected) => {
    const vignette = VIGNETTES.find((one) => one.id === id) as Vignette;
    const { prefetch } = requestOf(vignette);
    const [key = '', resource] = place.split(' ');
    const entries = objectsOf(valueAt(prefetch, [key, 'entry']));
    const index = entries.findIndex((entry) => valueAt(entry, ['resource', 'id']) === resource);
    const at = resource === undefined ? [key] : [key, 'entry', index, ...(value === REMOVED ? [] : ['resource'])];
    const last = path.at(-1);
    const change = (old: unknown) => {
      if (last === undefined) return value;
      return Array.isArray(old) ? (old as unknown[]).with(Number(last), value) : { ...(old as object), [last]: value };
    };
    const struck = twinsOf(prefetch as JsonObject, [...at, ...path.slice(0, -1)]);
    expect(struck.map((one) => valueAt(prefetch, one))).not.toContain(undefined);
    const changed = struck.reduce<unknown>((json, one) => changeAt(json, one, change), prefetch);
    const reply = await postHook(service, { ...requestOf(vignette), prefetch: changed });
    const cards = reply.status === 200 ? cardsOf(reply) : [];
    const tone = cardiacOf(cards) === IN_RANGE ? ` ${TONES[toneOf(cards)] ?? ''}` : '';
    const gaps = gapsSaid(cards).includes(key) ? ` without ${key}` : '';
    expect(reply.status === 200 ? `${String(cardiacOf(cards))}${tone}${gaps}` : String(reply.status)).toBe(expected);
  });

  test('the check itself finds what it looks for (GEN-10)', async () => {
    const byNumber = (id: string) => wholeAnswer(VIGNETTES.find((one) => one.id === id) as Vignette);
    const [noTroponin, inRange, elevated] = await Promise.all(['01', '10', '13'].map(byNumber));
    const of = (after?: readonly Card[], before?: readonly Card[], keys = ['troponins']) =>
      calmerIn(after ?? [], before ?? [], keys);
    expect(of(inRange, noTroponin)).toEqual(['is calmer']);
    expect(of([], noTroponin)).toEqual(['falls silent', 'is calmer']);
    expect(of(noTroponin, elevated)).toEqual(['is calmer', 'claims that there is none']);
    expect(of(noTroponin, inRange)).toEqual(['claims that there is none']);
    expect(of(noTroponin, inRange, ['orders'])).toEqual([]);
    expect(of(elevated, noTroponin)).toEqual([]);
  });
});
