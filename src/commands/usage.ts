import { CommanderError } from 'commander';

/** How a command ends: everything is good, faults were found or something was refused, or it was asked wrongly. */
export const EXIT = { good: 0, faults: 1, wrongUsage: 2 } as const;

/** What was asked cannot be understood; the message says what to give instead. */
export class UsageError extends Error {}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown';
}

/** A file, folder or port that cannot be used. */
export function isSystemFault(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

const SYSTEM_FAULTS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not use it',
  EADDRINUSE: 'it is in use already; PORT names another one',
  EISDIR: 'it is a folder, not a file',
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'part of the path is no folder',
  EROFS: 'nothing can be written there',
};

/** A fault of the system in words, with what it is about; its own message where there are none for it. */
function describeSystemFault(error: NodeJS.ErrnoException): string {
  const words = SYSTEM_FAULTS[error.code ?? ''];
  const { path, port } = error as { readonly path?: string; readonly port?: number };
  const about = path ?? (port === undefined ? undefined : `port ${String(port)}`);
  return words === undefined || about === undefined ? error.message : `${about}: ${words}`;
}

/** Whether a fault explains itself, so that its message is enough and its stack would only confuse. */
export async function isExplained(error: unknown): Promise<boolean> {
  if (isSystemFault(error)) return true;
  const [{ ConfigError }, { ContentError }, { ClientsError }, { StoreError }] = await Promise.all([
    import('../config.js'),
    import('../knowledge/content-problem.js'),
    import('../clients/load-clients.js'),
    import('../store/store.js'),
  ]);
  return [ConfigError, ContentError, ClientsError, StoreError].some((kind) => error instanceof kind);
}

/** Says what went wrong on the error output, and with which code the process is to end. */
export async function explainFailure(error: unknown): Promise<0 | 1 | 2> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.good : EXIT.wrongUsage;
  if (error instanceof UsageError) {
    console.error(`error: ${error.message}\n\n--help says what can be given.`);
    return EXIT.wrongUsage;
  }
  if (isSystemFault(error)) console.error(describeSystemFault(error));
  else console.error((await isExplained(error)) ? messageOf(error) : error);
  return EXIT.faults;
}
