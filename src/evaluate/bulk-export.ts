import { readFileSync, rmSync, statSync } from 'node:fs';
import { isObject, textOf, type JsonObject } from '../fhir/json.js';
import { openBuckets } from './buckets.js';
import { chartOfResources, medicationIdOf, namedPatient, type Chart } from './chart.js';
import { openMedicationShelf, type MedicationShelf } from './medication-shelf.js';
import { linesOf, MOST_BYTES, parseJson, type Unread } from './read-file.js';

/** What reading a bulk export may use, and whom it tells. */
export interface BulkReading {
  /** A folder of its own, for this user only: what is read is sorted by patient there. */
  readonly folder: string;
  /** Types of resource that anybody asks for; others are left out. */
  readonly types: ReadonlySet<string>;
  readonly onUnread: (file: string, reason: Unread) => void;
  /** Bytes read since the last time. */
  readonly onRead: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/** Sorted so that a file holds about this much; one of four times that is sorted again. */
const BUCKET_BYTES = 12 * 1024 * 1024;
const MOST_BUCKETS = 256;
const DEEPEST = 3;
const SAFE_ID = /^[A-Za-z0-9\-._]{1,255}$/;
/** About how much larger NDJSON is than its gzip. */
const PACKED = 12;

function sizeOf(file: string): number {
  const { size } = statSync(file);
  return file.endsWith('.gz') ? size * PACKED : size;
}

function bucketCount(bytes: number): number {
  return Math.min(MOST_BUCKETS, Math.max(1, Math.ceil(bytes / BUCKET_BYTES)));
}

interface Sorter {
  readonly add: (patientId: string, line: Buffer) => void;
  readonly addMedication: (id: string, line: Buffer) => Promise<void>;
}

function resourceIn(line: Buffer): JsonObject | Unread {
  const parsed = parseJson(line);
  if (parsed === undefined) return 'line-no-json';
  const { value } = parsed;
  return isObject(value) && textOf(value['resourceType']) !== undefined ? value : 'line-no-resource';
}

/** Brings one line to where its patient's are. A line of nobody would be found by no search for a patient. */
async function sortLine(line: Buffer, types: ReadonlySet<string>, sorter: Sorter): Promise<Unread | undefined> {
  const resource = resourceIn(line);
  if (typeof resource === 'string') return resource;
  const type = textOf(resource['resourceType']) ?? '';
  if (type === 'Medication') {
    const id = textOf(resource['id']);
    if (id !== undefined) await sorter.addMedication(id, line);
    return undefined;
  }
  if (!types.has(type)) return undefined;
  const patientId = namedPatient(resource);
  if (patientId === undefined || !SAFE_ID.test(patientId)) return 'line-no-patient';
  sorter.add(patientId, line);
  return undefined;
}

const CARRIAGE_RETURN = 0x0d;

function isBlank(line: Buffer): boolean {
  return line.length === 0 || (line.length === 1 && line[0] === CARRIAGE_RETURN);
}

async function sortFile(file: string, reading: BulkReading, sorter: Sorter): Promise<void> {
  const { types, onUnread, onRead, signal } = reading;
  for await (const lines of linesOf(file)) {
    if (signal.aborted) return;
    let bytes = 0;
    for (const line of lines) {
      if (line === undefined) onUnread(file, 'line-too-long');
      else if (!isBlank(line)) {
        const reason = await sortLine(line, types, sorter);
        if (reason !== undefined) onUnread(file, reason);
      }
      bytes += (line?.length ?? 0) + 1;
    }
    onRead(bytes);
  }
}

const TAB = 0x09;

function keyOf(line: Buffer): string {
  return line.toString('latin1', 0, line.indexOf(TAB));
}

function resourcesOf(lines: readonly Buffer[], shelf: MedicationShelf | undefined): readonly JsonObject[] {
  const resources = lines.flatMap((line) => {
    const { value } = parseJson(line.subarray(line.indexOf(TAB) + 1)) ?? { value: undefined };
    return isObject(value) ? [value] : [];
  });
  if (shelf === undefined) return resources;
  const ids = new Set(resources.flatMap((resource) => medicationIdOf(resource) ?? []));
  const medications = [...ids].flatMap((id) => {
    const line = shelf.find(id);
    const value = line === undefined ? undefined : parseJson(line)?.value;
    return isObject(value) ? [value] : [];
  });
  return [...resources, ...medications];
}

interface Sorted {
  readonly reading: BulkReading;
  readonly shelf: () => MedicationShelf | undefined;
}

/** Sorts a file again that became too large: with another seed its patients part. */
async function* splitAgain(file: string, depth: number, sorted: Sorted): AsyncGenerator<Chart> {
  const buckets = openBuckets(sorted.reading.folder, `again-${String(depth)}`, bucketCount(statSync(file).size), depth);
  for await (const lines of linesOf(file)) {
    for (const line of lines) {
      if (line !== undefined) buckets.add(keyOf(line), line.subarray(line.indexOf(TAB) + 1));
    }
  }
  rmSync(file);
  for (const part of buckets.close()) yield* chartsInBucket(part, depth + 1, sorted);
}

/** Patient by patient; the file goes when its last is taken. */
async function* chartsInBucket(file: string, depth: number, sorted: Sorted): AsyncGenerator<Chart> {
  const { size } = statSync(file);
  if (size > 4 * BUCKET_BYTES && depth < DEEPEST) {
    yield* splitAgain(file, depth, sorted);
    return;
  }
  if (size > MOST_BYTES) {
    sorted.reading.onUnread(file, 'too-large');
    rmSync(file);
    return;
  }
  const byPatient = groupLines(readFileSync(file));
  rmSync(file);
  for (const [patientId, lines] of byPatient) {
    if (sorted.reading.signal.aborted) return;
    yield chartOfResources(patientId, resourcesOf(lines, sorted.shelf()));
  }
}

function groupLines(bytes: Buffer): ReadonlyMap<string, readonly Buffer[]> {
  const byPatient = new Map<string, Buffer[]>();
  let from = 0;
  for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, from)) {
    const line = bytes.subarray(from, end);
    const key = keyOf(line);
    const known = byPatient.get(key);
    if (known === undefined) byPatient.set(key, [line]);
    else known.push(line);
    from = end + 1;
  }
  return byPatient;
}

/**
 * The charts of NDJSON files in any order, as a FHIR Bulk Data export writes them. What is read is first sorted by
 * patient into files of the folder, so that memory holds a few megabytes of it whatever the size.
 */
export async function* chartsInBulk(files: readonly string[], reading: BulkReading): AsyncGenerator<Chart> {
  let shelf: MedicationShelf | undefined;
  const total = files.reduce((sum, file) => sum + sizeOf(file), 0);
  const buckets = openBuckets(reading.folder, 'patients', bucketCount(total), 0);
  const addMedication = async (id: string, line: Buffer) => {
    shelf ??= await openMedicationShelf(reading.folder);
    shelf.add(id, line);
  };
  try {
    for (const file of files) {
      try {
        await sortFile(file, reading, { add: buckets.add, addMedication });
      } catch (error) {
        if (!(error instanceof Error && 'code' in error)) throw error;
        reading.onUnread(file, 'cannot-be-opened');
      }
    }
    const sorted: Sorted = { reading, shelf: () => shelf };
    for (const bucket of buckets.close()) yield* chartsInBucket(bucket, 1, sorted);
  } finally {
    shelf?.close();
  }
}
