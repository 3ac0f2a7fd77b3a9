import express from 'express';
import type { Server } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { admitAnyone } from '../../src/clients/admit-anyone.js';
import type { Authenticate } from '../../src/clients/cds-client.js';
import type { Card } from '../../src/cds-hooks/types.js';
import type { JsonObject } from '../../src/fhir/json.js';
import {
  ADDED_SPASM,
  basisOf,
  bundleOf,
  cardsOf,
  collectionOf,
  CONTEXT,
  drugDraft,
  gapsSaid,
  prefetchOf,
  requestOf,
  titlesOf,
} from '../support/answers.js';
import { listenOn } from '../support/ehr.js';
import { NUMBERS, requestIn, toVersion, type OtherVersion } from '../support/other-versions.js';
import { hookBody, postHook, startTestService, type TestService } from '../support/service.js';
import { baseChart, chartOf, loadVignettes, type Vignette } from '../support/vignette.js';

/* FHIR servers of every version: what they are asked, and what a client of theirs is told. */

type Version = OtherVersion | 'R4';

/** A server that knows the types of one version only, and says what it speaks as it is told to. */
interface OldServer {
  readonly base: string;
  readonly asked: string[];
  chart: readonly JsonObject[];
  /** Types it has; others are not found. */
  types: ReadonlySet<string>;
  metadata: JsonObject | number;
  readonly close: () => Promise<void>;
}

const SHARED =
  'Patient Encounter Condition Observation DiagnosticReport Procedure MedicationStatement MedicationDispense AllergyIntolerance';
const TYPES: Readonly<Record<Version, ReadonlySet<string>>> = {
  DSTU2: new Set([...SHARED.split(' '), 'DiagnosticOrder', 'ProcedureRequest', 'MedicationOrder']),
  STU3: new Set([...SHARED.split(' '), 'ProcedureRequest', 'MedicationRequest']),
  R4: new Set([...SHARED.split(' '), 'ServiceRequest', 'MedicationRequest']),
  R4B: new Set([...SHARED.split(' '), 'ServiceRequest', 'MedicationRequest']),
  R5: new Set([...SHARED.split(' '), 'ServiceRequest', 'MedicationRequest']),
};

async function startOldServer(): Promise<OldServer> {
  const app = express();
  const state = {
    asked: [] as string[],
    chart: [] as readonly JsonObject[],
    types: TYPES.R4,
    metadata: 404 as JsonObject | number,
  };
  app.use((request, _response, next) => {
    state.asked.push(decodeURIComponent(request.url));
    next();
  });
  app.get('/metadata', (_request, response) => {
    if (typeof state.metadata === 'number') response.status(state.metadata).json({});
    else response.json(state.metadata);
  });
  app.get('/:type{/:id}', (request, response) => {
    const { type, id } = request.params;
    const found = state.chart.filter(({ resourceType }) => resourceType === type);
    const one = found.find((resource) => resource['id'] === id);
    if (!state.types.has(type) || (id !== undefined && one === undefined)) response.status(404).json({});
    else response.json(id === undefined ? bundleOf(found) : one);
  });
  const { server, origin }: { readonly server: Server; readonly origin: string } = await listenOn(app);
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return Object.assign(state, { base: origin, close });
}

function statementOf(version: Version): JsonObject {
  const fhirVersion = version === 'R4' ? '4.0.1' : NUMBERS[version];
  return { resourceType: version === 'DSTU2' ? 'Conformance' : 'CapabilityStatement', fhirVersion };
}

const chartIn = (version: Version, chart: readonly JsonObject[] = baseChart()) =>
  version === 'R4' ? chart : chart.map((resource) => toVersion(version, resource));

let server: OldServer;
let service: TestService;
let fhirVersion: string | undefined;

/** A service that has not asked any server yet. */
async function startService(): Promise<TestService> {
  const admit = admitAnyone([server.base]);
  const authenticate: Authenticate = async (...call) => {
    const admission = await admit(...call);
    return 'refused' in admission ? admission : { ...admission, client: { ...admission.client, fhirVersion } };
  };
  return startTestService({ authenticate, allowedFhirServers: [server.base] });
}

beforeAll(async () => {
  server = await startOldServer();
});

beforeEach(async () => {
  fhirVersion = undefined;
  server.asked.length = 0;
  service = await startService();
});

afterEach(() => service.close());

afterAll(() => server.close());

async function ask(more: Partial<Parameters<typeof hookBody>[0]> = {}): Promise<readonly Card[]> {
  return cardsOf(await postHook(service, hookBody({ fhirServer: server.base, ...more })));
}

function load(
  version: Version,
  metadata: JsonObject | number = statementOf(version),
  chart?: readonly JsonObject[],
): void {
  server.types = TYPES[version];
  server.chart = chartIn(version, chart);
  server.metadata = metadata;
}

const typesAsked = () =>
  [...new Set(server.asked.map((url) => url.split(/[/?]/)[1] ?? ''))].filter((type) => type !== '');
