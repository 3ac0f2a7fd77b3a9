import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { admitAnyone } from '../../src/clients/admit-anyone.js';
import type { Authenticate } from '../../src/clients/cds-client.js';
import type { Action, Card } from '../../src/cds-hooks/types.js';
import { objectsOf, type JsonObject } from '../../src/fhir/json.js';
import { cardsOf, contextOf, prefetchOf, titlesOf } from '../support/answers.js';
import { NUMBERS, requestIn, type OtherVersion } from '../support/other-versions.js';
import {
  hookBody,
  inBatches,
  postHook,
  startTestService,
  type HookBody,
  type TestService,
} from '../support/service.js';
import { chartOf, loadVignettes, type Vignette } from '../support/vignette.js';

/* Every clinical story, told in every version of FHIR, gives the same cards. */

jest.setTimeout(240_000);

type Change = (resource: JsonObject) => JsonObject;

/** A story that a version cannot tell whole: what it loses, as R4 would say what is left, and what is answered then. */
interface Loss {
  readonly reason: string;
  readonly inR4: Change;
  readonly cards: readonly string[];
}

const without =
  (...members: readonly string[]): Change =>
  (resource) =>
    Object.fromEntries(Object.entries(resource).filter(([member]) => !members.includes(member)));

const ofType =
  (type: string, change: Change): Change =>
  (resource) =>
    resource['resourceType'] === type ? change(resource) : resource;

const withStatus = (type: string, from: string, to: string): Change =>
  ofType(type, (resource) => (resource['status'] === from ? { ...resource, status: to } : resource));

const plainComponents = ofType('Observation', (resource) =>
  resource['component'] === undefined
    ? resource
    : { ...resource, component: objectsOf(resource['component']).map(without('interpretation', 'referenceRange')) },
);

/** A diagnosis that may be a visit's or the problem list's. */
const eitherCategory = ofType('Condition', (resource) => ({
  ...resource,
  category: ['encounter-diagnosis', 'problem-list-item'].map((code) => ({ coding: [{ code }] })),
}));

const unstated = ofType('Condition', (resource) =>
  JSON.stringify(resource['verificationStatus']).includes('unconfirmed')
    ? without('verificationStatus')(resource)
    : resource,
);

const noProhibition = ofType('MedicationRequest', without('doNotPerform'));
const stoppedAsCompleted = withStatus('MedicationStatement', 'stopped', 'completed');

const UNCONFIRMED: Loss = {
  reason: 'a condition cannot be "unconfirmed": its certainty is not stated, and it counts as stated',
  inR4: unstated,
  cards: ['acs-on-record critical'],
};
const PROHIBITION: Loss = {
  reason: 'a prohibition cannot be told from an order, and a cancelled order may be one that was stopped',
  inR4: noProhibition,
  cards: ['troponin-not-found warning', 'safety-n1 critical', 'therapy-ladder info'],
};

