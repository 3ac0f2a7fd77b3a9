import { describe, expect, test } from '@jest/globals';
import type { HookContext } from '../../src/cds-hooks/types.js';
import type { BundleEntry } from '../../src/fhir/bundle.js';
import { isObject, type JsonObject } from '../../src/fhir/json.js';
import type { Ownership } from '../../src/fhir/reference.js';
import { contextEntries, draftKey, readProposal } from '../../src/record/proposal.js';

const drug = (id: string, more: JsonObject = {}): JsonObject => ({ resourceType: 'MedicationRequest', id, ...more });
const test1 = { resourceType: 'ServiceRequest', id: 's1' };
const collection = (...resources: readonly JsonObject[]): JsonObject => ({
  resourceType: 'Bundle',
  entry: resources.map((resource) => ({ resource })),
});

/** Whose an entry is, as its subject says it; without one nobody can tell. */
function ownerOf({ resource }: BundleEntry): Ownership {
  const subject = resource['subject'];
  if (!isObject(subject)) return 'undecided';
  return subject['reference'] === 'Patient/p1' ? 'same-patient' : 'other-patient';
}

const own = { subject: { reference: 'Patient/p1' } };
const foreign = { subject: { reference: 'Patient/p2' } };

function proposed(hook: string, context: Readonly<Record<string, unknown>>) {
  const whole = { userId: 'Practitioner/1', patientId: 'p1', ...context } as HookContext;
  const { orders, focus, conditions } = readProposal(hook, whole, ownerOf);
  return { orders: orders.map(draftKey), focus: [...focus], conditions: conditions.map(draftKey) };
}

const NOTHING = { orders: [], focus: [], conditions: [] };

describe('the key of a draft', () => {
  test.each<[JsonObject, string]>([
    [drug('d1'), 'MedicationRequest/d1'],
    [drug('request 1#'), 'MedicationRequest/request 1#'],
    [{ resourceType: 'MedicationRequest' }, 'MedicationRequest/'],
    [{ id: 'd1' }, '/d1'],
    [{ resourceType: 5, id: [] }, '/'],
  ])('of %j is %s', (resource, key) => {
    expect(draftKey(resource)).toBe(key);
  });
});

describe('the entries of a Bundle in the context', () => {
  test.each<[string, unknown, readonly string[]]>([
    ['with type', { ...collection(drug('a')), type: 'collection' }, ['a']],
    ['without type', collection(drug('a'), drug('b')), ['a', 'b']],
    ['empty', { resourceType: 'Bundle' }, []],
    ['with an entry that holds nothing', { resourceType: 'Bundle', entry: [{}, { resource: drug('a') }] }, ['a']],
    ['whose entry is one object', { resourceType: 'Bundle', entry: { resource: drug('a') } }, ['a']],
    ['that is none', drug('a'), []],
    ['that is a text', 'Bundle', []],
    ['that is not there', undefined, []],
  ])('%s', (_, bundle, ids) => {
    expect(contextEntries(bundle).map(({ resource }) => resource['id'])).toEqual(ids);
  });
});

describe('which hook proposes what', () => {
  const draftOrders = collection(drug('d1', own));
  const conditions = collection({ resourceType: 'Condition', id: 'c1' });
  const context = { draftOrders, conditions, selections: ['MedicationRequest/d1'] };
  const orders = { orders: ['MedicationRequest/d1'], focus: ['MedicationRequest/d1'], conditions: [] };
  test.each([
    ['patient-view', NOTHING],
    ['encounter-start', NOTHING],
    ['encounter-discharge', NOTHING],
    ['order-select', orders],
    ['order-sign', orders],
    ['problem-list-item-create', { ...NOTHING, conditions: ['Condition/c1'] }],
    ['a-hook-nobody-knows', NOTHING],
  ])('%s', (hook, expected) => {
    expect(proposed(hook, context)).toEqual(expected);
  });
});