const ORDER_TYPES = /Order$|Request$/;
const suggestedTypes = (cards: readonly Card[]) => [
  ...new Set(
    cards.flatMap(({ suggestions = [] }) =>
      suggestions.flatMap(({ actions }) =>
        actions.flatMap((one) => (one.type === 'create' ? [one.resource.resourceType] : [])),
      ),
    ),
  ),
];

const OWN_TYPES: Readonly<Record<Version, readonly string[]>> = {
  DSTU2: ['DiagnosticOrder', 'MedicationOrder', 'ProcedureRequest'],
  STU3: ['MedicationRequest', 'ProcedureRequest'],
  R4: ['MedicationRequest', 'ServiceRequest'],
  R4B: ['MedicationRequest', 'ServiceRequest'],
  R5: ['MedicationRequest', 'ServiceRequest'],
};
const SUGGESTED: Readonly<Record<Version, string>> = {
  DSTU2: 'DiagnosticOrder',
  STU3: 'ProcedureRequest',
  R4: 'ServiceRequest',
  R4B: 'ServiceRequest',
  R5: 'ServiceRequest',
};
const ALL: readonly Version[] = ['DSTU2', 'STU3', 'R4', 'R4B', 'R5'];

const TOLD = ['01', '10', '13', '20', '122', '245', '321', '335', '349', '425', '537'];
const vignettes = loadVignettes().filter(({ id }) => TOLD.includes(id));

async function inR4(vignette: Vignette): Promise<readonly Card[]> {
  return cardsOf(await postHook(service, requestOf(vignette)));
}

describe.each(ALL)('a FHIR server of %s', (version) => {
  test('says what it speaks once, and is then asked for its own types', async () => {
    load(version);
    const first = await ask();
    expect(titlesOf(first)).toEqual(['troponin-not-found warning', 'therapy-ladder info']);
    expect(gapsSaid(first)).toEqual([]);
    expect(
      typesAsked()
        .filter((type) => ORDER_TYPES.test(type))
        .sort(),
    ).toEqual(OWN_TYPES[version]);
    expect(suggestedTypes(first)).toEqual([SUGGESTED[version]]);
    await ask();
    expect(server.asked.filter((url) => url === '/metadata')).toHaveLength(1);
  });

  test('is not asked what it speaks when its client is registered with that', async () => {
    fhirVersion = version === 'R4' ? '4.0.1' : NUMBERS[version];
    load(version, 500);
    expect(gapsSaid(await ask())).toEqual([]);
    expect(typesAsked()).not.toContain('metadata');
    expect(
      typesAsked()
        .filter((type) => ORDER_TYPES.test(type))
        .sort(),
    ).toEqual(OWN_TYPES[version]);
  });

  test('is sorted as it can sort', async () => {
    load(version);
    await ask();
    const sorts = new Set(server.asked.flatMap((url) => /_sort[^&]*/.exec(url)?.[0] ?? []));
    expect([...sorts].sort()).toEqual(version === 'DSTU2' ? ['_sort:desc=date'] : ['_sort=-authored', '_sort=-date']);
  });

  test.each(vignettes.map((vignette) => [vignette.id, vignette] as const))(
    'vignette %s is answered as by R4',
    async (_, vignette) => {
      load(version, statementOf(version), chartOf(vignette));
      const request = version === 'R4' ? requestOf(vignette) : requestIn(version, requestOf(vignette));
      expect(titlesOf(await ask({ ...request, prefetch: {} }))).toEqual(titlesOf(await inR4(vignette)));
    },
  );
});

describe('when nothing says which version', () => {
  test('shapes of the prefetch do, and the server is not asked', async () => {
    load('DSTU2');
    const { conditions } = requestIn('DSTU2', { context: {}, prefetch: prefetchOf(baseChart()) }).prefetch;
    const cards = await ask({ prefetch: { conditions } });
    expect(typesAsked()).not.toContain('metadata');
    expect(typesAsked()).toContain('MedicationOrder');
    expect(suggestedTypes(cards)).toEqual(['DiagnosticOrder']);
  });

  test.each([
    ['fails', 500],
    ['is not there', 404],
    ['is something else', { resourceType: 'OperationOutcome' }],
    ['names no version', { resourceType: 'CapabilityStatement' }],
    ['names one that nobody knows', { resourceType: 'CapabilityStatement', fhirVersion: '9.0.0' }],
  ])('and the statement %s, an R4 server is asked as before', async (_, metadata) => {
    load('R4', metadata);
    expect(gapsSaid(await ask())).toEqual([]);
    await ask();
    expect(server.asked.filter((url) => url === '/metadata')).toHaveLength(1);
  });

  test('and an old server keeps silent: what it does not have under R4 names is a gap, never absent', async () => {
    load('DSTU2', 404);
    const cards = await ask();
    expect(titlesOf(cards)).toEqual(['troponin-not-found warning', 'therapy-ladder info']);
    expect(gapsSaid(cards)).toEqual(['medicationRequests', 'orders']);
  });
});

