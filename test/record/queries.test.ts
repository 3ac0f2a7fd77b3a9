import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import type { ValueSet } from 'fhir/r4.js';
import { DAY } from '../../src/fhir/date-time.js';
import type { DataNeed, FactsFile } from '../../src/knowledge/content-types.js';
import type { Topic } from '../../src/knowledge/topic.js';
import { readPrefetch } from '../../src/record/prefetch.js';
import { boundOf, prefetchTemplate, searchForms } from '../../src/record/queries.js';

const AS_OF = Date.parse('2026-03-10T12:00:00Z');

const troponin: ValueSet = {
  resourceType: 'ValueSet',
  id: 'troponin',
  status: 'active',
  compose: {
    include: [
      { system: 'http://loinc.org', concept: [{ code: '89579-7' }] },
      { system: 'urn:x&y', concept: [{ code: 'a b,c' }] },
    ],
  },
};
const topic = { valueSetById: new Map([['troponin', troponin]]) } as unknown as Topic;

const need = (more: Partial<DataNeed>): DataNeed => ({ key: 'key', title: 'x', resourceType: 'Observation', ...more });
const ONE = 'http%3A%2F%2Floinc.org%7C89579-7';
const TWO = 'urn%3Ax%26y%7Ca%20b%2Cc';
const ALL = 'Observation?patient=p1';

describe('the ways to ask, best first', () => {
  test.each<[string, Partial<DataNeed>, readonly (readonly string[])[]]>([
    ['nothing but the patient', {}, [[ALL]]],
    ['another type', { resourceType: 'Procedure' }, [['Procedure?patient=p1']]],
    [
      'newest first, orders by the day they were placed',
      { resourceType: 'ServiceRequest', newestFirst: true },
      [['ServiceRequest?patient=p1&_sort=-authored'], ['ServiceRequest?patient=p1']],
    ],
    ['newest first', { newestFirst: true, count: 50 }, [[`${ALL}&_sort=-date&_count=50`], [ALL]]],
    ['category', { category: 'vital signs' }, [[`${ALL}&category=vital%20signs`], [ALL]]],
    [
      'category and date',
      { category: 'laboratory', withinDays: 2, count: 9 },
      [
        [`${ALL}&category=laboratory&date=ge2026-03-07&_count=9`],
        [`${ALL}&category=laboratory&date=ge2026-03-07`],
        [`${ALL}&category=laboratory`],
        [ALL],
      ],
    ],
    [
      'codes',
      { valueSets: ['troponin'], newestFirst: true, count: 100 },
      [
        [`${ALL}&code=${ONE},${TWO}&_sort=-date&_count=100`],
        [`${ALL}&code=${ONE},${TWO}`],
        [`${ALL}&code=${ONE}`, `${ALL}&code=${TWO}`],
        [ALL],
      ],
    ],
  ])('%s', (_, more, forms) => {
    expect(searchForms(need(more), topic, 'p1', AS_OF)).toEqual(forms);
  });

  test.each([
    ['no limit', undefined, Number.NEGATIVE_INFINITY],
    ['two days', 2, AS_OF - 2 * DAY],
  ])('an answer is complete since: %s', (_, withinDays, bound) => {
    expect(boundOf(need(withinDays === undefined ? {} : { withinDays }), AS_OF)).toBe(bound);
  });

  test.each(['2026-03-10T00:00:00Z', '2026-03-10T23:59:59Z', '2026-01-01T00:00:00Z'])(
    'at %s the day asked for begins before the bound in every zone on earth',
    (text) => {
      const asOf = Date.parse(text);
      const [[query = ''] = []] = searchForms(need({ withinDays: 2 }), topic, 'p1', asOf);
      const day = Date.parse(`${query.replace(/.*date=ge/, '')}T00:00:00Z`);
      expect(day + 12 * 3_600_000).toBeLessThanOrEqual(boundOf(need({ withinDays: 2 }), asOf));
    },
  );
});

