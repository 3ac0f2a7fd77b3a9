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

/**
 * The store that the environment configures, to be read. Rejects with a ConfigError or StoreError when it cannot be
 * used, or is not there: an empty one made for the question would answer "none".
 */
export async function openConfiguredStore(): Promise<Store> {
  const [{ openStore }, { isThere }, { StoreError }] = await Promise.all([
    import('../store/open-store.js'),
    import('../store/embedded-file.js'),
    import('../store/store.js'),
  ]);
  const { databaseUrl, dataDirectory } = keeping();
  if (databaseUrl === undefined && !isThere(dataDirectory))
    throw new StoreError(
      `There is no store in ${dataDirectory}: set DATABASE_URL or TF_DATA_DIR as the service has them.`,
    );
  return openStore(keeping());
}
