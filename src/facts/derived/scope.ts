import type { CodeableConcept } from 'fhir/r4.js';
import { isObject, objectsOf, type JsonObject } from '../../fhir/json.js';
import type { Topic } from '../../knowledge/topic.js';
import { textMatcherOf } from '../text-match.js';
import { mayLieIn, describeTime, type TimeSpan } from '../../fhir/date-time.js';
import type { Condition } from '../../fhir/resource.js';
import { isIn, matchesByText, isCompleteSince, setsOfConcept, type Chart, type Listed } from '../chart.js';
import { chartLabel, dateOf, evidenceOf } from '../describe-entry.js';
import { ABSENT, present, UNKNOWN, type Evidence, type Fact, type Item } from '../fact.js';
import { WHOLE } from '../../record/patient-record.js';
import { belongsTo, certaintyOf, hasCategory, isActive, isConfirmed, isRefuted } from './condition-status.js';
import { currentEncounter, type CurrentEncounter } from './encounter.js';

/** S1: suspected in this episode. S2u: suspected long ago, never settled. S2c: established. */
export type ScopeClass = 'S1' | 'S2u' | 'S2c';

/** The condition that brings the patient into scope. */
export interface InScope {
  readonly scopeClass: ScopeClass;
  readonly condition: Condition;
  readonly isMatchedByText: boolean;
}

export type ChestPainContext = 'present' | 'absent' | 'unknown';

const SPASM = 'esophageal-spasm';
const CHEST_PAIN = 'chest-pain';
const MOST_ACUTE_FIRST: readonly ScopeClass[] = ['S1', 'S2u', 'S2c'];

function isChestPain(concept: CodeableConcept, chart: Chart): boolean {
  return setsOfConcept(chart, concept).includes(CHEST_PAIN) || matchesByText(concept, chart.words.namesChestPain);
}

function hasChestPainCondition(chart: Chart, current: CurrentEncounter): boolean {
  const episode = {
    start: chart.asOf - chart.topic.thresholds['episode-lookback'],
    end: chart.asOf + chart.topic.thresholds['future-tolerance'],
  };
  return chart.conditions().some((listed) => {
    const { entry } = listed;
    if (!isChestPain(entry.code, chart) || isRefuted(entry) || !isActive(entry, chart.asOf)) return false;
    const date = dateOf(entry);
    return belongsTo(entry, chart.record.encounterId, current) || (date !== undefined && mayLieIn(date, episode));
  });
}

/** Whether the current encounter is about chest pain. One that cannot be read may be, and so may unread conditions. */
export function chestPainContext(chart: Chart): ChestPainContext {
  const current = currentEncounter(chart);
  if (hasChestPainCondition(chart, current)) return 'present';
  if (current.state === 'unknown' || !isCompleteSince(chart, 'conditions', WHOLE)) return 'unknown';
  if (current.state === 'none') return 'absent';
  const { reasons, hasUnreadReason } = current.encounter;
  if (reasons.some((reason) => isChestPain(reason, chart))) return 'present';
  return hasUnreadReason ? 'unknown' : 'absent';
}

/**
 * Named by words alone. The text of an entry counts only without a coding of a known system; the display of a coding
 * counts by itself, since many names of the disease have codes that no value set here lists.
 */
function isNamedSpasm(concept: CodeableConcept, { words }: Chart): boolean {
  const displays = (concept.coding ?? []).flatMap(({ display }) => display ?? []);
  return matchesByText(concept, words.namesCondition) || displays.some(words.namesCondition);
}

function isCandidate({ entry, sets }: Listed<Condition>, chart: Chart): boolean {
  const isNamed = sets.includes(SPASM) || isNamedSpasm(entry.code, chart);
  return isNamed && !isRefuted(entry) && isActive(entry, chart.asOf);
}

/** A first look at raw conditions: whether any of them may bring its patient into scope. */
export function mayConcern(resources: readonly JsonObject[], topic: Topic): boolean {
  const words = textMatcherOf(topic.topic.textMatching);
  const hints = (text: unknown) => typeof text === 'string' && words.hintsCondition(text);
  return resources.some(({ resourceType, code }) => {
    if (resourceType !== 'Condition' || !isObject(code)) return false;
    const isHinted = ({ display }: JsonObject) => hints(display);
    const isListed = (coding: JsonObject) => topic.codes.setsOf(coding).includes(SPASM);
    return hints(code['text']) || objectsOf(code['coding']).some((coding) => isListed(coding) || isHinted(coding));
  });
}

