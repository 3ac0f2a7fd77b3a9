import { once } from '../lazy/once.js';
import { readKeepingConfig } from '../config.js';
import type { Environment } from '../config-variables.js';
import type { Store } from '../store/store.js';

/** The environment of the process: commands take it from here, and nothing else reads it. */
export const ENVIRONMENT: Environment = process.env;

const keeping = once(() => readKeepingConfig(ENVIRONMENT));

/** The site's own content, when the environment names any. Throws a ConfigError. */
export function siteDirectory(): string | undefined {
  return keeping().siteDirectory;
}

/** The store that the environment configures. Rejects with a ConfigError or StoreError when it cannot be used. */
export async function openConfiguredStore(): Promise<Store> {
  const { openStore } = await import('../store/open-store.js');
  return openStore(keeping());
}
