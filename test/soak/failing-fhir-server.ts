import type { ServerResponse } from 'node:http';
import express from 'express';
import { createFhirServer } from '../../src/demo/fhir-server.js';
import { loadFixturePatients, type FixturePatient } from '../../src/demo/fixtures.js';
import { listenOn } from '../support/ehr.js';

/** A FHIR server with the synthetic patients that fails one call in ten, each time in another way. */
export interface FailingFhirServer {
  readonly base: string;
  readonly patients: readonly FixturePatient[];
  readonly calls: () => number;
  readonly close: () => Promise<void>;
}

const ONE_IN = 10;
const STALL_MS = 5000;
const FIXTURES = new URL('../../fixtures/fhir-server/', import.meta.url).pathname;

const FAILURES: readonly ((response: ServerResponse) => void)[] = [
  (response) => response.writeHead(500, { 'content-type': 'text/html' }).end('<h1>Internal error</h1>'),
  (response) => response.writeHead(503, { 'retry-after': '1' }).end(),
  (response) => response.destroy(),
  (response) => response.writeHead(200, { 'content-type': 'application/fhir+json' }).end('{"resourceType":"Bund'),
  (response) => {
    response.writeHead(200, { 'content-type': 'application/fhir+json' }).write('{');
    response.socket?.resetAndDestroy();
  },
  (response) => {
    setTimeout(() => response.destroy(), STALL_MS).unref();
  },
];

export async function startFailingFhirServer(): Promise<FailingFhirServer> {
  const app = express();
  const { server, origin } = await listenOn(app);
  const base = `${origin}/fhir`;
  const inner = await createFhirServer({ baseUrl: base });
  const patients = await loadFixturePatients(FIXTURES, new Date());
  for (const { resources } of patients) await inner.load(resources);
  let calls = 0;
  app.use('/fhir', (_request, response, next) => {
    calls += 1;
    const failure = calls % ONE_IN === 0 ? FAILURES[(calls / ONE_IN) % FAILURES.length] : undefined;
    if (failure === undefined) next();
    else failure(response);
  });
  app.use('/fhir', inner.router);
  return {
    base,
    patients,
    calls: () => calls,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
