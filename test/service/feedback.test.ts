import { describe, expect, test } from '@jest/globals';
import { readFeedback } from '../../src/service/feedback.js';
import { Problem } from '../../src/service/problem.js';

const CARD = '4e0a3a1e-3ce7-4f6e-9b3f-2f1f9d1e7a01';
const SUGGESTION = '0f3d8f6e-2a53-4a26-8f0d-6c8f2a9b1c02';
const TIME = '2026-03-10T11:58:00.250Z';
const SOURCE = {
  client: 'general',
  service: 'esophageal-spasm-patient-view',
  receivedAt: Date.parse('2026-03-10T12:00Z'),
};
const SYSTEM = 'https://ehr.example/reasons';

const accepted = (more: object = {}) => ({ card: CARD, outcome: 'accepted', outcomeTimestamp: TIME, ...more });
const overridden = (overrideReason?: unknown) => ({
  card: CARD,
  outcome: 'overridden',
  outcomeTimestamp: TIME,
  ...(overrideReason !== undefined && { overrideReason }),
});
const read = (...feedback: readonly unknown[]) => readFeedback({ feedback }, SOURCE);
const itemOf = (item: unknown) => read(item).items[0];

function problemOf(body: unknown): Problem {
  try {
    readFeedback(body, SOURCE);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('was taken');
}

test('FBK-04 an item is kept with who sent it, for which service, and when', () => {
  expect(itemOf(accepted())).toEqual({
    client: 'general',
    service: 'esophageal-spasm-patient-view',
    card: CARD,
    outcome: 'accepted',
    outcomeAt: TIME,
    receivedAt: '2026-03-10T12:00:00.000Z',
    acceptedSuggestions: [],
    reason: undefined,
    comment: undefined,
  });
});

describe('what clients send is read', () => {
  const coding = { system: SYSTEM, code: 'seen', display: 'Already seen' };
  test.each<[string, string, unknown, object]>([
    ['FBK-03', 'a card as URN and in capitals', accepted({ card: `urn:uuid:${CARD.toUpperCase()}` }), { card: CARD }],
    ['FBK-03', 'a card nobody knows', accepted({ card: 'card-1' }), { card: 'card-1' }],
    [
      'FBK-05',
      'a time without fraction',
      accepted({ outcomeTimestamp: '2026-03-10T11:58:00Z' }),
      { outcomeAt: '2026-03-10T11:58:00.000Z' },
    ],
    [
      'FBK-05',
      'a time with offset',
      accepted({ outcomeTimestamp: '2026-03-10T13:58:00+02:00' }),
      { outcomeAt: '2026-03-10T11:58:00.000Z' },
    ],
    [
      'FBK-06',
      'suggestions',
      accepted({ acceptedSuggestions: [{ id: SUGGESTION }, { id: SUGGESTION }, { id: 7 }, 'x'] }),
      { acceptedSuggestions: [SUGGESTION] },
    ],
    [
      'FBK-07',
      'a reason and a comment',
      overridden({ reason: coding, userComment: 'Seen by cardiology' }),
      { reason: coding, comment: 'Seen by cardiology' },
    ],
    [
      'FBK-07',
      'a reason alone',
      overridden({ reason: { system: SYSTEM, code: 'seen' } }),
      { reason: { system: SYSTEM, code: 'seen', display: undefined }, comment: undefined },
    ],
    ['FBK-07', 'a comment alone', overridden({ userComment: 'Later' }), { reason: undefined, comment: 'Later' }],
    ['FBK-07', 'no reason at all', overridden(), { reason: undefined, comment: undefined }],
    [
      'FBK-08',
      "a client's own reason",
      overridden({ reason: { code: 'x-99' } }),
      { reason: { system: undefined, code: 'x-99', display: undefined } },
    ],
    ['FBK-13', 'the Coding itself, as old sandboxes send it', overridden(coding), { reason: coding }],
    ['FBK-13', 'a reason that is text', overridden('because'), { reason: undefined }],
    ['FBK-14', 'a comment of blanks', overridden({ userComment: ' \n ' }), { comment: undefined }],
    ['FBK-14', 'a comment with NUL, which PostgreSQL refuses', overridden({ userComment: 'a\0b' }), { comment: 'ab' }],
    ['FBK-14', 'half a surrogate pair', overridden({ userComment: 'a\ud800b' }), { comment: 'a\ufffdb' }],
    ['GEN-09', 'unknown members', accepted({ extension: { x: 1 }, anything: [] }), { card: CARD }],
  ])('%s %s', (_id, _what, item, expected) => {
    expect(read(item).faults).toEqual([]);
    expect(itemOf(item)).toMatchObject(expected);
  });
});

test('FBK-14 free text is capped, never within a character', () => {
  expect(itemOf(overridden({ userComment: 'x'.repeat(5000) }))?.comment).toHaveLength(2000);
  expect(itemOf(overridden({ userComment: `${'x'.repeat(1999)}😀` }))?.comment).toBe(`${'x'.repeat(1999)}\ufffd`);
  expect(itemOf(overridden({ reason: { code: 'x'.repeat(5000) } }))?.reason?.code).toHaveLength(300);
});

describe('FBK-15 an item that cannot be kept is named, the others are kept', () => {
  test.each<[string, unknown, string]>([
    ['FBK-02', 'no object', 'feedback.1 must be an object'],
    ['FBK-03', { ...accepted(), card: undefined }, 'feedback.1.card must be the uuid of a card'],
    ['FBK-03', accepted({ card: '' }), 'feedback.1.card must be the uuid of a card'],
    ['FBK-03', accepted({ card: '../../etc/passwd' }), 'feedback.1.card must be the uuid of a card'],
    ['FBK-03', accepted({ card: 'x'.repeat(65) }), 'feedback.1.card must be the uuid of a card'],
    ['FBK-04', accepted({ outcome: 'ignored' }), 'feedback.1.outcome must be accepted or overridden'],
    ['FBK-04', accepted({ outcome: 'Accepted' }), 'feedback.1.outcome must be accepted or overridden'],
    [
      'FBK-05',
      accepted({ outcomeTimestamp: undefined }),
      'feedback.1.outcomeTimestamp must be a time with seconds and zone',
    ],
    [
      'FBK-05',
      accepted({ outcomeTimestamp: '2026-03-10' }),
      'feedback.1.outcomeTimestamp must be a time with seconds and zone',
    ],
    [
      'FBK-05',
      accepted({ outcomeTimestamp: '2026-03-10T11:58:00' }),
      'feedback.1.outcomeTimestamp must be a time with seconds and zone',
    ],
    [
      'FBK-05',
      accepted({ outcomeTimestamp: '2026-02-30T11:58:00Z' }),
      'feedback.1.outcomeTimestamp must be a time with seconds and zone',
    ],
    [
      'FBK-05',
      accepted({ outcomeTimestamp: 1_773_143_880 }),
      'feedback.1.outcomeTimestamp must be a time with seconds and zone',
    ],
  ])('%s %j', (_id, item, expected) => {
    const { items, faults } = read(accepted(), item, overridden());
    expect(items.map(({ outcome }) => outcome)).toEqual(['accepted', 'overridden']);
    expect(faults.map(({ expression, text }) => `${expression} ${text}`)).toEqual([expected]);
  });
});

test('FBK-02 an empty array is feedback too', () => {
  expect(readFeedback({ feedback: [] }, SOURCE)).toEqual({ items: [], faults: [] });
});

describe('FBK-02 what is no feedback is refused', () => {
  test.each<[string, unknown, string]>([
    ['null', null, 'invalid-request'],
    ['an array', [accepted()], 'invalid-request'],
    ['one item without its array', accepted(), 'invalid-request'],
    ['an object for the array', { feedback: accepted() }, 'invalid-request'],
    ['bad items only', { feedback: [{}, 'x'] }, 'invalid-request'],
    ['too many items', { feedback: Array.from({ length: 1001 }, () => accepted()) }, 'too-large'],
  ])('%s', (_what, body, code) => {
    expect(problemOf(body).code).toBe(code);
    expect(problemOf(body).issues.length).toBeGreaterThan(0);
  });
});
