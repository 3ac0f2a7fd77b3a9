import { mkdtempSync, opendirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chartsInBulk } from './bulk-export.js';
import { chartsOf, type Chart } from './chart.js';
import { readJsonFile, type Unread } from './read-file.js';

/** A chart, and the file or folder it was found in. */
export interface FoundChart {
  readonly source: string;
  readonly chart: Chart;
}

/** What reading may use, and whom it tells. */
export interface Reading {
  /** Types of resource that anybody asks for; others are not kept. */
  readonly types: ReadonlySet<string>;
  readonly onUnread: (file: string, reason: Unread) => void;
  /** Bytes read since the last time. */
  readonly onRead: (bytes: number) => void;
  /** Ends the reading after the chart at hand. */
  readonly signal: AbortSignal;
}

/** What there is to read: how much of it, and the files that hold many patients. */
export interface Survey {
  readonly bundles: number;
  readonly bytes: number;
  readonly ndjson: readonly string[];
}

const BUNDLE = /\.json(\.gz)?$/i;
const NDJSON = /\.(ndjson|jsonl)(\.gz)?$/i;

/** Every file below a folder, one at a time: a folder may hold more names than memory. Links are not followed. */
function* filesBelow(folder: string): Generator<string> {
  const directory = opendirSync(folder);
  try {
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) yield* filesBelow(path);
      else if (entry.isFile()) yield path;
    }
  } finally {
    directory.closeSync();
  }
}

function filesIn(path: string): Iterable<string> {
  return path !== '-' && statSync(path).isDirectory() ? filesBelow(path) : [path];
}

/** A file that was named itself is a Bundle unless its name says NDJSON. */
function isBundle(file: string, path: string): boolean {
  return BUNDLE.test(file) || (file === path && !NDJSON.test(file));
}

/** What is wrong with a path that leads nowhere. Throws when it cannot be looked at. */
export function faultOfPath(path: string): string | undefined {
  if (path === '-' || statSync(path, { throwIfNoEntry: false }) !== undefined) return undefined;
  return `there is no file or folder ${path}`;
}

/** Looks what there is at a path, without reading it. Throws when the path cannot be opened. */
export function survey(path: string): Survey {
  let [bundles, bytes] = [0, 0];
  const ndjson: string[] = [];
  for (const file of filesIn(path)) {
    const [isOne, hasMany] = [isBundle(file, path), NDJSON.test(file)];
    if (!isOne && !hasMany) continue;
    if (hasMany) ndjson.push(file);
    else bundles += 1;
    bytes += file === '-' ? 0 : statSync(file).size;
  }
  return { bundles, bytes, ndjson: ndjson.sort() };
}

/** Looks at one chart; whether to go on. */
export type Visit = (found: FoundChart) => Promise<boolean>;

async function visitFile(file: string, { onUnread, onRead }: Reading, visit: Visit): Promise<boolean> {
  const read = readJsonFile(file);
  if (file !== '-') onRead(statSync(file, { throwIfNoEntry: false })?.size ?? 0);
  const charts = typeof read === 'string' ? read : chartsOf(read.value);
  if (typeof charts === 'string') {
    onUnread(file, charts);
    return true;
  }
  for (const chart of charts) if (!(await visit({ source: file, chart }))) return false;
  return true;
}

async function visitNdjson(path: string, files: readonly string[], reading: Reading, visit: Visit): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'troponin-first-'));
  try {
    for await (const chart of chartsInBulk(files, { ...reading, folder })) {
      if (!(await visit({ source: path, chart }))) return;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Visits every chart at a path: a file (`-` for standard input) with a Bundle or NDJSON, or a folder of them. One at a
 * time; a folder for sorting NDJSON is made, and gone at the end. What cannot be read is told, never thrown. No
 * generator: it would hold the last chart while the next is parsed, and garbage collection would copy both.
 */
export async function visitCharts(path: string, reading: Reading, visit: Visit): Promise<void> {
  const { bundles, ndjson } = survey(path);
  if (bundles > 0) {
    for (const file of filesIn(path)) {
      if (reading.signal.aborted) return;
      if (isBundle(file, path) && !(await visitFile(file, reading, visit))) return;
    }
  }
  if (ndjson.length > 0) await visitNdjson(path, ndjson, reading, visit);
}
