import type { HookRequest } from '../cds-hooks/types.js';
import { isObject, type JsonObject } from '../fhir/json.js';
import { once } from '../lazy/once.js';
import type { DataNeed } from '../knowledge/content-types.js';
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
import { NOTHING, type NeedAnswer, type PatientRecord } from './patient-record.js';
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

function subjectOf({ context }: HookRequest, asOf: number): Subject {
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

function prefetchOf({ prefetch }: HookRequest): JsonObject {
  return isObject(prefetch) ? prefetch : {};
}

async function answerNeeds(
  request: HookRequest,
  needs: readonly DataNeed[],
  topic: Topic,
  subject: Subject,
  openServer: () => Server | GapReason,
): Promise<readonly NeedAnswer[]> {
  const prefetch = prefetchOf(request);
  const settled = needs.map((need) => answerFromPrefetch(need, subject, prefetch));
  const answered = settled.filter((answer) => answer !== undefined);
  if (answered.length === settled.length) return answered;
  const answers = needs.map(
    async (need, index) => settled[index] ?? (await answerNeed(need, topic, subject, prefetch, openServer())),
  );
  return Promise.all(answers);
}

function resourcesIn(entries: readonly BundleEntry[]): readonly JsonObject[] {
  return entries.map(({ resource }) => resource);
}

/** The drafts whose drugs may have to be asked for: of the order hooks, and not those of another patient. */
function draftEntries({ hook, context }: HookRequest, { patientId }: Subject): readonly BundleEntry[] {
  if (!isOrderHook(hook)) return [];
  return contextEntries(context.draftOrders).filter(({ resource }) => {
    const subject = readReference(resource['subject']);
    return subject?.id === undefined || subject.id === patientId;
  });
}

function isConcerned(
  request: HookRequest,
  answers: readonly NeedAnswer[],
  { mayConcern }: Pick<Gathering, 'mayConcern'>,
): boolean {
  const required = answers.filter(({ need }) => need.required === true);
  if (required.some(({ gap }) => gap !== undefined)) return true;
  return mayConcern(
    resourcesIn([...required.flatMap(({ entries }) => entries), ...contextEntries(request.context.conditions)]),
  );
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
 * Whether prefetch alone shows that the topic is not about the patient, as for nearly every one. Looks at conditions as
 * sent: their codes and words are the same in every version of FHIR.
 */
function isPlainlyUnconcerned(sent: HookRequest, topic: Topic, subject: Subject, gathering: Gathering): boolean {
  const required = topic.facts.needs.filter((need) => need.required === true);
  const answers = required.map((need) => answerFromPrefetch(need, subject, prefetchOf(sent)));
  const answered = answers.filter((answer) => answer !== undefined);
  return answered.length === required.length && !isConcerned(sent, answered, gathering);
}

/** The request with nothing in its prefetch but what these needs ask for. */
function narrowed(sent: HookRequest, needs: readonly DataNeed[]): HookRequest {
  const prefetch = prefetchOf(sent);
  const kept = needs.filter(({ key }) => Object.hasOwn(prefetch, key));
  return { ...sent, prefetch: Object.fromEntries(kept.map(({ key }) => [key, prefetch[key]] as const)) };
}

function notLookedAt(need: DataNeed): NeedAnswer {
  return { need, origin: 'none', entries: [], completeSince: NOTHING, gap: 'not-looked-at' };
}

/** Whose the required entries are, and they themselves: all that is read when the topic is not about the patient. */
function decidesConcern({ required, read }: DataNeed): boolean {
  return required === true || read === 'patientId';
}

/**
 * Gathers what the topic needs of the hook's patient, all needs at once: prefetch first, the FHIR server for what is
 * missing. For a patient whom the topic is plainly not about, nothing beyond that is read or asked for. All that comes
 * in is lifted to R4 here. Never throws: what could not be had stands in the record as a gap, with its reason.
 */
export async function gatherRecord(sent: HookRequest, topic: Topic, gathering: Gathering): Promise<PatientRecord> {
  const subject = subjectOf(sent, gathering.asOf);
  const isUnconcerned = isPlainlyUnconcerned(sent, topic, subject, gathering);
  const needs = topic.facts.needs.filter((need) => !isUnconcerned || decidesConcern(need));
  const told = isUnconcerned ? narrowed(sent, needs) : sent;
  const door = openDoor(told, gathering.fhirVersion, gathering.fetchFhir, gathering.asOf);
  const { request } = door;
  const openServer = serverOf(door, subject, gathering);
  const looked = await answerNeeds(request, needs, topic, subject, openServer);
  const answers = [...looked, ...topic.facts.needs.filter((need) => !needs.includes(need)).map(notLookedAt)];
  const medications = isUnconcerned ? [] : await askForMedications(request, subject, answers, gathering, openServer);
  const clientVersion = () =>
    door.version(() => {
      const server = openServer();
      return typeof server === 'string' ? undefined : server.source;
    });
  return assembleRecord({ request, subject, answers, medications, clientVersion });
}
