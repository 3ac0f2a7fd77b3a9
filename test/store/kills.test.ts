import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Database from 'libsql';
import pg from 'pg';
import { createDecisionQueue } from '../../src/store/decision-queue.js';
import { openStore } from '../../src/store/open-store.js';
import { StoreError, type FeedbackItem, type Store } from '../../src/store/store.js';
import { plainDecision } from '../support/decisions.js';
import { canKillPostgres, hasPostgres, sayWhatIsSkipped, startPostgres, type Postgres } from '../support/postgres.js';

/* What was acknowledged is there, whatever dies; and two processes over one PostgreSQL are one service. */

jest.setTimeout(120_000);

const WRITER = fileURLToPath(new URL('feedback-writer.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Writer {
  readonly process: ChildProcess;
  /** The words it said so far. */
  readonly words: string[];
  readonly saidMore: (count: number) => Promise<void>;
  readonly ended: Promise<unknown>;
}

const children: ChildProcess[] = [];

function startWriter(mode: string, argument: string, folder: string, url = ''): Writer {
  const child = spawn(process.execPath, ['--import', 'tsx', WRITER, mode, argument, folder, url], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const words: string[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => words.push(line));
  const ended = Promise.all([once(child, 'exit'), once(lines, 'close')]);
  const saidMore = async (count: number): Promise<void> => {
    const goal = words.length + count;
    while (words.length < goal) {
      if (child.exitCode !== null) throw new Error(`the writer ended: ${String(child.exitCode)}`);
      await sleep(5);
    }
  };
  return { process: child, words, saidMore, ended };
}

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

test('embedded file: a process killed in the middle, again and again, loses nothing it acknowledged', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tf-kill-'));
  const acknowledged: string[] = [];
  for (const [round, words] of [3, 150, 40].entries()) {
    const writer = startWriter('feedback', `r${String(round)}`, folder);
    await writer.saidMore(1 + words);
    writer.process.kill('SIGKILL');
    await writer.ended;
    acknowledged.push(...writer.words.filter((word) => word.startsWith('r') && word !== 'ready'));
  }
  const store = await openStore({ dataDirectory: folder });
  await store.ping();
  await store.close();
  const file = new Database(join(folder, 'troponin-first.db'));
  const rows = file.prepare('select card_id from feedback').all() as readonly { readonly card_id: string }[];
  const comments = file.prepare('select comment from feedback_comments').all();
  expect(file.pragma('integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  file.close();
  const kept = new Set(rows.map((row) => row.card_id));
  expect(acknowledged.length).toBeGreaterThanOrEqual(193);
  expect(acknowledged.filter((name) => !kept.has(name))).toEqual([]);
  // At most one of each round was written and not yet said; and none is there without its comment.
  expect(kept.size - acknowledged.length).toBeLessThanOrEqual(3);
  expect(comments).toHaveLength(kept.size);
  rmSync(folder, { recursive: true, force: true });
});

const AT = '2026-03-01T10:00:00.000Z';

function item(card: string): FeedbackItem {
  return {
    client: 'ehr',
    service: 'a-service',
    card,
    outcome: 'accepted',
    outcomeAt: AT,
    receivedAt: AT,
    acceptedSuggestions: ['s1'],
    reason: undefined,
    comment: undefined,
  };
}

async function cardsIn(databaseUrl: string): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ card_id: string }>('select card_id from feedback');
  await client.end();
  return rows.map((row) => row.card_id);
}

/** Writes item by item until told to stop; what was acknowledged and what was refused. */
function stream(store: Store, label: string) {
  const acknowledged: string[] = [];
  const refusals: unknown[] = [];
  let isOver = false;
  const write = async (): Promise<void> => {
    for (let count = 0; !isOver; count += 1) {
      const name = `${label}-${String(count)}`;
      try {
        await store.addFeedback([item(name)]);
        acknowledged.push(name);
      } catch (error) {
        refusals.push(error);
        await sleep(5);
      }
    }
  };
  const written = write();
  const stop = (): Promise<void> => {
    isOver = true;
    return written;
  };
  return { acknowledged, refusals, stop };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(5);
}

const withPostgres = hasPostgres ? describe : describe.skip;

withPostgres('PostgreSQL', () => {
  let postgres: Postgres;

  beforeAll(async () => {
    sayWhatIsSkipped();
    postgres = await startPostgres();
  });

  afterAll(async () => {
    await postgres.stop();
  });

  (canKillPostgres ? test : test.skip)(
    'killed in the middle and restarted: nothing acknowledged is lost, calls in between are refused, none hangs',
    async () => {
      const databaseUrl = await postgres.createDatabase();
      const store = await openStore({ databaseUrl, dataDirectory: '/nowhere' });
      const streams = ['a', 'b', 'c'].map((label) => stream(store, label));
      const added: string[] = [];
      const queue = createDecisionQueue({
        add: async (decisions) => {
          await store.addDecisions(decisions);
          added.push(...decisions.map(({ id }) => id));
        },
        onFailure: () => undefined,
        onDrop: () => undefined,
        intervalMs: 20,
      });
      for (const round of [1, 2]) {
        const goal = streams[0]?.acknowledged.length ?? 0;
        await until(() => streams.every(({ acknowledged }) => acknowledged.length > goal + 20 * round));
        await postgres.fault?.kill();
        const refused = streams.map(({ refusals }) => refusals.length);
        await until(() => streams.every(({ refusals }, index) => refusals.length > (refused[index] ?? 0) + 3));
        await expect(store.ping()).rejects.toThrow(StoreError);
        queue.push(plainDecision(`while-down-${String(round)}`));
        await postgres.fault?.restart();
        const before = streams.map(({ acknowledged }) => acknowledged.length);
        await until(() => streams.every(({ acknowledged }, index) => acknowledged.length > (before[index] ?? 0) + 10));
      }
      await Promise.all(streams.map(({ stop }) => stop()));
      await queue.close();
      expect(added).toEqual(['while-down-1', 'while-down-2']);
      expect(await store.findDecision('while-down-2')).toMatchObject({ answerHash: 'hash' });
      const kept = new Set(await cardsIn(databaseUrl));
      const refusals = streams.flatMap((one) => one.refusals);
      expect(streams.flatMap(({ acknowledged }) => acknowledged.filter((name) => !kept.has(name)))).toEqual([]);
      expect(refusals.filter((error) => !(error instanceof StoreError))).toEqual([]);
      expect(refusals.filter((error) => !/^The store cannot be used: /.test((error as Error).message))).toEqual([]);
      await store.close();
    },
  );

  test('two processes that start at once on an empty database, and race for the same tokens and feedback', async () => {
    const databaseUrl = await postgres.createDatabase();
    const children = ['tokens', 'same'].map((mode) => startWriter(mode, '500', '/nowhere', databaseUrl));
    const [one, other] = await Promise.all([1, 2].map(() => openStore({ databaseUrl, dataDirectory: '/nowhere' })));
    await Promise.all(children.map(({ saidMore }) => saidMore(1)));
    const accepted: string[] = [];
    const race = async (store: Store | undefined): Promise<void> => {
      for (let count = 490; count >= 0; count -= 10) {
        const keys = Array.from({ length: 10 }, (_, index) => `shared-${String(count + index)}`);
        const seen = await store?.rememberTokens(keys.map((key) => ({ key, until: 2_000_000_000_000 })));
        accepted.push(...keys.filter((key) => seen?.has(key) === false));
        await store?.addFeedback(keys.map(item));
      }
    };
    for (const { process: child } of children) child.stdin?.write('go\n');
    await Promise.all([race(one), race(other), ...children.map(({ ended }) => ended)]);
    const [racer] = children;
    const byChild = racer?.words.filter((word) => word.startsWith('shared-')) ?? [];
    expect([...accepted, ...byChild].sort()).toEqual(
      Array.from({ length: 500 }, (_, index) => `shared-${String(index)}`).sort(),
    );
    expect((await cardsIn(databaseUrl)).length).toBe(500);
    expect((await other?.recallTokens(0))?.length).toBe(500);
    await Promise.all([one?.close(), other?.close()]);
  });
});
