import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import express from 'express';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { createAuthenticator } from '../src/clients/authenticate.js';
import { parseClients } from '../src/clients/load-clients.js';
import { createFhirServer } from '../src/demo/fhir-server.js';
import { loadFixturePatients } from '../src/demo/fixtures.js';
import { isObject, type JsonObject } from '../src/fhir/json.js';
import { listen } from '../src/http/listen.js';
import { hasBrowser, launchBrowser } from './support/browser.js';
import { toDstu2 } from './support/other-versions.js';
import { freePort } from './support/process.js';
import { startTestService, type TestService } from './support/service.js';

/*
 * The CDS Hooks sandbox, unmodified, in a real browser: it shows the cards, takes and dismisses them, for patients of an
 * R4 server and of a DSTU2 one. CDS_HOOKS_SANDBOX names a checkout of cds-hooks/sandbox in which `npm run build` was run.
 */

jest.setTimeout(60_000);

const SANDBOX = process.env['CDS_HOOKS_SANDBOX'] ?? '';
const canRun = hasBrowser && existsSync(join(SANDBOX, 'build/app.bundle.js'));
if (!canRun) process.stderr.write('Tests in the CDS Hooks sandbox are skipped: CDS_HOOKS_SANDBOX names no build.\n');

const ISSUER = 'https://sandbox.cds-hooks.org';
const JKU = `${ISSUER}/.well-known/jwks.json`;
const IMAGES = process.env['SANDBOX_IMAGES'];

const HOSTILE = '<img src=x onerror=alert(1)><iframe src="//evil.example"></iframe> [a](javascript:b) **c**';

const servers: Server[] = [];
let browser: Browser;
let service: TestService;
let sandbox: string;
let fhir: Readonly<Record<Version, string>>;

type Version = 'R4' | 'DSTU2';

async function serve(mount: (app: express.Express, url: string) => Promise<void> | void): Promise<string> {
  const app = express();
  const server = await listen(app, 0, '127.0.0.1');
  servers.push(server);
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  await mount(app, url);
  return url;
}

/** The synthetic patients, and one whose condition has a name that wants to be more than a name. */
async function patients(): Promise<readonly JsonObject[]> {
  const loaded = await loadFixturePatients(join(process.cwd(), 'fixtures/fhir-server'), new Date());
  const hostile = [
    { resourceType: 'Patient', id: 'hostile', birthDate: '1970-01-01', name: [{ family: HOSTILE, given: [HOSTILE] }] },
    {
      resourceType: 'Condition',
      id: 'hostile-spasm',
      subject: { reference: 'Patient/hostile' },
      verificationStatus: { coding: [{ code: 'provisional' }] },
      clinicalStatus: { coding: [{ code: 'active' }] },
      recordedDate: new Date().toISOString(),
      code: {
        text: HOSTILE,
        coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'K22.4', display: HOSTILE }],
      },
    },
  ];
  return [...loaded.flatMap(({ resources }) => resources as unknown as readonly JsonObject[]), ...hostile];
}

async function startR4(resources: readonly JsonObject[]): Promise<string> {
  const url = await serve(async (app, base) => {
    const server = await createFhirServer({ baseUrl: `${base}/fhir`, pageSize: 200 });
    await server.load(resources as never);
    app.use('/fhir', server.router);
  });
  return `${url}/fhir`;
}

function patientOf(resource: JsonObject): unknown {
  const reference = resource['patient'] ?? resource['subject'];
  return isObject(reference) ? reference['reference'] : undefined;
}

