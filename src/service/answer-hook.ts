import { assess, type Assessment, type Finding } from '../assessment/assess.js';
import { isValidHookResponse, validateHookRequest } from '../cds-hooks/validate.js';
import type { HookRequest, HookResponse } from '../cds-hooks/types.js';
import { describePatient, type ClinicalFacts } from '../facts/describe-patient.js';
import { mayConcern } from '../facts/derived/scope.js';
import { isObject, textOf } from '../fhir/json.js';
import { versionOf } from '../fhir-versions/version.js';
import { lookFirst } from '../record/first-look.js';
import { gatherRecord, type Gathering } from '../record/gather-record.js';
import type { FetchFhir } from '../record/fhir-client.js';
import type { PatientRecord } from '../record/patient-record.js';
import type { Topic } from '../knowledge/topic.js';
import { composeCards } from '../response/compose-cards.js';
import { lowerSuggestions, suggestsResources } from '../response/lower-suggestions.js';
import type { NeedRecord, ShownCard } from '../store/store.js';
import type { Service } from './discovery.js';
import { Problem } from './problem.js';

/** What answering may use. */
export interface HookDependencies {
  readonly fetchFhir: FetchFhir;
  /** Whether FHIR servers on other machines may be called by http. */
  readonly allowInsecure: boolean;
  /** Current instant in milliseconds. */
  readonly now: () => number;
}

/** On whose behalf the service may go out: the FHIR base URLs that this caller's requests may name. */
export interface Caller {
  readonly fhirServers: readonly string[];
  /** The version of FHIR it speaks, by its number; undefined when it is found out call by call. */
  readonly fhirVersion?: string | undefined;
}

/** The response, and what the log may say of how it came about: ids and codes, nothing of the patient. */
export interface HookAnswer {
  readonly response: HookResponse;
  /** Instant the answer holds for, in milliseconds. */
  readonly asOf: number;
  readonly cards: readonly ShownCard[];
  readonly rules: readonly string[];
  readonly undetermined: readonly string[];
  readonly gaps: readonly string[];
  /** How each data need was answered. Keeps the chart alive: ask when the answer is sent, then let go of it. */
  readonly needs: () => readonly NeedRecord[];
}

/** Another hook's request is told so first: what its own context lacks would mislead. */
function readRequest(body: unknown, service: Service): HookRequest {
  const hook = isObject(body) ? textOf(body['hook']) : undefined;
  if (hook !== undefined && hook !== service.hook) {
    const issue = { expression: 'hook', text: `must be ${service.hook} for this service` };
    throw new Problem('invalid-request', 'The hook is not the one of this service.', [issue]);
  }
  const request = validateHookRequest(body);
  if ('hook' in request) return request;
  throw new Problem('invalid-request', 'The request is no valid CDS Hooks request.', request);
}

/** Silence would mean "does not apply". When that is not known, the client must hear that the data are missing. */
function requireCohort({ cohort }: Assessment, facts: ClinicalFacts, { topic }: Service): void {
  if (cohort !== 'undetermined') return;
  const required = topic.facts.needs.filter((need) => need.required === true);
  const issues = required.map(({ key, title }) => {
    const reason = facts.gaps().find(({ need }) => need === key)?.reason ?? 'not-supplied';
    return {
      expression: `prefetch.${key}`,
      text: `(${title}) could not be had: ${topic.cards.gapReasons[reason] ?? reason}`,
    };
  });
  throw new Problem(
    'data-unavailable',
    'Data that this service requires are neither prefetched nor accessible.',
    issues,
  );
}

/** A safety rule as the log names it: its id may be that of a case row as well. */
function safetyId({ rule }: { readonly rule: { readonly id: string } }): string {
  return `S-${rule.id}`;
}

/** The rules behind the answer, those that only annotate the ladder among them. */
function rulesOf(
  { findings, undetermined, ladder }: Assessment,
  topic: Topic,
): Pick<HookAnswer, 'rules' | 'undetermined'> {
  const shown = findings.flatMap(({ rule, safety }) => (safety === undefined ? [rule] : safety.rules.map(safetyId)));
  const hasLadder = ({ card }: Finding) => topic.cards.cards[card]?.detail.some((line) => 'ladder' in line) === true;
  const annotating = findings.some(hasLadder) ? ladder().options.flatMap(({ rules }) => rules) : [];
  const met = annotating.filter(({ levels }) => levels.length > 0).map(safetyId);
  const open = annotating.filter(({ levels }) => levels.length === 0).map(safetyId);
  return { rules: [...new Set([...shown, ...met])], undetermined: [...new Set([...undetermined, ...open])] };
}

