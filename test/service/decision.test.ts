import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mayHold, parseLazily } from '../../src/lazy/lazy-json.js';
import type { FetchFhir } from '../../src/record/fhir-client.js';
import { answerHook, type HookAnswer } from '../../src/service/answer-hook.js';
import { answerHashOf, decisionOf } from '../../src/service/decision.js';
import { servicesOf, type Service } from '../../src/service/discovery.js';
import type { Decision } from '../../src/store/store.js';
import { bundleOf, cardsOf, hookRequest, prefetchOf, without } from '../support/answers.js';
import {
  AS_OF,
  hookBody,
  postHook,
  SERVICE_ID,
  startTestService,
  topics,
  type TestService,
} from '../support/service.js';
import { baseChart } from '../support/vignette.js';

const found = servicesOf(topics()).get(SERVICE_ID);
if (found === undefined) throw new Error('no service');
const service: Service = found;

const refused: FetchFhir = () => Promise.resolve({ failure: 'refused', status: 403 });
const empty: FetchFhir = () => Promise.resolve({ body: bundleOf([]) });

function answerOf(body: unknown, fetchFhir = refused, fhirServers: readonly string[] = []): Promise<HookAnswer> {
  return answerHook(
    body,
    service,
    { fhirServers },
    { fetchFhir, allowInsecure: false, now: () => AS_OF },
    () => new AbortController().signal,
  );
}

async function decide(body: unknown, fetchFhir = refused, fhirServers: readonly string[] = []): Promise<Decision> {
  const answer = await answerOf(body, fetchFhir, fhirServers);
  const text = JSON.stringify(answer.response);
  return decisionOf({ answer, service, client: 'north-ehr', id: 'd-1', text, milliseconds: 12 });
}

const EHR = 'https://ehr.example/fhir';
const CANARIES = { userId: 'Practitioner/canary-user', patientId: 'p1', encounterId: 'e1' };
const whole = () => hookBody({ prefetch: prefetchOf(baseChart()) });

let http: TestService;

beforeAll(async () => {
  http = await startTestService();
});

afterAll(async () => {
  await http.close();
});

describe('what is kept of an answer', () => {
  test('when, who, what, why, and with which content', async () => {
    const decision = await decide(whole());
    const { topic, contentHash } = service.topic;
    expect(decision).toMatchObject({
      id: 'd-1',
      at: '2026-03-10T12:00:00.000Z',
      client: 'north-ehr',
      service: SERVICE_ID,
      topic: topic.id,
      topicVersion: topic.version,
      contentHash,
      milliseconds: 12,
    });
    expect(decision.rules).toEqual(expect.arrayContaining(decision.cards.map(({ rule }) => rule)));
  });

  test('the cards as they were sent, and the hash of the very bytes', async () => {
    const reply = await postHook(http, whole());
    const decision = await decide(whole());
    expect(decision.cards).toEqual(
      cardsOf(reply).map(({ uuid, source, indicator, extension }) => ({
        id: uuid,
        code: source.topic.code,
        indicator,
        rule: extension['org.troponin-first.basis'].rule,
      })),
    );
    expect(decision.cards.map(({ code }) => code)).toEqual(['troponin-not-found', 'therapy-ladder']);
    expect(decision.answerHash).toBe(createHash('sha256').update(reply.text).digest('hex'));
    expect(answerHashOf('äöü')).toBe(createHash('sha256').update('äöü', 'utf8').digest('hex'));
  });

  test('SEC-15 nothing of the patient, the user, the encounter or the hook instance', async () => {
    const hookInstance = '77777777-5a3c-4a57-9d0e-0d9d2f0a7b11';
    const body = { ...whole(), hookInstance, context: CANARIES, fhirServer: EHR };
    const text = JSON.stringify(await decide(body));
    const names = baseChart()
      .filter(({ resourceType }) => resourceType === 'Patient')
      .flatMap((patient) => [JSON.stringify(patient['name']), String(patient['birthDate'])]);
    for (const secret of [hookInstance, 'canary-user', '"p1"', 'Patient/', 'Encounter/', EHR, ...names])
      expect(text).not.toContain(secret);
  });

  test('no more members than those of the interface', async () => {
    expect(Object.keys(await decide(whole())).sort()).toEqual(
      'answerHash at cards client contentHash id milliseconds needs rules service topic topicVersion undetermined'.split(
        ' ',
      ),
    );
  });
});

