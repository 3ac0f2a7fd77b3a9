import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/fhir/json.js';
import type { DataNeed } from '../../src/knowledge/content-types.js';
import type { Topic } from '../../src/knowledge/topic.js';
import { answerNeed, createServer, type Server } from '../../src/record/answer-need.js';
import type { FhirReply } from '../../src/record/fhir-client.js';
import { NOTHING, WHOLE } from '../../src/record/patient-record.js';

const BASE = 'https://ehr.example/fhir';
const AS_OF = Date.parse('2026-03-10T12:00:00Z');
const SUBJECT = { patientId: 'p1', encounterId: 'e1', asOf: AS_OF };
const topic = { valueSetById: new Map() } as unknown as Topic;

const conditions: DataNeed = { key: 'conditions', title: 'x', resourceType: 'Condition' };
const labs: DataNeed = {
  key: 'labs',
  title: 'x',
  resourceType: 'Observation',
  category: 'laboratory',
  withinDays: 2,
  count: 9,
};
const patient: DataNeed = { key: 'patient', title: 'x', resourceType: 'Patient', read: 'patientId' };
const encounter: DataNeed = { key: 'encounter', title: 'x', resourceType: 'Encounter', read: 'encounterId' };

const resource = (id: string, resourceType = 'Condition', more: JsonObject = {}) => ({
  resourceType,
  id,
  code: { text: 'a result' },
  ...more,
});
const bundle = (resources: readonly JsonObject[], next?: string) => ({
  resourceType: 'Bundle',
  entry: resources.map((one) => ({ resource: one })),
  ...(next !== undefined && { link: [{ relation: 'next', url: next }] }),
});
const REFUSED: FhirReply = { failure: 'refused', status: 400 };

interface Fake {
  readonly server: Server;
  readonly asked: readonly string[];
}

function fake(answers: Readonly<Record<string, JsonObject | FhirReply>>): Fake {
  const asked: string[] = [];
  const server = createServer({
    access: { baseUrl: BASE, token: undefined },
    signal: new AbortController().signal,
    fetch: (_, url) => {
      const path = url.slice(BASE.length + 1);
      asked.push(path);
      const answer = answers[path] ?? { failure: 'refused', status: 404 };
      return Promise.resolve('failure' in answer ? (answer as FhirReply) : { body: answer });
    },
  });
  return { server, asked };
}

async function outcome(one: DataNeed, prefetch: Record<string, unknown>, server: Parameters<typeof answerNeed>[4]) {
  const { need, entries, ...rest } = await answerNeed(one, topic, SUBJECT, prefetch, server);
  expect(need).toBe(one);
  return { ...rest, ids: entries.map((entry) => entry.resource['id']) };
}

describe('prefetch that suffices asks no server', () => {
  test.each<[string, DataNeed, unknown, readonly string[]]>([
    ['a Bundle', conditions, bundle([resource('c1')]), ['c1']],
    ['null: asked and empty', conditions, null, []],
    ['an empty Bundle', conditions, bundle([]), []],
    ['the patient', patient, resource('p1', 'Patient'), ['p1']],
    ['the encounter in a Bundle', encounter, bundle([resource('e1', 'Encounter')]), ['e1']],
  ])('%s', async (_, need, value, ids) => {
    const { server, asked } = fake({});
    const answer = await outcome(need, { [need.key]: value }, server);
    expect(answer).toEqual({ origin: 'prefetch', completeSince: WHOLE, gap: undefined, ids });
    expect(asked).toEqual([]);
  });
});

describe('a read that was asked and found nothing', () => {
  test.each<[string, DataNeed, unknown]>([
    ['null', patient, null],
    ['an empty Bundle', patient, bundle([])],
    ['no such encounter', encounter, null],
  ])('%s is not asked again, and is a gap', async (_, need, value) => {
    const { server, asked } = fake({ 'Patient/p1': resource('p1', 'Patient') });
    const answer = await outcome(need, { [need.key]: value }, server);
    expect(answer).toEqual({ origin: 'prefetch', completeSince: NOTHING, gap: 'not-found', ids: [] });
    expect(asked).toEqual([]);
  });
});

describe('without a server a gap says why', () => {
  const other = resource('p2', 'Patient');

  test.each<[string, DataNeed, Record<string, unknown>, string, readonly string[]]>([
    ['nothing sent', conditions, {}, 'fhir-server-not-allowed', []],
    ['an outcome sent', conditions, { conditions: resource('x', 'OperationOutcome') }, 'outcome', []],
    ['more pages than sent', conditions, { conditions: bundle([resource('c1')], '?page=2') }, 'unread-pages', ['c1']],
    ['another patient sent', patient, { patient: other }, 'other-patient', []],
  ])('%s', async (_, need, prefetch, gap, ids) => {
    const answer = await outcome(need, prefetch, 'fhir-server-not-allowed');
    expect(answer).toMatchObject({ gap, completeSince: NOTHING, ids, origin: ids.length > 0 ? 'prefetch' : 'none' });
  });

  test('a hook without encounter has none to read, whatever was sent', async () => {
    const { server, asked } = fake({});
    const noEncounter = { ...SUBJECT, encounterId: undefined };
    const sent = { encounter: resource('e9', 'Encounter') };
    expect(await answerNeed(encounter, topic, noEncounter, sent, server)).toMatchObject({
      gap: 'no-encounter',
      entries: [],
    });
    expect(asked).toEqual([]);
  });
});

