import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { type Express } from 'express';
import { assembleService, type Assembled } from '../assemble.js';
import { readConfig } from '../config.js';
import { drain, listen } from '../http/listen.js';
import { createLog } from '../log.js';
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

function assembleDemo(url: string, dataDirectory: string): Promise<Assembled> {
  const config = readConfig({
    PUBLIC_URL: url,
    TF_AUTHENTICATION: 'off',
    TF_FHIR_SERVERS: `${url}/fhir`,
    TF_CORS_ORIGINS: '*',
    TF_TIME_BUDGET_MS: '5000',
    TF_DATA_DIR: dataDirectory,
  });
  return assembleService(config, createLog('error'));
}

/** The FHIR server of a small hospital on /fhir, with the synthetic patients; their dates move with today. */
async function addHospital(site: Express, url: string) {
  const patients = await loadFixturePatients(FIXTURES, new Date());
  const fhir = await createFhirServer({ baseUrl: `${url}/fhir` });
  for (const { resources } of patients) await fhir.load(resources);
  site.use('/fhir', fhir.router);
  return patients;
}

function stopOnSignal(server: Server, service: Assembled, dataDirectory: string): void {
  const stop = () => {
    void drain(server)
      .then(service.close)
      .then(() => rm(dataDirectory, { recursive: true, force: true }))
      .then(() => process.exit(0));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

/** One process with both sides: the hospital, and the service it calls. What the service keeps goes with it. */
async function startDemo(port: number): Promise<void> {
  const site = express();
  const server = await listen(site, port, HOST);
  const url = `http://${HOST}:${String((server.address() as AddressInfo).port)}`;
  const patients = await addHospital(site, url);
  const dataDirectory = await mkdtemp(join(tmpdir(), 'troponin-first-demo-'));
  const service = await assembleDemo(url, dataDirectory);
  site.use(service.app);
  const rows = await fireHooks(url, patients);
  console.log(describeRows(rows));
  console.log(`\nServing on ${url}`);
  console.log(`  discovery    ${url}/cds-services`);
  console.log(`  report       ${url}/reports/cards`);
  console.log(`  FHIR server  ${url}/fhir (synthetic patients, dates move with today)`);
  console.log('Authentication is off: this is a demonstration. Stop with Ctrl+C.');
  stopOnSignal(server, service, dataDirectory);
  if (rows.some(({ isRight }) => !isRight)) process.exitCode = 1;
}

startDemo(portOf(process.env)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
