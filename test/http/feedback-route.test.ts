import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { StoreError } from '../../src/store/store.js';
import { cardsOf, prefetchOf } from '../support/answers.js';
import {
  hookBody,
  HOOKS,
  postHook,
  send,
  serviceIdFor,
  startTestService,
  type Reply,
  type TestService,
} from '../support/service.js';
import { baseChart } from '../support/vignette.js';

let service: TestService;
let down: TestService;

beforeAll(async () => {
  service = await startTestService();
  down = await startTestService({ addFeedback: () => Promise.reject(new StoreError('canary: the store is away')) });
});

afterAll(async () => {
  await Promise.all([service.close(), down.close()]);
});

const ITEM = { card: randomUUID(), outcome: 'accepted', outcomeTimestamp: '2026-03-10T11:00:00Z' };

function post(body: unknown, to = service, hook = 'patient-view', headers = {}): Promise<Reply> {
  return send(`${to.url}/cds-services/${serviceIdFor(hook)}/feedback`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

test.each(HOOKS)('FBK-01 the service of %s takes feedback', async (hook) => {
  const card = randomUUID();
  const reply = await post({ feedback: [{ ...ITEM, card }] }, service, hook);
  expect({ status: reply.status, body: reply.body }).toEqual({ status: 200, body: { stored: 1 } });
  expect(reply.headers.get('content-type')).toContain('application/json');
  expect(service.feedback.find((item) => item.card === card)).toMatchObject({
    service: serviceIdFor(hook),
    client: 'anyone',
  });
});

test('FBK-03 the cards of an answer can be reported by their uuid', async () => {
  const cards = cardsOf(await postHook(service, hookBody({ prefetch: prefetchOf(baseChart()) })));
  expect(cards.length).toBeGreaterThan(1);
  const reply = await post({ feedback: cards.map(({ uuid }) => ({ ...ITEM, card: uuid })) });
  expect(reply.body).toEqual({ stored: cards.length });
  const [decision] = service.decisions.slice(-1);
  expect(decision?.cards.map(({ id }) => id)).toEqual(cards.map(({ uuid }) => uuid));
  expect(service.feedback.slice(-cards.length).map(({ card }) => card)).toEqual(cards.map(({ uuid }) => uuid));
});

test('FBK-15 what cannot be kept is named in the answer, the rest is kept', async () => {
  const before = service.feedback.length;
  const reply = await post({ feedback: [ITEM, { ...ITEM, outcome: 'seen' }, ITEM] });
  expect({ status: reply.status, body: reply.body }).toEqual({
    status: 200,
    body: { stored: 2, refused: ['feedback.1.outcome must be accepted or overridden'] },
  });
  expect(service.feedback).toHaveLength(before + 2);
  expect(service.lines.at(-1)).toEqual({
    client: 'anyone',
    service: serviceIdFor('patient-view'),
    status: 200,
    feedback: { accepted: 2, overridden: 0, refused: 1 },
  });
});

describe('what is no feedback gets a JSON error, and nothing is kept', () => {
  test.each<[string, string, unknown, number, object]>([
    ['FBK-02', 'no array', { feedback: {} }, 400, {}],
    ['FBK-02', 'null', null, 400, {}],
    ['FBK-03', 'only bad items', { feedback: [{ ...ITEM, card: 7 }] }, 400, {}],
    ['STA-06', 'broken JSON', '{"feedback":[', 400, {}],
    ['REQ-17', 'a form', 'feedback=1', 415, { 'content-type': 'application/x-www-form-urlencoded' }],
    ['REQ-17', 'more items than are taken', { feedback: Array.from({ length: 1001 }, () => ITEM) }, 413, {}],
    ['REQ-17', 'more bytes than are taken', { feedback: [], x: 'x'.repeat(5_000_001) }, 413, {}],
  ])('%s %s', async (_id, _what, body, status, headers) => {
    const before = service.feedback.length;
    const reply = await post(body, service, 'patient-view', headers);
    expect(reply.status).toBe(status);
    expect(reply.body).toMatchObject({ resourceType: 'OperationOutcome' });
    expect(service.feedback).toHaveLength(before);
  });

  test('REQ-19 a service that is none', async () => {
    const reply = await send(`${service.url}/cds-services/none/feedback`, { method: 'POST', body: '{}' });
    expect(reply.status).toBe(404);
  });

  test('DSC-14 another method', async () => {
    const reply = await send(`${service.url}/cds-services/${serviceIdFor('patient-view')}/feedback`);
    expect({ status: reply.status, allow: reply.headers.get('allow') }).toEqual({
      status: 405,
      allow: 'POST, OPTIONS',
    });
  });
});

test('a store that is away: 503, nothing said to be kept, and hooks are answered as before', async () => {
  const reply = await post({ feedback: [ITEM] }, down);
  expect(reply.status).toBe(503);
  expect(reply.text).not.toContain('canary');
  expect(reply.body).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ code: 'transient' }] });
  expect(down.lines.at(-1)).toMatchObject({ status: 503, problem: 'store-unavailable' });
  expect(cardsOf(await postHook(down, hookBody({ prefetch: prefetchOf(baseChart()) })))).toHaveLength(2);
});

test('FBK-14 free text is in no log line', async () => {
  await post({
    feedback: [
      {
        ...ITEM,
        outcome: 'overridden',
        overrideReason: { userComment: 'canary-7781', reason: { code: 'canary-7782' } },
      },
    ],
  });
  expect(service.feedback.at(-1)).toMatchObject({ comment: 'canary-7781', reason: { code: 'canary-7782' } });
  expect(JSON.stringify(service.lines)).not.toContain('canary');
});
