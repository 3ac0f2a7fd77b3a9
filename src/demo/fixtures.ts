import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bundle, FhirResource } from 'fhir/r4.js';
import { DAY } from '../fhir/date-time.js';

export interface FixturePatient {
  readonly id: string;
  readonly story: string;
  readonly encounterId?: string;
  readonly expected: readonly string[];
  readonly resources: readonly FhirResource[];
}

/** One line of the index beside the Bundles; the Bundles themselves hold nothing but FHIR. */
export interface FixtureIndexEntry {
  readonly file: string;
  readonly patient: string;
  readonly encounter?: string;
  readonly story: string;
  readonly expected: readonly string[];
}

/** The moment every fixture date is written around: "now" in the charts as committed. */
export const FIXTURE_ANCHOR = new Date('2026-03-10T12:00:00Z');

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

export async function loadFixturePatients(directory: string, asOf: Date): Promise<FixturePatient[]> {
  const index = (await readJsonFile(join(directory, 'index.json'))) as FixtureIndexEntry[];
  return Promise.all(index.map((entry) => loadPatient(directory, entry, asOf)));
}

async function loadPatient(directory: string, entry: FixtureIndexEntry, asOf: Date): Promise<FixturePatient> {
  const bundle = shiftDates(await readJsonFile(join(directory, entry.file)), asOf) as Bundle<FhirResource>;
  return {
    id: entry.patient,
    story: entry.story,
    ...(entry.encounter === undefined ? {} : { encounterId: entry.encounter }),
    expected: entry.expected,
    resources: (bundle.entry ?? []).flatMap(({ resource }) => resource ?? []),
  };
}

async function readJsonFile(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8')) as unknown;
}

/** A copy of the value in which every FHIR date, dateTime and instant has moved with the anchor to `asOf`. */
export function shiftDates(value: unknown, asOf: Date): unknown {
  if (typeof value === 'string') return shiftText(value, asOf);
  if (Array.isArray(value)) return value.map((item) => shiftDates(item, asOf));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shiftDates(item, asOf)]));
}

function shiftText(text: string, asOf: Date): string {
  if (DATE.test(text)) return shiftDay(text, asOf);
  if (INSTANT.test(text)) return shiftInstant(text, asOf);
  return text;
}

// Calendar days, not rounded hours: what was "today" in the chart stays "today".
function shiftDay(text: string, asOf: Date): string {
  const days = Math.floor(asOf.getTime() / DAY) - Math.floor(FIXTURE_ANCHOR.getTime() / DAY);
  return new Date(Date.parse(text) + days * DAY).toISOString().slice(0, 10);
}

function shiftInstant(text: string, asOf: Date): string {
  const moved = Date.parse(text) + asOf.getTime() - FIXTURE_ANCHOR.getTime();
  return new Date(moved).toISOString().replace('.000Z', 'Z');
}
