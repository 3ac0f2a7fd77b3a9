import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { join } from 'node:path';
import type { FhirResource } from 'fhir/r4.js';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Card, HookResponse } from '../../src/cds-hooks/types.js';
import type { ChartView } from '../../src/demo/chart-view.js';
import { openDemoSite, type DemoSite } from '../../src/demo/demo-site.js';
import { loadFixturePatients, type FixturePatient } from '../../src/demo/fixtures.js';
import { readAnswer } from '../../src/demo-page/call.js';
import { isSafeLink, renderMarkdown } from '../../src/demo-page/markdown.js';
import { timeScale } from '../../src/demo-page/time-scale.js';
import { buildPage, hasBrowser, launchBrowser, seriousFindings, watchPage, type Watch } from '../support/browser.js';
import { temporaryFolder, waitUntil } from '../support/process.js';
import { HOOKS, send } from '../support/service.js';

// A machine that is busy is no fault of the page.
jest.setTimeout(60_000);

const FIXTURES = join(process.cwd(), 'fixtures', 'fhir-server');
const EVIL = `<img src=x onerror="globalThis.hacked=1"> **bold** [x](javascript:globalThis.hacked=2) <script>1</script>`;

function evilPatient(): FixturePatient {
  const subject = { reference: 'Patient/evil' };
  const code = (system: string, value: string) => ({ coding: [{ system, code: value, display: EVIL }], text: EVIL });
  const resources: readonly FhirResource[] = [
    { resourceType: 'Patient', id: 'evil', birthDate: '1970-01-01', name: [{ family: EVIL }] },
    { resourceType: 'Condition', id: 'evil-1', subject, code: code('http://hl7.org/fhir/sid/icd-10-cm', 'K22.4') },
    {
      resourceType: 'MedicationRequest',
      id: 'evil-2',
      subject,
      status: 'active',
      intent: 'order',
      medicationCodeableConcept: code('http://www.nlm.nih.gov/research/umls/rxnorm', '136411'),
    },
    {
      resourceType: 'Observation',
      id: 'evil-3',
      subject,
      status: 'final',
      code: { coding: [{ system: 'http://loinc.org', code: '89579-7' }], text: EVIL },
      effectiveDateTime: new Date().toISOString(),
      valueString: EVIL,
    },
  ];
  return { id: 'evil', story: EVIL, expected: [], resources };
}

/** A card of a service that means harm. */
function evilCard(more: object = {}): object {
  return {
    uuid: 'u1',
    indicator: 'info',
    summary: EVIL,
    detail: EVIL,
    source: { label: EVIL, topic: { code: EVIL } },
    links: [{ label: EVIL, url: 'javascript:globalThis.hacked=3', type: 'absolute' }],
    suggestions: [{ uuid: 's1', label: EVIL, actions: [] }],
    overrideReasons: [{ system: 'x', code: EVIL, display: EVIL }],
    extension: { 'org.troponin-first.basis': { rule: EVIL, asOf: '', evidence: [{ reference: EVIL, display: EVIL }] } },
    ...more,
  };
}

/** The rest would only make every search longer. */
const OPENED = [
  'ed-no-troponin',
  'ed-single-troponin',
  'ed-elevated-troponin',
  'ed-pending-troponin',
  'ed-stale-troponin',
  'ed-infarction-work-up',
  'ed-nitrate-and-pde5',
  'office-established-spasm',
  'office-alendronate',
];

let site: DemoSite;
let patients: readonly FixturePatient[];

beforeAll(async () => {
  patients = (await loadFixturePatients(FIXTURES, new Date())).filter(({ id }) => OPENED.includes(id));
  expect(patients).toHaveLength(OPENED.length);
  site = await openDemoSite({
    port: 0,
    patients: [...patients, evilPatient()],
    dataDirectory: temporaryFolder(),
    pageDirectory: hasBrowser ? buildPage() : temporaryFolder(),
  });
});

afterAll(async () => {
  await site.close();
});

