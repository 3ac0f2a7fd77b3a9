import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import Database from 'libsql';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { openStore } from '../../src/store/open-store.js';
import {
  StoreError,
  type Decision,
  type FeedbackItem,
  type Period,
  type ShownCard,
  type Store,
} from '../../src/store/store.js';
import { hasPostgres, sayWhatIsSkipped, startPostgres, type Postgres } from '../support/postgres.js';

/* One contract, kept by the embedded file and by PostgreSQL. */

jest.setTimeout(60_000);

const folders: string[] = [];
let postgres: Postgres | undefined;

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tf-store-'));
  folders.push(folder);
  return folder;
}

/** A place for one store, and a way to look into it past the store. */
interface Place {
  readonly open: () => Promise<Store>;
  readonly rowsOf: (query: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;
}

function filePlace(): Promise<Place> {
  const folder = newFolder();
  return Promise.resolve({
    open: () => openStore({ dataDirectory: join(folder, 'made', 'on', 'demand') }),
    rowsOf: (query) => {
      const file = new Database(join(folder, 'made', 'on', 'demand', 'troponin-first.db'));
      const rows = file.prepare(query).all() as readonly Readonly<Record<string, unknown>>[];
      file.close();
      return Promise.resolve(rows);
    },
  });
}

async function postgresPlace(): Promise<Place> {
  if (postgres === undefined) throw new Error('not started');
  const databaseUrl = await postgres.createDatabase();
  return {
    open: () => openStore({ databaseUrl, dataDirectory: '/nowhere' }),
    rowsOf: async (query) => {
      const client = new pg.Client({ connectionString: databaseUrl });
      await client.connect();
      const { rows } = await client.query<Readonly<Record<string, unknown>>>(query);
      await client.end();
      return rows;
    },
  };
}

beforeAll(async () => {
  sayWhatIsSkipped();
  if (hasPostgres) postgres = await startPostgres();
});

afterAll(async () => {
  await postgres?.stop();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const CARD = '11111111-1111-4111-8111-111111111111';
const PERIOD: Period = { from: '2026-03-01T00:00:00.000Z', to: '2026-04-01T00:00:00.000Z' };
const HASH = 'a'.repeat(64);

function card(id: string, more: Partial<ShownCard> = {}): ShownCard {
  return { id, code: 'troponin-not-found', indicator: 'warning', rule: 'not-found', ...more };
}

let decisionCount = 0;

function decision(cards: readonly ShownCard[], more: Partial<Decision> = {}): Decision {
  decisionCount += 1;
  return {
    id: `d${String(decisionCount).padStart(6, '0')}`,
    at: '2026-03-10T12:00:00.000Z',
    client: 'ehr',
    service: 'spasm-patient-view',
    topic: 'esophageal-spasm',
    topicVersion: '1.1.0',
    contentHash: HASH,
    rules: ['r1', 'r2'],
    undetermined: ['r3'],
    needs: [{ need: 'troponins', origin: 'both', completeness: 'unread-pages' }],
    cards,
    answerHash: 'b'.repeat(64),
    milliseconds: 1.25,
    ...more,
  };
}

function feedback(more: Partial<FeedbackItem> = {}): FeedbackItem {
  return {
    client: 'ehr',
    service: 'spasm-patient-view',
    card: CARD,
    outcome: 'accepted',
    outcomeAt: '2026-03-10T12:05:00.000Z',
    receivedAt: '2026-03-10T12:05:01.000Z',
    acceptedSuggestions: [],
    reason: undefined,
    comment: undefined,
    ...more,
  };
}

const REASON = { system: 'http://reasons.example', code: 'known', display: 'Already known' };
const LONG_AGO = '2000-01-01T00:00:00.000Z';
const KEEP_ALL = { decisions: LONG_AGO, feedback: LONG_AGO, comments: LONG_AGO, tokens: 0 };

const ENGINES = [
  { engine: 'embedded file', isShared: false, newPlace: filePlace },
  { engine: 'PostgreSQL', isShared: true, newPlace: postgresPlace },
].filter(({ isShared }) => hasPostgres || !isShared);

describe.each(ENGINES)('$engine', ({ isShared, newPlace }) => {
  let place: Place;
  let store: Store;
  const countOf = async (table: string): Promise<number> =>
    Number((await place.rowsOf(`select count(*) as n from ${table}`))[0]?.['n']);

  beforeAll(async () => {
    place = await newPlace();
    store = await place.open();
  });

  beforeEach(async () => {
    const future = '2100-01-01T00:00:00.000Z';
    await store.forget({ decisions: future, feedback: future, comments: future, tokens: 9_000_000_000_000 });
  });

  afterAll(async () => {
    await store.close();
  });

  test('says whether others share it, answers a ping, and is empty', async () => {
    expect(store.isShared).toBe(isShared);
    await expect(store.ping()).resolves.toBeUndefined();
    expect(await store.countCards(PERIOD)).toEqual({ counts: [], days: [], answers: 0, unknownCards: 0 });
  });

  test('a decision comes back as it went in, with its cards in order; the same again changes nothing', async () => {
    const one = decision([card('z'), card('a', { indicator: 'info', code: 'therapy-ladder' }), card('m')]);
    const none = decision([], { needs: [], rules: [], undetermined: [] });
    await store.addDecisions([one, none]);
    await store.addDecisions([{ ...one, client: 'other', cards: [] }, none]);
    expect(await store.findDecision(one.id)).toEqual(one);
    expect(await store.findDecision(none.id)).toEqual(none);
    expect(await store.findDecision('unheard-of')).toBeUndefined();
    await store.addDecisions([]);
    expect(await countOf('decisions')).toBe(2);
    expect(await countOf('shown_cards')).toBe(3);
  });

  test.each([
    ['FBK-09', 'the same item', {}, 1],
    ['FBK-09', 'the same instant in another spelling', { outcomeAt: '2026-03-10T13:05:00+01:00' }, 1],
    ['FBK-09', 'received again later', { receivedAt: '2026-03-12T00:00:00.000Z' }, 1],
    ['FBK-09', 'the same suggestions in another order', { acceptedSuggestions: ['s2', 's1', 's2'] }, 1],
    ['FBK-09', 'another outcome', { outcome: 'overridden' }, 2],
    ['FBK-09', 'another instant', { outcomeAt: '2026-03-10T12:05:00.001Z' }, 2],
    ['FBK-06', 'other suggestions', { acceptedSuggestions: ['s1'] }, 2],
    ['FBK-16', 'another card', { card: 'c2' }, 2],
    ['SEC', 'another client', { client: 'other' }, 2],
    ['FBK-01', 'another service', { service: 'other' }, 2],
  ] as const)('%s: %s is one row or two', async (_id, _name, change, rows) => {
    const item = feedback({ acceptedSuggestions: ['s1', 's2'], comment: 'once' });
    await store.addFeedback([item, item]);
    await store.addFeedback([{ ...item, ...change }]);
    expect(await countOf('feedback')).toBe(rows);
    expect(await countOf('feedback_comments')).toBe(rows);
  });

  test('FBK-14: free text lies apart, and anything may be in it', async () => {
    const comment = `"quoted" \\u0000 \0 \ud800 \u{1fac0} ' or 1=1; --\n<script>`;
    await store.addFeedback([feedback({ comment, reason: { ...REASON, display: 'nul \0' } })]);
    const [row] = await place.rowsOf('select * from feedback');
    expect(JSON.stringify(row)).not.toContain('quoted');
    expect(row).toMatchObject({ reason_code: 'known', reason_display: 'nul \ufffd', accepted_suggestions: '[]' });
    expect(await place.rowsOf('select comment from feedback_comments')).toEqual([
      { comment: `"quoted" \\u0000 \ufffd \ufffd \u{1fac0} ' or 1=1; --\n<script>` },
    ]);
  });

  test('a comment that was deleted does not come back with its item', async () => {
    await store.addFeedback([feedback({ comment: 'text' })]);
    await store.forget({ ...KEEP_ALL, comments: '2026-03-11T00:00:00.000Z' });
    await store.addFeedback([feedback({ comment: 'text' })]);
    expect([await countOf('feedback'), await countOf('feedback_comments')]).toEqual([1, 0]);
  });

  test('a time that is none is refused as such, and nothing of its call is kept', async () => {
    await expect(store.addFeedback([feedback(), feedback({ outcomeAt: 'yesterday' })])).rejects.toThrow(RangeError);
    expect(await countOf('feedback')).toBe(0);
  });

  test('SEC-10: a token is new once; a long one too, and all that still count are recalled', async () => {
    const long = `iss jti-${'x'.repeat(10_000)}`;
    const [a, b] = [
      { key: 'a', until: 1_800_000_000_000 },
      { key: long, until: 1_800_000_000_500 },
    ];
    expect(await store.rememberTokens([a, b])).toEqual(new Set());
    expect(await store.rememberTokens([{ key: 'c', until: 5.5 }, a])).toEqual(new Set(['a']));
    expect(await store.rememberTokens([b])).toEqual(new Set([long]));
    expect(await store.rememberTokens([])).toEqual(new Set());
    expect(await store.recallTokens(1_800_000_000_000)).toEqual([b]);
    expect(new Set(await store.recallTokens(1_799_999_999_999))).toEqual(new Set([a, b]));
    expect(await store.forget({ ...KEEP_ALL, tokens: 1_800_000_000_000 })).toBe(1);
    expect(await store.recallTokens(0)).toHaveLength(2);
  });

  test('tokens of many calls at once are accepted once each', async () => {
    const keys = Array.from({ length: 60 }, (_, index) => `t${String(index)}`);
    const tokens = keys.map((key) => ({ key, until: 1_800_000_000_000 }));
    const calls = await Promise.all([tokens, [...tokens].reverse(), tokens, tokens].map(store.rememberTokens));
    const accepted = calls.flatMap((seen) => keys.filter((key) => !seen.has(key)));
    expect(accepted.sort()).toEqual([...keys].sort());
  });

  describe('counts', () => {
    const only = async (period: Period = PERIOD) => {
      const { counts, ...rest } = await store.countCards(period);
      return {
        ...rest,
        counts: counts.map(({ shown, accepted, overridden, reasons }) => [shown, accepted, overridden, reasons]),
      };
    };

    test('accepted, overridden by reason, ignored; answers without cards count as answers', async () => {
      const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
      await store.addDecisions([...ids.map((id) => decision([card(id)])), decision([])]);
      const overridden = { outcome: 'overridden' as const };
      await store.addFeedback([
        feedback({ card: 'a' }),
        feedback({ card: 'b', ...overridden, reason: REASON }),
        feedback({ card: 'c', ...overridden, reason: { ...REASON, display: undefined } }),
        feedback({ card: 'd', ...overridden }),
        feedback({ card: 'e', ...overridden, reason: { system: undefined, code: undefined, display: 'Words' } }),
      ]);
      expect(await only()).toEqual({
        counts: [
          [
            6,
            1,
            4,
            [
              { reason: REASON, count: 2 },
              { reason: { system: undefined, code: undefined, display: 'Words' }, count: 1 },
              { reason: undefined, count: 1 },
            ],
          ],
        ],
        days: [{ day: '2026-03-10', code: 'troponin-not-found', shown: 6 }],
        answers: 7,
        unknownCards: 0,
      });
    });

    test.each([
      [
        'the last outcome counts, in whichever order they came',
        ['10:00', '11:00'],
        ['overridden', 'accepted'],
        [1, 1, 0],
      ],
      ['', ['11:00', '10:00'], ['overridden', 'accepted'], [1, 0, 1]],
      ['of two at one instant the one received last', ['10:00', '10:00'], ['accepted', 'overridden'], [1, 0, 1]],
      ['', ['10:00', '10:00'], ['overridden', 'accepted'], [1, 1, 0]],
    ] as const)('FBK-09: mind changed: %s', async (_name, times, outcomes, expected) => {
      await store.addDecisions([decision([card(CARD)])]);
      for (const index of [0, 1] as const) {
        const outcomeAt = `2026-03-10T${times[index]}:00.000Z`;
        const receivedAt = `2026-03-20T00:00:0${String(index)}.000Z`;
        await store.addFeedback([feedback({ outcome: outcomes[index], outcomeAt, receivedAt })]);
      }
      const [count] = (await only()).counts;
      expect(count?.slice(0, 3)).toEqual(expected);
    });

    test('of one client: its answers, cards and feedback alone', async () => {
      const other = { client: 'other' };
      await store.addDecisions([decision([card('a')]), decision([]), decision([card('b'), card('c')], other)]);
      await store.addFeedback([
        feedback({ card: 'a' }),
        feedback({ card: 'b', ...other }),
        feedback({ card: 'x', ...other }),
      ]);
      const sums = async (client?: string) => {
        const { counts, answers, unknownCards, ...rest } = await store.countCards({ ...PERIOD, client });
        const shown = counts.reduce((sum, count) => sum + count.shown, 0);
        const accepted = counts.reduce((sum, count) => sum + count.accepted, 0);
        return [rest.client, answers, shown, accepted, unknownCards];
      };
      const [mine = ''] = (await store.countCards(PERIOD)).counts
        .map(({ client }) => client)
        .filter((name) => name !== 'other');
      expect(await sums()).toEqual([undefined, 3, 3, 2, 1]);
      expect(await sums(mine)).toEqual([mine, 2, 1, 1, 0]);
      expect(await sums('other')).toEqual(['other', 1, 2, 1, 1]);
      expect(await sums('nobody')).toEqual(['nobody', 0, 0, 0, 0]);
    });

    test('a card of two answers is shown twice and its feedback counts once, with the last of them', async () => {
      const later = { at: '2026-03-20T12:00:00.000Z', contentHash: 'c'.repeat(64) };
      await store.addDecisions([decision([card(CARD)]), decision([card(CARD)]), decision([card(CARD)], later)]);
      await store.addFeedback([feedback()]);
      const { counts } = await store.countCards(PERIOD);
      expect(counts.map(({ contentHash, shown, accepted }) => [contentHash[0], shown, accepted])).toEqual([
        ['a', 2, 0],
        ['c', 1, 1],
      ]);
      expect((await only({ ...PERIOD, to: '2026-03-20T12:00:00.000Z' })).counts).toEqual([[2, 1, 0, []]]);
    });

    test('kinds are told apart by code, rule, topic, version, content and client', async () => {
      const kinds = [
        decision([card('1')]),
        decision([card('2', { code: 'acs-on-record' })]),
        decision([card('3', { rule: 'other' })]),
        decision([card('4')], { topic: 'other' }),
        decision([card('5')], { topicVersion: '2' }),
        decision([card('6')], { contentHash: 'c'.repeat(64) }),
        decision([card('7')], { client: 'other' }),
      ];
      await store.addDecisions(kinds);
      await store.addFeedback([feedback({ card: '7', client: 'other' }), feedback({ card: '1' })]);
      const { counts, days } = await store.countCards(PERIOD);
      expect(counts).toHaveLength(7);
      expect(counts.map(({ shown }) => shown)).toEqual([1, 1, 1, 1, 1, 1, 1]);
      expect(counts.filter(({ accepted }) => accepted > 0).map(({ client }) => client)).toEqual(['ehr', 'other']);
      expect(days.map(({ code, shown }) => [code, shown])).toEqual([
        ['acs-on-record', 1],
        ['troponin-not-found', 6],
      ]);
    });

    test('one client cannot speak for the cards of another: they are unknown', async () => {
      await store.addDecisions([decision([card(CARD)])]);
      await store.addFeedback([feedback({ client: 'stranger' })]);
      expect(await only()).toMatchObject({ counts: [[1, 0, 0, []]], unknownCards: 1 });
    });

    test('FBK-03: unknown cards count once each, in the period of their outcome', async () => {
      const overridden = { outcome: 'overridden', outcomeAt: '2026-03-11T00:00:00.000Z' } as const;
      await store.addFeedback([feedback(), feedback(overridden), feedback({ card: 'c2' })]);
      await store.addFeedback([feedback({ card: 'c3', outcomeAt: PERIOD.to }), feedback({ outcomeAt: PERIOD.to })]);
      expect(await only()).toMatchObject({ counts: [], unknownCards: 2 });
    });

    test('the period is half-open, in any spelling; feedback counts whenever it came', async () => {
      const at = (time: string) => decision([card(time)], { at: time });
      const [before, first, last, after] = [
        '2026-02-28T23:59:59.999Z',
        '2026-03-01T00:00:00.000Z',
        '2026-03-31T23:59:59.999Z',
        '2026-04-01T00:00:00.000Z',
      ] as const;
      await store.addDecisions([before, first, last, after].map(at));
      await store.addFeedback([
        feedback({ card: last, outcomeAt: '2026-05-01T00:00:00.000Z' }),
        feedback({ card: after }),
      ]);
      expect(await only()).toMatchObject({ answers: 2, counts: [[2, 1, 0, []]] });
      expect((await only({ from: '2026-03-01', to: '2026-04-01T02:00:00+02:00' })).answers).toBe(2);
      expect((await only({ from: PERIOD.to, to: PERIOD.from })).answers).toBe(0);
      expect((await store.countCards(PERIOD)).days.map(({ day }) => day)).toEqual(['2026-03-01', '2026-03-31']);
    });

    test('more than one slice, and more than one slice at one instant', async () => {
      const times = Array.from({ length: 9_500 }, (_, index) =>
        index < 5_000 ? '2026-03-02T00:00:00.000Z' : new Date(Date.UTC(2026, 2, 3) + index * 60_000).toISOString(),
      );
      const all = times.map((at, index) => decision([card(`c${String(index % 4_750)}`)], { at }));
      for (let start = 0; start < all.length; start += 500) await store.addDecisions(all.slice(start, start + 500));
      const half = Array.from({ length: 2_000 }, (_, index) => feedback({ card: `c${String(index)}` }));
      const unknown = Array.from({ length: 4_500 }, (_, index) => feedback({ card: `u${String(index)}` }));
      for (let start = 0; start < 6_500; start += 500) {
        await store.addFeedback([...half, ...unknown].slice(start, start + 500));
      }
      const counted = await only();
      expect(counted).toMatchObject({ answers: 9_500, unknownCards: 4_500, counts: [[9_500, 2_000, 0, []]] });
      expect(counted.days.reduce((sum, { shown }) => sum + shown, 0)).toBe(9_500);
    });
  });

  test('retention deletes what is older and nothing else, comments first, cards with their decision', async () => {
    const [old, edge] = ['2026-03-01T00:00:00.000Z', '2026-03-01T00:00:00.001Z'];
    const kept = decision([card('k')], { at: edge });
    await store.addDecisions([decision([card('x'), card('y')], { at: old }), kept]);
    const dated = (name: string, receivedAt: string) => feedback({ card: name, receivedAt, comment: name });
    await store.addFeedback([dated('x', old), dated('k', edge)]);
    expect(await store.forget(KEEP_ALL)).toBe(0);
    expect(await store.forget({ ...KEEP_ALL, comments: edge })).toBe(1);
    expect(await store.forget({ ...KEEP_ALL, decisions: edge })).toBe(3);
    expect(await store.findDecision(kept.id)).toEqual(kept);
    expect(await countOf('shown_cards')).toBe(1);
    expect(await store.forget({ ...KEEP_ALL, feedback: edge })).toBe(1);
    expect(await store.forget({ ...KEEP_ALL, feedback: '2027-01-01T00:00:00.000Z' })).toBe(2);
    expect(await countOf('feedback_comments')).toBe(0);
  });

  test('retention goes on over many chunks', async () => {
    const all = Array.from({ length: 1_203 }, (_, index) => decision([card(`m${String(index)}`)]));
    await store.addDecisions(all);
    expect(await store.forget({ ...KEEP_ALL, decisions: '2027-01-01T00:00:00.000Z' })).toBe(2_406);
    expect([await countOf('decisions'), await countOf('shown_cards')]).toEqual([0, 0]);
  });

  test('opening again, and several at once, finds everything; a schema of the future is refused', async () => {
    await store.addFeedback([feedback()]);
    const again = await place.open();
    await again.addFeedback([feedback(), feedback({ card: 'c2' })]);
    await again.close();
    expect(await countOf('feedback')).toBe(2);

    const fresh = await newPlace();
    const many = await Promise.all(Array.from({ length: isShared ? 4 : 1 }, fresh.open));
    await Promise.all(many.map((one) => one.addFeedback([feedback()])));
    expect(await fresh.rowsOf('select name from kysely_migration')).toHaveLength(1);
    expect(await fresh.rowsOf('select id from feedback')).toHaveLength(1);
    await fresh.rowsOf(
      "insert into kysely_migration values ('9999-tomorrow', '2099-01-01T00:00:00.000Z') returning name",
    );
    await expect(fresh.open()).rejects.toThrow(/newer than this version/);
    await Promise.all(many.map((one) => one.close()));
  });

  test('once closed every call is refused with a StoreError; closing twice is harmless', async () => {
    const closed = await place.open();
    await closed.close();
    await closed.close();
    const calls = [
      closed.ping(),
      closed.addFeedback([feedback()]),
      closed.addDecisions([decision([])]),
      closed.findDecision('x'),
      closed.rememberTokens([{ key: 'k', until: 1 }]),
      closed.recallTokens(0),
      closed.countCards(PERIOD),
      closed.forget(KEEP_ALL),
    ];
    for (const call of calls) await expect(call).rejects.toThrow(StoreError);
  });

  test('a failure names no value, no query and no connection', async () => {
    const broken = await newPlace();
    const one = await broken.open();
    await broken.rowsOf('alter table feedback_comments rename to gone');
    const adding = one.addFeedback([feedback({ comment: 'canary', client: 'canary', reason: REASON })]);
    await expect(adding).rejects.toThrow(StoreError);
    await expect(adding).rejects.toThrow(/^The store cannot be used: it reports a failure \([A-Z0-9_]+\)\.$/);
    expect(await adding.catch((error: unknown) => (error as StoreError).cause)).toBeUndefined();
    expect(await broken.rowsOf('select id from feedback')).toEqual([]);
    await broken.rowsOf('alter table gone rename to feedback_comments');
    await expect(one.addFeedback([feedback()])).resolves.toBeUndefined();
    await one.close();
  });
});

describe('places where there can be no store', () => {
  const inFolder = (prepare: (folder: string) => void) => () => {
    const folder = newFolder();
    prepare(folder);
    return { dataDirectory: folder };
  };

  test.each([
    [
      'a file in place of the folder',
      inFolder((folder) => {
        rmSync(folder, { recursive: true });
        writeFileSync(folder, '');
      }),
    ],
    ['a folder below a file', () => ({ dataDirectory: join(process.execPath, 'below') })],
    ['a folder where nobody can write', () => ({ dataDirectory: '/proc' })],
    [
      'a folder in place of the file',
      inFolder((folder) => {
        mkdirSync(join(folder, 'troponin-first.db'));
      }),
    ],
    [
      'a file of something else',
      inFolder((folder) => {
        writeFileSync(join(folder, 'troponin-first.db'), 'a'.repeat(9_000));
      }),
    ],
  ])('%s is refused and named', async (_name, options) => {
    const where = options();
    const opening = openStore(where);
    await expect(opening).rejects.toThrow(StoreError);
    await expect(opening).rejects.toThrow(where.dataDirectory);
  });

  test.each([
    ['an empty URL', '', /not a PostgreSQL URL/],
    ['another database', 'mysql://u:canary@127.0.0.1/db', /not a PostgreSQL URL/],
    ['no URL', 'canary', /not a PostgreSQL URL/],
    ['a port where nothing listens', 'postgresql://canary:canary@127.0.0.1:1/canary', /nothing listens.*ECONNREFUSED/],
    ['a broken password', 'postgresql://u:%zz-canary@127.0.0.1:1/db', /cannot be used/],
  ])('%s is refused without repeating it', async (_name, databaseUrl, message) => {
    const opening = openStore({ databaseUrl, dataDirectory: newFolder() });
    await expect(opening).rejects.toThrow(StoreError);
    await expect(opening).rejects.toThrow(message);
    await expect(opening).rejects.not.toThrow(/canary/);
  });
});