function isRecent(date: TimeSpan | undefined, chart: Chart): boolean {
  if (date === undefined) return false;
  return date.end >= chart.asOf - chart.topic.thresholds['acute-condition'];
}

function oldClass(condition: Condition, chestPain: ChestPainContext): ScopeClass | undefined {
  const isOfAnotherEncounter =
    hasCategory(condition, 'encounter-diagnosis') && !hasCategory(condition, 'problem-list-item');
  if (isOfAnotherEncounter && isConfirmed(condition)) return undefined;
  if (chestPain !== 'absent') return 'S1';
  return isConfirmed(condition) ? 'S2c' : 'S2u';
}

function classOf(condition: Condition, chart: Chart, chestPain: ChestPainContext): ScopeClass | undefined {
  const current = currentEncounter(chart);
  const isOfCurrent = belongsTo(condition, chart.record.encounterId, current);
  const isDiagnosis = hasCategory(condition, 'encounter-diagnosis');
  if (isOfCurrent && isDiagnosis) return 'S1';
  const date = dateOf(condition);
  if (date === undefined || isRecent(date, chart)) return 'S1';
  if (!isConfirmed(condition) && isRecent(condition.recorded, chart)) return 'S1';
  return oldClass(condition, chestPain);
}

function byAcuteness(one: InScope, other: InScope): number {
  const rank = MOST_ACUTE_FIRST.indexOf(one.scopeClass) - MOST_ACUTE_FIRST.indexOf(other.scopeClass);
  if (rank !== 0) return rank;
  const [first = 0, second = 0] = [dateOf(one.condition)?.end, dateOf(other.condition)?.end];
  return second - first;
}

/** Whether the hook asks about a condition that is being added: then only that one is judged. */
function isAddingCondition({ record }: Chart): boolean {
  return record.hook === 'problem-list-item-create';
}

/** A condition being added is a suspicion of now, whatever its dates. */
function findAdded(chart: Chart): InScope | undefined {
  const added = chart.addedConditions().find((listed) => isCandidate(listed, chart));
  if (added === undefined) return undefined;
  return { scopeClass: 'S1', condition: added.entry, isMatchedByText: !isIn(added, SPASM) };
}

/** The in-scope condition of the most acute class; the newest of several. */
export function findInScope(chart: Chart): InScope | undefined {
  if (isAddingCondition(chart)) return findAdded(chart);
  const candidates = chart.conditions().filter((listed) => isCandidate(listed, chart));
  if (candidates.length === 0) return undefined;
  const chestPain = chestPainContext(chart);
  return candidates
    .flatMap((listed) => {
      const scopeClass = classOf(listed.entry, chart, chestPain);
      const isMatchedByText = !isIn(listed, SPASM);
      return scopeClass === undefined ? [] : [{ scopeClass, condition: listed.entry, isMatchedByText }];
    })
    .sort(byAcuteness)[0];
}

function describeCode({ code }: Condition): Item {
  const coded = code.coding?.find((coding) => coding.code !== undefined)?.code;
  return coded === undefined ? [] : [' (', { chart: coded }, ')'];
}

function describeCondition(condition: Condition): Item {
  const date = condition.recorded ?? condition.onset;
  const dated =
    date === undefined
      ? 'no date recorded'
      : `${condition.recorded === undefined ? 'onset' : 'recorded'} ${describeTime(date)}`;
  return [chartLabel(condition.code, 'condition'), ...describeCode(condition), `, ${certaintyOf(condition)}, ${dated}`];
}

function evidenceOfCondition({ condition }: InScope): readonly Evidence[] {
  const { reference, code } = condition;
  return [evidenceOf(reference, chartLabel(code, 'condition'), dateOf(condition), certaintyOf(condition))];
}

/** In scope only what is found; out of scope only when the whole list of conditions was read. */
export function scope(chart: Chart, inScope: InScope | undefined): Fact {
  if (inScope === undefined) {
    return isAddingCondition(chart) || isCompleteSince(chart, 'conditions', WHOLE) ? ABSENT : UNKNOWN;
  }
  return present([[inScope.scopeClass]], { codes: [inScope.scopeClass], evidence: evidenceOfCondition(inScope) });
}

export function conditionEntry(chart: Chart, inScope: InScope | undefined): Fact {
  if (inScope === undefined) return ABSENT;
  const evidence = evidenceOfCondition(inScope).map((entry) =>
    isAddingCondition(chart) ? { ...entry, isDraft: true } : entry,
  );
  return present([describeCondition(inScope.condition)], { evidence });
}

export function matchedByText(inScope: InScope | undefined): Fact {
  return inScope?.isMatchedByText === true ? present([['matched by text']]) : ABSENT;
}
