import { ConfigError, readConfig, readKeepingConfig, type Config } from './config.js';
import { ContentError } from './knowledge/content-problem.js';
import { once } from './lazy/once.js';
import { openStore } from './store/open-store.js';
import { StoreError, type Store } from './store/store.js';

const keeping = once(() => readKeepingConfig(process.env));

/** The site's own content, when the environment names any. Throws a ConfigError. */
export function siteDirectory(): string | undefined {
  return keeping().siteDirectory;
}

/** The service as someone who works on it runs it: on this machine only, and open unless asked otherwise. Throws a ConfigError. */
export function developmentConfig(): Config {
  return readConfig({ TF_AUTHENTICATION: 'off', LOG_LEVEL: 'warn', ...process.env, HOST: '127.0.0.1' });
}

/** The store that the environment configures. Rejects with a ConfigError or StoreError when it cannot be used. */
export async function openConfiguredStore(): Promise<Store> {
  return openStore(keeping());
}

function isFileFault(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}

/** Ends a command that failed: with the message of a fault that explains itself, with the whole error of another. */
export function failWith(exitCode: number): (error: unknown) => void {
  return (error) => {
    const isExplained =
      [StoreError, ContentError, ConfigError].some((kind) => error instanceof kind) || isFileFault(error);
    console.error(isExplained && error instanceof Error ? error.message : error);
    process.exitCode = exitCode;
  };
}
