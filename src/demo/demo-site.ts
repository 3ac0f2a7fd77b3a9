import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express } from 'express';
import { assembleService, type Assembled } from '../assemble.js';
import { readConfig } from '../config.js';
import { CODE_KNOWLEDGE } from '../facts/derived/index.js';
import { drain, listen } from '../http/listen.js';
import { CARDS_DIRECTORY } from '../knowledge/cards-directory.js';
import { loadTopics } from '../knowledge/load-topics.js';
import type { Topic } from '../knowledge/topic.js';
import { createLog } from '../log.js';
import { createOutbound } from '../outbound/guarded-agent.js';
import { createFhirFetcher } from '../record/fhir-client.js';
import { createDemoRouter, fhirServersAt } from './demo-routes.js';
import { createFaultRouter } from './fhir-faults.js';
import { createFhirServer } from './fhir-server.js';
import type { FixturePatient } from './fixtures.js';
import { servePage } from './page-route.js';

export interface DemoSiteOptions {
  /** 0 for any free port. */
  readonly port: number;
  readonly patients: readonly FixturePatient[];
  /** Where the service keeps what it keeps. */
  readonly dataDirectory: string;
  /** The built page. */
  readonly pageDirectory: string;
}

/** A small hospital and the service it calls, in one process. */
export interface DemoSite {
  readonly url: string;
  /** Stops taking calls, lets running ones finish and ends. */
  readonly close: () => Promise<void>;
}

const HOST = '127.0.0.1';

function assembleDemo(url: string, dataDirectory: string): Promise<Assembled> {
  const config = readConfig({
    PUBLIC_URL: url,
    TF_AUTHENTICATION: 'off',
    TF_FHIR_SERVERS: fhirServersAt(url)
      .map(({ baseUrl }) => baseUrl)
      .join(','),
    TF_CORS_ORIGINS: '*',
    TF_TIME_BUDGET_MS: '5000',
    TF_DATA_DIR: dataDirectory,
  });
  return assembleService(config, createLog('error'));
}

/** The FHIR server of a small hospital on /fhir with its patients, and the ways it may fail on /fhir-faults. */
async function addHospital(site: Express, url: string, patients: readonly FixturePatient[]): Promise<void> {
  const fhir = await createFhirServer({ baseUrl: `${url}/fhir` });
  for (const { resources } of patients) await fhir.load(resources);
  site.use('/fhir', fhir.router);
  site.use('/fhir-faults', createFaultRouter(fhir.router));
}

function firstTopic(): Topic {
  const [topic] = loadTopics(CARDS_DIRECTORY, CODE_KNOWLEDGE);
  if (topic === undefined) throw new Error('there is no content');
  return topic;
}

/** A way out of its own: what the page reads must not change what the service knows of its servers. */
function addPage(site: Express, url: string, { patients, pageDirectory }: DemoSiteOptions): () => Promise<void> {
  const listedOrigins = fhirServersAt(url).map(({ baseUrl }) => baseUrl);
  const outbound = createOutbound({ privateNetworks: [], listedOrigins });
  const fetcher = createFhirFetcher({ outbound, now: () => performance.now() });
  site.use('/demo', createDemoRouter({ url, patients, topic: firstTopic(), fetchFhir: fetcher.fetch }));
  site.use(servePage(pageDirectory));
  return async () => {
    fetcher.close();
    await outbound.close();
  };
}

async function listenLocally(site: Express, port: number): Promise<{ readonly server: Server; readonly url: string }> {
  const server = await listen(site, port, HOST);
  return { server, url: `http://${HOST}:${String((server.address() as AddressInfo).port)}` };
}

/** Opens the hospital, the service and the page on one port of this machine. */
export async function openDemoSite(options: DemoSiteOptions): Promise<DemoSite> {
  const site = express();
  site.disable('x-powered-by');
  const { server, url } = await listenLocally(site, options.port);
  await addHospital(site, url, options.patients);
  const closePage = addPage(site, url, options);
  const service = await assembleDemo(url, options.dataDirectory);
  site.use(service.app);
  return {
    url,
    close: async () => {
      await drain(server);
      await closePage();
      await service.close();
    },
  };
}
