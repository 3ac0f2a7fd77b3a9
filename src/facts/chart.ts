import type { CodeableConcept } from 'fhir/r4.js';
import { hasKnownCoding, isKnownCode, labelOf, wordsOf } from '../fhir/codeable-concept.js';
import type { TimeSpan } from '../fhir/date-time.js';
import { isObject, objectsOf, textOf, type JsonObject } from '../fhir/json.js';
import {
  readCollectionTime,
  readDiagnosticReport,
  readObservation,
  type DiagnosticReport,
  type Observation,
} from '../fhir/observation.js';
import {
  readCondition,
  readEncounter,
  readPatient,
  readProcedure,
  readServiceRequest,
  type Condition,
  type Encounter,
  type Patient,
  type Procedure,
  type ServiceRequest,
} from '../fhir/resource.js';
import { once, oncePer } from '../lazy/once.js';
import type { Topic } from '../knowledge/topic.js';
import { NOTHING, resourcesOf, type NeedAnswer, type PatientRecord } from '../record/patient-record.js';
import type { Phrase } from './fact.js';
import { hintPattern, textMatcherOf, type TextMatcher } from './text-match.js';

/** A resource that matters to the topic, with the value sets its code is in; none when only its words do. */
export interface Listed<T> {
  readonly entry: T;
  readonly sets: readonly string[];
}

/** The patient's record as the facts read it: only entries whose code or words matter to the topic, read once. */
export interface Chart {
  readonly topic: Topic;
  readonly record: PatientRecord;
  readonly asOf: number;
  readonly words: TextMatcher;
  readonly patient: () => Patient | undefined;
  readonly encounter: () => Encounter | undefined;
  readonly conditions: () => readonly Listed<Condition>[];
  /** Those with a listed code, and those that facts may find by name: needed only once the patient is in scope. */
  readonly namedConditions: () => readonly Listed<Condition>[];
  /** Those of them that are only being added. */
  readonly addedConditions: () => readonly Listed<Condition>[];
  readonly observations: () => readonly Listed<Observation>[];
  readonly reports: () => readonly Listed<DiagnosticReport>[];
  readonly orders: () => readonly Listed<ServiceRequest>[];
  readonly procedures: () => readonly Listed<Procedure>[];
  /** Ids of all Observations of the record, to tell whether a reference leads anywhere. */
  readonly hasObservation: (id: string) => boolean;
  readonly specimenTime: (id: string) => TimeSpan | undefined;
}

type Words = (text: string) => boolean;
/** Whether a resource without a listed code matters all the same. */
type Matters = (raw: JsonObject) => boolean;

interface Named {
  readonly reference: string;
}

const NONE: readonly string[] = [];

/** The value sets of a code element. A loop, since it runs for every resource of every call. */
function setsOfCode(topic: Topic, code: unknown): readonly string[] {
  const codings = isObject(code) ? code['coding'] : undefined;
  if (!Array.isArray(codings)) return isObject(codings) ? topic.codes.setsOf(codings) : NONE;
  let sets = NONE;
  for (const coding of codings as readonly unknown[]) {
    const found = isObject(coding) ? topic.codes.setsOf(coding) : NONE;
    if (found.length > 0) sets = sets.length === 0 ? found : [...sets, ...found];
  }
  return sets;
}

/** The value sets of a resource's code and of its components' codes. */
function setsOfResource(topic: Topic, raw: JsonObject): readonly string[] {
  const own = setsOfCode(topic, raw['code']);
  if (raw['component'] === undefined) return own;
  return [...own, ...objectsOf(raw['component']).flatMap((component) => setsOfCode(topic, component['code']))];
}

/** Whether a code's own words hint at something. A loop without closures: it runs for nearly every resource. */
function hasWords(code: unknown, matters: Words): boolean {
  if (!isObject(code)) return false;
  const { text, coding } = code;
  if (typeof text === 'string' && matters(text)) return true;
  if (!Array.isArray(coding))
    return isObject(coding) && typeof coding['display'] === 'string' && matters(coding['display']);
  for (const one of coding as readonly unknown[]) {
    if (!isObject(one)) continue;
    const { display, code: local } = one;
    if (typeof display === 'string' && display !== text && matters(display)) return true;
    if (typeof local === 'string' && matters(local)) return true;
  }
  return false;
}

/** Whether a resource's own words, or those of its components, hint at something. */
function hints(matters: Words): Matters {
  return ({ code, component }) =>
    hasWords(code, matters) ||
    (component !== undefined && objectsOf(component).some((one) => hasWords(one['code'], matters)));
}

/** Whether an entry may be found by name: names count only without a coding of a known system. */
function hintsAtName(matters: Words): Matters {
  return ({ code }) => !isKnownCode(code) && hasWords(code, matters);
}

/** An order of their own, so that the order entries came in changes nothing. */
export function byReference(one: Listed<Named>, other: Listed<Named>): number {
  if (one.entry.reference === other.entry.reference) return 0;
  return one.entry.reference < other.entry.reference ? -1 : 1;
}