/** A DSTU2 server like the sandbox's default one: searches by patient, and takes no notice of what else is asked. */
async function startDstu2(resources: readonly JsonObject[]): Promise<string> {
  const stored = resources.map(toDstu2);
  const typeOf = (resource: JsonObject) => String(resource['resourceType']);
  const types = new Set(stored.map(typeOf));
  return serve((app) => {
    app.use((_request, response, next) => {
      response.set({ 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' });
      next();
    });
    app.use(express.urlencoded({ extended: false }));
    app.options('/{*path}', (_request, response) => response.status(204).end());
    app.get('/metadata', (_request, response) => response.json({ resourceType: 'Conformance', fhirVersion: '1.0.2' }));
    app.get('/:type/:id', ({ params }, response) => {
      const found = stored.find((one) => typeOf(one) === params.type && one['id'] === params.id);
      response.status(found === undefined ? 404 : 200).json(found ?? { resourceType: 'OperationOutcome' });
    });
    app.all(['/:type', '/:type/_search'], ({ params, query, body }, response) => {
      if (!types.has(String(params.type))) return response.status(404).json({ resourceType: 'OperationOutcome' });
      const given: unknown = query['patient'] ?? (isObject(body) ? body['patient'] : undefined);
      const found = stored.filter(
        (one) => typeOf(one) === params.type && patientOf(one) === `Patient/${String(given).replace('Patient/', '')}`,
      );
      const entry = found.map((resource) => ({ resource, search: { mode: 'match' } }));
      return response.json({ resourceType: 'Bundle', type: 'searchset', total: entry.length, entry });
    });
  });
}

/** The sandbox signs with a key that stands in its repository: good for trying, and for nothing else. */
function sandboxKeys(): JsonObject {
  const file = readFileSync(join(SANDBOX, 'keys/jwk-keypair.json'), 'utf8');
  const { keys } = JSON.parse(file) as { readonly keys: readonly JsonObject[] };
  return { keys: keys.map(({ d: _, ...jwk }) => jwk) };
}

beforeAll(async () => {
  if (!canRun) return;
  const resources = await patients();
  fhir = { R4: await startR4(resources), DSTU2: await startDstu2(resources) };
  sandbox = await serve((app) => void app.use(express.static(join(SANDBOX, 'build'))));
  const registered = {
    name: 'sandbox',
    iss: ISSUER,
    jku: JKU,
    algorithms: ['ES384'],
    fhirServers: Object.values(fhir),
  };
  const port = await freePort();
  service = await startTestService({
    port,
    publicUrl: `http://127.0.0.1:${String(port)}`,
    now: Date.now,
    corsOrigins: [sandbox],
    allowedFhirServers: Object.values(fhir),
    authenticate: createAuthenticator({
      clients: parseClients({ clients: [registered] }, { allowInsecure: true }),
      fetchKeys: () => Promise.resolve(sandboxKeys()),
      isReplayed: () => Promise.resolve(false),
      now: Date.now,
    }),
  });
  browser = await launchBrowser();
});

afterAll(async () => {
  if (!canRun) return;
  await browser.close();
  await service.close();
  for (const server of servers) server.closeAllConnections();
});

interface Screen {
  readonly version?: Version;
  readonly patient: string;
  readonly hook: 'patient-view' | 'order-select' | 'order-sign';
  readonly name: 'patient-view' | 'rx-view' | 'rx-sign';
}

/** Opens a screen of the sandbox for a patient. */
async function open({ version = 'R4', patient, hook, name }: Screen): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const settings = new URLSearchParams({
    serviceDiscoveryURL: `${service.url}/cds-services`,
    fhirServiceUrl: fhir[version],
    patientId: patient,
    hook,
    screen: name,
  });
  await page.goto(`${sandbox}/?${settings.toString()}`);
  await page.getByText('CDS Developer Panel').first().waitFor();
  return page;
}

async function choose(page: Page, drug: string): Promise<void> {
  await page.fill('input[name=medication-input]', drug);
  await page
    .getByRole('button', { name: new RegExp(`^${drug}`, 'i') })
    .first()
    .click();
}

async function picture(page: Page, name: string): Promise<void> {
  if (IMAGES !== undefined) await page.screenshot({ path: join(IMAGES, `sandbox-${name}.png`) });
}

const NO_TROPONIN = 'No troponin found. If pain is acute or ongoing';
const NITRATE = 'Nitrate and PDE5 inhibitor are both on the list';

(canRun ? describe : describe.skip)('in the CDS Hooks sandbox', () => {
  test.each<Version>(['R4', 'DSTU2'])(
    '%s: patient-view shows the cards, and a dismissal comes back',
    async (version) => {
      const page = await open({ version, patient: 'ed-no-troponin', hook: 'patient-view', name: 'patient-view' });
      await page.getByText(NO_TROPONIN).first().waitFor();
      await page.getByText('stepwise options for after the cardiac evaluation').first().waitFor();
      await picture(page, version === 'R4' ? 'patient-view' : 'patient-view-dstu2');
      const before = service.feedback.length;
      await page.locator('button:has(svg[data-testid=ArrowDropDownIcon])').first().click();
      const sent = page.waitForResponse((response) => response.url().endsWith('/feedback'));
      await page.getByRole('menuitem', { name: /transferred/ }).click();
      expect((await sent).status()).toBe(200);
      expect(service.feedback.slice(before)).toMatchObject([
        { outcome: 'overridden', reason: { code: 'transferred', system: 'urn:troponin-first:override-reason' } },
      ]);
      await page.close();
    },
  );

  test.each([
    { version: 'R4', hook: 'order-select', name: 'rx-view' },
    { version: 'R4', hook: 'order-sign', name: 'rx-sign' },
    { version: 'DSTU2', hook: 'order-select', name: 'rx-view' },
    { version: 'DSTU2', hook: 'order-sign', name: 'rx-sign' },
  ] as const)('$version: $hook warns of the pair, and its suggestion is taken', async ({ version, hook, name }) => {
    const patient = 'ed-nitrate-and-pde5';
    const page = await open({ version, patient, hook, name });
    await choose(page, 'Nitroglycerin');
    if (name === 'rx-sign') await page.getByRole('button', { name: 'Sign Order' }).click();
    await page.getByText(NITRATE).first().waitFor();
    await picture(page, version === 'R4' ? hook : `${hook}-dstu2`);
    const before = service.feedback.length;
    const sent = page.waitForResponse((response) => response.url().endsWith('/feedback'));
    await page
      .getByRole('button', { name: /^Remove draft/ })
      .first()
      .click();
    expect((await sent).status()).toBe(200);
    expect(service.feedback.slice(before)).toMatchObject([
      { outcome: 'accepted', service: `esophageal-spasm-${hook}` },
    ]);
    await page.close();
  });

  test.each<Version>(['R4', 'DSTU2'])('%s: words of the chart stay words', async (version) => {
    const page = await open({ version, patient: 'hostile', hook: 'patient-view', name: 'patient-view' });
    await page.getByText(NO_TROPONIN).first().waitFor();
    const dialogs: string[] = [];
    page.on('dialog', (dialog) => dialogs.push(dialog.message()));
    const card = page.locator('[class*=MuiCard-root]').first();
    expect(await card.innerText()).toContain('<img src=x onerror=alert(1)>');
    expect(await card.locator('img, iframe, script, a[href^="javascript"]').count()).toBe(0);
    expect(await card.locator('strong', { hasText: /^c$/ }).count()).toBe(0);
    expect(dialogs).toEqual([]);
    await picture(page, 'hostile');
    await page.close();
  });

  test('no call failed, and none was refused', () => {
    expect(service.refusals).toEqual([]);
    expect(service.faults).toEqual([]);
  });
});
