import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Card } from '../../src/cds-hooks/types.js';
import { CODE_KNOWLEDGE } from '../../src/facts/derived/index.js';
import type { JsonObject } from '../../src/fhir/json.js';
import { ContentError } from '../../src/knowledge/content-problem.js';
import { loadTopics } from '../../src/knowledge/load-topics.js';
import { bundleOf, cardsOf, prefetchOf, suggestedBy, titlesOf } from '../support/answers.js';
import { CARDS, hookBody, postHook, startTestService, topic, type TestService } from '../support/service.js';
import { baseChart } from '../support/vignette.js';

/* A site's own order codes, below TF_SITE_DIR. */

const CODE = { system: 'https://hospital.example/orders', code: 'TNIH', display: 'Troponin I hs' };
const ORDERS = { orders: { troponin: { text: 'Troponin I, high sensitivity', coding: CODE } } };

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'site-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function site(name: string, topicFolder: string, content: unknown): string {
  const path = join(folder, name, topicFolder);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'orders.json'), typeof content === 'string' ? content : JSON.stringify(content));
  return join(folder, name);
}

function load(directory: string) {
  return loadTopics(CARDS, CODE_KNOWLEDGE, directory);
}

function problemsOf(directory: string): readonly string[] {
  try {
    load(directory);
    return [];
  } catch (error) {
    if (!(error instanceof ContentError)) throw error;
    return error.message.split('\n');
  }
}

describe('a site whose orders are whole', () => {
  let service: TestService;

  beforeAll(async () => {
    service = await startTestService({ topics: load(site('good', 'esophageal-spasm', ORDERS)) });
  });

  afterAll(() => service.close());

  async function cards(more: Readonly<Record<string, JsonObject>> = {}): Promise<readonly Card[]> {
    return cardsOf(await postHook(service, hookBody({ prefetch: { ...prefetchOf(baseChart()), ...more } })));
  }

  test('suggests its own code for the order it names, and the product’s for the others', async () => {
    const codings = suggestedBy(await cards()).flatMap(({ code }) => code.coding);
    expect(codings).toEqual([CODE, CODE]);
  });

  test('recognises the code when the order comes back', async () => {
    const order = {
      resourceType: 'ServiceRequest',
      id: 'o1',
      status: 'active',
      intent: 'order',
      code: { coding: [{ system: CODE.system, code: CODE.code }] },
      subject: { reference: 'Patient/p1' },
      authoredOn: '2026-03-10T11:00:00Z',
    };
    expect(titlesOf(await cards({ orders: bundleOf([order]) }))[0]).toBe('troponin-pending info');
  });

  test('is other content: cards say so with another hash', () => {
    const [loaded] = load(site('good', 'esophageal-spasm', ORDERS));
    expect(loaded?.contentHash).not.toBe(topic().contentHash);
  });
});

describe('a site that would be ignored or misread stops the start', () => {
  test.each<[string, string, unknown, string]>([
    [
      'an order nobody suggests',
      'esophageal-spasm',
      { orders: { troponine: ORDERS.orders.troponin } },
      'did you mean "troponin"',
    ],
    [
      'no code',
      'esophageal-spasm',
      { orders: { ecg: { text: 'ECG', coding: { system: 'x', display: 'y' } } } },
      "required property 'code'",
    ],
    ['an unknown member', 'esophageal-spasm', { ...ORDERS, thresholds: {} }, 'unknown member "thresholds"'],
    ['no JSON', 'esophageal-spasm', '{', 'is no valid JSON'],
    ['a folder of no topic', 'oesophageal-spasm', ORDERS, 'did you mean "esophageal-spasm"'],
  ])('%s', (name, topicFolder, content, message) => {
    expect(problemsOf(site(name.replaceAll(' ', '-'), topicFolder, content)).join('\n')).toContain(message);
  });

  test('a folder that is not there', () => {
    expect(problemsOf(join(folder, 'nowhere')).join('\n')).toContain('is missing');
  });

  test('an empty folder changes nothing', () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    expect(load(empty)[0]?.contentHash).toBe(topic().contentHash);
  });
});
