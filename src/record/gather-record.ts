import type { HookRequest } from '../cds-hooks/types.js';
import { isObject } from '../fhir/json.js';
import type { Topic } from '../knowledge/topic.js';
import { answerFromPrefetch, answerNeed, createServer, type Subject } from './answer-need.js';
import { assembleRecord } from './assemble-record.js';
import { fhirAccessOf } from './fhir-access.js';
import type { FetchFhir } from './fhir-client.js';
import type { NeedAnswer, PatientRecord } from './patient-record.js';

/** What gathering may use: the network, the servers it may ask, and the end of the time budget, read only for them. */
export interface Gathering {
  readonly fetchFhir: FetchFhir;
  readonly allowedFhirServers: readonly string[];
  readonly signal: AbortSignal;
  readonly asOf: number;
}

function withoutType(id: string, type: string): string {
  return id.startsWith(`${type}/`) ? id.slice(type.length + 1) : id;
}

function subjectOf({ context }: HookRequest, asOf: number): Subject {
  const { patientId, encounterId } = context;
  return {
    patientId: withoutType(patientId, 'Patient'),
    encounterId: typeof encounterId === 'string' ? withoutType(encounterId, 'Encounter') : undefined,
    asOf,
  };
}

async function answerNeeds(
  request: HookRequest,
  topic: Topic,
  subject: Subject,
  gathering: Gathering,
): Promise<readonly NeedAnswer[]> {
  const prefetch = isObject(request.prefetch) ? request.prefetch : {};
  const settled = topic.facts.needs.map((need) => answerFromPrefetch(need, subject, prefetch));
  const answered = settled.filter((answer) => answer !== undefined);
  if (answered.length === settled.length) return answered;
  const access = fhirAccessOf({
    fhirServer: request.fhirServer,
    fhirAuthorization: request.fhirAuthorization,
    patientId: subject.patientId,
    allowedFhirServers: gathering.allowedFhirServers,
  });
  const { fetchFhir, signal } = gathering;
  const server = typeof access === 'string' ? access : createServer({ access, fetch: fetchFhir, signal });
  const answers = topic.facts.needs.map(
    async (need, index) => settled[index] ?? (await answerNeed(need, topic, subject, prefetch, server)),
  );
  return Promise.all(answers);
}

/**
 * Gathers what the topic needs of the hook's patient, all needs at once: prefetch first, the FHIR server for what is
 * missing. Never throws: what could not be had stands in the record as a gap, with its reason.
 */
export async function gatherRecord(request: HookRequest, topic: Topic, gathering: Gathering): Promise<PatientRecord> {
  const subject = subjectOf(request, gathering.asOf);
  return assembleRecord(await answerNeeds(request, topic, subject, gathering), subject, request.fhirServer);
}
