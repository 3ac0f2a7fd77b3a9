import type { HookRequest } from '../cds-hooks/types.js';
import { isCompleteSince, openChart } from '../facts/chart.js';
import { currentEncounter } from '../facts/derived/encounter.js';
import { findingsOf, type Findings } from '../facts/derived/index.js';
import { mayConcern } from '../facts/derived/scope.js';
import { describePatient, type ClinicalFacts } from '../facts/describe-patient.js';
import { drugUsesOf } from '../facts/drug-uses.js';
import { plainText } from '../facts/describe-entry.js';
import type { Fact } from '../facts/fact.js';
import type { Topic } from '../knowledge/topic.js';
import type { FetchFhir } from '../record/fhir-client.js';
import { gatherRecord } from '../record/gather-record.js';
import { WHOLE, type PatientRecord } from '../record/patient-record.js';
import * as entries from './chart-entries.js';
import type { ChartEntry, ChartLane, ChartView, LaneKind } from './chart-view.js';

/** What reading a chart may use; the same as answering its hook. */
export interface ChartReading {
  readonly topic: Topic;
  readonly fetchFhir: FetchFhir;
  readonly fhirServers: readonly string[];
  readonly signal: AbortSignal;
  /** Instant in milliseconds. */
  readonly asOf: number;
}

interface Patient {
  readonly record: PatientRecord;
  readonly facts: ClinicalFacts;
  readonly findings: Findings;
  readonly reading: entries.Reading;
}

const isPresent = (fact: Fact) => fact.state === 'present';
const wordsOfFact = (fact: Fact, otherwise: string) =>
  fact.state === 'present' && fact.items[0] !== undefined ? plainText(fact.items[0]) : otherwise;

/** How many stand for now, how many are from before, and how many do not say. */
function countWords(shown: readonly ChartEntry[], isWhole: boolean): string {
  const passed = shown.filter(({ isOfEpisode, isDraft, until }) => !isOfEpisode && !isDraft && until === undefined);
  const undated = passed.filter(({ at }) => at === undefined).length;
  const earlier = passed.length - undated;
  const now = shown.length - passed.length;
  const none = isWhole ? 'none now' : 'none now that could be read';
  return [
    now === 0 ? none : String(now),
    ...(earlier === 0 ? [] : [`${String(earlier)} earlier`]),
    ...(undated === 0 ? [] : [`${String(undated)} undated`]),
  ].join(', ');
}

/** What is not listed may still be on the chart: other drugs, other diagnoses, other orders. */
const NONE: Readonly<Record<LaneKind, string>> = {
  visit: 'no visit is going on',
  condition: 'none that matters here, all were read',
  ecg: 'none found in the episode, everything was read',
  troponin: 'none found, everything was read',
  order: 'no troponin or ECG is ordered, all were read',
  drug: 'none that matters here, all were read',
};

/** None is said only when everything was read. */
function laneWords(kind: LaneKind, shown: readonly ChartEntry[], isWhole: boolean): string {
  if (shown.length === 0) return isWhole ? NONE[kind] : 'not known: not everything could be read';
  const words = countWords(shown, isWhole);
  return isWhole ? words : `${words}; there may be more, not everything could be read`;
}

function laneOf(kind: LaneKind, title: string, isWhole: boolean, shown: readonly ChartEntry[]): ChartLane {
  return { kind, title, isWhole, words: laneWords(kind, shown, isWhole), entries: shown };
}

function visitLane({ findings, reading }: Patient): ChartLane {
  const current = currentEncounter(findings.chart);
  if (current.state === 'current') {
    const entry = entries.visitEntry(current.encounter, reading);
    return { kind: 'visit', title: 'Visit', isWhole: true, words: `since ${entry.when}`, entries: [entry] };
  }
  const words = current.state === 'none' ? NONE.visit : 'not known: the visit could not be read';
  return { kind: 'visit', title: 'Visit', isWhole: current.state === 'none', words, entries: [] };
}

function conditionLane({ findings, reading }: Patient): ChartLane {
  const { chart, inScope } = findings;
  const added = new Set(chart.addedConditions().map(({ entry }) => entry.reference));
  const shown = chart.conditions().map((listed) => entries.conditionEntry(listed, inScope(), added, reading));
  return laneOf('condition', 'Conditions', isCompleteSince(chart, 'conditions', WHOLE), shown);
}

function ecgLane({ findings, reading }: Patient): ChartLane {
  const { chart, ecgs, episode } = findings;
  const isWhole = ['studies', 'reports', 'procedures'].every((need) =>
    isCompleteSince(chart, need, episode().window.start),
  );
  return laneOf(
    'ecg',
    'ECG',
    isWhole,
    ecgs().map((trace) => entries.ecgEntry(trace, reading)),
  );
}

