import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { BundleEntry } from '../../src/fhir/bundle.js';
import type { JsonObject } from '../../src/fhir/json.js';
import { createServer, type Server } from '../../src/record/answer-need.js';
import { medicationFinder, readMissingMedications } from '../../src/record/medications.js';
import { sendJson, startPeer, type Peer } from '../support/peer.js';
import { testFetcher } from '../support/service.js';

const EHR = 'https://ehr.example/fhir';
const URN = 'urn:uuid:3b1f7c5e-5a3c-4a57-9d0e-0d9d2f0a7b11';

const entry = (resource: JsonObject, fullUrl?: string): BundleEntry => ({ resource, fullUrl });
const medication = (id: string, name = id): JsonObject => ({ resourceType: 'Medication', id, code: { text: name } });
const order = (reference: unknown, resourceType = 'MedicationRequest', more: JsonObject = {}): BundleEntry =>
  entry({ resourceType, id: 'o1', medicationReference: { reference }, ...more });

describe('the Medication a reference leads to', () => {
  const entries = [
    entry(medication('m1', 'one'), `${EHR}/Medication/m1`),
    entry(medication('m2', 'two')),
    entry({ resourceType: 'Medication', code: { text: 'three' } }, URN),
    entry({ resourceType: 'Practitioner', id: 'm9' }, `${EHR}/Practitioner/m9`),
    entry(medication('m8', 'elsewhere'), 'https://other.example/fhir/Medication/m8'),
  ];
  test.each<[string, string, string | undefined, string | undefined]>([
    ['by id', 'Medication/m1', EHR, 'one'],
    ['by id, without a full URL', 'Medication/m2', EHR, 'two'],
    ['by id, and no server named', 'Medication/m2', undefined, 'two'],
    ['by id and version', 'Medication/m2/_history/3', EHR, 'two'],
    ['by the full URL', `${EHR}/Medication/m1`, EHR, 'one'],
    ['by the full URL, and no server named', `${EHR}/Medication/m1`, undefined, 'one'],
    ['by the base of this server', `${EHR}/Medication/m2`, EHR, 'two'],
    ['by the base of this server, written with a slash', `${EHR}/Medication/m2`, `${EHR}/`, 'two'],
    ['by a URN', URN, EHR, 'three'],
    ['by the full URL of a foreign server', 'https://other.example/fhir/Medication/m8', EHR, 'elsewhere'],
    ['a foreign base, an id that is ours', 'https://other.example/fhir/Medication/m2', EHR, undefined],
    ['a base, and no server named', `${EHR}/Medication/m2`, undefined, undefined],
    ['an id of another type', 'Practitioner/m9', EHR, undefined],
    ['an id that is not there', 'Medication/m7', EHR, undefined],
    ['another case', 'Medication/M1', EHR, undefined],
    ['a fragment', '#m1', EHR, undefined],
    ['a bare id', 'm1', EHR, undefined],
    ['nothing', '', EHR, undefined],
  ])('%s', (_, reference, fhirServer, name) => {
    expect(medicationFinder(entries, fhirServer)(reference)?.['code']).toEqual(
      name === undefined ? undefined : { text: name },
    );
  });

  test('of two under one id the last stands', () => {
    const find = medicationFinder([entry(medication('m1', 'old')), entry(medication('m1', 'new'))], EHR);
    expect(find('Medication/m1')).toMatchObject({ code: { text: 'new' } });
  });
});

