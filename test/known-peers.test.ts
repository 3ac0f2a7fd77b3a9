import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Card } from '../src/cds-hooks/types.js';
import type { JsonObject } from '../src/fhir/json.js';
import {
  basisOf,
  bundleOf,
  cardiacOf,
  cardsOf,
  codeOf,
  gapsSaid,
  issuesOf,
  prefetchOf,
  titlesOf,
  troponin,
  without,
  wordsOf,
} from './support/answers.js';
import { startEhr, type Ehr } from './support/ehr.js';
import { hostsCalled } from './support/network-watch.js';
import { sendJson, startPeer, type Peer } from './support/peer.js';
import { authorizationOf, hookBody, postHook, startTestService, type TestService } from './support/service.js';
import { baseChart, chartOf } from './support/vignette.js';

/*
 * Six requests that are legal and common, and that are known to crash other decision support services or to make them
 * say something false: a missing `prefetch`, a unit nobody expected, an error report taken for a result, a first page
 * taken for the whole, a token carried to a stranger, and a request sent wherever the caller points.
 */

jest.setTimeout(20_000);

const TOKEN = 'canary-7f3e';
const AUTHORIZATION = authorizationOf(TOKEN);
const OUTCOME = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'exception' }] };
const IN_RANGE = chartOf({
  chart: {
    change: { 'Condition/spasm': { onsetDateTime: '2026-03-10T07:30:00Z' } },
    add: [troponin('t1', '2026-03-10T10:15:00Z', 4), troponin('t2', '2026-03-10T11:50:00Z', 5)],
  },
});

let ehr: Ehr;
let stranger: Peer;
let service: TestService;

beforeAll(async () => {
  ehr = await startEhr();
  stranger = await startPeer((_, response) => {
    sendJson(response, 200, bundleOf([troponin('t9', '2026-03-10T11:00:00Z', 300)]));
  });
  service = await startTestService({ allowedFhirServers: [ehr.fhirServer] });
});

afterAll(async () => {
  await Promise.all([service.close(), stranger.close()]);
  await ehr.close();
});

describe('1. a valid request without prefetch (REQ-14 PRE-20 PRE-28 STA-03)', () => {
  const spellings: readonly (readonly [string, JsonObject])[] = [
    ['left out', {}],
    ['empty', { prefetch: {} }],
    ['null', { prefetch: null }],
  ];

  test.each(spellings)('%s, no FHIR server: 412 that names the need (STA-03 STA-12)', async (_, prefetch) => {
    const reply = await postHook(service, hookBody(prefetch));
    expect(reply.status).toBe(412);
    expect(issuesOf(reply).flatMap(({ expression = [] }) => expression)).toEqual(['prefetch.conditions']);
  });

  test.each(spellings)(
    '%s, with a FHIR server: the same cards as with prefetch (GEN-10 PRE-27)',
    async (_, prefetch) => {
      await ehr.load(IN_RANGE);
      const { fhirServer } = ehr;
      const fetched = cardsOf(await postHook(service, hookBody({ ...prefetch, fhirServer })));
      const sent = cardsOf(await postHook(service, hookBody({ prefetch: prefetchOf(IN_RANGE), fhirServer })));
      expect(titlesOf(fetched)).toEqual(['troponin-serial-in-range info', 'therapy-ladder info']);
      expect(fetched).toEqual(sent);
    },
  );
});

describe('2. a troponin in a unit nobody expected: undecided, never compared and never in range (STA-05 T-10)', () => {
  const limit = (value: number, unit: string) => ({ referenceRange: [{ high: { value, unit } }] });
  const cases: readonly (readonly [string, JsonObject, string])[] = [
    ['nmol/L against a limit in ng/L', { valueQuantity: { value: 4, unit: 'nmol/L' } }, 'troponin-not-serial'],
    ['an unknown word as unit', { valueQuantity: { value: 4, unit: 'troponin units' } }, 'troponin-not-serial'],
    ['no unit, limit in ng/L', { valueQuantity: { value: 4 } }, 'troponin-not-serial'],
    [
      'code and printed unit contradict',
      { valueQuantity: { value: 4, unit: 'ng/L', code: 'ng/mL' } },
      'troponin-not-serial',
    ],
    ['4 ng/mL against 20 ng/L is 4000', { valueQuantity: { value: 4, unit: 'ng/mL' } }, 'troponin-elevated'],
    [
      '4 ng/L against 0.02 ug/L is within',
      { valueQuantity: { value: 4, unit: 'ng/L' }, ...limit(0.02, 'ug/L') },
      'troponin-serial-in-range',
    ],
    [
      'unknown unit on both sides, equal',
      { valueQuantity: { value: 30, unit: 'U' }, ...limit(20, 'U') },
      'troponin-elevated',
    ],
  ];
  test.each(cases)('%s', async (_, change, expected) => {
    const chart = [
      ...IN_RANGE.filter(({ id }) => id !== 't1' && id !== 't2'),
      troponin('t1', '2026-03-10T10:15:00Z', 0, change),
      troponin('t2', '2026-03-10T11:50:00Z', 0, change),
    ];
    const cards = cardsOf(await postHook(service, hookBody({ prefetch: prefetchOf(chart) })));
    expect(cardiacOf(cards)).toBe(expected);
  });
});

