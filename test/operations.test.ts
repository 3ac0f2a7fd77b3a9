import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CardReport } from '../src/report/card-report.js';
import { cardsOf, prefetchOf } from './support/answers.js';
import { createClientKeys, signToken, type ClientKeys } from './support/client-keys.js';
import { canKillPostgres, hasPostgres, sayWhatIsSkipped, startPostgres, type Postgres } from './support/postgres.js';
import { startProcess, temporaryFolder, waitUntil, type ServiceProcess } from './support/process.js';
import { hookBody, OPERATOR_TOKEN, postHook, send, SERVICE_ID, type Reply } from './support/service.js';
import { baseChart } from './support/vignette.js';

/* The real process: how it stops, what survives when it or its database is killed, and two of them over one database. */

jest.setTimeout(120_000);

const HOOK = `/cds-services/${SERVICE_ID}`;
const BODY = JSON.stringify(hookBody({ prefetch: prefetchOf(baseChart()) }));
const OPERATOR = { headers: { authorization: `Bearer ${OPERATOR_TOKEN}` } };
const OPEN = { TF_AUTHENTICATION: 'off', TF_OPERATOR_TOKEN: OPERATOR_TOKEN, LOG_LEVEL: 'error', TF_RATE_LIMIT: '0' };

const running: ServiceProcess[] = [];

async function start(environment: Readonly<Record<string, string>> = OPEN): Promise<ServiceProcess> {
  const service = await startProcess(environment);
  running.push(service);
  return service;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.kill()));
});

function feedback({ url }: ServiceProcess, card: string, headers = {}): Promise<Reply> {
  const item = { card, outcome: 'accepted', outcomeTimestamp: new Date().toISOString() };
  return send(`${url}${HOOK}/feedback`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ feedback: [item] }),
  });
}

async function report({ url }: ServiceProcess): Promise<CardReport> {
  const reply = await send(`${url}/reports/cards`, OPERATOR);
  expect(reply.status).toBe(200);
  return reply.body as CardReport;
}

async function readiness({ url }: ServiceProcess): Promise<number> {
  return (await send(`${url}/ready`)).status;
}

describe('stopping', () => {
  /** One call on a kept-alive connection; its status, or what broke it. */
  function callOnce(url: string, agent: Agent): Promise<string> {
    return new Promise((resolve) => {
      const headers = { 'content-type': 'application/json' };
      const call = httpRequest(`${url}${HOOK}`, { agent, method: 'POST', headers });
      call.on('response', (response) => {
        response.resume().on('end', () => {
          resolve(response.complete ? String(response.statusCode) : 'cut');
        });
        response.on('error', () => {
          resolve('cut');
        });
      });
      call.on('error', (error: NodeJS.ErrnoException) => {
        resolve(String(error.code));
      });
      call.end(BODY);
    });
  }

  test('SIGTERM drops no call that a balancer sends, and every decision is kept', async () => {
    const folder = temporaryFolder();
    const service = await start({ ...OPEN, TF_DATA_DIR: folder, TF_DRAIN_MS: '1500' });
    const outcomes: string[] = [];
    let isTurnedAway = false;
    const callers = Array.from({ length: 6 }, async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      while (!isTurnedAway) outcomes.push(await callOnce(service.url, agent));
      agent.destroy();
    });
    await waitUntil(() => Promise.resolve(outcomes.length > 50));
    const stopped = service.stop();
    await waitUntil(async () => (await readiness(service)) === 503);
    const during = outcomes.length;
    await waitUntil(() => Promise.resolve(outcomes.length > during + 20));
    isTurnedAway = true;
    await Promise.all(callers);
    expect(await stopped).toBe(0);
    expect(new Set(outcomes)).toEqual(new Set(['200']));
    const again = await start({ ...OPEN, TF_DATA_DIR: folder });
    expect((await report(again)).answers).toBe(outcomes.length);
  });

  test.each<[NodeJS.Signals, NodeJS.Signals, number, number]>([
    ['SIGTERM', 'SIGTERM', 100, 0],
    ['SIGTERM', 'SIGINT', 100, 0],
    ['SIGTERM', 'SIGINT', 1500, 130],
  ])('%s, %s after %d ms: it ends with %d', async (first, second, gapMs, code) => {
    const folder = temporaryFolder();
    const service = await start({ ...OPEN, TF_DATA_DIR: folder, TF_DRAIN_MS: '3000' });
    for (let calls = 0; calls < 3; calls += 1) expect((await postHook(service, BODY, SERVICE_ID)).status).toBe(200);
    const stopped = service.stop(first);
    await sleep(gapMs);
    void service.stop(second);
    expect(await stopped).toBe(code);
    // Told by the supervisor of its group and by npm, it loses nothing; only a second Ctrl+C is in a hurry.
    if (code === 0) expect((await report(await start({ ...OPEN, TF_DATA_DIR: folder }))).answers).toBe(3);
  });

  test('while it stops it says so, and sends clients elsewhere', async () => {
    const service = await start({ ...OPEN, TF_DRAIN_MS: '3000' });
    expect(await readiness(service)).toBe(200);
    const stopped = service.stop();
    await waitUntil(async () => (await readiness(service)) === 503);
    const reply = await postHook(service, BODY, SERVICE_ID);
    expect({ status: reply.status, connection: reply.headers.get('connection') }).toEqual({
      status: 200,
      connection: 'close',
    });
    expect(await stopped).toBe(0);
  });
});

