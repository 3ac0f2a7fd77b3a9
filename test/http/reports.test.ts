import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import express from 'express';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { drain, listen } from '../../src/http/listen.js';
import { requireOperator } from '../../src/http/operator-auth.js';
import { handleProblems } from '../../src/http/problems.js';
import { addReports, reasonNamesOf } from '../../src/http/reports.js';
import { StoreError, type CountScope } from '../../src/store/store.js';
import { issuesOf } from '../support/answers.js';
import { monthOfCards } from '../support/card-counts.js';
import { AS_OF, send, topic, topics, type Reply } from '../support/service.js';

const TOKEN = 'operator-canary-9c1f';
const BEARER = `Bearer ${TOKEN}`;

interface Reports {
  readonly url: string;
  readonly asked: readonly CountScope[];
  readonly faults: readonly unknown[];
  readonly close: () => Promise<void>;
}

async function startReports(token: string | undefined, fault?: Error): Promise<Reports> {
  const asked: CountScope[] = [];
  const faults: unknown[] = [];
  const app = express().set('query parser', false).disable('x-powered-by');
  addReports(app, {
    countCards: (scope) => {
      asked.push(scope);
      if (fault !== undefined) return Promise.reject(fault);
      return Promise.resolve({ ...monthOfCards('2026-03-10'), client: scope.client });
    },
    requireOperator: requireOperator(token),
    reasonNames: reasonNamesOf(topics()),
    now: () => AS_OF,
  });
  app.use(handleProblems((_problem, cause) => faults.push(cause)));
  const server: Server = await listen(app, 0, '127.0.0.1');
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/reports/cards`,
    asked,
    faults,
    close: async () => {
      server.closeAllConnections();
      await drain(server);
    },
  };
}

let reports: Reports;
let closed: Reports;
let down: Reports;

beforeAll(async () => {
  reports = await startReports(TOKEN);
  closed = await startReports(undefined);
  down = await startReports(TOKEN, new StoreError('canary: connection to 10.0.0.7 refused'));
});

afterAll(async () => {
  await Promise.all([reports, closed, down].map((one) => one.close()));
});

function get(query = '', headers: Readonly<Record<string, string>> = {}, to = reports): Promise<Reply> {
  return send(to.url + query, { headers: { authorization: BEARER, ...headers } });
}

function basic(text: string): string {
  return `Basic ${Buffer.from(text).toString('base64')}`;
}

describe('operators only', () => {
  test.each([
    ['a bearer token', BEARER],
    ['the scheme in small letters', `bearer ${TOKEN}`],
    ['two blanks', `Bearer  ${TOKEN}`],
    ['a password, as browsers ask for it', basic(`anyone:${TOKEN}`)],
    ['a password without name', basic(`:${TOKEN}`)],
  ])('admitted: %s', async (_, authorization) => {
    expect((await get('', { authorization })).status).toBe(200);
  });

  const REFUSED: readonly (readonly [string, string | undefined])[] = [
    ['nothing', undefined],
    ['an empty header', ''],
    ['no scheme', TOKEN],
    ['another scheme', `Digest ${TOKEN}`],
    ['no token', 'Bearer '],
    ['another token', 'Bearer operator-canary-9c1e'],
    ['the beginning of the token', 'Bearer operator-canary'],
    ['more than the token', `${BEARER}x`],
    ['the token twice', `${BEARER} ${TOKEN}`],
    ['the token in other letters', BEARER.toUpperCase()],
    ['the token as user name', basic(`${TOKEN}:`)],
    ['the token alone in Basic', basic(TOKEN)],
    ['Basic that is no base64', 'Basic ###'],
    ['a token of the product’s clients', 'Bearer eyJhbGciOiJFUzM4NCJ9.e30.AA'],
  ];

  test.each(REFUSED)('SEC-14 refused alike: %s', async (_, authorization) => {
    const before = reports.asked.length;
    const reply = await send(reports.url, authorization === undefined ? {} : { headers: { authorization } });
    expect(reply.status).toBe(401);
    expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer realm="operators", Basic realm="operators"/);
    expect(issuesOf(reply)).toEqual([
      { severity: 'error', code: 'login', diagnostics: 'The call is not authenticated.' },
    ]);
    expect(reports.asked.length).toBe(before);
  });

  test.each([
    ['a token', BEARER],
    ['an empty token', 'Bearer '],
    ['an empty password', basic('x:')],
    ['the word undefined', 'Bearer undefined'],
  ])('without a configured token nobody passes: %s', async (_, authorization) => {
    expect((await get('', { authorization }, closed)).status).toBe(401);
  });

  test('an empty configured token is none', async () => {
    const empty = await startReports('');
    try {
      expect((await get('', { authorization: basic('x:') }, empty)).status).toBe(401);
    } finally {
      await empty.close();
    }
  });

  test('who may not read learns nothing about parameters', async () => {
    expect((await get('?from=nonsense', { authorization: '' })).status).toBe(401);
  });
});

describe('what is asked for', () => {
  test.each<[string, CountScope]>([
    ['', { from: '2026-02-09T00:00:00.000Z', to: '2026-03-11T00:00:00.000Z', client: undefined }],
    [
      '?from=2026-01-01&to=2026-01-31',
      { from: '2026-01-01T00:00:00.000Z', to: '2026-02-01T00:00:00.000Z', client: undefined },
    ],
    [
      '?to=2026-03-10&client=north%20ehr%26co',
      { from: '2026-02-09T00:00:00.000Z', to: '2026-03-11T00:00:00.000Z', client: 'north ehr&co' },
    ],
  ])('%s', async (query, scope) => {
    expect((await get(query)).status).toBe(200);
    expect(reports.asked.at(-1)).toEqual(scope);
  });

  test.each([
    ['?from=canary', ['from']],
    ['?from=2026-02-30&to=canary', ['from', 'to']],
    ['?from=2026-03-10&to=2026-03-01', ['from']],
    ['?client=', ['client']],
    ['?format=canary', ['format']],
    ['?form=2026-03-10', ['query']],
    ['?canary=1&from=x', ['query', 'from']],
    ['?from=2026-03-01&from=2026-03-02', ['from']],
    ['?format=csv&format=html', ['format']],
    ['?from=%ff%fe', ['from']],
  ])('refused, each fault named: %s', async (query, names) => {
    const before = reports.asked.length;
    const reply = await get(query);
    expect(reply.status).toBe(400);
    expect(
      issuesOf(reply)
        .slice(1)
        .flatMap(({ expression = [] }) => expression),
    ).toEqual(names);
    expect(reply.text).not.toContain('canary');
    expect(reports.asked.length).toBe(before);
  });
});

describe('how it is answered', () => {
  const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';

  test.each([
    ['', '*/*', 'application/json'],
    ['', 'application/json', 'application/json'],
    ['', BROWSER, 'text/html'],
    ['', 'text/csv', 'text/csv'],
    ['', 'image/png', 'application/json'],
    ['?format=html', 'application/json', 'text/html'],
    ['?format=csv', BROWSER, 'text/csv'],
    ['?format=json', BROWSER, 'application/json'],
  ])('%s for %s: %s', async (query, accept, type) => {
    const reply = await get(query, { accept });
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-type')).toMatch(new RegExp(`^${type}; charset=utf-8`));
    expect(reply.headers.get('vary')).toMatch(/Accept/);
    expect(reply.headers.get('cache-control')).toBe('no-store');
  });

  test('JSON holds the figures', async () => {
    expect((await get('?client=north-ehr')).body).toMatchObject({
      from: '2026-02-09',
      to: '2026-03-10',
      client: 'north-ehr',
      answers: 48_213,
      total: { shown: 790, accepted: 236, overridden: 105, ignored: 449 },
    });
  });

  test('the page goes out under a policy that allows its style alone', async () => {
    const { headers, text } = await get('?format=html');
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/=]+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    expect(text).toMatch(/^<!doctype html>/);
    expect(text).not.toContain(TOKEN);
  });

  test('CSV is a file with a name', async () => {
    const { headers, text } = await get('?format=csv&from=2026-03-01');
    expect(headers.get('content-disposition')).toBe('attachment; filename="cards-2026-03-01-2026-03-10.csv"');
    expect(text).toMatch(/^from,to,card,/);
  });

  test('the content’s own words stand for its reasons', async () => {
    const own = topic().overrideReasons.concept?.find(({ code }) => code === 'no-chest-pain')?.display ?? 'missing';
    expect((await get('?format=csv')).text).toContain(`${own} (no-chest-pain)`);
  });

  test.each(['POST', 'PUT', 'DELETE'])('%s is not allowed', async (method) => {
    const reply = await send(reports.url, { method, headers: { authorization: BEARER } });
    expect([reply.status, reply.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  test('HEAD is', async () => {
    const reply = await send(reports.url, { method: 'HEAD', headers: { authorization: BEARER } });
    expect([reply.status, reply.text]).toEqual([200, '']);
  });
});

describe('the store', () => {
  test('down: 503 that says try again, and nothing of the cause', async () => {
    const reply = await get('', {}, down);
    expect(reply.status).toBe(503);
    expect(issuesOf(reply)).toEqual([
      { severity: 'error', code: 'transient', diagnostics: 'The store cannot be used now; try again.' },
    ]);
    expect(reply.text).not.toMatch(/canary|10\.0\.0\.7/);
  });

  test('a fault of another kind is one of the service', async () => {
    const broken = await startReports(TOKEN, new Error('canary'));
    try {
      const reply = await get('', {}, broken);
      expect([reply.status, reply.text.includes('canary')]).toEqual([500, false]);
      expect(broken.faults).toHaveLength(1);
    } finally {
      await broken.close();
    }
  });
});
