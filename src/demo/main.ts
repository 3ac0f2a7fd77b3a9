import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stopOnSignal } from '../stop-on-signal.js';
import { openDemoSite } from './demo-site.js';
import { fireHooks } from './fire-hooks.js';
import { loadFixturePatients } from './fixtures.js';
import { describeRows } from './table.js';

const FIXTURES = fileURLToPath(new URL('../../fixtures/fhir-server/', import.meta.url));
const PAGE = fileURLToPath(new URL('../demo-page/', import.meta.url));

function portOf(environment: NodeJS.ProcessEnv): number {
  const port = Number(environment['PORT'] ?? 3000);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Error('PORT must be a whole number from 0 to 65535');
}

/** One process with both sides: the hospital, and the service it calls. What the service keeps goes with it. */
async function startDemo(): Promise<void> {
  const port = portOf(process.env);
  const patients = await loadFixturePatients(FIXTURES, new Date());
  const dataDirectory = await mkdtemp(join(tmpdir(), 'troponin-first-demo-'));
  const site = await openDemoSite({ port, patients, dataDirectory, pageDirectory: PAGE });
  const { url } = site;
  const isBuilt = existsSync(join(PAGE, 'index.html'));
  console.log(isBuilt ? `Open ${url}/ in a browser.\n` : 'The page is not built: run npm run build.\n');
  const rows = await fireHooks(url, patients);
  console.log(describeRows(rows));
  console.log(`\nServing on ${url}`);
  if (isBuilt) console.log(`  page         ${url}/`);
  console.log(`  discovery    ${url}/cds-services`);
  console.log(`  report       ${url}/reports/cards`);
  console.log(`  FHIR server  ${url}/fhir (synthetic patients, dates move with today)`);
  console.log('Authentication is off: this is a demonstration. Stop with Ctrl+C.');
  stopOnSignal(async () => {
    await site.close();
    await rm(dataDirectory, { recursive: true, force: true });
  });
  if (rows.some(({ isRight }) => !isRight)) process.exitCode = 1;
}

try {
  await startDemo();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
