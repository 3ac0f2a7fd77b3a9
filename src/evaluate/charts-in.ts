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

function* chartsInFile(file: string, { onUnread, onRead }: Reading): Generator<FoundChart> {
  const read = readJsonFile(file);
  if (file !== '-') onRead(statSync(file, { throwIfNoEntry: false })?.size ?? 0);
  const charts = typeof read === 'string' ? read : chartsOf(read.value);
  if (typeof charts === 'string') onUnread(file, charts);
  else for (const chart of charts) yield { source: file, chart };
}

async function* chartsInNdjson(path: string, files: readonly string[], reading: Reading): AsyncGenerator<FoundChart> {
  const folder = mkdtempSync(join(tmpdir(), 'troponin-first-'));
  try {
    for await (const chart of chartsInBulk(files, { ...reading, folder })) yield { source: path, chart };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Of so many readers of one path this one: each takes other Bundles, the first also the NDJSON. */
export interface Share {
  readonly share: number;
  readonly shares: number;
}

/**
 * Every chart at a path: a file (`-` for standard input) with a Bundle or NDJSON, or a folder of them. One at a time;
 * a folder for sorting NDJSON is made, and gone when the last was taken. What cannot be read is told, never thrown.
 */
export async function* chartsIn(
  path: string,
  reading: Reading,
  { share, shares }: Share = { share: 0, shares: 1 },
): AsyncGenerator<FoundChart> {
  const { bundles, ndjson } = survey(path);
  if (bundles > 0) {
    let number = 0;
    for (const file of filesIn(path)) {
      if (reading.signal.aborted) return;
      if (isBundle(file, path) && number++ % shares === share) yield* chartsInFile(file, reading);
    }
  }
  if (ndjson.length > 0 && share === 0) yield* chartsInNdjson(path, ndjson, reading);
}