const LOSSES: Readonly<Record<OtherVersion, Readonly<Record<string, Loss>>>> = {
  DSTU2: {
    '54': {
      reason: 'a diagnosis of a visit cannot be told from one of the problem list: the patient stays in scope',
      inR4: eitherCategory,
      cards: ['therapy-ladder info'],
    },
    '145': {
      reason: 'a component has no reference range of its own',
      inR4: plainComponents,
      cards: ['troponin-not-serial warning', 'therapy-ladder info'],
    },
    '221': {
      reason: 'a component has no flag of its own: nothing says that 900 ng/L is above the limit, and nothing calms',
      inR4: plainComponents,
      cards: ['troponin-not-serial warning', 'therapy-ladder info'],
    },
    '233': UNCONFIRMED,
    '251': {
      reason: 'a value cannot be yes or no: the result has none',
      inR4: ofType('Observation', without('valueBoolean')),
      cards: ['troponin-not-found warning', 'therapy-ladder info'],
    },
    '342': {
      reason: 'a statement cannot be "stopped", only completed',
      inR4: stoppedAsCompleted,
      cards: ['troponin-not-found warning', 'therapy-ladder info'],
    },
    '357': {
      reason: 'a statement cannot be "stopped", only completed',
      inR4: stoppedAsCompleted,
      cards: ['troponin-serial-in-range info', 'therapy-ladder info'],
    },
    '439': {
      ...PROHIBITION,
      inR4: (resource) => withStatus('MedicationRequest', 'cancelled', 'stopped')(noProhibition(resource)),
    },
    '440': {
      reason: 'a statement cannot be "unknown": it is on the list',
      inR4: withStatus('MedicationStatement', 'unknown', 'active'),
      cards: ['troponin-not-found warning', 'safety-n1 critical', 'therapy-ladder info'],
    },
    '544': {
      reason: 'a statement cannot be "stopped", only completed',
      inR4: stoppedAsCompleted,
      cards: ['troponin-not-found warning', 'safety-d3 critical', 'therapy-ladder info'],
    },
  },
  STU3: { '233': UNCONFIRMED, '439': PROHIBITION },
  R4B: {},
  R5: {
    '357': {
      reason: 'the adherence cannot be "completed", only stopped',
      inR4: withStatus('MedicationStatement', 'completed', 'stopped'),
      cards: ['troponin-serial-in-range info', 'therapy-ladder info'],
    },
  },
};

const vignettes = loadVignettes();
const VERSIONS = Object.keys(NUMBERS) as OtherVersion[];

function requestOf(vignette: Vignette, inR4: Change = (resource) => resource): HookBody {
  const context = contextOf(vignette);
  return hookBody({ hook: vignette.hook, context, prefetch: prefetchOf(chartOf(vignette).map(inR4), context) });
}

/** Everyone is a client that is registered with this version, or with none. */
function speaking(fhirVersion: string | undefined): Authenticate {
  const admit = admitAnyone([]);
  return async (...call) => {
    const admission = await admit(...call);
    return 'client' in admission && !('refused' in admission)
      ? { ...admission, client: { ...admission.client, fhirVersion } }
      : admission;
  };
}

