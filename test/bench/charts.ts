import { mkdir, open, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { FhirResource } from 'fhir/r4.js';
import { addBackground } from '../../fixtures/fhir-server/background.js';
import { createChart, patient } from '../../fixtures/fhir-server/chart.js';
import { EMERGENCY_STORIES } from '../../fixtures/fhir-server/emergency-stories.js';
import { OTHER_STORIES } from '../../fixtures/fhir-server/other-stories.js';

const STORIES = [...EMERGENCY_STORIES, ...OTHER_STORIES];
/** Visits that make about a megabyte of JSON. */
export const VISITS_OF_A_MEGABYTE = 46;

/** Which synthetic charts to make. */
export interface Charts {
  readonly count: number;
  /** Past visits of each patient: 46 make about a megabyte. */
  readonly visits: number;
  /** Every how many patients one has the pain of a story; the others only their past. */
  readonly oneIn: number;
}

/** The resources of one synthetic patient; the same number gives the same chart. */
export function resourcesOf(number: number, { visits, oneIn }: Charts): readonly FhirResource[] {
  const story = STORIES[Math.floor(number / oneIn) % STORIES.length];
  if (story === undefined) throw new Error('no story');
  const id = `bench-${String(number)}`;
  const chart = createChart(id);
  addBackground(chart, { ...story.background, visits });
  if (number % oneIn === 0) story.tell(chart);
  return [patient(id, story.person), ...chart.resources];
}

/** Writes one Bundle a patient, one file a Bundle. */
export async function writeBundles(folder: string, charts: Charts): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (let number = 0; number < charts.count; number += 1) {
    const entry = resourcesOf(number, charts).map((resource) => ({
      fullUrl: `https://fhir.example.org/${resource.resourceType}/${resource.id ?? ''}`,
      resource,
    }));
    const bundle = { resourceType: 'Bundle', type: 'collection', entry };
    await writeFile(join(folder, `bench-${String(number)}.json`), JSON.stringify(bundle));
  }
}

/** Writes the same charts as a bulk export: one NDJSON file a type, the lines of a patient in each. */
export async function writeBulkExport(folder: string, charts: Charts): Promise<void> {
  await mkdir(folder, { recursive: true });
  const files = new Map<string, FileHandle>();
  for (let number = 0; number < charts.count; number += 1) {
    const byType = new Map<string, string[]>();
    for (const resource of resourcesOf(number, charts)) {
      byType.set(resource.resourceType, [...(byType.get(resource.resourceType) ?? []), JSON.stringify(resource)]);
    }
    for (const [type, lines] of byType) {
      const file = files.get(type) ?? (await open(join(folder, `${type}.ndjson`), 'w'));
      files.set(type, file);
      await file.write(`${lines.join('\n')}\n`);
    }
  }
  for (const file of files.values()) await file.close();
}
