import { hasKnownCoding, labelOf, localCodesOf, wordsOf } from '../../fhir/codeable-concept.js';
import { idOf } from '../../fhir/element.js';
import { describeQuantity, factorToNanogramsPerLitre } from '../../fhir/quantity.js';
import type { Observation, ObservedValue } from '../../fhir/observation.js';
import { isIn, type Chart, type Listed } from '../chart.js';
import {
  candidatesOf,
  limitsByMember,
  NO_LIMITS,
  reportedObservations,
  type Candidate,
} from './troponin-candidates.js';
import { judge, quantityOf, type Judged } from './troponin-judgement.js';
import type { AssayFamily, TroponinResult, SetAsideReason, SetAside, TroponinEntries } from './troponin-result.js';
import { timingOf } from './troponin-timing.js';

/** Value sets of results, by assay family. A code whose sensitivity is not stated is conventional: wider spacing. */
const FAMILIES = {
  'troponin-i-high-sensitivity': { name: 'hs-cTnI', sensitivity: 'high-sensitivity' },
  'troponin-t-high-sensitivity': { name: 'hs-cTnT', sensitivity: 'high-sensitivity' },
  'troponin-i-conventional': { name: 'cTnI', sensitivity: 'conventional' },
  'troponin-t-conventional': { name: 'cTnT', sensitivity: 'conventional' },
  'troponin-qualitative': { name: 'qualitative troponin', sensitivity: 'qualitative' },
  'troponin-interpretation': { name: 'troponin interpretation', sensitivity: 'qualitative' },
} as const;

export const RESULT_SETS: readonly string[] = Object.keys(FAMILIES);
export const PANEL_SET = 'troponin-panel';
const NOT_RESULT_SET = 'troponin-not-result';

const FULL_CREDIT = new Set(['final', 'amended', 'corrected']);
/** A registered result that has a value already is as good as a preliminary one. */
const NOT_FINAL = new Set(['preliminary', 'registered']);
const IGNORED = new Set(['cancelled', 'entered-in-error']);

/**
 * The assay family of a code. Laboratories file conventional assays under a high-sensitivity code: a result in ng/mL
 * or ug/L is taken as conventional, whose samples must be further apart.
 */
function familyOf({ sets, observed }: Candidate): AssayFamily | undefined {
  const set = RESULT_SETS.find((id) => sets.includes(id));
  if (set === undefined) return undefined;
  const family = FAMILIES[set as keyof typeof FAMILIES];
  const quantity = quantityOf(observed);
  const isCoarse = quantity !== undefined && (factorToNanogramsPerLitre(quantity) ?? 1) > 1;
  if (family.sensitivity !== 'high-sensitivity' || !isCoarse) return family;
  return { name: `${family.name} in ${quantity.unit ?? quantity.code ?? 'coarse units'}`, sensitivity: 'conventional' };
}

function isValued({ quantity, text, concept }: ObservedValue): boolean {
  return quantity !== undefined || text !== undefined || (concept !== undefined && labelOf(concept) !== undefined);
}

function hasValue(observed: ObservedValue, judged: Judged): boolean {
  if (isValued(observed)) return true;
  return judged.flag !== undefined && judged.judgement !== 'undecided';
}

function printedValue(observed: ObservedValue): string {
  if (observed.quantity !== undefined) return describeQuantity(observed.quantity);
  return (
    observed.text ?? (observed.concept === undefined ? undefined : labelOf(observed.concept)) ?? 'interpretation only'
  );
}

function toResult(
  candidate: Candidate,
  family: AssayFamily,
  isMatchedByText: boolean,
  judged: Judged,
  chart: Chart,
): TroponinResult {
  const { observed, parent, reference, limits } = candidate;
  return {
    ...judged,
    reference,
    family,
    isMatchedByText,
    label: labelOf(observed.code) ?? 'troponin',
    code: observed.code.coding?.find(({ code }) => code !== undefined)?.code,
    isPreliminary: parent.status !== undefined && NOT_FINAL.has(parent.status),
    ...timingOf(parent, chart),
    quantity: quantityOf(observed),
    printed: printedValue(observed),
    specimen: parent.specimen?.text,
    detectionLimit: limits.detection,
  };
}

const BY_NAME: AssayFamily = { name: 'troponin by name', sensitivity: 'conventional' };

/** `doubt`: the entry may be a result that cannot be read, so that absence must not be concluded. */
type Reading =
  | { readonly result: TroponinResult }
  | { readonly setAside: SetAside; readonly isDoubt: boolean }
  | { readonly awaited: Observation };

type Reason = Pick<SetAside, 'reason' | 'detail' | 'isWorrying'>;

function setAside({ reference, parent }: Candidate, why: Reason, chart: Chart): Reading {
  const isDoubt = why.reason === 'status' ? parent.status !== 'unknown' : why.reason !== 'no-value';
  return { setAside: { reference, ...why, ...timingOf(parent, chart) }, isDoubt };
}

function whyNoValue({ hasUnreadValue, absentReason }: ObservedValue): Reason {
  if (hasUnreadValue) return { reason: 'unreadable-value', detail: undefined, isWorrying: true };
  const detail = absentReason === undefined ? undefined : labelOf(absentReason);
  return { reason: 'no-value', detail, isWorrying: false };
}

function whyByStatus({ observed, parent }: Candidate, { judgement, isPartlyUnread }: Judged): Reason {
  return {
    reason: 'status',
    detail: `${parent.status ?? 'status missing'}, value ${printedValue(observed)}`,
    isWorrying: judgement === 'elevated' || isPartlyUnread || observed.hasUnreadValue,
  };
}