describe('prefetch templates', () => {
  test.each<[Partial<DataNeed>, string]>([
    [{ resourceType: 'Patient', read: 'patientId' }, 'Patient/{{context.patientId}}'],
    [{ resourceType: 'Encounter', read: 'encounterId' }, 'Encounter/{{context.encounterId}}'],
    [{ resourceType: 'Condition' }, 'Condition?patient={{context.patientId}}'],
    [
      { category: 'laboratory', newestFirst: true, count: 200, withinDays: 16 },
      'Observation?patient={{context.patientId}}&category=laboratory&_sort=-date&_count=200',
    ],
  ])('%j', (more, template) => {
    expect(prefetchTemplate(need(more), topic)).toBe(template);
  });

  const folder = new URL('../../cards/esophageal-spasm/', import.meta.url);
  const readJson = (file: string): unknown => JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
  const { needs } = readJson('facts.json') as FactsFile;
  const sets = readdirSync(new URL('valuesets/', folder)).map((file) => readJson(`valuesets/${file}`) as ValueSet);
  const shipped = { valueSetById: new Map(sets.map((set) => [set.id, set])) } as unknown as Topic;
  const templates = needs.map((one) => [one.key, prefetchTemplate(one, shipped)] as const);

  test('the shipped content asks for troponins by their codes', () => {
    expect(Object.fromEntries(templates)['troponins']).toMatch(/&code=http:\/\/loinc\.org\|\d+-\d,/);
  });

  test.each(templates)('%s keeps to what clients can resolve', (_, template) => {
    const tokens = template.match(/\{\{[^}]*\}\}/g) ?? [];
    expect(['{{context.patientId}}', '{{context.encounterId}}']).toEqual(expect.arrayContaining(tokens));
    expect(tokens).toHaveLength(1);
    const [path = '', query = ''] = template.split('?');
    expect(path).toMatch(/^[A-Z][A-Za-z]+(?:\/\{\{context\.(?:patientId|encounterId)\}\})?$/);
    const parameters = query === '' ? [] : query.split('&').map((parameter) => parameter.split('=')[0]);
    expect(['patient', 'code', 'category', '_sort', '_count']).toEqual(expect.arrayContaining(parameters));
    expect(template).not.toMatch(/\s|today\(\)|userId|%7[bBdD]/);
    expect(template.length).toBeLessThan(2000);
  });
});

describe('one prefetch key', () => {
  const condition = { resourceType: 'Condition', id: 'c1' };
  const patient = { resourceType: 'Patient', id: 'p1' };
  const bundle = { resourceType: 'Bundle', entry: [{ resource: condition }] };
  const conditions = need({ key: 'conditions', resourceType: 'Condition' });
  const read = need({ key: 'patient', resourceType: 'Patient', read: 'patientId' });
  const empty = { page: { entries: [], matches: 0, nextUrl: undefined, unreadable: 0, hasFailed: false } };

  test.each([
    ['absent: not answered', conditions, {}, { gap: 'not-supplied' }],
    ['undefined: not answered', conditions, { conditions: undefined }, { gap: 'not-supplied' }],
    ['null: asked and empty', conditions, { conditions: null }, empty],
    ['an empty Bundle: asked and empty', conditions, { conditions: { resourceType: 'Bundle' } }, empty],
    ['a Bundle', conditions, { conditions: bundle }, { page: { entries: [{ resource: condition }], matches: 1 } }],
    ['an OperationOutcome', conditions, { conditions: { resourceType: 'OperationOutcome' } }, { gap: 'outcome' }],
    ['one resource where a search was asked', conditions, { conditions: condition }, { gap: 'unreadable' }],
    ['one resource where it was read', read, { patient }, { page: { entries: [{ resource: patient }], matches: 1 } }],
    [
      'a Bundle where one was read',
      read,
      { patient: { resourceType: 'Bundle', entry: [{ resource: patient }] } },
      { page: { entries: [{ resource: patient }] } },
    ],
    ['another type where one was read', read, { patient: condition }, { gap: 'unreadable' }],
    ['null where one was read', read, { patient: null }, empty],
    ['a list', conditions, { conditions: [condition] }, { gap: 'unreadable' }],
    ['text', conditions, { conditions: '{}' }, { gap: 'unreadable' }],
    ['false', conditions, { conditions: false }, { gap: 'unreadable' }],
    ['an empty object', conditions, { conditions: {} }, { gap: 'unreadable' }],
    ['a member every object has', need({ key: 'constructor' }), {}, { gap: 'not-supplied' }],
    [
      'the same, from a hostile prototype',
      need({ key: 'toString' }),
      JSON.parse('{"__proto__": {"toString": null}}'),
      { gap: 'not-supplied' },
    ],
  ])('%s', (_, one, prefetch: Record<string, unknown>, expected) => {
    expect(readPrefetch(prefetch, one)).toMatchObject(expected);
  });
});