describe('how the needs were answered', () => {
  const prefetch = prefetchOf(baseChart());
  const KEYS = Object.keys(prefetch);
  const needOf = ({ needs }: Decision, key: string) => needs.find(({ need }) => need === key);
  const stranger = { resourceType: 'Observation', id: 'x', status: 'final', code: { text: 'Sodium' } };

  test('every need, once', async () => {
    const { needs } = await decide(whole());
    expect(needs.map(({ need }) => need).sort()).toEqual(
      topics()[0]
        ?.facts.needs.map(({ key }) => key)
        .sort(),
    );
    expect(needs.filter(({ need }) => KEYS.includes(need)).every(({ origin }) => origin === 'prefetch')).toBe(true);
  });

  test.each([
    ['sent by the client', {}, refused, [], 'prefetch', 'whole'],
    ['not sent, no server', { prefetch: without(prefetch, ['labs']) }, refused, [], 'none', 'not-supplied'],
    [
      'not sent, a server that may not be asked',
      { prefetch: without(prefetch, ['labs']), fhirServer: EHR },
      refused,
      [],
      'none',
      'fhir-server-not-allowed',
    ],
    [
      'answered by the server',
      { prefetch: without(prefetch, ['labs']), fhirServer: EHR },
      empty,
      [EHR],
      'fhir-server',
      'whole',
    ],
    [
      'refused by the server',
      { prefetch: without(prefetch, ['labs']), fhirServer: EHR },
      refused,
      [EHR],
      'fhir-server',
      'refused',
    ],
    [
      'sent with an entry that may be anyone’s',
      { prefetch: { ...prefetch, labs: bundleOf([stranger]) } },
      refused,
      [],
      'prefetch',
      'unattributed-entries',
    ],
  ] as const)('%s', async (_, more, fetchFhir, servers, origin, completeness) => {
    const decision = await decide({ ...whole(), ...more }, fetchFhir, servers);
    expect(decision.cards).not.toEqual([]);
    expect(needOf(decision, 'labs')).toEqual({ need: 'labs', origin, completeness });
  });

  describe('behind silence only what decided it was looked at', () => {
    const healthy = prefetchOf(baseChart().filter(({ resourceType }) => resourceType !== 'Condition'));
    const unlooked = { origin: 'none', completeness: 'not-looked-at' };

    test('and the rest says so, whether it was sent or not', async () => {
      const body = hookBody({ prefetch: without({ ...healthy, vitals: bundleOf([stranger]) }, ['labs']) });
      const decision = await decide(body);
      expect(decision.cards).toEqual([]);
      expect(decision.needs).toHaveLength(service.topic.facts.needs.length);
      expect(needOf(decision, 'conditions')).toMatchObject({ origin: 'prefetch', completeness: 'whole' });
      expect(needOf(decision, 'patient')).toMatchObject({ origin: 'prefetch', completeness: 'whole' });
      expect(needOf(decision, 'labs')).toMatchObject(unlooked);
      expect(needOf(decision, 'vitals')).toMatchObject(unlooked);
    });

    test('and stays text', async () => {
      const sent = Buffer.from(JSON.stringify(hookBody({ prefetch: healthy })));
      const body = parseLazily(sent, 'prefetch') as { prefetch: object };
      expect((await answerOf(body)).response).toEqual({ cards: [] });
      const isText = (key: string) => !mayHold(body.prefetch, key, 'Condition');
      expect(Object.keys(healthy).filter((key) => !isText(key))).toEqual(['patient', 'conditions']);
    });
  });
});

test('an answer knows its instant', async () => {
  expect((await answerOf(hookRequest('patient-view'))).asOf).toBe(AS_OF);
});
