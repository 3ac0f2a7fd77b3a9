import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { HookResponse } from '../src/cds-hooks/types.js';
import { discover } from '../src/service/discovery.js';
import { startEhr, type Ehr } from './support/ehr.js';
import { AS_OF, hookBody, postHook, startTestService, topics, type TestService } from './support/service.js';
import { chartOf, loadVignettes, type Vignette } from './support/vignette.js';

jest.setTimeout(30_000);

type Route = 'prefetch' | 'FHIR server' | 'mixed';

const ROUTES: readonly Route[] = ['prefetch', 'FHIR server', 'mixed'];
const templates = discover(topics()).services[0]?.prefetch ?? {};

let ehr: Ehr;
let service: TestService;
/** For servers that do not answer. */
let hurried: TestService;

beforeAll(async () => {
  ehr = await startEhr();
  service = await startTestService({ allowedFhirServers: [ehr.fhirServer], timeBudgetMs: 10_000 });
  hurried = await startTestService({ allowedFhirServers: [ehr.fhirServer], timeBudgetMs: 700 });
});

afterAll(async () => {
  await Promise.all([service.close(), hurried.close()]);
  await ehr.close();
});

function contextOf({ context = {} }: Vignette): Record<string, unknown> {
  const all: Record<string, unknown> = { userId: 'Practitioner/dr1', patientId: 'p1', encounterId: 'e1', ...context };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
}

async function answer(vignette: Vignette, route: Route): Promise<HookResponse> {
  await ehr.load(chartOf(vignette), vignette.faults);
  const context = contextOf(vignette);
  const sent = route === 'FHIR server' ? {} : await ehr.prefetch(templates, context);
  const keys = Object.keys(templates);
  const kept = Object.entries(sent).filter(([key]) => route === 'prefetch' || keys.indexOf(key) % 2 === 0);
  const server = route === 'prefetch' ? {} : { fhirServer: ehr.fhirServer };
  const body = hookBody({ hook: vignette.hook, context, prefetch: Object.fromEntries(kept), ...server });
  const isHanging = Object.values(vignette.faults ?? {}).includes('timeout');
  const reply = await postHook(isHanging ? hurried : service, body);
  expect({ status: reply.status, text: reply.status === 200 ? '' : reply.text }).toEqual({ status: 200, text: '' });
  return reply.body as HookResponse;
}

function textOf({ summary, detail }: HookResponse['cards'][number]): string {
  return `${summary}\n${detail}`.toLowerCase();
}

describe.each(loadVignettes().map((vignette) => [`${vignette.id} ${vignette.title}`, vignette] as const))(
  '%s',
  (_, vignette) => {
    test.each(ROUTES)('by %s', async (route) => {
      expect(Date.parse(vignette.asOf)).toBe(AS_OF);
      const { cards } = await answer(vignette, route);
      expect(cards.map(({ source, indicator }) => `${source.topic.code} ${indicator}`)).toEqual(vignette.expect.cards);
      for (const [code, phrases] of Object.entries(vignette.expect.says ?? {})) {
        const card = cards.find(({ source }) => source.topic.code === code);
        for (const phrase of phrases) expect(card === undefined ? '' : textOf(card)).toContain(phrase.toLowerCase());
      }
      for (const phrase of vignette.expect.neverSays ?? [])
        expect(cards.map(textOf).join('\n')).not.toContain(phrase.toLowerCase());
    });
  },
);
