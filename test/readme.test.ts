import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Card, HookResponse } from '../src/cds-hooks/types.js';
import { VARIABLES } from '../src/config-variables.js';
import { describeConfig } from '../src/config.js';
import { pages, textOfPage } from './support/documents.js';
import { OPERATOR_TOKEN, postHook, send, startTestService, topic, type TestService } from './support/service.js';

const root = new URL('../', import.meta.url);
const readText = (file: string) => readFileSync(new URL(file, root), 'utf8');
const readme = readText('README.md');

let service: TestService;

beforeAll(async () => {
  service = await startTestService();
});

afterAll(async () => {
  await service.close();
});

/** What changes with the day of the call, taken out. */
function timeless({ detail, extension, ...card }: Card): object {
  const { contentHash, asOf, ...basis } = extension['org.troponin-first.basis'];
  return {
    ...card,
    detail: detail.replace(/since \d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC/, 'since (a day before)'),
    basis: { ...basis, hasHash: contentHash.length, hasTime: asOf.length },
  };
}

test('the documented call gets the documented answer', async () => {
  const page = readText('docs/one-call.md');
  const [, path, file] = /curl -s http:\/\/127\.0\.0\.1:3000(\S+)[\s\S]*?-d @(\S+)/.exec(page) ?? [];
  const [, documented] = /```json\n([\s\S]*?)\n```/.exec(page) ?? [];
  expect(path).toBe('/cds-services/esophageal-spasm-patient-view');
  const reply = await postHook(service, readText(file ?? ''));
  expect(reply.status).toBe(200);
  const [first, ...others] = (reply.body as HookResponse).cards;
  expect(others).toHaveLength(1);
  const shown = JSON.parse(documented ?? '') as Card;
  // The age grows, and every change of the content has another hash.
  const withoutAge = (card: object) => JSON.stringify(card).replace(/"value":"\d+"/, '"value":"(age)"');
  expect(first === undefined ? '' : withoutAge(timeless(first))).toBe(withoutAge(timeless(shown)));
});

test('the guide to deploying names every variable, with its default', () => {
  const guide = readText('docs/deploy.md');
  for (const { name, fallback } of VARIABLES) {
    const row = guide.split('\n').find((line) => line.startsWith('|') && line.includes(`\`${name}\``));
    expect({ name, row: row ?? '' }).toEqual({ name, row: expect.stringContaining(fallback) });
  }
  expect(describeConfig()).toContain('TF_FHIR_SERVERS');
});

test('the README lists every card and only those', () => {
  const listed = Array.from(readme.matchAll(/^\| `([a-z-]+)` +\|/gm), ([, code]) => code);
  expect(new Set(listed)).toEqual(new Set(Object.keys(topic().cards.cards)));
});

test('the endpoints the README names answer', async () => {
  const paths = Array.from(readme.matchAll(/`GET (\/[a-z/-]+)`/g), ([, path = '']) => path);
  expect(paths).toEqual(['/cds-services', '/health', '/ready', '/metrics', '/reports/cards']);
  const headers = { authorization: `Bearer ${OPERATOR_TOKEN}` };
  for (const path of paths) expect((await send(service.url + path, { headers })).status).toBe(200);
});

test('every script that a document names exists', () => {
  const { scripts } = JSON.parse(readText('package.json')) as { readonly scripts: Readonly<Record<string, string>> };
  const texts = pages().map(textOfPage).join('\n');
  const named = new Set(Array.from(texts.matchAll(/npm (?:run )?(start|test|(?<=run )[a-z]+)/g), ([, name]) => name));
  expect(named.size).toBeGreaterThan(5);
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining([...named]));
});

test('every test that the threat model names is there', () => {
  const named = new Set(Array.from(readText('SECURITY.md').matchAll(/`(test\/[\w./-]+)`/g), ([, path = '']) => path));
  expect(named.size).toBeGreaterThan(15);
  for (const path of named) expect({ path, isThere: existsSync(new URL(path, root)) }).toEqual({ path, isThere: true });
});
