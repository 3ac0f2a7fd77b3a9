import type { HookRequest } from '../cds-hooks/types.js';
import { isObject, type JsonObject } from '../fhir/json.js';
import { once } from '../lazy/once.js';
import { isOrderHook, type Topic } from '../knowledge/topic.js';
import type { FhirVersion } from '../fhir-versions/version.js';
import type { BundleEntry } from '../fhir/bundle.js';
import { readReference } from '../fhir/reference.js';
import type { GapReason } from '../knowledge/gap-reason.js';
import { answerFromPrefetch, answerNeed, createServer, type Server, type Subject } from './answer-need.js';
import { assembleRecord } from './assemble-record.js';
import { openDoor, type Door } from './client-version.js';
import { fhirAccessOf } from './fhir-access.js';
import type { FetchFhir } from './fhir-client.js';
import { readMissingMedications } from './medications.js';
import type { NeedAnswer, PatientRecord } from './patient-record.js';
import { contextEntries } from './proposal.js';
import { withinBudget } from './call-budget.js';

/** What gathering may use: the network, the servers it may ask, and the end of the time budget, read only for them. */
export interface Gathering {
  readonly fetchFhir: FetchFhir;
  readonly allowedFhirServers: readonly string[];
  /** The version of FHIR that the client is registered with. */
  readonly fhirVersion?: FhirVersion | undefined;
  readonly allowInsecure: boolean;
  readonly signal: AbortSignal;
  readonly asOf: number;
  /** Whether the topic may be about a patient with these resources: if not, nothing more is asked for. */
  readonly mayConcern: (resources: readonly JsonObject[]) => boolean;
}

function withoutType(id: string, type: string): string {
  return id.startsWith(`${type}/`) ? id.slice(type.length + 1) : id;
}

/** Whom a hook asks about, and when. */
export function subjectOf({ context }: HookRequest, asOf: number): Subject {
  const { patientId, encounterId } = context;
  return {
    patientId: withoutType(patientId, 'Patient'),
    encounterId: typeof encounterId === 'string' ? withoutType(encounterId, 'Encounter') : undefined,
    asOf,
  };
}

/** The server of one call, opened when something has to be asked of it; a reason when it may not be asked. */
function serverOf(
  { request, lifting, version }: Door,
  subject: Subject,
  gathering: Gathering,
): () => Server | GapReason {
  return once(() => {
    const access = fhirAccessOf({
      fhirServer: request.fhirServer,
      fhirAuthorization: request.fhirAuthorization,
      patientId: subject.patientId,
      allowedFhirServers: gathering.allowedFhirServers,
      allowInsecure: gathering.allowInsecure,
    });
    if (typeof access === 'string') return access;
    const source = { access, fetch: lifting(withinBudget(gathering.fetchFhir)), signal: gathering.signal };
    return createServer(source, () => version(() => source));
  });
}

/** The keys a client sent, none when it sent no prefetch. */
export function prefetchOf({ prefetch }: HookRequest): JsonObject {
  return isObject(prefetch) ? prefetch : {};
}

async function answerNeeds(
  request: HookRequest,
  topic: Topic,
  subject: Subject,
  openServer: () => Server | GapReason,
): Promise<readonly NeedAnswer[]> {
  const prefetch = prefetchOf(request);
  const settled = topic.facts.needs.map((need) => answerFromPrefetch(need, subject, prefetch));
  const answered = settled.filter((answer) => answer !== undefined);
  if (answered.length === settled.length) return answered;
  const answers = topic.facts.needs.map(
    async (need, index) => settled[index] ?? (await answerNeed(need, topic, subject, prefetch, openServer())),
  );
  return Promise.all(answers);
}

/** The drafts whose drugs may have to be asked for: of the order hooks, and not those of another patient. */
function draftEntries({ hook, context }: HookRequest, { patientId }: Subject): readonly BundleEntry[] {
  if (!isOrderHook(hook)) return [];
  return contextEntries(context.draftOrders).filter(({ resource }) => {
    const subject = readReference(resource['subject']);
    return subject?.id === undefined || subject.id === patientId;
  });
}

/** Whether the topic may be about the patient: by what was asked for, and by conditions that came along with anything. */
function isConcerned(
  request: HookRequest,
  answers: readonly NeedAnswer[],
  { mayConcern }: Pick<Gathering, 'mayConcern'>,
): boolean {
  if (answers.some(({ need, gap }) => need.required === true && gap !== undefined)) return true;
  const entries = [...answers.flatMap((answer) => answer.entries), ...contextEntries(request.context.conditions)];
  return mayConcern(entries.map(({ resource }) => resource));
}

/** Medications that orders only refer to, drafts among them. The drafts themselves are never asked for. */
async function askForMedications(
  request: HookRequest,
  subject: Subject,
  answers: readonly NeedAnswer[],
  gathering: Gathering,
  openServer: () => Server | GapReason,
): Promise<readonly BundleEntry[]> {
  if (!isConcerned(request, answers, gathering)) return [];
  const entries = [...answers.flatMap((answer) => answer.entries), ...draftEntries(request, subject)];
  return readMissingMedications(entries, request.fhirServer, () => {
    const server = openServer();
    return typeof server === 'string' ? undefined : server;
  });
}

/**
 * Gathers what the topic needs of the hook's patient, all needs at once: prefetch first, the FHIR server for what is
 * missing. All that comes in is lifted to R4 here. Never throws: what could not be had stands in the record as a gap, with its reason.
 */
export async function gatherRecord(sent: HookRequest, topic: Topic, gathering: Gathering): Promise<PatientRecord> {
  const door = openDoor(sent, gathering.fhirVersion, gathering.fetchFhir, gathering.asOf);
  const { request } = door;
  const subject = subjectOf(request, gathering.asOf);
  const openServer = serverOf(door, subject, gathering);
  const answers = await answerNeeds(request, topic, subject, openServer);
  const medications = await askForMedications(request, subject, answers, gathering, openServer);
  const clientVersion = () =>
    door.version(() => {
      const server = openServer();
      return typeof server === 'string' ? undefined : server.source;
    });
  return assembleRecord({ request, subject, answers, medications, clientVersion });
}
