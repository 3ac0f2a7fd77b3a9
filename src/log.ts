import { pino, type Logger } from 'pino';

/** Lines are written in batches: a write for each call would cost as much as the call's logic. */
const LOG_BUFFER_BYTES = 4096;
const LOG_FLUSH_MS = 200;

/** The one log of the process, JSON lines on standard output. */
export function createLog(level: string): Logger {
  return pino(
    { level, base: null },
    pino.destination({ dest: 1, sync: false, minLength: LOG_BUFFER_BYTES, periodicFlush: LOG_FLUSH_MS }),
  );
}

/** A fault as the log may say it: kind and stack only, since the message of a foreign error may hold parts of a request. */
export function describeFault(error: unknown): object {
  const frames = error instanceof Error ? (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)) : [];
  return { fault: error instanceof Error ? error.name : typeof error, frames: frames.slice(0, 8) };
}