/** The resources that matter, read. In an order of their own, so that the order they came in changes nothing. */
function list<T extends Named>(
  topic: Topic,
  raws: readonly JsonObject[],
  read: (raw: JsonObject) => T,
  matters: Matters,
): readonly Listed<T>[] {
  const listed: Listed<T>[] = [];
  for (const raw of raws) {
    const sets = setsOfResource(topic, raw);
    if (sets.length > 0 || matters(raw)) listed.push({ entry: read(raw), sets });
  }
  return listed.sort(byReference);
}

function hintFor(topic: Topic, kind: 'condition' | 'procedure'): RegExp {
  const names = Object.values(topic.facts.facts).flatMap((fact) => (fact.kind === kind ? (fact.names ?? []) : []));
  return names.length === 0 ? /(?!)/ : hintPattern(names);
}

/** The names under which facts look for entries without a listed code. */
const nameHints = oncePer((topic: Topic) => ({
  condition: hintFor(topic, 'condition'),
  procedure: hintFor(topic, 'procedure'),
}));

/** The conditions on the chart, and those being added to it. */
function conditionsOf(record: PatientRecord): readonly JsonObject[] {
  return [...resourcesOf(record, 'Condition'), ...record.proposal.conditions];
}

export function openChart(record: PatientRecord, topic: Topic, asOf: number): Chart {
  const words = textMatcherOf(topic.topic.textMatching);
  const names = nameHints(topic);
  const mattersAsStudy = (text: string) => words.hintsStudy(text) || names.procedure.test(text);
  const mattersAsCondition = (text: string) => words.hintsCondition(text) || names.condition.test(text);
  const read = <T extends Named>(type: string, reader: (raw: JsonObject) => T, matters: Words) =>
    once(() => list(topic, resourcesOf(record, type), reader, hints(matters)));
  const first = <T>(type: string, id: string | undefined, reader: (raw: JsonObject) => T) =>
    once(() => {
      const raw = resourcesOf(record, type).find((resource) => resource['id'] === id);
      return raw === undefined || id === undefined ? undefined : reader(raw);
    });
  const ids = once(() => new Set(resourcesOf(record, 'Observation').flatMap(({ id }) => textOf(id) ?? [])));
  const specimens = once(() => new Map(resourcesOf(record, 'Specimen').map((raw) => [textOf(raw['id']), raw])));
  return {
    topic,
    record,
    asOf,
    words,
    patient: first('Patient', record.patientId, readPatient),
    encounter: first('Encounter', record.encounterId, readEncounter),
    conditions: once(() => list(topic, conditionsOf(record), readCondition, hints(words.hintsCondition))),
    namedConditions: once(() => list(topic, conditionsOf(record), readCondition, hintsAtName(mattersAsCondition))),
    addedConditions: once(() => list(topic, record.proposal.conditions, readCondition, hints(words.hintsCondition))),
    observations: read('Observation', readObservation, words.hintsStudy),
    reports: read('DiagnosticReport', readDiagnosticReport, mattersAsStudy),
    orders: read('ServiceRequest', readServiceRequest, words.hintsStudy),
    procedures: read('Procedure', readProcedure, mattersAsStudy),
    hasObservation: (id) => ids().has(id),
    specimenTime: (id) => {
      const raw = specimens().get(id);
      return raw === undefined ? undefined : readCollectionTime(raw);
    },
  };
}

export function answerTo({ record }: Chart, need: string): NeedAnswer | undefined {
  return record.answers.get(need);
}

/** Whether every entry of the need dated from `since` on is in the record, so that absence may be concluded. */
export function isCompleteSince(chart: Chart, need: string, since: number): boolean {
  return (answerTo(chart, need)?.completeSince ?? NOTHING) <= since;
}

/** Whether an entry counts by its words: it names the thing and no coding of a known system says otherwise. */
export function matchesByText(concept: CodeableConcept, matters: Words): boolean {
  return !hasKnownCoding(concept) && wordsOf(concept).some(matters);
}

export function isIn(listed: Listed<unknown>, ...sets: readonly string[]): boolean {
  return isInAny(listed, sets);
}

export function isInAny(listed: Listed<unknown>, sets: readonly string[]): boolean {
  for (const set of listed.sets) if (sets.includes(set)) return true;
  return false;
}

/** The value sets of one concept. */
export function setsOfConcept(chart: Chart, concept: CodeableConcept): readonly string[] {
  return (concept.coding ?? []).flatMap((coding) => chart.topic.codes.setsOf(coding));
}

/** What the record calls a concept; without words of its own, what a value set calls its code. */
export function labelIn(chart: Chart, concept: CodeableConcept, otherwise: string): Phrase {
  const [word] = wordsOf(concept);
  if (word !== undefined) return { chart: word };
  const listed = (concept.coding ?? []).flatMap((coding) => chart.topic.codes.displayOf(coding) ?? [])[0];
  const label = listed ?? labelOf(concept);
  return label === undefined ? otherwise : { chart: label };
}
