import type { CodeableConcept } from 'fhir/r4.js';
import { codesOf } from '../fhir/codeable-concept.js';
import { hasNoId } from '../fhir/element.js';
import { readAllergy, type Allergy } from '../fhir/medication.js';
import { MEDICATION_CODES } from '../knowledge/check-criteria.js';
import type { AllergyFact, MedicationFact } from '../knowledge/content-types.js';
import { needsOfMedication } from '../knowledge/fact-needs.js';
import { thresholdOf } from '../knowledge/thresholds.js';
import { oncePer } from '../lazy/once.js';
import { resourcesOf, WHOLE } from '../record/patient-record.js';
import { isCompleteSince, labelIn, type Chart } from './chart.js';
import { evidenceOf } from './describe-entry.js';
import { drugMatcherOf, type MatchedBy } from './drug-matcher.js';
import { describeUse, evidenceOfUse, isRecentUse, unreadUses, usesOfClasses, type DrugUse } from './drug-uses.js';
import { ABSENT, present, UNKNOWN, type Fact, type Item } from './fact.js';

/** A drug named under an unread list, or by an entry that nobody can read, may be any drug. */
function areListsWhole(when: MedicationFact['when'], chart: Chart): boolean {
  return needsOfMedication(when).every((need) => isCompleteSince(chart, need, WHOLE)) && unreadUses(chart).length === 0;
}

/** Whether the lists of what is ordered and taken were read whole; unknown when they were not. */
export function medicationData(chart: Chart): Fact {
  return areListsWhole('current', chart) ? present([['read whole']]) : UNKNOWN;
}

function matchOf({ drug }: DrugUse, classes: readonly string[]): MatchedBy | undefined {
  const matches = classes.flatMap((drugClass) => drug.classes.get(drugClass) ?? []);
  return matches.includes('code') ? 'code' : matches[0];
}

function isOver({ state }: DrugUse): boolean {
  return state === 'completed' || state === 'stopped';
}

/** Two versions of one entry are one; entries without an id are told apart by nothing. */
function identityOf(use: DrugUse): unknown {
  const { reference } = use.entry;
  return hasNoId(reference) ? use : reference;
}

/** An order and its dispense are one; either kind alone must reach the number. */
function hasOrders(uses: readonly DrugUse[], least: number): boolean {
  return (['order', 'dispense', 'statement'] as const).some(
    (kind) => new Set(uses.filter(({ entry }) => entry.kind === kind).map(identityOf)).size >= least,
  );
}

/** The entries that make the fact, of those that name a drug of its classes. */
function countingUses(definition: MedicationFact, uses: readonly DrugUse[], chart: Chart): readonly DrugUse[] {
  const current = uses.filter(({ state }) => state === 'current');
  if (definition.when === 'current') return current;
  if (definition.when === 'tried') return uses.filter(isOver);
  const lookback = thresholdOf(chart.topic.thresholds, definition.within) ?? 0;
  // Stopped today is taken yesterday: home drugs are stopped on arrival.
  const recent = uses.filter((use) => isOver(use) && isRecentUse(use, lookback, chart));
  return hasOrders(recent, definition.orders ?? 1) ? [...current, ...recent] : current;
}

/** The most telling first: drafts, then orders and lists, then what was only dispensed. */
const ORIGIN_RANK = { draft: 0, 'other-draft': 1, chart: 2 } as const;
const KIND_RANK = { order: 0, statement: 1, dispense: 2 } as const;

function byWeight(one: DrugUse, other: DrugUse): number {
  const rank = ({ origin, entry, state }: DrugUse) =>
    ORIGIN_RANK[origin] * 100 + (state === 'current' ? 0 : 10) + KIND_RANK[entry.kind];
  return rank(one) - rank(other) || (other.entry.since?.start ?? 0) - (one.entry.since?.start ?? 0);
}

const MOST_ENTRIES = 2;
/** More entries of one class than anyone reads. */
const MOST_EVIDENCE = 20;

/** Two versions of one entry read the same. */
function unique(items: readonly Item[]): readonly Item[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}

function itemsOf(uses: readonly DrugUse[], classes: readonly string[], chart: Chart): readonly Item[] {
  const read = uses.slice(0, MOST_EVIDENCE);
  const items = unique(read.map((use) => describeUse(use, matchOf(use, classes), chart)));
  const more = items.length - MOST_ENTRIES + uses.length - read.length;
  return more <= 0 ? items : [...items.slice(0, MOST_ENTRIES), [`${String(more)} more`]];
}

/** Whether two different products of the classes are there, not one substance under two entries. */
function hasSeveral(uses: readonly DrugUse[], classes: readonly string[]): boolean {
  const products = uses
    .filter(({ state }) => state === 'current')
    .map(({ drug }) =>
      [...drug.substances]
        .filter((substance) => classes.some((drugClass) => substance.startsWith(`${drugClass}/`)))
        .sort()
        .join(' '),
    );
  return new Set(products.filter((product) => product !== '')).size > 1;
}