describe('the parts of the page', () => {
  test.each([
    ['P1', '**b** <b>x</b>', '<p><strong>b</strong> &lt;b&gt;x&lt;/b&gt;</p>'],
    ['P2', '[x](javascript:alert(1))', '<p>[x](javascript:alert(1))</p>'],
    ['P3', '[x](http://a.example)', '<p>[x](http://a.example)</p>'],
    [
      'P4',
      '![x](https://a.example/i.png)',
      '<p>!<a href="https://a.example/i.png" rel="noopener noreferrer" target="_blank">x</a></p>',
    ],
    ['P5', 'https://a.example', '<p>https://a.example</p>'],
    ['P6', '[x](data:text/html,1)', '<p>[x](data:text/html,1)</p>'],
  ])('%s: markdown %s', (_id, text, html) => {
    expect(renderMarkdown(text).trim()).toBe(html);
  });

  test.each([
    ['https://doi.org/1', true],
    ['http://doi.org/1', false],
    ['javascript:alert(1)', false],
    ['/local', false],
  ])('a link to %s is followed: %s', (url, isSafe) => {
    expect(isSafeLink(url)).toBe(isSafe);
  });

  const card = (indicator: string) => evilCard({ indicator });

  test.each([
    ['A1', 200, { cards: [] }, 'cards'],
    ['A2', 200, {}, 'refused'],
    ['A3', 200, { cards: {} }, 'refused'],
    ['A4', 200, { cards: [evilCard(), evilCard({ indicator: 'danger' })] }, 'refused'],
    ['A5', 200, 'not JSON', 'refused'],
    ['A8', 200, { cards: [evilCard()] }, 'cards'],
    ['A9', 200, { cards: [evilCard({ extension: {} })] }, 'refused'],
    ['A6', 204, '', 'refused'],
    ['A7', 412, { cards: [] }, 'refused'],
  ])('%s: an answer of %i is read as it should be', (_id, status, body, kind) => {
    expect(readAnswer(status, typeof body === 'string' ? body : JSON.stringify(body)).kind).toBe(kind);
  });

  test('cards come critical first, and otherwise as they were sent', () => {
    const text = JSON.stringify({ cards: ['info', 'warning', 'critical', 'warning'].map(card) });
    const answer = readAnswer(200, text);
    const indicators = answer.kind === 'cards' ? answer.cards.map(({ indicator }) => indicator) : [];
    expect(indicators).toEqual(['critical', 'warning', 'warning', 'info']);
  });

  test('the line of time runs from long ago to now without a jump', () => {
    const now = Date.parse('2026-03-10T12:00:00Z');
    const before = (hours: number) => new Date(now - hours * 3_600_000).toISOString();
    for (const episode of [24, 30, 96, 200]) {
      const { place } = timeScale(before(0), before(episode));
      const places = [90_000, 9000, 800, 201, 100, 25, 6, 3, 1, 0.5, 0, -1].map((hours) => place(before(hours)));
      expect(places).toEqual([...places].sort((one, other) => one - other));
      expect([places[0], places.at(-1)]).toEqual([0, 1]);
      expect(place(before(episode))).toBeCloseTo(0.42);
    }
  });
});

const bodyFor = ({ id, encounterId }: FixturePatient, fhirServer: string) => ({
  hook: 'patient-view',
  hookInstance: '3b1f7c5e-5a3c-4a57-9d0e-0d9d2f0a7b11',
  fhirServer,
  context: { userId: 'Practitioner/demo', patientId: id, ...(encounterId !== undefined && { encounterId }) },
});

