import { fileURLToPath } from 'node:url';

/** Where the product's own content lies. */
export const CARDS_DIRECTORY = fileURLToPath(new URL('../../cards/', import.meta.url));