function troponinLane({ findings, facts, reading }: Patient): ChartLane {
  const { results, setAside, awaited } = findings.troponin().entries;
  const shown = [
    ...results.map((result) => entries.troponinEntry(result, reading)),
    ...setAside.map((one) => entries.setAsideEntry(one, reading)),
    ...awaited.map(({ reference, effective, issued }) =>
      entries.setAsideEntry({ reference, reason: 'no-value', detail: 'awaited', time: effective ?? issued }, reading),
    ),
  ];
  const isWhole = isPresent(facts.get('troponin-data'));
  // Under local codes and in reports there may be results that the search for troponins does not find.
  const isElsewhereRead = ['labs', 'reports'].every((need) =>
    isCompleteSince(findings.chart, need, findings.episode().window.start),
  );
  const lane = laneOf('troponin', 'Troponin', isWhole && isElsewhereRead, shown);
  if (!isWhole || isElsewhereRead) return lane;
  const found = shown.length === 0 ? 'none found' : countWords(shown, isWhole);
  return { ...lane, words: `${found}; local results and reports were not read whole` };
}

function orderLane({ findings, facts, reading }: Patient): ChartLane {
  const ecg = facts.get('open-ecg-order');
  const shown = [
    ...findings.troponin().orders.map((order) => entries.orderEntry(order, reading)),
    ...(ecg.state === 'present' ? ecg.evidence.map((one) => entries.evidenceEntry(one, reading)) : []),
  ];
  return laneOf('order', 'Orders', isCompleteSince(findings.chart, 'orders', WHOLE), shown);
}

function drugLane({ findings, facts, reading }: Patient): ChartLane {
  const shown = entries.drugEntries(drugUsesOf(findings.chart), reading);
  return laneOf('drug', 'Drugs', isPresent(facts.get('medication-data')), shown);
}

const SCOPES: Readonly<Record<string, string>> = {
  S1: 'Esophageal spasm is suspected in this episode.',
  S2u: 'Esophageal spasm was suspected long ago and never settled.',
  S2c: 'Esophageal spasm is established.',
};

function scopeWords(fact: Fact): string {
  if (fact.state === 'unknown')
    return 'Whether esophageal spasm is suspected is not known: the conditions could not be read.';
  if (fact.state === 'absent') return 'No esophageal spasm is on record, so the service has nothing to say.';
  return SCOPES[fact.codes[0] ?? ''] ?? 'Esophageal spasm is on record.';
}

function episodeOf({ findings, facts }: Patient): ChartView['episode'] {
  const { window, onset } = findings.episode();
  return {
    start: new Date(window.start).toISOString(),
    end: new Date(window.end).toISOString(),
    words: wordsOfFact(facts.get('window-start'), 'not known'),
    ...(onset !== undefined && { onset: new Date(onset).toISOString() }),
    isKnown: currentEncounter(findings.chart).state !== 'unknown',
  };
}

function gapsOf({ facts }: Patient, { facts: { needs }, cards }: Topic): ChartView['gaps'] {
  return facts.gaps().map(({ need, reason }) => ({
    title: needs.find(({ key }) => key === need)?.title ?? need,
    reason: cards.gapReasons[reason] ?? reason,
  }));
}

function viewOf(patient: Patient, topic: Topic): ChartView {
  const lanes = [visitLane, conditionLane, ecgLane, troponinLane, orderLane, drugLane];
  return {
    asOf: new Date(patient.facts.asOf).toISOString(),
    age: wordsOfFact(patient.facts.get('age'), 'not known'),
    scope: scopeWords(patient.facts.get('scope')),
    episode: episodeOf(patient),
    lanes: lanes.map((lane) => lane(patient)),
    gaps: gapsOf(patient, topic),
  };
}

/**
 * Reads the chart of a hook call with the functions that make its cards, so that page and cards cannot disagree. Never
 * throws for missing data: what could not be had is said in the view.
 */
export async function readChart(request: HookRequest, { topic, fetchFhir, fhirServers, signal, asOf }: ChartReading) {
  const record = await gatherRecord(request, topic, {
    fetchFhir,
    allowedFhirServers: fhirServers,
    allowInsecure: false,
    asOf,
    signal,
    mayConcern: (resources) => mayConcern(resources, topic),
  });
  const chart = openChart(record, topic, asOf);
  const findings = findingsOf(chart);
  const facts = describePatient(record, topic, asOf);
  return viewOf({ record, facts, findings, reading: { chart, episode: findings.episode() } }, topic);
}
