import { StoreError } from './store.js';

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens at its address',
  ECONNRESET: 'the connection broke',
  ENOTFOUND: 'its host name does not resolve',
  EAI_AGAIN: 'its host name does not resolve for now',
  ETIMEDOUT: 'it does not answer',
  ENOENT: 'its file, socket or folder is not there',
  EACCES: 'access is denied',
  EROFS: 'it is read-only',
  ENOSPC: 'the disk is full',
  '28000': 'the user is refused',
  '28P01': 'user or password is refused',
  '3D000': 'there is no such database',
  '42501': 'the user lacks a privilege',
  '53300': 'it has no connection left',
  '57014': 'it takes too long',
  '57P01': 'it is shutting down',
  '57P02': 'it broke down',
  '57P03': 'it is starting or shutting down',
  SQLITE_BUSY: 'another process holds the file',
  SQLITE_CORRUPT: 'the file is damaged',
  SQLITE_FULL: 'the disk is full',
  SQLITE_NOTADB: 'the file is not a database',
  SQLITE_READONLY: 'the file is read-only',
};

const PLAIN_CODE = /^[A-Z0-9_]{3,40}$/;

/** The code a driver gives a failure, or undefined. Codes only: messages hold names, values and hosts. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' && PLAIN_CODE.test(error.code) ? error.code : undefined;
}

/** A failure of a driver in words, without anything that could be a value. */
export function storeErrorOf(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const code = codeOf(error);
  if (code === undefined) return new StoreError('The store cannot be used: no connection.');
  return new StoreError(`The store cannot be used: ${WORDS[code] ?? 'it reports a failure'} (${code}).`);
}

/** Runs a query; whatever its driver throws becomes a StoreError. A time that is none stays a RangeError. */
export async function asStoreError<T>(query: () => Promise<T>): Promise<T> {
  try {
    return await query();
  } catch (error) {
    throw error instanceof RangeError ? error : storeErrorOf(error);
  }
}