describe('what order-select looks at', () => {
  const URN = 'urn:uuid:1';
  const draftOrders = collection(drug('d1'), drug('d2'), test1);
  const withUrl = {
    resourceType: 'Bundle',
    entry: [{ resource: drug('d1') }, { fullUrl: URN, resource: drug('d2') }],
  };
  test.each<[string, unknown, JsonObject, readonly string[]]>([
    ['one', ['MedicationRequest/d2'], draftOrders, ['MedicationRequest/d2']],
    [
      'two, in the order of the drafts',
      ['ServiceRequest/s1', 'MedicationRequest/d1'],
      draftOrders,
      ['MedicationRequest/d1', 'ServiceRequest/s1'],
    ],
    ['none', [], draftOrders, []],
    ['one that is not there', ['MedicationRequest/d9'], draftOrders, []],
    ['the id under another type', ['ServiceRequest/d1'], draftOrders, []],
    ['a bare id', ['d1'], draftOrders, []],
    ['with a base', ['https://a.example/fhir/MedicationRequest/d1'], draftOrders, ['MedicationRequest/d1']],
    ['with a version', ['MedicationRequest/d1/_history/2'], draftOrders, ['MedicationRequest/d1']],
    ['by full URL', [URN], withUrl, ['MedicationRequest/d2']],
    ['by an id that is no FHIR id', ['MedicationRequest/a b#'], collection(drug('a b#')), ['MedicationRequest/a b#']],
    ['what are no texts', [7, null, {}], draftOrders, []],
    ['a text in place of the list', 'MedicationRequest/d1', draftOrders, []],
    ['nothing said', undefined, draftOrders, []],
    [
      'a draft without id',
      ['MedicationRequest/'],
      collection({ resourceType: 'MedicationRequest' }),
      ['MedicationRequest/'],
    ],
  ])('selected: %s', (_, selections, drafts, focus) => {
    expect(proposed('order-select', { selections, draftOrders: drafts }).focus).toEqual(focus);
  });

  test('all drafts stay orders of tomorrow', () => {
    const keys = ['MedicationRequest/d1', 'MedicationRequest/d2', 'ServiceRequest/s1'];
    expect(proposed('order-select', { selections: ['MedicationRequest/d2'], draftOrders }).orders).toEqual(keys);
  });

  test('order-sign looks at every draft, whatever is said to be selected', () => {
    const keys = ['MedicationRequest/d1', 'MedicationRequest/d2', 'ServiceRequest/s1'];
    expect(proposed('order-sign', { selections: ['MedicationRequest/d2'], draftOrders }).focus).toEqual(keys);
  });
});

describe('whose the proposals are', () => {
  const condition = (id: string, more: JsonObject) => ({ resourceType: 'Condition', id, ...more });
  const mixed = collection(drug('own', own), drug('foreign', foreign), drug('unsaid'));
  const added = collection(condition('own', own), condition('foreign', foreign), condition('unsaid', {}));
  test.each([
    ['order-sign', { draftOrders: mixed }, ['MedicationRequest/own', 'MedicationRequest/unsaid'], []],
    ['problem-list-item-create', { conditions: added }, [], ['Condition/own', 'Condition/unsaid']],
  ])('%s: the patient’s, unless they say otherwise', (hook, context, orders, conditions) => {
    expect(proposed(hook, context)).toEqual({ orders, focus: orders, conditions });
  });

  test('a selected draft of another patient is neither order nor in focus', () => {
    const selections = ['MedicationRequest/foreign'];
    expect(proposed('order-select', { selections, draftOrders: collection(drug('foreign', foreign)) })).toEqual(
      NOTHING,
    );
  });

  test('what is added but is no condition is left out', () => {
    const conditions = collection({ resourceType: 'Observation', id: 'o1' }, condition('c1', own));
    expect(proposed('problem-list-item-create', { conditions }).conditions).toEqual(['Condition/c1']);
  });
});