async function post(path: string, body: object) {
  const headers = { 'content-type': 'application/json' };
  return send(`${site.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

interface Told {
  readonly cards: readonly Card[];
  readonly status: number;
  readonly chart: ChartView;
}

async function tell(patient: FixturePatient, server: string): Promise<Told> {
  const body = bodyFor(patient, `${site.url}${server}`);
  const [reply, chart] = await Promise.all([
    post('/cds-services/esophageal-spasm-patient-view', body),
    post('/demo/chart', body),
  ]);
  const { cards = [] } = reply.body as Partial<HookResponse>;
  return { cards, status: reply.status, chart: chart.body as ChartView };
}

const laneOf = ({ lanes }: ChartView, kind: string) => {
  const lane = lanes.find((one) => one.kind === kind);
  if (lane === undefined) throw new Error(`no lane ${kind}`);
  return lane;
};

describe('the time line and the cards', () => {
  const faults = ['no-observations', 'no-conditions', 'first-page'].map((id) => `/fhir-faults/${id}`);

  test.each(['/fhir', ...faults])('agree, with %s', async (server) => {
    const seen = new Set<string>();
    const some = server === '/fhir' ? patients : patients.slice(0, 5);
    for (const patient of some) {
      const { cards, status, chart } = await tell(patient, server);
      const codes = cards.map(({ source }) => source.topic.code);
      const troponin = laneOf(chart, 'troponin');
      const now = troponin.entries.filter(({ isOfEpisode, value }) => isOfEpisode && value !== undefined);
      const isAbove = now.some(({ verdict }) => verdict === 'above');
      for (const code of codes) seen.add(code);
      if (patient.id.startsWith('ed-')) expect(laneOf(chart, 'visit').entries[0]?.value).toBe('emergency');
      if (status === 412) {
        seen.add('412');
        expect(laneOf(chart, 'condition').isWhole).toBe(false);
        expect(chart.scope).toMatch(/not known/);
      }
      if (codes.includes('troponin-elevated')) expect(isAbove).toBe(true);
      if (codes.includes('troponin-not-checked')) expect(troponin.words).toMatch(/not everything could be read/);
      const elsewhere = '; local results and reports were not read whole';
      const none = ['none found, everything was read', `none found${elsewhere}`];
      const earlier = ['none now, 1 earlier', `none now, 1 earlier${elsewhere}`];
      if (codes.includes('troponin-not-found')) expect(none).toContain(troponin.words);
      if (codes.includes('troponin-stale')) expect(earlier).toContain(troponin.words);
      if (codes.includes('troponin-pending')) expect(laneOf(chart, 'order').entries).not.toHaveLength(0);
      if (codes.includes('safety-n1')) expect(laneOf(chart, 'drug').entries.length).toBeGreaterThan(1);
      if (cards.some(({ extension }) => extension['org.troponin-first.basis'].gaps !== undefined)) {
        seen.add('gaps');
        expect(chart.gaps).not.toHaveLength(0);
      }
    }
    const expected: Readonly<Record<string, readonly string[]>> = {
      '/fhir': ['troponin-elevated', 'troponin-not-found', 'troponin-stale', 'troponin-pending', 'safety-n1'],
      '/fhir-faults/no-observations': ['troponin-not-checked'],
      '/fhir-faults/no-conditions': ['412'],
      '/fhir-faults/first-page': ['gaps'],
    };
    expect([...seen]).toEqual(expect.arrayContaining([...(expected[server] ?? [])]));
    expect(seen.has('412')).toBe(server.endsWith('no-conditions'));
  });

  test('a call that is none gets no chart', async () => {
    expect((await post('/demo/chart', { hook: 'patient-view' })).status).toBe(400);
  });
});

(hasBrowser ? describe : describe.skip)('in a browser', () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let watch: Watch;

  beforeAll(async () => {
    browser = await launchBrowser();
    context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
    context.setDefaultTimeout(20_000);
  });

  afterAll(async () => {
    await browser.close();
  });

  beforeEach(async () => {
    page = await context.newPage();
    watch = watchPage(page, site.url);
  });

  afterEach(async () => {
    await page.close();
    expect(watch).toEqual({ errors: [], strangers: [] });
  });

  const heading = () => page.locator('#answer-heading');
  const settled = () => page.locator('.answer[aria-busy="false"] article').first().waitFor();
  const codes = () => page.locator('article header .source code').allTextContents();

  async function goTo(patient: string, hook = 'patient-view'): Promise<void> {
    await page.goto(`${site.url}/#patient=${patient}&hook=${hook}`);
  }

  async function ask(): Promise<string> {
    await page.locator('.ask button.primary').click();
    await settled();
    return heading().innerText();
  }

  async function openData(): Promise<void> {
    await page.locator('.data > summary').click();
  }

  test('the page comes with a policy that lets nothing in, and the service keeps its own paths', async () => {
    const reply = await send(`${site.url}/`);
    expect(reply.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(reply.text).not.toMatch(/<script(?![^>]*src=)|<style|style=/);
    expect((await send(`${site.url}/cds-services`)).status).toBe(200);
    expect((await send(`${site.url}/nothing`)).status).toBe(404);
  });

  test('a patient opens with the cards of the story', async () => {
    for (const { id, expected } of patients) {
      await goTo(id);
      await page.locator('.banner code', { hasText: `Patient/${id}` }).waitFor();
      await settled();
      const found = (await codes()).sort();
      expect({ id, found }).toEqual({ id, found: expected.map((one) => one.split(' ')[0]).sort() });
    }
  });

  const FIRED: readonly (readonly [string, string, string | undefined, string])[] = [
    ['patient-view', 'ed-elevated-troponin', undefined, '1 card: 1 critical'],
    ['encounter-start', 'ed-no-troponin', undefined, '2 cards: 1 warning, 1 information'],
    ['encounter-discharge', 'ed-pending-troponin', undefined, '2 cards: 1 warning, 1 information'],
    ['order-select', 'ed-nitrate-and-pde5', 'Nitroglycerin', '3 cards: 1 critical, 1 warning, 1 information'],
    ['order-sign', 'office-established-spasm', 'Diltiazem', '1 card: 1 information'],
    ['order-sign', 'ed-no-troponin', 'Acetaminophen', 'No cards'],
    ['problem-list-item-create', 'ed-infarction-work-up', 'Esophageal spasm', '1 card: 1 critical'],
    ['problem-list-item-create', 'ed-no-troponin', 'Hypertension', 'No cards'],
  ];

  test.each(FIRED)('%s for %s with %s: %s', async (hook, patient, draft, words) => {
    await goTo(patient, hook);
    await page.locator('.banner h1').waitFor();
    if (draft !== undefined) await page.locator('.drafts').getByLabel(draft).check();
    expect(await ask()).toBe(words);
    await expectFocus('answer-heading');
    expect(await page.locator('.exchange').innerText()).toContain(`POST /cds-services/esophageal-spasm-${hook}`);
  });

  test('every hook was fired', () => {
    expect(new Set(FIRED.map(([hook]) => hook))).toEqual(new Set(HOOKS));
  });

  async function expectFocus(id: string): Promise<void> {
    expect(await page.evaluate<string>('document.activeElement.id')).toBe(id);
  }

  test('the cards are the same, however the data come', async () => {
    await goTo('ed-single-troponin');
    await settled();
    await openData();
    for (const route of ['The service asks the FHIR server', 'Patient, visit and conditions', 'Sent with the call']) {
      await page.getByLabel(route).check();
      await ask();
      expect({ route, codes: await codes() }).toEqual({ route, codes: ['troponin-not-serial', 'therapy-ladder'] });
    }
  });

  const NEEDS = [
    ['D1', 'troponins', 'left-out', 'troponin-not-checked'],
    ['D2', 'troponins', 'outcome', 'troponin-not-checked'],
    ['D3', 'troponins', 'null', 'troponin-not-found'],
    ['D4', 'troponins', 'cut', 'troponin-not-checked'],
    ['D5', 'conditions', 'left-out', undefined],
    ['D6', 'conditions', 'cut', undefined],
  ] as const;

  test('a data need that is switched off is said to be missing', async () => {
    await goTo('ed-no-troponin');
    await settled();
    await openData();
    for (const [id, need, form, code] of NEEDS) {
      await page.getByRole('button', { name: 'All as usual again' }).click();
      await page.locator(`#need-${need}`).selectOption(form);
      const words = await ask();
      expect({ id, code: (await codes())[0] }).toEqual({ id, code });
      if (code !== undefined) continue;
      expect(words).toBe('Could not be checked');
      expect(await page.locator('.card.refused').innerText()).toMatch(/not an all-clear[\s\S]*HTTP 412/);
    }
  });

  const FAULTS = [
    ['no-observations', 'troponin-not-checked', 'troponin-not-checked'],
    ['no-medications', 'troponin-not-found', 'troponin-not-found'],
    ['no-conditions', undefined, 'troponin-not-found'],
    ['first-page', 'troponin-not-found', 'troponin-not-found'],
    ['error', undefined, 'troponin-not-checked'],
    ['garbage', undefined, 'troponin-not-checked'],
    ['down', undefined, 'troponin-not-checked'],
  ] as const;

  test('a FHIR server that fails, asked alone or for the rest, is never taken for an empty one', async () => {
    await goTo('ed-no-troponin');
    await settled();
    await openData();
    for (const [fault, alone, mixed] of FAULTS) {
      for (const [route, code] of [
        ['The service asks the FHIR server', alone],
        ['Patient, visit and conditions', mixed],
      ] as const) {
        await page.getByLabel(route).check();
        await page.locator('#fhir-server').selectOption(`${site.url}/fhir-faults/${fault}`);
        const words = await ask();
        expect({ fault, route, code: (await codes())[0] }).toEqual({ fault, route, code });
        if (code === undefined) expect(words).toBe('Could not be checked');
        const isNothingMissing = fault === 'no-conditions' && code !== undefined;
        expect(await page.locator('.chart .notice').count()).toBe(isNothingMissing ? 0 : 1);
      }
    }
  });

  test('a FHIR server that is too slow ends in an answer that says so', async () => {
    await goTo('ed-no-troponin');
    await settled();
    await openData();
    await page.getByLabel('Patient, visit and conditions').check();
    await page.locator('#fhir-server').selectOption(`${site.url}/fhir-faults/slow`);
    await ask();
    expect(await codes()).toContain('troponin-not-checked');
    expect(await page.locator('article').first().innerText()).toContain('did not answer in time');
  });

  const FAILURES = [
    ['401', { status: 401, body: '{}' }, 'did not admit'],
    ['429', { status: 429, body: '{}' }, 'Too many calls'],
    ['503', { status: 503, body: '<html>' }, 'cannot answer just now'],
    ['502', { status: 502, body: '' }, 'answered 502'],
    ['200 with garbage', { status: 200, body: '<html>' }, 'could not be read'],
    ['no answer', undefined, 'could not be reached'],
  ] as const;

  test('a call that fails is never shown as silence', async () => {
    await goTo('ed-infarction-work-up');
    await settled();
    expect(await heading().innerText()).toBe('No cards');
    for (const [failure, answer, words] of FAILURES) {
      await page.unrouteAll();
      await page.route('**/cds-services/esophageal*', (route) =>
        answer === undefined ? route.abort() : route.fulfill(answer),
      );
      expect({ failure, said: await ask() }).toEqual({ failure, said: 'Could not be checked' });
      expect(await page.locator('.card.refused').innerText()).toContain(words);
      expect(await page.locator('.answer').getByText('nothing to say').count()).toBe(0);
    }
  });

  test('why a card is shown: rule, entries, gaps, content', async () => {
    await goTo('ed-nitrate-and-pde5', 'order-select');
    await openData();
    await page.locator('#need-vitals').selectOption('left-out');
    await page.locator('.drafts').getByLabel('Nitroglycerin').check();
    await ask();
    const first = page.locator('article').first();
    await first.getByText('Why this card').click();
    const why = await first.locator('.why').innerText();
    expect(why).toMatch(
      /sildenafil[\s\S]*MedicationRequest\/ed-nitrate-and-pde5[\s\S]*active order[\s\S]*\d{4}-\d\d-\d\d/,
    );
    expect(why).toMatch(/Rule\s+N1[\s\S]*version \d+\.\d+\.\d+, SHA-256\s+[0-9a-f]{64}/);
    const last = page.locator('article').last();
    await last.getByText('Why this card').click();
    expect(await last.locator('.why').innerText()).toContain('vital signs: not sent, and no FHIR server to ask');
  });

  interface Report {
    readonly cards: readonly { readonly code: string; readonly accepted: number; readonly overridden: number }[];
  }

  async function outcomesOf(code: string): Promise<readonly number[]> {
    const { body } = await send(`${site.url}/reports/cards?format=json`);
    const rows = (body as Report).cards.filter((row) => row.code === code);
    return [rows.reduce((sum, row) => sum + row.accepted, 0), rows.reduce((sum, row) => sum + row.overridden, 0)];
  }

  test('what is taken becomes a draft, what is set aside leaves, and the service hears of both', async () => {
    await goTo('ed-no-troponin');
    await settled();
    await page.getByRole('button', { name: 'Order troponin now' }).click();
    expect(await page.locator('.taken').innerText()).toContain('Order troponin now, not signed');
    expect(await page.locator('.sent').innerText()).toContain('Feedback kept');
    await page.locator('.sent').getByText('What was sent').click();
    expect(await page.locator('.sent pre').innerText()).toMatch(
      /"acceptedSuggestions": \[\s+\{\s+"id": "[0-9a-f-]{36}"/,
    );
    const ladder = page.locator('article', { hasText: 'therapy-ladder' });
    await ladder.getByText('Set aside…').click();
    await ladder.getByLabel('Reason').selectOption({ index: 1 });
    await ladder.getByLabel('Comment').fill('seen by the team');
    await ladder.getByRole('button', { name: 'Set the card aside' }).click();
    await ladder.locator('.sent').getByText('What was sent').click();
    expect(await ladder.locator('pre').innerText()).toMatch(
      /"outcome": "overridden"[\s\S]*"userComment": "seen by the team"/,
    );
    expect(await ladder.locator('.detail').count()).toBe(0);
    await waitUntil(async () => (await outcomesOf('troponin-not-found')).join() === '1,0', 50);
    await waitUntil(async () => (await outcomesOf('therapy-ladder')).join() === '0,1', 50);
  });

  test('a draft that was taken goes along with the next orders, and one taken back is gone', async () => {
    await goTo('ed-nitrate-and-pde5');
    await settled();
    await page.getByRole('button', { name: 'Order troponin now' }).click();
    await page.getByLabel('Orders are being chosen').check();
    await page.locator('.drafts').getByLabel('Nitroglycerin').check();
    await ask();
    expect(await page.locator('.chart').innerText()).toContain('drafted');
    await page.getByRole('button', { name: /^Remove draft: nitroglycerin/ }).click();
    expect(await page.locator('.drafts').getByLabel('Nitroglycerin').isChecked()).toBe(false);
    expect(await page.locator('.ask-again').innerText()).toContain('Drafts have changed');
    await page.getByRole('button', { name: 'Ask again' }).click();
    await settled();
    expect(await heading().innerText()).not.toContain('critical');
    expect(await page.locator('.ask-again').count()).toBe(0);
  });

  test('the exact call: request, response, curl', async () => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await goTo('ed-no-troponin');
    await settled();
    await openData();
    await page.getByLabel('The service asks the FHIR server').check();
    await ask();
    for (const title of [/^Request/, /^Response/, 'As a curl command'])
      await page.locator('.exchange').getByText(title).click();
    const [request = '', response = '', curl = ''] = await page.locator('.exchange pre').allInnerTexts();
    expect(JSON.parse(request)).toMatchObject({ hook: 'patient-view', fhirServer: `${site.url}/fhir` });
    expect((JSON.parse(response) as HookResponse).cards).toHaveLength(2);
    expect(curl).toContain(`curl -s ${site.url}/cds-services/esophageal-spasm-patient-view`);
    await page.getByRole('button', { name: 'Copy the command' }).click();
    await page.getByText('copied').waitFor();
    expect(await page.evaluate<string>('navigator.clipboard.readText()')).toBe(curl);
  });

  test('hostile text stays text', async () => {
    await goTo('evil');
    await settled();
    await page.getByText('The same as a table').click();
    for (const one of await page.getByText('Why this card').all()) await one.click();
    expect(await page.locator('h1').innerText()).toBe(EVIL);
    expect(await page.locator('.time-table').innerText()).toContain(EVIL);
    expect(await page.locator('#app').locator('img, script, iframe, .detail a').count()).toBe(0);
    expect(await page.locator('a[href^="javascript"]').count()).toBe(0);
    expect(await page.evaluate('globalThis.hacked')).toBeUndefined();
  });

  test('a card that means harm is text as well', async () => {
    const body = JSON.stringify({ cards: [evilCard()] });
    await page.route('**/cds-services/esophageal*', (route) => route.fulfill({ status: 200, body }));
    await goTo('ed-no-troponin');
    await settled();
    await page.getByText('Why this card').click();
    await page.locator('.suggestions button').click();
    expect(await page.locator('article h3').innerText()).toBe(EVIL);
    expect(await page.locator('.answer').locator('img, script, iframe, .detail a, .links a').count()).toBe(0);
    expect(await page.evaluate('globalThis.hacked')).toBeUndefined();
  });

  const OPEN_ALL = 'for (const details of document.querySelectorAll("details")) details.open = true';
  const IS_TOO_WIDE = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';

  /** Looks at the page as it stands: light and dark, on a laptop and on a phone. */
  async function expectReadable(state: string): Promise<void> {
    for (const width of [1280, 375]) {
      await page.setViewportSize({ width, height: 800 });
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        const look = { state, width, colorScheme };
        expect({ ...look, findings: await seriousFindings(page) }).toEqual({ ...look, findings: [] });
        expect({ ...look, isTooWide: await page.evaluate(IS_TOO_WIDE) }).toEqual({ ...look, isTooWide: false });
      }
    }
  }

  test('axe finds nothing serious, in light and dark, wide and narrow, whatever is open', async () => {
    await page.goto(site.url);
    await page.getByText('Open the first one').waitFor();
    await expectReadable('start');
    await goTo('ed-infarction-work-up');
    await settled();
    await expectReadable('silence');
    await page.setViewportSize({ width: 1280, height: 800 });
    await goTo('ed-nitrate-and-pde5', 'order-select');
    await page.locator('.drafts').getByLabel('Nitroglycerin').check();
    await ask();
    await page.evaluate(OPEN_ALL);
    await page.getByRole('button', { name: 'Order troponin now' }).click();
    await page.locator('.sent').waitFor();
    await expectReadable('cards');
    await page.locator('#need-conditions').selectOption('outcome');
    expect(await ask()).toBe('Could not be checked');
    await expectReadable('refused');
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  test('light or dark can be chosen, and is remembered', async () => {
    await page.goto(site.url);
    const paper = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    await page.getByText('Open the first one').waitFor();
    const light = await paper();
    await page.getByLabel('Colors').selectOption('dark');
    expect(await paper()).not.toBe(light);
    const dark = await paper();
    await page.reload();
    await page.getByText('Open the first one').waitFor();
    expect(await paper()).toBe(dark);
  });

  /** Presses Tab until the element in focus says so. */
  async function tabTo(words: RegExp): Promise<void> {
    const said =
      '((e) => (e.labels?.[0]?.innerText ?? e.innerText ?? "") + " " + (e.name ?? ""))(document.activeElement)';
    for (let press = 0; press < 80; press += 1) {
      if (words.test(await page.evaluate<string>(said))) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`the keyboard does not lead to ${String(words)}`);
  }

  test('the keyboard alone is enough', async () => {
    await page.goto(site.url);
    await page.getByText('Open the first one').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('sildenafil');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await settled();
    expect(await page.locator('h1').innerText()).toBe('Corwin Halloway');
    await expectFocus('patient-heading');
    await tabTo(/The chart is opened/);
    for (let step = 0; step < 3; step += 1) await page.keyboard.press('ArrowDown');
    await tabTo(/Nitroglycerin/);
    await page.keyboard.press('Space');
    await tabTo(/Choose these orders/);
    await page.keyboard.press('Enter');
    await settled();
    await expectFocus('answer-heading');
    await tabTo(/Remove draft/);
    await page.keyboard.press('Enter');
    await page.locator('.sent', { hasText: 'Feedback kept' }).waitFor();
    await tabTo(/Why this card/);
    await page.keyboard.press('Enter');
    expect(await page.locator('.why').first().getAttribute('open')).not.toBeNull();
  });

  test('an address leads to its chart and hook, and one that is wrong says so', async () => {
    await goTo('office-alendronate', 'order-sign');
    expect(await page.locator('h1').innerText()).toBe('Winifred Ashgrove');
    expect(await page.getByLabel('Orders are being signed').isChecked()).toBe(true);
    await goTo('nobody');
    await page.getByText('There is no such patient or hook here.').waitFor();
    await page.goBack();
    await page.getByText('Winifred Ashgrove').last().waitFor();
  });
});
