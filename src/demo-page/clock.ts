/** Current instant, ISO 8601. */
export function nowText(): string {
  return new Date().toISOString();
}

/** An id that no other call has. */
export function newId(): string {
  return crypto.randomUUID();
}

/** Starts a watch; asked, it tells the milliseconds since. */
export function startWatch(): () => number {
  const started = performance.now();
  return () => Math.round(performance.now() - started);
}