function codesOfUses(uses: readonly DrugUse[], classes: readonly string[]): readonly string[] {
  const signs: Readonly<Record<(typeof MEDICATION_CODES)[number], boolean>> = {
    active: uses.some(({ origin, state }) => origin === 'chart' && state === 'current'),
    draft: uses.some(({ origin }) => origin === 'draft'),
    'on-hold': uses.some(({ entry }) => entry.status === 'on-hold'),
    earlier: uses.some(isOver),
    'as-needed': uses.some(({ entry }) => entry.isAsNeeded),
    'by-name': uses.every((use) => matchOf(use, classes) === 'name'),
    several: hasSeveral(uses, classes),
  };
  return MEDICATION_CODES.filter((code) => signs[code]);
}

/** The first entry of the chart, when drafts stand before it. */
function behindDrafts(uses: readonly DrugUse[], classes: readonly string[], chart: Chart): Item | undefined {
  if (uses[0]?.origin === 'chart') return undefined;
  const standing = uses.find(({ origin }) => origin === 'chart');
  return standing === undefined ? undefined : describeUse(standing, matchOf(standing, classes), chart);
}

/** A drug of the classes. Absent only when all lists were read whole and every entry of them could be read. */
export function medicationFact(definition: MedicationFact, chart: Chart): Fact {
  const { classes, when } = definition;
  const named = usesOfClasses(chart, classes);
  if (named.length === 0) return areListsWhole(when, chart) ? ABSENT : UNKNOWN;
  // What is taken now is not something that was tried and left.
  const isTaken = when === 'tried' && named.some(({ state, origin }) => state === 'current' && origin === 'chart');
  if (isTaken) return ABSENT;
  const counting = [...countingUses(definition, named, chart)].sort(byWeight);
  if (counting.length > 0) {
    return present(itemsOf(counting, classes, chart), {
      codes: codesOfUses(counting, classes),
      evidence: counting.slice(0, MOST_EVIDENCE).map((use) => evidenceOfUse(use, chart)),
      onChart: behindDrafts(counting, classes, chart),
    });
  }
  return areListsWhole(when, chart) ? ABSENT : UNKNOWN;
}

function hasStatus(status: CodeableConcept, codes: readonly string[]): boolean {
  return codesOf(status).some((code) => codes.includes(code));
}

function isStanding({ clinicalStatus, verificationStatus }: Allergy): boolean {
  return (
    !hasStatus(clinicalStatus, ['inactive', 'resolved']) &&
    !hasStatus(verificationStatus, ['refuted', 'entered-in-error'])
  );
}

interface ReadAllergy {
  readonly allergy: Allergy;
  readonly classes: ReadonlyMap<string, MatchedBy>;
  readonly isReadable: boolean;
}

/** An order of its own, so that the order they came in changes nothing. */
function bySubstance(one: Allergy, other: Allergy): number {
  const key = ({ reference, names }: Allergy) => JSON.stringify([reference, names]);
  return key(one) < key(other) ? -1 : 1;
}

function readAllergies(chart: Chart): readonly ReadAllergy[] {
  return resourcesOf(chart.record, 'AllergyIntolerance')
    .map(readAllergy)
    .filter(isStanding)
    .sort(bySubstance)
    .map((allergy) => {
      const { classes, isReadable } = drugMatcherOf(chart.topic).recogniseAllergy({
        names: allergy.names,
        parts: [],
        routes: [],
      });
      return { allergy, classes, isReadable };
    });
}

const allergiesOf = oncePer(readAllergies);

/** An allergy or intolerance to a drug of the classes. Absent only when all allergies were read. */
export function allergyFact(definition: AllergyFact, chart: Chart): Fact {
  const allergies = allergiesOf(chart);
  const matching = allergies.filter(({ classes }) => definition.classes.some((drugClass) => classes.has(drugClass)));
  if (matching.length > 0) {
    const label = ({ allergy: { names } }: ReadAllergy) => labelIn(chart, names[0] ?? {}, definition.title);
    return present(unique(matching.map((one) => [label(one)])).slice(0, MOST_ENTRIES), {
      evidence: matching.map((one) => evidenceOf(one.allergy.reference, label(one), one.allergy.recorded)),
    });
  }
  const isWhole = isCompleteSince(chart, 'allergies', WHOLE) && allergies.every(({ isReadable }) => isReadable);
  return isWhole ? ABSENT : UNKNOWN;
}

/** Entries of the chart that may be taken now and name no drug: how many. */
export function unreadMedications(chart: Chart): Fact {
  const unread = unreadUses(chart).filter(({ origin }) => origin === 'chart');
  const count = `${String(unread.length)} ${unread.length === 1 ? 'entry' : 'entries'}`;
  return unread.length === 0
    ? ABSENT
    : present([[count]], { evidence: unread.map((use) => evidenceOfUse(use, chart)) });
}

/** Drafts that hold a drug nobody can read. A draft without any drug yet is only unfinished. */
export function unreadDrafts(chart: Chart): Fact {
  const unread = unreadUses(chart).filter(({ origin, entry }) => origin === 'draft' && entry.hasDrug);
  return unread.length === 0
    ? ABSENT
    : present([['draft order']], { evidence: unread.map((use) => evidenceOfUse(use, chart)) });
}

/** Whether an allergy is recorded that names no substance anyone can read. */
export function hasUnreadAllergy(chart: Chart): boolean {
  return allergiesOf(chart).some(({ isReadable }) => !isReadable);
}