describe('absence in an old version', () => {
  test.each(['DiagnosticOrder', 'ProcedureRequest'])('without %s orders are not known', async (missing) => {
    load('DSTU2');
    server.types = new Set([...TYPES.DSTU2].filter((type) => type !== missing));
    expect(gapsSaid(await ask())).toEqual(['orders']);
  });

  test('two types may use one id: neither order is lost', async () => {
    load('DSTU2');
    const subject = { reference: 'Patient/p1' };
    const code = { text: 'Troponin' };
    const late = { meta: { lastUpdated: '2026-03-10T11:00:00Z' }, id: 'same', subject };
    const early = { meta: { lastUpdated: '2026-03-10T10:00:00Z' }, id: 'same', subject };
    server.chart = [
      ...server.chart,
      { resourceType: 'ProcedureRequest', ...late, status: 'requested', code: { text: 'Physiotherapy' } },
      {
        resourceType: 'DiagnosticOrder',
        ...early,
        status: 'requested',
        event: [{ status: 'requested', dateTime: '2026-03-10T10:10:00Z' }],
        item: [{ code }],
      },
    ];
    const cards = await ask();
    expect(titlesOf(cards)[0]).toBe('troponin-pending info');
    const evidence = cards.flatMap((card) => basisOf(card).evidence ?? []).map(({ reference }) => reference);
    expect(evidence).toContain('DiagnosticOrder/same');
  });

  test('an order without items may be of anything', async () => {
    load('DSTU2');
    const empty = {
      resourceType: 'DiagnosticOrder',
      id: 'o',
      status: 'requested',
      subject: { reference: 'Patient/p1' },
    };
    server.chart = [...server.chart, empty];
    expect(gapsSaid(await ask())).toEqual(['orders']);
  });
});

describe('what the CDS Hooks sandbox sends', () => {
  const prefetch = requestIn('DSTU2', { context: {}, prefetch: prefetchOf(baseChart()) }).prefetch;
  const order = (more: JsonObject) => ({
    resourceType: 'Bundle',
    entry: [
      {
        resource: {
          resourceType: 'MedicationOrder',
          id: 'request-123',
          status: 'draft',
          patient: { reference: 'Patient/p1' },
          dateWritten: '2026-03-10',
          ...more,
        },
      },
    ],
  });
  const select = (draftOrders: JsonObject, selection: string) =>
    ask({ hook: 'order-select', prefetch, context: { ...CONTEXT, draftOrders, selections: [selection] } });
  const nitrate = {
    resourceType: 'MedicationOrder',
    id: 'm1',
    status: 'active',
    patient: { reference: 'Patient/p1' },
    medicationCodeableConcept: { text: 'nitroglycerin 0.4 mg' },
  };

  test('a MedicationOrder without a drug is only unfinished', async () => {
    load('DSTU2');
    expect(
      titlesOf(await select(order({}), 'MedicationOrder/request-123')).filter((title) => title.startsWith('safety')),
    ).toEqual([]);
  });

  test('a MedicationOrder is met, taken back by its own name, and stands on orders under theirs', async () => {
    load('DSTU2');
    const prefetched = { ...prefetch, medicationRequests: bundleOf([nitrate]) };
    const draft = order({
      medicationCodeableConcept: { text: 'sildenafil 50 mg' },
      reasonCodeableConcept: { text: 'x' },
    });
    const cards = await ask({
      hook: 'order-select',
      prefetch: prefetched,
      context: { ...CONTEXT, draftOrders: draft, selections: ['MedicationOrder/request-123'] },
    });
    const [card] = cards.filter(({ source }) => source.topic.code === 'safety-n1');
    expect(card?.indicator).toBe('critical');
    expect(card?.suggestions?.[0]?.actions[0]).toMatchObject({
      type: 'delete',
      resourceId: 'MedicationOrder/request-123',
    });
    expect(card === undefined ? [] : basisOf(card).evidence?.map(({ reference }) => reference)).toEqual(
      expect.arrayContaining(['MedicationOrder/request-123', 'MedicationOrder/m1']),
    );
  });

  test('a MedicationRequest with objects for lists and no intent is met too', async () => {
    load('R4');
    const draft = drugDraft('request-1', 'sildenafil 50 mg', {
      intent: undefined,
      reasonCode: { text: 'x' },
      category: { text: 'y' },
    });
    const chart = [...baseChart(), { ...drugDraft('m1', 'nitroglycerin 0.4 mg'), status: 'active' }];
    const cards = await ask({
      hook: 'order-select',
      prefetch: prefetchOf(chart),
      context: { ...CONTEXT, draftOrders: collectionOf(draft), selections: ['MedicationRequest/request-1'] },
    });
    expect(titlesOf(cards)).toContain('safety-n1 critical');
  });

  test.each(['DSTU2', 'STU3'] as const)('a Condition of %s that is being added', async (version) => {
    load(version);
    const conditions = collectionOf(toVersion(version, ADDED_SPASM));
    const cards = await ask({
      hook: 'problem-list-item-create',
      prefetch: requestIn(version, { context: {}, prefetch: prefetchOf(baseChart()) }).prefetch,
      context: { ...CONTEXT, conditions },
    });
    expect(titlesOf(cards)[0]).toBe('troponin-not-found warning');
    expect(suggestedTypes(cards)).toEqual([SUGGESTED[version]]);
  });
});
