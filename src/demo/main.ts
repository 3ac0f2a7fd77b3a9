import { fileURLToPath } from 'node:url';
import express from 'express';
import { CODE_KNOWLEDGE } from '../facts/derived/index.js';
import { createApp } from '../http/app.js';
import { drain, listen } from '../http/listen.js';
import { loadTopics } from '../knowledge/load-topics.js';
import { createFhirFetcher } from '../record/fhir-client.js';
import { CARDS_DIRECTORY } from '../start.js';
import { createFhirServer } from './fhir-server.js';
import { fireHooks } from './fire-hooks.js';
import { loadFixturePatients } from './fixtures.js';
import { describeRows } from './table.js';

const FIXTURES = fileURLToPath(new URL('../../fixtures/fhir-server/', import.meta.url));
const HOST = '127.0.0.1';

function portOf(environment: NodeJS.ProcessEnv): number {
  const port = Number(environment['PORT'] ?? 3000);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Error('PORT must be a whole number from 0 to 65535');
}

/** One process with both sides: the FHIR server of a small hospital on /fhir, and the service it calls. */
async function startDemo(port: number): Promise<void> {
  const asOf = new Date();
  const patients = await loadFixturePatients(FIXTURES, asOf);
  const site = express();
  const server = await listen(site, port, HOST);
  const address = server.address();
  const url = `http://${HOST}:${String(typeof address === 'object' && address !== null ? address.port : port)}`;
  const fhir = await createFhirServer({ baseUrl: `${url}/fhir` });
  for (const { resources } of patients) await fhir.load(resources);
  const fetcher = createFhirFetcher();
  site.use('/fhir', fhir.router);
  site.use(
    createApp({
      topics: loadTopics(CARDS_DIRECTORY, CODE_KNOWLEDGE),
      fetchFhir: fetcher.fetch,
      allowedFhirServers: [`${url}/fhir`],
      corsOrigins: ['*'],
      maxBody: 20_000_000,
      timeBudgetMs: 5000,
      basePath: '',
      now: Date.now,
      log: () => undefined,
      logFault: (fault) => {
        console.error(fault);
      },
    }),
  );
  const rows = await fireHooks(url, patients);
  console.log(describeRows(rows));
  console.log(`\nServing on ${url}`);
  console.log(`  discovery    ${url}/cds-services`);
  console.log(`  FHIR server  ${url}/fhir (synthetic patients, dates move with today)`);
  console.log('Authentication is off: this is a demonstration. Stop with Ctrl+C.');
  const stop = () => {
    void Promise.all([drain(server), fetcher.close()]).then(() => process.exit(0));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  if (rows.some(({ isRight }) => !isRight)) process.exitCode = 1;
}

startDemo(portOf(process.env)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