test('killed in the middle: all feedback that was acknowledged is there', async () => {
  const folder = temporaryFolder();
  const acknowledged = new Set<string>();
  for (let round = 0; round < 2; round += 1) {
    const service = await start({ ...OPEN, TF_DATA_DIR: folder });
    const send = async () => {
      for (;;) {
        const card = randomUUID();
        const reply = await feedback(service, card).catch(() => undefined);
        if (reply === undefined) return;
        if (reply.status === 200) acknowledged.add(card);
      }
    };
    const senders = Array.from({ length: 4 }, send);
    const before = acknowledged.size;
    await waitUntil(() => Promise.resolve(acknowledged.size > before + 100));
    await service.kill();
    await Promise.all(senders);
  }
  const { unknownCards } = await report(await start({ ...OPEN, TF_DATA_DIR: folder }));
  // A call that was killed after its item was kept was not acknowledged: more may be there, never less.
  expect(unknownCards).toBeGreaterThanOrEqual(acknowledged.size);
  expect(unknownCards).toBeLessThanOrEqual(acknowledged.size + 8);
});

test('metrics are Prometheus text, for operators', async () => {
  const service = await start();
  await postHook(service, BODY, SERVICE_ID);
  await feedback(service, randomUUID());
  expect((await send(`${service.url}/metrics`)).status).toBe(401);
  const { text, headers } = await send(`${service.url}/metrics`, OPERATOR);
  expect(headers.get('content-type')).toContain('text/plain; version=0.0.4');
  expect(text).toContain(`troponin_first_calls_total{service="${SERVICE_ID}",status="200",problem="none"} 2`);
  expect(text).toContain('troponin_first_cards_total{code="troponin-not-found"} 1');
  expect(text).toContain('troponin_first_feedback_items_total{outcome="accepted"} 1');
  expect(text).toMatch(/troponin_first_call_seconds_count\{service="[a-z-]+"\} 1/);
  expect(text).toContain('troponin_first_store_queue_decisions ');
});

if (!hasPostgres) sayWhatIsSkipped();
const withPostgres = hasPostgres ? describe : describe.skip;
const testKills = canKillPostgres ? test : test.skip;

