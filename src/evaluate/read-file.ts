import { createReadStream, readFileSync, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip, gunzipSync } from 'node:zlib';

/** Why something that was to be read could not be: a whole file, or a line of NDJSON. */
export type Unread =
  | 'cannot-be-opened'
  | 'too-large'
  | 'no-json'
  | 'no-bundle'
  | 'no-patient'
  | 'line-no-json'
  | 'line-no-resource'
  | 'line-no-patient'
  | 'line-too-long';

/** Of one file, or of one patient in NDJSON: what is larger could not be held in memory beside what is made of it. */
export const MOST_BYTES = 256 * 1024 * 1024;

function isPacked(file: string): boolean {
  return file.endsWith('.gz');
}

/** The JSON of a file, which may be gzipped, or why it cannot be had. */
export function readJsonFile(file: string): { readonly value: unknown } | Unread {
  let bytes: Buffer;
  try {
    if (file !== '-' && statSync(file).size > MOST_BYTES) return 'too-large';
    const raw = readFileSync(file === '-' ? 0 : file);
    bytes = isPacked(file) ? gunzipSync(raw, { maxOutputLength: MOST_BYTES }) : raw;
  } catch (error) {
    const isTooLong = error instanceof RangeError;
    return isTooLong ? 'too-large' : 'cannot-be-opened';
  }
  return parseJson(bytes) ?? 'no-json';
}

const BYTE_ORDER_MARK = '\ufeff';

/** The value that bytes hold as JSON in UTF-8; undefined when they hold none. */
export function parseJson(bytes: Buffer): { readonly value: unknown } | undefined {
  try {
    const text = bytes.toString('utf8');
    return { value: JSON.parse(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text) };
  } catch {
    return undefined;
  }
}

function open(file: string): Readable {
  const raw = createReadStream(file, { highWaterMark: 256 * 1024 });
  if (!isPacked(file)) return raw;
  const unpacked = createGunzip();
  raw.on('error', (error) => unpacked.destroy(error));
  return raw.pipe(unpacked);
}

const LINE_END = 0x0a;

/**
 * The lines of a file, some at a time, each without its end; `undefined` for one that is too long to be held. Rejects
 * when the file cannot be read to its end.
 */
export async function* linesOf(file: string): AsyncGenerator<readonly (Buffer | undefined)[]> {
  let parts: Buffer[] = [];
  let length = 0;
  const add = (part: Buffer) => {
    length += part.length;
    if (length <= MOST_BYTES) parts.push(part);
  };
  const take = () => {
    const line = length > MOST_BYTES ? undefined : parts.length === 1 ? parts[0] : Buffer.concat(parts);
    [parts, length] = [[], 0];
    return line;
  };
  for await (const chunk of open(file) as AsyncIterable<Buffer>) {
    const lines: (Buffer | undefined)[] = [];
    let from = 0;
    for (let end = chunk.indexOf(LINE_END); end >= 0; end = chunk.indexOf(LINE_END, from)) {
      add(chunk.subarray(from, end));
      lines.push(take());
      from = end + 1;
    }
    if (from < chunk.length) add(chunk.subarray(from));
    if (lines.length > 0) yield lines;
  }
  if (length > 0) yield [take()];
}