describe('Medications that nobody sent along, from a real server', () => {
  let peer: Peer;
  let fetcher: ReturnType<typeof testFetcher>;
  let opened = 0;

  beforeAll(async () => {
    peer = await startPeer((request, response) => {
      const id = request.url?.split('/').at(-1) ?? '';
      if (id.startsWith('gone')) sendJson(response, 404, { resourceType: 'OperationOutcome', issue: [] });
      else if (id.startsWith('secret')) sendJson(response, 403, { resourceType: 'OperationOutcome', issue: [] });
      else if (id.startsWith('broken')) response.end('<html>');
      else if (id.startsWith('other')) sendJson(response, 200, medication('m1', 'another one'));
      else if (id.startsWith('person')) sendJson(response, 200, { resourceType: 'Practitioner', id });
      else if (!id.startsWith('slow')) sendJson(response, 200, medication(id));
    });
    fetcher = testFetcher([peer.base]);
  });

  afterEach(() => {
    peer.forget();
    opened = 0;
  });

  afterAll(async () => {
    await peer.close();
    await fetcher.close();
  });

  function open(signal = AbortSignal.timeout(5000)): () => Server {
    return () => {
      opened += 1;
      return createServer({ access: { baseUrl: peer.base, token: 'secret-1' }, fetch: fetcher.fetch, signal });
    };
  }

  async function read(...entries: readonly BundleEntry[]): Promise<readonly unknown[]> {
    const found = await readMissingMedications(entries, peer.base, open());
    return found.map(({ resource }) => resource['id']);
  }

  const paths = () => peer.heard.map(({ url }) => url.replace('/fhir/', ''));

  test.each<[string, readonly BundleEntry[], readonly string[]]>([
    ['an order', [order('Medication/m1')], ['m1']],
    ['a statement', [order('Medication/m1', 'MedicationStatement')], ['m1']],
    ['a dispense', [order('Medication/m1', 'MedicationDispense')], ['m1']],
    ['each once', [order('Medication/m1'), order('Medication/m2'), order('Medication/m1')], ['m1', 'm2']],
    ['a version of it', [order('Medication/m1/_history/2')], ['m1']],
    ['although a display is there', [order('Medication/m1', 'MedicationRequest', { display: 'x' })], ['m1']],
    [
      'a draft by what it refers to, never itself',
      [order('Medication/m1', 'MedicationRequest', { status: 'draft' })],
      ['m1'],
    ],
    ['none that came along', [order('Medication/m1'), entry(medication('m1'))], []],
    ['none that is contained', [order('#m', 'MedicationRequest', { contained: [medication('m')] })], []],
    ['none that only a fragment names', [order('#m')], []],
    ['none by URN', [order(URN)], []],
    ['none of another server', [order('https://other.example/fhir/Medication/m1')], []],
    ['none of another port', [order('http://127.0.0.1:1/fhir/Medication/m1')], []],
    ['none of a host that looks like it', [order('http://127.0.0.1@evil.example/fhir/Medication/m1')], []],
    ['none without scheme', [order('//evil.example/fhir/Medication/m1')], []],
    ['none of a file', [order('file:///fhir/Medication/m1')], []],
    ['none of another type', [order('MedicationRequest/o1')], []],
    ['none for what was given, which is not read', [order('Medication/m1', 'MedicationAdministration')], []],
    ['none by an id that climbs', [order('Medication/..')], []],
    ['none by an id that is no FHIR id', [order('Medication/a_b')], []],
    ['none by a reference that is no text', [order(7), order(null), order({})], []],
    ['none for drugs in place', [entry({ resourceType: 'MedicationRequest', medicationCodeableConcept: {} })], []],
    ['nothing for nothing', [], []],
  ])('%s', async (_, entries, ids) => {
    expect(await read(...entries)).toEqual(ids);
    expect([...paths()].sort()).toEqual(ids.map((id) => `Medication/${id}`).sort());
    expect(opened).toBe(ids.length === 0 ? 0 : 1);
  });

  test('by an absolute reference to this server, with the token of the call', async () => {
    expect(await read(order(`${peer.base}/Medication/m1`))).toEqual(['m1']);
    expect(peer.heard).toEqual([{ method: 'GET', url: '/fhir/Medication/m1', authorization: 'Bearer secret-1' }]);
  });

  test.each([
    ['is not there', 'gone'],
    ['may not be read', 'secret'],
    ['is no JSON', 'broken'],
    ['is another one', 'other'],
    ['is something else', 'person'],
  ])('what %s stays missing, and the others are read', async (_, id) => {
    expect(await read(order(`Medication/${id}`), order('Medication/m2'))).toEqual(['m2']);
    expect([...paths()].sort()).toEqual([`Medication/${id}`, 'Medication/m2'].sort());
  });

  test('what does not answer in time stays missing', async () => {
    const found = await readMissingMedications([order('Medication/slow')], peer.base, open(AbortSignal.timeout(50)));
    expect(found).toEqual([]);
    expect(paths()).toEqual(['Medication/slow']);
  });

  test.each([
    [39, 39],
    [40, 40],
    [41, 40],
    [500, 40],
  ])('of %i missing ones %i are read', async (count, expected) => {
    const entries = Array.from({ length: count }, (_, index) => order(`Medication/m${String(index)}`));
    expect(await read(...entries)).toHaveLength(expected);
    expect(peer.heard).toHaveLength(expected);
  });

  test('without a server that may be asked nothing is', async () => {
    expect(await readMissingMedications([order('Medication/m1')], peer.base, () => undefined)).toEqual([]);
    expect(peer.heard).toEqual([]);
  });
});
