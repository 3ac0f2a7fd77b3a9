import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const FLUSH_BYTES = 64 * 1024;
const LINE_END = Buffer.from('\n');

/** Files that lines are sorted into by a key: all lines of one key are in the same file. */
export interface Buckets {
  readonly add: (key: string, line: Buffer) => void;
  /** Writes what is not written; the files that hold something. */
  readonly close: () => readonly string[];
}

/** FNV-1a; another seed sorts otherwise. */
function hash(text: string, seed: number): number {
  let value = 0x811c9dc5 ^ seed;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return (value ^ (value >>> 15)) >>> 0;
}

interface Bucket {
  readonly file: string;
  readonly descriptor: number;
  waiting: Buffer[];
  size: number;
}

function flush(bucket: Bucket): void {
  if (bucket.size > 0) writeSync(bucket.descriptor, Buffer.concat(bucket.waiting));
  [bucket.waiting, bucket.size] = [[], 0];
}

/** Opens buckets in a folder; their names begin with `name`. Readable by this user only. */
export function openBuckets(folder: string, name: string, count: number, seed: number): Buckets {
  const buckets = new Map<number, Bucket>();
  const bucketOf = (key: string): Bucket => {
    const number = hash(key, seed) % count;
    const known = buckets.get(number);
    if (known !== undefined) return known;
    const file = join(folder, `${name}-${String(number)}`);
    const made: Bucket = { file, descriptor: openSync(file, 'wx', 0o600), waiting: [], size: 0 };
    buckets.set(number, made);
    return made;
  };
  return {
    add: (key, line) => {
      const bucket = bucketOf(key);
      const head = Buffer.from(`${key}\t`);
      bucket.waiting.push(head, line, LINE_END);
      bucket.size += head.length + line.length + 1;
      if (bucket.size >= FLUSH_BYTES) flush(bucket);
    },
    close: () =>
      [...buckets.values()].map((bucket) => {
        flush(bucket);
        closeSync(bucket.descriptor);
        return bucket.file;
      }),
  };
}