const R4_NAMES: readonly (readonly [RegExp, string])[] = [
  [/MedicationOrder\//g, 'MedicationRequest/'],
  [/(?:DiagnosticOrder|ProcedureRequest)\//g, 'ServiceRequest/'],
];

/** What cards say, apart from ids, names of types, and suggestions, which are compared by themselves. */
function said(cards: readonly Card[]): unknown {
  const skipped = new Set(['uuid', 'suggestions', 'selectionBehavior']);
  const text = JSON.stringify(cards, (key, value: unknown) => (skipped.has(key) ? undefined : value));
  return JSON.parse(R4_NAMES.reduce((one, [name, inR4]) => one.replace(name, inR4), text));
}

interface Suggested {
  readonly label: string;
  readonly action: Action;
}

function suggestionsOf(cards: readonly Card[]): readonly Suggested[] {
  return cards.flatMap(({ suggestions = [] }) =>
    suggestions.flatMap(({ label, actions }) => actions.map((action) => ({ label, action }))),
  );
}

/** A DiagnosticOrder cannot say that it is due later, so that the repeat is not suggested there. */
function hasForm(version: OtherVersion, { action }: Suggested): boolean {
  if (version !== 'DSTU2' || action.type === 'delete') return true;
  const { resource } = action;
  return 'occurrenceDateTime' in resource && resource.occurrenceDateTime === resource.authoredOn;
}

const TYPE_OF_SUGGESTION: Readonly<Record<OtherVersion, string>> = {
  DSTU2: 'DiagnosticOrder',
  STU3: 'ProcedureRequest',
  R4B: 'ServiceRequest',
  R5: 'ServiceRequest',
};

let r4: TestService;
const inR4 = new Map<string, readonly Card[]>();
/** By clients that are registered with no version: their resources show it. R4B is R4 then, and is stated. */
const inOthers = new Map<OtherVersion, ReadonlyMap<string, readonly Card[]>>();

async function answersIn(
  service: TestService,
  version?: OtherVersion,
  told: readonly Vignette[] = vignettes,
): Promise<ReadonlyMap<string, readonly Card[]>> {
  const answered = await inBatches(told, async (vignette) => {
    const request = requestOf(vignette);
    const reply = await postHook(service, version === undefined ? request : requestIn(version, request));
    return [vignette.id, cardsOf(reply)] as const;
  });
  return new Map(answered);
}

beforeAll(async () => {
  r4 = await startTestService();
  for (const [id, cards] of await answersIn(r4)) inR4.set(id, cards);
  const stated = await startTestService({ authenticate: speaking(NUMBERS.R4B) });
  for (const version of VERSIONS) inOthers.set(version, await answersIn(version === 'R4B' ? stated : r4, version));
  await stated.close();
});

afterAll(() => r4.close());

function cardsIn(version: OtherVersion, id: string): readonly Card[] {
  const cards = inOthers.get(version)?.get(id);
  if (cards === undefined) throw new Error(`${id} was not answered`);
  return cards;
}

/** One object for all stories that can be told whole, so that a failure names the one it is about. */
function byId(version: OtherVersion, of: (id: string) => unknown): Readonly<Record<string, unknown>> {
  const whole = vignettes.filter(({ id }) => LOSSES[version][id] === undefined);
  return Object.fromEntries(whole.map(({ id }) => [id, of(id)]));
}

describe.each(VERSIONS)('%s', (version) => {
  test('every story that can be told whole gives the same cards', () => {
    expect(byId(version, (id) => said(cardsIn(version, id)))).toEqual(byId(version, (id) => said(inR4.get(id) ?? [])));
  });

  test('and the same suggestions, in its own types', () => {
    const labels = (cards: readonly Card[], isTold: (one: Suggested) => boolean = () => true) =>
      suggestionsOf(cards)
        .filter(isTold)
        .map(({ label }) => label);
    expect(byId(version, (id) => labels(cardsIn(version, id)))).toEqual(
      byId(version, (id) => labels(inR4.get(id) ?? [], (one) => hasForm(version, one))),
    );
    const actions = vignettes.flatMap(({ id }) => suggestionsOf(cardsIn(version, id)).map(({ action }) => action));
    const created = actions.flatMap((action) => (action.type === 'create' ? [action.resource] : []));
    expect([...new Set(created.map(({ resourceType }) => resourceType))]).toEqual([TYPE_OF_SUGGESTION[version]]);
    expect(created.every((one) => !('code' in one) || 'concept' in one.code === (version === 'R5'))).toBe(true);
    const deleted = actions.flatMap((action) => (action.type === 'delete' ? [action.resourceId.split('/')[0]] : []));
    expect(deleted.length).toBeGreaterThan(10);
    expect(deleted.includes('MedicationOrder')).toBe(version === 'DSTU2');
    expect(deleted.includes('MedicationRequest')).toBe(version !== 'DSTU2');
  });

  test('a client that is registered with it gets the same', async () => {
    const service = await startTestService({ authenticate: speaking(NUMBERS[version]) });
    const some = await answersIn(
      service,
      version,
      vignettes.filter((_, index) => index % 9 === 0),
    );
    await service.close();
    const ids = [...some.keys()];
    expect(ids.length).toBeGreaterThan(50);
    expect(ids.map((id) => some.get(id))).toEqual(ids.map((id) => cardsIn(version, id)));
  });
});

test.each(
  VERSIONS.flatMap((version) => Object.entries(LOSSES[version]).map(([id, loss]) => [version, id, loss] as const)),
)('%s cannot tell all of %s: what is left is answered as in R4', async (version, id, loss) => {
  const vignette = vignettes.find((one) => one.id === id);
  if (vignette === undefined) throw new Error(`no vignette ${id}`);
  const left = cardsOf(await postHook(r4, requestOf(vignette, loss.inR4)));
  const cards = cardsIn(version, id);
  expect(said(cards)).toEqual(said(left));
  expect(titlesOf(cards)).toEqual(loss.cards);
  expect(said(cards)).not.toEqual(said(inR4.get(id) ?? []));
});