function readCandidate(
  candidate: Candidate,
  family: AssayFamily,
  isMatchedByText: boolean,
  chart: Chart,
): Reading | undefined {
  const { observed, parent, limits } = candidate;
  if (parent.status !== undefined && IGNORED.has(parent.status)) return undefined;
  const judged = judge(observed, family.sensitivity === 'qualitative', limits.upper, chart);
  if (parent.status === 'registered' && !isValued(observed)) return { awaited: parent };
  if (parent.status === undefined || !(FULL_CREDIT.has(parent.status) || NOT_FINAL.has(parent.status))) {
    return setAside(candidate, whyByStatus(candidate, judged), chart);
  }
  if (!hasValue(observed, judged)) return setAside(candidate, whyNoValue(observed), chart);
  return { result: toResult(candidate, family, isMatchedByText, judged, chart) };
}

/**
 * An entry that only its name makes a troponin. Without a code of a known system it is a result, unless its name says
 * something else; with a code that no value set lists nobody here knows what it is. In doubt it may alarm, never calm.
 */
function readNamed(candidate: Candidate, chart: Chart): Reading | undefined {
  const { observed, sets } = candidate;
  const names = [...wordsOf(observed.code), ...localCodesOf(observed.code)].filter(chart.words.namesTroponin);
  const [name] = names;
  if (sets.length > 0 || name === undefined) return undefined;
  const reading = readCandidate(candidate, { ...BY_NAME, name }, true, chart);
  const isOtherThing = names.some(chart.words.namesNoResult);
  const isClear = !isOtherThing && !hasKnownCoding(observed.code);
  if (isClear || reading === undefined || !('result' in reading)) return reading;
  const { judgement, isPartlyUnread } = reading.result;
  if (judgement === 'elevated') return reading;
  const reason: SetAsideReason = isOtherThing ? 'not-a-result-name' : 'unknown-name';
  return setAside(candidate, { reason, detail: name, isWorrying: isPartlyUnread }, chart);
}

function read(candidate: Candidate, chart: Chart): Reading | undefined {
  const family = familyOf(candidate);
  return family === undefined ? readNamed(candidate, chart) : readCandidate(candidate, family, false, chart);
}

function saysMore(one: TroponinResult, other: TroponinResult): boolean {
  if (one.judgement !== other.judgement) return one.judgement === 'elevated';
  return other.isPreliminary && !one.isPreliminary;
}

/** A component and a stand-alone copy of one result: same code, time and value. The more worrying or final stays. */
function withoutCopies(results: readonly TroponinResult[]): readonly TroponinResult[] {
  const known = new Map<string, TroponinResult>();
  for (const result of results) {
    const key = [result.code ?? result.label, result.time?.start ?? result.reference, result.printed].join('|');
    const before = known.get(key);
    if (before === undefined || saysMore(result, before)) known.set(key, result);
  }
  return [...known.values()];
}

function isLive({ status }: Observation): boolean {
  return status === undefined || !IGNORED.has(status);
}

/** A panel without a result of its own, some of whose members are nowhere to be found: one may be the result. */
function isUnresolved({ entry, sets }: Listed<Observation>, readIds: ReadonlySet<string>, chart: Chart): boolean {
  if (!sets.includes(PANEL_SET) || !isLive(entry) || readIds.has(idOf(entry.reference))) return false;
  if (entry.members.some(({ id }) => id !== undefined && readIds.has(id))) return false;
  return entry.members.some(
    ({ id, text }) => text?.startsWith('#') !== true && (id === undefined || !chart.hasObservation(id)),
  );
}

function asNotFound(panel: Observation, chart: Chart): SetAside {
  const { reference } = panel;
  return { reference, reason: 'not-found', detail: labelOf(panel.code), isWorrying: true, ...timingOf(panel, chart) };
}

/** Every troponin entry of the chart, sorted by what it is. Panel members are counted once. */
export function readTroponinEntries(chart: Chart): TroponinEntries {
  const observations = [...chart.observations(), ...reportedObservations(chart)].filter(
    (listed) => !isIn(listed, NOT_RESULT_SET) || isIn(listed, PANEL_SET, ...RESULT_SETS),
  );
  const limits = limitsByMember(chart.observations(), chart);
  const perEntry = observations.map((listed) => {
    const own = limits.get(listed.entry.reference) ?? NO_LIMITS;
    const readings = candidatesOf(listed.entry, own, chart).flatMap((candidate) => read(candidate, chart) ?? []);
    return { listed, readings };
  });
  const all = perEntry.flatMap(({ readings }) => readings);
  const readIds = new Set(
    perEntry.filter(({ readings }) => readings.length > 0).map(({ listed }) => idOf(listed.entry.reference)),
  );
  return {
    results: withoutCopies(all.flatMap((reading) => ('result' in reading ? [reading.result] : []))),
    setAside: all.flatMap((reading) => ('setAside' in reading ? [reading.setAside] : [])),
    awaited: all.flatMap((reading) => ('awaited' in reading ? [reading.awaited] : [])),
    unresolvedPanels: observations
      .filter((listed) => isUnresolved(listed, readIds, chart))
      .map(({ entry }) => asNotFound(entry, chart)),
    doubtful: all.flatMap((reading) => ('setAside' in reading && reading.isDoubt ? [reading.setAside] : [])),
    readIds,
  };
}
