import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadFixturePatients, type FixturePatient } from './fixtures.js';

/* Loads the synthetic patients into a FHIR R4 server, their dates moved to today: node dist/demo/seed.js BASE-URL */

const FIXTURES = fileURLToPath(new URL('../../fixtures/fhir-server/', import.meta.url));
const ATTEMPTS = 60;
const PAUSE_MS = 5000;

function transactionOf({ resources }: FixturePatient): object {
  const entry = resources.map((resource) => ({
    resource,
    request: { method: 'PUT', url: `${resource.resourceType}/${resource.id ?? ''}` },
  }));
  return { resourceType: 'Bundle', type: 'transaction', entry };
}

async function waitFor(base: string): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const response = await fetch(`${base}/metadata`).catch(() => undefined);
    if (response?.ok === true) return;
    await sleep(PAUSE_MS);
  }
  throw new Error(`${base} does not answer`);
}

async function seed(base: string): Promise<void> {
  await waitFor(base);
  for (const patient of await loadFixturePatients(FIXTURES, new Date())) {
    const response = await fetch(base, {
      method: 'POST',
      headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify(transactionOf(patient)),
    });
    if (!response.ok) throw new Error(`${patient.id} was refused with ${String(response.status)}`);
    console.log(`${patient.id}: ${patient.story}`);
  }
}

const [base] = process.argv.slice(2);
if (base === undefined || !URL.canParse(base)) {
  console.error('Usage: node dist/demo/seed.js FHIR-BASE-URL');
  process.exitCode = 2;
} else {
  seed(base.replace(/\/+$/, '')).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