describe('3. an OperationOutcome in place of the data (PRE-24 PRE-25)', () => {
  const forms: readonly (readonly [string, unknown])[] = [
    ['as the value', OUTCOME],
    ['as an entry', { resourceType: 'Bundle', type: 'searchset', entry: [{ resource: OUTCOME }] }],
    ['that says suppressed', { ...OUTCOME, issue: [{ severity: 'warning', code: 'suppressed' }] }],
  ];
  test.each(forms)('troponins: %s means not checked', async (_, value) => {
    const prefetch = { ...prefetchOf(baseChart()), troponins: value };
    const cards = cardsOf(await postHook(service, hookBody({ prefetch })));
    expect(titlesOf(cards)).toEqual(['troponin-not-checked warning', 'therapy-ladder info']);
    expect(gapsSaid(cards)).toEqual(['troponins']);
    expect(wordsOf(cards)).not.toMatch(/no troponin found/i);
  });

  test.each(forms)('conditions: %s means 412, not silence', async (_, value) => {
    const prefetch = { ...prefetchOf(baseChart()), conditions: value };
    expect((await postHook(service, hookBody({ prefetch }))).status).toBe(412);
  });
});

describe('4. a first page taken for the whole (PRE-26 T-01)', () => {
  const pageOne = (url: string) => ({
    ...bundleOf([troponin('t2', '2026-03-10T11:50:00Z', 5)]),
    total: 2,
    link: [{ relation: 'next', url }],
  });

  test('no FHIR server: not checked, and the unread pages are said', async () => {
    const prefetch = { ...prefetchOf(IN_RANGE), troponins: pageOne(`${ehr.fhirServer}/Observation?_page=9`) };
    const cards = cardsOf(await postHook(service, hookBody({ prefetch: without(prefetch, ['labs']) })));
    expect(cardiacOf(cards)).toBe('troponin-not-checked');
    expect(cards.flatMap((card) => basisOf(card).gaps ?? [])).toContainEqual({
      need: 'troponins',
      reason: 'unread-pages',
    });
  });

  test('with a FHIR server: the second page is read and changes the answer', async () => {
    const { fhirServer } = ehr;
    await ehr.load([...IN_RANGE.filter(({ id }) => id !== 't1'), troponin('t1', '2026-03-10T10:15:00Z', 300)]);
    const url = `${fhirServer}/Observation?patient=p1&code=http://loinc.org|89579-7&_sort=-date&_offset=1`;
    const prefetch = { ...prefetchOf(IN_RANGE), troponins: pageOne(url) };
    const cards = cardsOf(await postHook(service, hookBody({ prefetch: without(prefetch, ['labs']), fhirServer })));
    expect(cards.map(codeOf)).toEqual(['troponin-elevated']);
    expect(ehr.requests.some((heard) => heard.includes('_offset=1'))).toBe(true);
  });
});

describe('5. a next link to another origin: the token stays here (PRE-26 SEC-16 T-51)', () => {
  test.each(['prefetch', 'FHIR answer'])('in the %s', async (where) => {
    const next = { relation: 'next', url: `${stranger.base}/Observation?page=2` };
    const page = { ...bundleOf([troponin('t1', '2026-03-10T10:15:00Z', 4)]), link: [next] };
    const host = await startPeer((_, response) => {
      sendJson(response, 200, page);
    });
    const own = await startTestService({ allowedFhirServers: [host.base] });
    const whole = prefetchOf(IN_RANGE);
    const prefetch = where === 'prefetch' ? { ...whole, troponins: page } : without(whole, ['troponins']);
    const body = hookBody({ prefetch, fhirServer: host.base, fhirAuthorization: AUTHORIZATION });
    const cards = cardsOf(await postHook(own, body));
    await own.close();
    await host.close();
    expect(stranger.heard).toEqual([]);
    expect(host.heard.map(({ authorization }) => authorization)).toContain(`Bearer ${TOKEN}`);
    expect(cardiacOf(cards)).toBe('troponin-not-checked');
    expect(JSON.stringify(own.lines)).not.toContain(TOKEN);
  });
});

describe('6. fhirServer names a host that is not allowed: no request leaves (REQ-11 SEC-16 T-51)', () => {
  test('the watch sees what an allowed server is asked', async () => {
    const fhirServer = 'https://ehr.example/fhir';
    const other = await startTestService({ allowedFhirServers: [fhirServer] });
    const called = await hostsCalled([other.url], async () => {
      expect((await postHook(other, hookBody({ fhirServer }))).status).toBe(412);
    });
    await other.close();
    expect(called).toEqual(['ehr.example:443']);
  });

  const servers: readonly string[] = [
    'https://ehr.example/fhir',
    'http://169.254.169.254/latest/meta-data',
    'http://[::1]:9/fhir',
    'http://localhost:9/fhir',
  ];
  test.each(servers)('%s', async (fhirServer) => {
    const body = { prefetch: prefetchOf(baseChart()), fhirServer, fhirAuthorization: AUTHORIZATION };
    let whole: readonly Card[] = [];
    let partial: readonly Card[] = [];
    const called = await hostsCalled([service.url], async () => {
      whole = cardsOf(await postHook(service, hookBody(body)));
      const prefetch = without(body.prefetch, ['troponins']);
      partial = cardsOf(await postHook(service, hookBody({ ...body, prefetch })));
    });
    expect(called).toEqual([]);
    expect(cardiacOf(whole)).toBe('troponin-not-found');
    expect(cardiacOf(partial)).toBe('troponin-not-checked');
    expect(partial.flatMap((card) => basisOf(card).gaps ?? [])).toContainEqual({
      need: 'troponins',
      reason: 'fhir-server-not-allowed',
    });
  });
});