withPostgres('over PostgreSQL', () => {
  let postgres: Postgres;
  let keys: ClientKeys;
  let clientsFile: string;

  beforeAll(async () => {
    [postgres, keys] = await Promise.all([startPostgres(), createClientKeys('ES384')]);
    clientsFile = join(temporaryFolder(), 'clients.json');
    const client = { name: 'general', iss: 'https://general.example', jwks: { keys: [keys.jwk] }, fhirServers: [] };
    writeFileSync(clientsFile, JSON.stringify({ clients: [client] }));
  });
  afterAll(() => postgres.stop());

  const PUBLIC_URL = 'http://cds.example';
  const proved = (url: string) => ({
    DATABASE_URL: url,
    PUBLIC_URL,
    TF_CLIENTS_FILE: clientsFile,
    TF_OPERATOR_TOKEN: OPERATOR_TOKEN,
    LOG_LEVEL: 'error',
  });

  async function authorization(path: string): Promise<{ readonly authorization: string }> {
    const token = await signToken({
      keys,
      iss: 'https://general.example',
      aud: `${PUBLIC_URL}${path}`,
      now: Date.now(),
    });
    return { authorization: `Bearer ${token}` };
  }

  test('two processes share replay protection, feedback and report', async () => {
    const url = await postgres.createDatabase();
    const both = await Promise.all([start(proved(url)), start(proved(url))]);
    for (let round = 0; round < 20; round += 1) {
      const headers = await authorization('/cds-services');
      const replies = await Promise.all(both.map((service) => send(`${service.url}/cds-services`, { headers })));
      expect(replies.map(({ status }) => status).sort()).toEqual([200, 401]);
    }
    const shown = [];
    for (const service of both) {
      const reply = await send(`${service.url}${HOOK}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(await authorization(HOOK)) },
        body: BODY.replace(/"hookInstance":"[^"]+"/, `"hookInstance":"${randomUUID()}"`),
      });
      shown.push(...cardsOf(reply).map(({ uuid }) => uuid));
    }
    expect(shown).toHaveLength(4);
    for (const [index, card] of shown.entries()) {
      const other = index < 2 ? both[1] : both[0];
      expect((await feedback(other, card, await authorization(`${HOOK}/feedback`))).status).toBe(200);
    }
    await waitUntil(async () => (await report(both[0])).total.shown === 4);
    expect((await report(both[1])).total).toMatchObject({ shown: 4, accepted: 4, ignored: 0 });
  });

  testKills(
    'PostgreSQL killed in the middle: answers go on, feedback is refused, nothing acknowledged is lost',
    async () => {
      const service = await start({ ...OPEN, DATABASE_URL: await postgres.createDatabase() });
      const acknowledged = new Set<string>();
      const statuses = new Set<number>();
      let isOver = false;
      const sender = async () => {
        while (!isOver) {
          const card = randomUUID();
          const { status } = await feedback(service, card);
          statuses.add(status);
          if (status === 200) acknowledged.add(card);
        }
      };
      const senders = Array.from({ length: 4 }, sender);
      await waitUntil(() => Promise.resolve(acknowledged.size > 50));
      await postgres.fault?.kill();
      await waitUntil(() => Promise.resolve(statuses.has(503)));
      for (let call = 0; call < 5; call += 1)
        expect(cardsOf(await postHook(service, BODY, SERVICE_ID))).toHaveLength(2);
      await waitUntil(async () => (await readiness(service)) === 503);
      await postgres.fault?.restart();
      const before = acknowledged.size;
      await waitUntil(() => Promise.resolve(acknowledged.size > before + 50));
      isOver = true;
      await Promise.all(senders);
      expect([...statuses].sort()).toEqual([200, 503]);
      await waitUntil(async () => (await report(service)).answers === 5);
      const { unknownCards } = await report(service);
      expect(unknownCards).toBeGreaterThanOrEqual(acknowledged.size);
      expect(unknownCards).toBeLessThanOrEqual(acknowledged.size + 8);
    },
  );

  testKills(
    'started while PostgreSQL is away: it answers, says it is not ready, and finds it when it comes',
    async () => {
      const url = await postgres.createDatabase();
      await postgres.fault?.kill();
      const service = await start({ ...OPEN, LOG_LEVEL: 'silent', DATABASE_URL: url });
      expect(await readiness(service)).toBe(503);
      expect(cardsOf(await postHook(service, BODY, SERVICE_ID))).toHaveLength(2);
      expect((await feedback(service, randomUUID())).status).toBe(503);
      await postgres.fault?.restart();
      await waitUntil(async () => (await readiness(service)) === 200);
      expect((await feedback(service, randomUUID())).status).toBe(200);
      await waitUntil(async () => (await report(service)).answers === 1);
    },
  );
});
