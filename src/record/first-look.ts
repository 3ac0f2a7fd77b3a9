import type { HookRequest } from '../cds-hooks/types.js';
import type { BundleEntry } from '../fhir/bundle.js';
import type { JsonObject } from '../fhir/json.js';
import type { DataNeed } from '../knowledge/content-types.js';
import type { Topic } from '../knowledge/topic.js';
import { mayHold } from '../lazy/lazy-json.js';
import { answerFromPrefetch, type Subject } from './answer-need.js';
import { assembleRecord } from './assemble-record.js';
import { openDoor } from './client-version.js';
import { prefetchOf, subjectOf, type Gathering } from './gather-record.js';
import { NOTHING, type NeedAnswer, type PatientRecord } from './patient-record.js';
import { readPrefetch } from './prefetch.js';
import { contextEntries } from './proposal.js';

/** What a first look may use: it asks no server. */
export type FirstLook = Pick<Gathering, 'fhirVersion' | 'fetchFhir' | 'asOf' | 'mayConcern'>;

function isRequired({ required }: DataNeed): boolean {
  return required === true;
}

/** Whose the required entries are, and they themselves: all that a topic needs to know that it is not about a patient. */
function decidesConcern(need: DataNeed): boolean {
  return isRequired(need) || need.read === 'patientId';
}

/**
 * What was sent under other keys and may be of a required type, as sent, whether it settles its own need or not: codes
 * and words of conditions are the same in every version of FHIR. What came along with another answer counts in the
 * record, and so it does here.
 */
function sentElsewhere(prefetch: JsonObject, { facts: { needs } }: Topic): readonly BundleEntry[] {
  const types = needs.filter(isRequired).map(({ resourceType }) => resourceType);
  return needs
    .filter((need) => !isRequired(need) && types.some((type) => mayHold(prefetch, need.key, type)))
    .flatMap((need) => {
      const value = readPrefetch(prefetch, need);
      return 'page' in value ? value.page.entries : [];
    });
}

function notLookedAt(need: DataNeed): NeedAnswer {
  return { need, origin: 'none', entries: [], completeSince: NOTHING, gap: 'not-looked-at' };
}

/** The request with nothing in its prefetch but what decides whether the topic concerns the patient. */
function narrowed(sent: HookRequest, needs: readonly DataNeed[]): HookRequest {
  const prefetch = prefetchOf(sent);
  const kept = needs.filter((need) => decidesConcern(need) && Object.hasOwn(prefetch, need.key));
  return { ...sent, prefetch: Object.fromEntries(kept.map(({ key }) => [key, prefetch[key]] as const)) };
}

function answerOf(need: DataNeed, subject: Subject, prefetch: JsonObject): NeedAnswer {
  const answer = decidesConcern(need) ? answerFromPrefetch(need, subject, prefetch) : undefined;
  return answer ?? notLookedAt(need);
}

/**
 * The record of a patient whom the topic is not about, as nearly every one, when prefetch alone shows it: whose the
 * required entries are, they themselves, and a gap for all that was not looked at. Undefined when the topic may be about
 * the patient, or prefetch does not settle it. What is judged by it counts only when the topic turns out not to be about
 * the patient.
 */
export function lookFirst(sent: HookRequest, topic: Topic, look: FirstLook): PatientRecord | undefined {
  const { needs } = topic.facts;
  const subject = subjectOf(sent, look.asOf);
  const { request } = openDoor(narrowed(sent, needs), look.fhirVersion, look.fetchFhir, look.asOf);
  const answers = needs.map((need) => answerOf(need, subject, prefetchOf(request)));
  if (answers.some(({ need, gap }) => isRequired(need) && gap !== undefined)) return undefined;
  const entries = [
    ...answers.flatMap((answer) => answer.entries),
    ...sentElsewhere(prefetchOf(sent), topic),
    ...contextEntries(request.context.conditions),
  ];
  if (look.mayConcern(entries.map(({ resource }) => resource))) return undefined;
  const clientVersion = () => Promise.resolve(look.fhirVersion ?? 'R4');
  return assembleRecord({ request, subject, answers, medications: [], clientVersion });
}
