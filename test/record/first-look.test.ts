import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/fhir/json.js';
import { bundleOf, cardsOf, codeOf, gapsSaid, prefetchOf, troponin, without } from '../support/answers.js';
import { startPeer, sendJson, type Peer } from '../support/peer.js';
import { hookBody, postHook, startTestService, type TestService } from '../support/service.js';
import { baseChart } from '../support/vignette.js';

/*
 * A patient whom the topic is not about is looked at no further than his conditions. Whatever may bring him into scope,
 * wherever it was sent and however it was written, has to be seen by that first look.
 */

let service: TestService;
let peer: Peer;

beforeAll(async () => {
  peer = await startPeer((_request, response) => {
    sendJson(response, 200, bundleOf([]));
  });
  service = await startTestService({ allowedFhirServers: [peer.base] });
});

afterAll(async () => {
  await Promise.all([service.close(), peer.close()]);
});

const [PATIENT, ENCOUNTER, SPASM] = ['Patient', 'Encounter', 'Condition'].map((type) =>
  baseChart().find(({ resourceType }) => resourceType === type),
) as [JsonObject, JsonObject, JsonObject];

const HYPERTENSION: JsonObject = {
  ...SPASM,
  id: 'other',
  code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'I10', display: 'Hypertension' }] },
};

const healthy = prefetchOf([PATIENT, ENCOUNTER]);

const ask = (prefetch: unknown) => postHook(service, hookBody({ prefetch }));

describe.each([
  ['empty', bundleOf([])],
  ['null', null],
  ['about something else', bundleOf([HYPERTENSION])],
])('with conditions %s', (_, conditions) => {
  test('there is silence', async () => {
    expect((await ask({ ...healthy, conditions })).body).toEqual({ cards: [] });
  });

  test.each([
    ['encounter', bundleOf([ENCOUNTER, SPASM])],
    ['patient', bundleOf([PATIENT, SPASM])],
    ['patient', { ...bundleOf([PATIENT, SPASM]), link: [{ relation: 'next', url: '?2' }] }],
    ['reports', bundleOf([SPASM])],
    ['labs', bundleOf([SPASM])],
    ['allergies', bundleOf([HYPERTENSION, SPASM])],
  ])('but not when the spasm came under %s', async (key, value) => {
    const reply = await ask({ ...healthy, conditions, [key]: value });
    expect(cardsOf(reply).map(codeOf)).toContain('troponin-not-found');
    expect(reply.text).not.toContain('not-looked-at');
  });

  test('and an elevated troponin beside it is seen', async () => {
    const troponins = bundleOf([troponin('hot', '2026-03-10T11:00:00Z', 900)]);
    const reply = await ask({ ...healthy, conditions, patient: bundleOf([PATIENT, SPASM]), troponins });
    expect(cardsOf(reply).map(codeOf)).toEqual(['troponin-elevated']);
    expect(gapsSaid(cardsOf(reply))).toEqual([]);
  });

  test.each([
    ['asked for when there is a spasm', SPASM, ['/fhir/Medication/m1']],
    ['never asked for when there is none', HYPERTENSION, []],
  ])('and a drug that is only referred to is %s', async (__, listed, asked) => {
    const order = {
      resourceType: 'MedicationRequest',
      status: 'active',
      medicationReference: { reference: 'Medication/m1' },
    };
    const prefetch = { ...healthy, conditions, reports: bundleOf([listed]), medicationRequests: bundleOf([order]) };
    const before = peer.heard.length;
    await postHook(service, hookBody({ prefetch, fhirServer: peer.base }));
    expect(peer.heard.slice(before).map(({ url }) => url)).toEqual(asked);
  });
});

test.each([
  [
    'letters as escapes',
    (text: string) => text.replace('"resourceType":"Condition"', '"resourceType":"\\u0043ondition"'),
  ],
  ['blanks', (text: string) => text.replace('"resourceType":"Condition"', '"resourceType" :\n "Condition"')],
])('a spasm under another key is seen when it is written with %s', async (_, rewrite) => {
  const body = JSON.stringify(hookBody({ prefetch: { ...healthy, conditions: null, reports: bundleOf([SPASM]) } }));
  expect(rewrite(body)).not.toBe(body);
  expect(cardsOf(await postHook(service, rewrite(body), 'esophageal-spasm-patient-view'))).not.toEqual([]);
});

const said = (code: JsonObject) => ({ ...SPASM, code });

test.each([
  ['a code', SPASM],
  ['a text', said({ text: 'Suspected esophageal spasm' })],
  ['a display under a code that no set lists', said({ coding: [{ code: 'X', display: 'Esophageal spasm' }] })],
  ['letters of another alphabet', said({ text: 'E\u017fophageal \u017fpa\u017fm' })],
  ['a lone coding', said({ coding: { system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'K22.4' } })],
  ['capitals', said({ text: 'ESOPHAGEAL SPASM' })],
])('a spasm known by %s is seen', async (_, spasm) => {
  expect(cardsOf(await ask(prefetchOf([PATIENT, ENCOUNTER, spasm])))).not.toEqual([]);
});

test.each([
  ['a code that cannot be read', { code: { coding: 'K22.4' } }],
  ['a code that says nothing', { code: {} }],
  ['nobody as its owner', { subject: undefined }],
])('a condition with %s is no silence', async (_, more) => {
  expect((await ask(prefetchOf([PATIENT, ENCOUNTER, { ...HYPERTENSION, ...more }]))).status).toBe(412);
});

describe('the FHIR server', () => {
  const lists: readonly (readonly [string, JsonObject, boolean])[] = [
    ['conditions that do not concern', { conditions: bundleOf([HYPERTENSION]) }, false],
    ['no conditions at all', { conditions: null }, false],
    ['conditions that concern', { conditions: bundleOf([SPASM]) }, true],
    [
      'conditions with a further page',
      { conditions: { ...bundleOf([]), link: [{ relation: 'next', url: '?2' }] } },
      true,
    ],
    ['conditions fewer than counted', { conditions: { ...bundleOf([]), total: 2 } }, true],
    ['a condition that may be anyone’s', { conditions: bundleOf([without(HYPERTENSION, ['subject'])]) }, true],
    ['an owner known by identifier', { conditions: bundleOf([{ ...HYPERTENSION, subject: { identifier: { value: '1' } } }]) }, true], // prettier-ignore
    ['nothing', {}, true],
  ];

  test.each(lists)('with %s in prefetch is asked as far as need be', async (_, prefetch, isAsked) => {
    peer.forget();
    await postHook(service, hookBody({ prefetch, fhirServer: peer.base }));
    expect(peer.heard.length > 0).toBe(isAsked);
  });
});