function shownCards({ cards }: HookResponse): readonly ShownCard[] {
  return cards.map(({ uuid, source, indicator, extension }) => {
    const { rule } = extension['org.troponin-first.basis'];
    return { id: uuid, code: source.topic.code, indicator, rule };
  });
}

/** Behind silence as gathered: to look through entries that no rule looked at would cost more than the answer did. */
function needRecords({ gathered, answers }: PatientRecord, { cards }: HookResponse): readonly NeedRecord[] {
  const needs = cards.length === 0 ? gathered : answers.values();
  return needs.map(({ need, origin, gap }) => ({ need: need.key, origin, completeness: gap ?? 'whole' }));
}

/**
 * A function of its own, so that nothing else made for the call shares its scope: what memos hold would keep the chart
 * alive through every minor collection.
 */
function needsReader(record: PatientRecord, response: HookResponse): HookAnswer['needs'] {
  return () => needRecords(record, response);
}

function gapsOf({ findings }: Assessment, facts: ClinicalFacts): readonly string[] {
  return findings.length === 0 ? [] : facts.gaps().map(({ need, reason }) => `${need}:${reason}`);
}

async function respond(
  { hookInstance }: HookRequest,
  { patientId, encounterId, userId, clientVersion }: PatientRecord,
  facts: ClinicalFacts,
  assessment: Assessment,
  { id, topic }: Service,
): Promise<HookResponse> {
  const composed = composeCards({
    topic,
    facts,
    assessment,
    serviceId: id,
    hookInstance,
    patientId,
    encounterId,
    userId,
  });
  const response = suggestsResources(composed) ? lowerSuggestions(composed, await clientVersion()) : composed;
  if (!isValidHookResponse(response)) throw new Error('the response does not satisfy its schema');
  return response;
}

/** What was gathered of a patient and what follows from it. */
interface Judged {
  readonly record: PatientRecord;
  readonly facts: ClinicalFacts;
  readonly assessment: Assessment;
}

function judge(record: PatientRecord, topic: Topic, asOf: number): Judged {
  const facts = describePatient(record, topic, asOf);
  return { record, facts, assessment: assess(facts, topic) };
}

/** A first look is enough for silence, and for nothing else: no card may stand on what was not looked at. */
async function judgeRequest(request: HookRequest, topic: Topic, gathering: Gathering): Promise<Judged> {
  const seen = lookFirst(request, topic, gathering);
  const first = seen === undefined ? undefined : judge(seen, topic, gathering.asOf);
  if (first?.assessment.cohort === 'not-met') return first;
  return judge(await gatherRecord(request, topic, gathering), topic, gathering.asOf);
}

/**
 * Answers one call: request → record → facts → assessment → cards.
 * Throws a Problem for a bad request (400) and for missing required data (412); every other gap is said on a card.
 */
export async function answerHook(
  body: unknown,
  service: Service,
  { fhirServers, fhirVersion }: Caller,
  { fetchFhir, allowInsecure, now }: HookDependencies,
  openDeadline: () => AbortSignal,
): Promise<HookAnswer> {
  const asOf = now();
  const { topic } = service;
  const request = readRequest(body, service);
  const { record, facts, assessment } = await judgeRequest(request, topic, {
    fetchFhir,
    allowedFhirServers: fhirServers,
    fhirVersion: versionOf(fhirVersion),
    allowInsecure,
    asOf,
    mayConcern: (resources) => mayConcern(resources, topic),
    get signal() {
      return openDeadline();
    },
  });
  requireCohort(assessment, facts, service);
  const response = await respond(request, record, facts, assessment, service);
  return {
    response,
    asOf,
    cards: shownCards(response),
    ...rulesOf(assessment, topic),
    gaps: gapsOf(assessment, facts),
    needs: needsReader(record, response),
  };
}
