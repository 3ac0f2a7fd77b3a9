import { fileURLToPath } from 'node:url';

const folder = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Builds the demonstration page: plain files without inline script or style, for a strict content security policy. */
export default {
  root: folder('.'),
  base: '/',
  logLevel: 'warn',
  build: {
    outDir: folder('../../dist/demo-page/'),
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
};