describe('what the server adds', () => {
  test('a key that was not sent is asked for', async () => {
    const { server, asked } = fake({ 'Condition?patient=p1': bundle([resource('c1')]) });
    const answer = await outcome(conditions, {}, server);
    expect(answer).toEqual({ origin: 'fhir-server', completeSince: WHOLE, gap: undefined, ids: ['c1'] });
    expect(asked).toEqual(['Condition?patient=p1']);
  });

  test('the pages after the prefetched one are read', async () => {
    const { server, asked } = fake({ 'Condition?page=2': bundle([resource('c2')]) });
    const sent = { conditions: bundle([resource('c1')], 'Condition?page=2') };
    expect(await outcome(conditions, sent, server)).toMatchObject({
      origin: 'prefetch',
      gap: undefined,
      ids: ['c1', 'c2'],
    });
    expect(asked).toEqual(['Condition?page=2']);
  });

  test('what was sent is kept beside what is fetched', async () => {
    const { server } = fake({ 'Condition?patient=p1': bundle([resource('c2')]) });
    const sent = { conditions: bundle([resource('c1')], 'https://evil.example/') };
    expect(await outcome(conditions, sent, server)).toMatchObject({
      origin: 'both',
      gap: undefined,
      ids: ['c1', 'c2'],
    });
  });

  test('the right patient is read when another was sent', async () => {
    const { server, asked } = fake({ 'Patient/p1': resource('p1', 'Patient') });
    const sent = { patient: resource('p2', 'Patient') };
    expect(await outcome(patient, sent, server)).toMatchObject({ origin: 'fhir-server', gap: undefined, ids: ['p1'] });
    expect(asked).toEqual(['Patient/p1']);
  });

  test('a server that answers with another patient is a gap', async () => {
    const { server } = fake({ 'Patient/p1': resource('p2', 'Patient') });
    expect(await outcome(patient, {}, server)).toMatchObject({ gap: 'other-patient' });
  });
});

describe('plainer forms', () => {
  const FULL = 'Observation?patient=p1&category=laboratory&date=ge2026-03-07&_count=9';
  const DATED = 'Observation?patient=p1&category=laboratory&date=ge2026-03-07';
  const CATEGORY = 'Observation?patient=p1&category=laboratory';
  const ALL = 'Observation?patient=p1';
  const bound = AS_OF - 2 * 86_400_000;
  const found = bundle([resource('o1', 'Observation')]);

  test.each<[string, Readonly<Record<string, JsonObject | FhirReply>>, readonly string[], unknown]>([
    ['the first is answered', { [FULL]: found }, [FULL], { gap: undefined, completeSince: bound, ids: ['o1'] }],
    [
      'the first is refused',
      { [FULL]: REFUSED, [DATED]: found },
      [FULL, DATED],
      { gap: undefined, completeSince: bound, ids: ['o1'] },
    ],
    [
      'only the plainest is answered',
      { [FULL]: REFUSED, [DATED]: REFUSED, [CATEGORY]: REFUSED, [ALL]: found },
      [FULL, DATED, CATEGORY, ALL],
      { gap: undefined, ids: ['o1'] },
    ],
    ['all are refused', {}, [FULL, DATED, CATEGORY, ALL], { gap: 'refused', completeSince: NOTHING, ids: [] }],
    ['not allowed at all', { [FULL]: { failure: 'refused', status: 403 } }, [FULL], { gap: 'refused', ids: [] }],
    ['no time left', { [FULL]: { failure: 'timeout' } }, [FULL], { gap: 'timeout', ids: [] }],
    [
      'no time left later',
      { [FULL]: REFUSED, [DATED]: { failure: 'timeout' } },
      [FULL, DATED],
      { ids: [], completeSince: NOTHING },
    ],
  ])('%s', async (_, answers, queries, expected) => {
    const { server, asked } = fake(answers);
    expect(await outcome(labs, {}, server)).toMatchObject(expected as object);
    expect(asked).toEqual(queries);
  });

  test('two needs that fall back to one query ask it once', async () => {
    const { server, asked } = fake({ [ALL]: found });
    const vitals: DataNeed = { key: 'vitals', title: 'x', resourceType: 'Observation' };
    await Promise.all([outcome(vitals, {}, server), outcome({ ...vitals, key: 'more' }, {}, server)]);
    expect(asked).toEqual([ALL]);
  });
});

test.each([
  [404, 'not-found'],
  [410, 'not-found'],
  [403, 'refused'],
])('a read that is answered %s is %s', async (status, gap) => {
  const { server } = fake({ 'Patient/p1': { failure: 'refused', status } });
  expect(await outcome(patient, {}, server)).toMatchObject({ gap, completeSince: NOTHING });
});
