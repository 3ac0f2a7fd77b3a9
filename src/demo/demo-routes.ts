import express, { type Router } from 'express';
import { validateHookRequest } from '../cds-hooks/validate.js';
import type { Topic } from '../knowledge/topic.js';
import type { FetchFhir } from '../record/fhir-client.js';
import type { DemoFhirServer, DemoPatient, DemoStart } from './chart-view.js';
import { FHIR_FAULTS } from './fhir-faults.js';
import type { FixturePatient } from './fixtures.js';
import { readChart } from './read-chart.js';

/** What the endpoints of the page need. */
export interface DemoRouteParts {
  readonly url: string;
  readonly patients: readonly FixturePatient[];
  readonly topic: Topic;
  readonly fetchFhir: FetchFhir;
}

const READING_MS = 5000;

/** The FHIR servers of the demonstration at a URL; the one that works comes first. */
export function fhirServersAt(url: string): readonly DemoFhirServer[] {
  const working = {
    id: 'works',
    title: 'Works',
    meaning: 'Answers every query.',
    baseUrl: `${url}/fhir`,
  };
  const failing = FHIR_FAULTS.map(({ id, title, meaning }) => ({
    id,
    title,
    meaning,
    baseUrl: `${url}/fhir-faults/${id}`,
  }));
  return [working, ...failing];
}

function describePatient({ id, story, encounterId, resources }: FixturePatient): DemoPatient {
  const patient = resources.find((resource) => resource.resourceType === 'Patient');
  const [{ given = [], family = '' } = {}] = patient?.name ?? [];
  return {
    id,
    story,
    name: [...given, family].join(' ').trim() || id,
    gender: patient?.gender ?? 'unknown',
    birthDate: patient?.birthDate ?? 'unknown',
    ...(encounterId !== undefined && { encounterId }),
  };
}

function startOf({ url, patients, topic }: DemoRouteParts): DemoStart {
  return {
    patients: patients.map(describePatient),
    fhirServers: fhirServersAt(url),
    needs: topic.facts.needs.map(({ key, title }) => ({ key, title })),
    gapReasons: topic.cards.gapReasons,
  };
}

/** What the page asks beside the public endpoints: the patients there are, and the chart as a hook call reads it. */
export function createDemoRouter(parts: DemoRouteParts): Router {
  const { topic, fetchFhir } = parts;
  const start = startOf(parts);
  const fhirServers = start.fhirServers.map(({ baseUrl }) => baseUrl);
  const router = express.Router();
  router.get('/start', (_request, response) => {
    response.json(start);
  });
  router.post('/chart', express.json({ limit: '20mb' }), async (request, response) => {
    const asked = validateHookRequest(request.body);
    if (!('hook' in asked)) {
      response.status(400).json({ issues: asked });
      return;
    }
    const signal = AbortSignal.timeout(READING_MS);
    response.json(await readChart(asked, { topic, fetchFhir, fhirServers, signal, asOf: Date.now() }));
  });
  return router;
}
