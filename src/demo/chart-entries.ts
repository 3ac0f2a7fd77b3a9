import { mayLieIn, readTime, type TimeSpan } from '../fhir/date-time.js';
import type { Condition } from '../fhir/resource.js';
import { isIn, labelIn, type Chart, type Listed } from '../facts/chart.js';
import { certaintyOf, isActive, isRefuted } from '../facts/derived/condition-status.js';
import type { EcgTrace } from '../facts/derived/ecg.js';
import type { Episode } from '../facts/derived/episode.js';
import type { InScope } from '../facts/derived/scope.js';
import type { TroponinOrder } from '../facts/derived/troponin-orders.js';
import type { SetAside, SetAsideReason, TroponinResult } from '../facts/derived/troponin-result.js';
import { dateOf, describeMoment, plainText } from '../facts/describe-entry.js';
import { drugLabel, evidenceOfUse, type DrugUse } from '../facts/drug-uses.js';
import type { Evidence, Phrase } from '../facts/fact.js';
import type { ChartEntry } from './chart-view.js';

/** What the entries of one chart have in common. */
export interface Reading {
  readonly chart: Chart;
  readonly episode: Episode;
}

type Times = Pick<ChartEntry, 'at' | 'until' | 'isExact' | 'when' | 'isOfEpisode'>;

const iso = (milliseconds: number) => new Date(milliseconds).toISOString();

/** A day without a time is placed in its middle, but never after now. */
function placeOf({ start, end, isPrecise }: TimeSpan, asOf: number): number {
  return isPrecise ? start : Math.min((start + end) / 2, Math.max(asOf, start));
}

function timesOf(time: TimeSpan | undefined, { chart: { asOf }, episode }: Reading): Times {
  if (time === undefined) return { isExact: false, when: 'no date recorded', isOfEpisode: false };
  return {
    at: iso(placeOf(time, asOf)),
    isExact: time.isPrecise,
    when: describeMoment(time, asOf),
    isOfEpisode: mayLieIn(time, episode.window),
  };
}

const textOfPhrase = (phrase: Phrase) => plainText([phrase]);
const notes = (...all: readonly (string | false | undefined)[]) =>
  all.filter((note): note is string => typeof note === 'string' && note !== '');

function limitOf({ limit, quantity }: TroponinResult): string | undefined {
  const unit = quantity?.unit ?? quantity?.code;
  return limit === undefined
    ? undefined
    : `${String(Number(limit.toPrecision(6)))}${unit === undefined ? '' : ` ${unit}`}`;
}

const VERDICTS = { elevated: 'above', 'not-elevated': 'within', undecided: 'undecided' } as const;

function verdictText(result: TroponinResult): string {
  const limit = limitOf(result);
  const by = limit === undefined ? 'the limit, by what the laboratory says' : `the laboratory's limit of ${limit}`;
  if (result.judgement === 'elevated') return `above ${by}`;
  if (result.judgement === 'not-elevated') return `within ${by}`;
  return limit === undefined ? 'limit not known' : `cannot be judged against the limit of ${limit}`;
}

export function troponinEntry(result: TroponinResult, reading: Reading): ChartEntry {
  return {
    reference: result.reference,
    label: result.family.name,
    value: result.printed,
    verdict: VERDICTS[result.judgement],
    verdictText: verdictText(result),
    notes: notes(
      result.flag !== undefined && `flag ${result.flag}`,
      result.isContradictory && 'flag and range disagree',
      result.isPartlyUnread && 'partly unreadable',
      result.isPreliminary && 'preliminary',
      result.isMatchedByText && 'matched by text',
      result.isTimeOfResult && 'time of the result, collection not known',
      result.hasUnreadTime && 'its time cannot be read',
    ),
    ...timesOf(result.time, reading),
    isDraft: false,
  };
}

const SET_ASIDE: Readonly<Record<SetAsideReason, string>> = {
  status: 'set aside for its status',
  'no-value': 'without a value',
  'unreadable-value': 'its value cannot be read',
  'not-found': 'its results are nowhere in the record',
  'unknown-name': 'named troponin, but under no known code',
  'not-a-result-name': 'names a limit or a comment, not a result',
};

export function setAsideEntry(
  { reference, reason, detail, time }: Pick<SetAside, 'reference' | 'reason' | 'detail' | 'time'>,
  reading: Reading,
): ChartEntry {
  return {
    reference,
    label: 'Troponin entry that is no result',
    notes: notes(SET_ASIDE[reason], detail),
    ...timesOf(time, reading),
    isDraft: false,
  };
}

export function ecgEntry(
  { reference, time, reading: read, words, isMatchedByText }: EcgTrace,
  reading: Reading,
): ChartEntry {
  return {
    reference,
    label: 'ECG',
    value: read ?? 'tracing recorded',
    notes: notes(words, isMatchedByText && 'matched by text'),
    ...timesOf(time, reading),
    isDraft: false,
  };
}

export function orderEntry({ order, state, since }: TroponinOrder, reading: Reading): ChartEntry {
  const isDraft = state === 'drafted';
  return {
    reference: order.reference,
    label: textOfPhrase(labelIn(reading.chart, order.code, 'troponin order')),
    value: state === 'on-hold' ? 'on hold' : state,
    notes: notes(isDraft && 'being written, not signed'),
    ...timesOf(since, reading),
    ...(isDraft && { when: 'now' }),
    isDraft,
  };
}

/** An entry that a fact stands on, where the fact tells no more of it. */
export function evidenceEntry(
  { reference, display, date, value, isDraft = false }: Evidence,
  reading: Reading,
): ChartEntry {
  return {
    reference,
    label: display,
    ...(value !== undefined && { value }),
    notes: [],
    ...timesOf(readTime(date), reading),
    isDraft,
  };
}

function isShownUse({ state, drug }: DrugUse): boolean {
  return state !== 'none' && (drug.classes.size > 0 || !drug.isReadable);
}

/** The drugs that the rules speak of, and those that nobody can read. */
export function drugEntries(uses: readonly DrugUse[], reading: Reading): readonly ChartEntry[] {
  return uses.filter(isShownUse).map((use) => drugEntry(use, reading));
}

function drugEntry(use: DrugUse, reading: Reading): ChartEntry {
  const { chart } = reading;
  const { since, until, isAsNeeded } = use.entry;
  const isCurrent = use.state === 'current';
  const isDraft = use.origin !== 'chart';
  const titles = [...use.drug.classes.keys()].map((id) => chart.topic.drugs.classes[id]?.title ?? id);
  const end = isCurrent ? chart.asOf : until?.start;
  const times = timesOf(since ?? until, reading);
  return {
    reference: use.entry.reference,
    label: textOfPhrase(drugLabel(use, chart)),
    value: evidenceOfUse(use, chart).value ?? '',
    notes: notes(...titles, isAsNeeded && 'as needed', !use.drug.isReadable && 'names no drug that can be read'),
    ...times,
    ...(isDraft && { when: 'now' }),
    ...(end !== undefined && times.at !== undefined && { until: iso(Math.max(end, Date.parse(times.at))) }),
    isDraft,
  };
}

function describeStanding(condition: Condition, asOf: number): string {
  if (isRefuted(condition)) return 'refuted';
  return isActive(condition, asOf) ? certaintyOf(condition) : 'no longer active';
}

export function conditionEntry(
  listed: Listed<Condition>,
  inScope: InScope | undefined,
  added: ReadonlySet<string>,
  reading: Reading,
): ChartEntry {
  const { entry } = listed;
  const { chart } = reading;
  const isOfTopic = entry.reference === inScope?.condition.reference;
  const times = timesOf(dateOf(entry), reading);
  const isLasting = isActive(entry, chart.asOf) && !isRefuted(entry) && times.at !== undefined;
  return {
    reference: entry.reference,
    label: textOfPhrase(labelIn(chart, entry.code, 'condition')),
    value: describeStanding(entry, chart.asOf),
    notes: notes(
      isOfTopic && 'the reason why this service speaks',
      isIn(listed, 'esophageal-spasm') && !isOfTopic && 'esophageal spasm',
    ),
    ...times,
    ...(isLasting && { until: iso(chart.asOf) }),
    isDraft: added.has(entry.reference),
  };
}

/** Classes of a visit: Encounter.class, of v3-ActCode. */
const VISIT_CLASSES: ReadonlyMap<string, string> = new Map([
  ['EMER', 'emergency'],
  ['IMP', 'inpatient'],
  ['ACUTE', 'inpatient, acute'],
  ['NONAC', 'inpatient, not acute'],
  ['OBSENC', 'observation'],
  ['SS', 'short stay'],
  ['PRENC', 'before admission'],
  ['AMB', 'ambulatory'],
  ['VR', 'virtual'],
  ['HH', 'at home'],
  ['FLD', 'in the field'],
]);

function classWords(code: string | undefined): string {
  return code === undefined ? 'class not stated' : (VISIT_CLASSES.get(code) ?? code);
}

/** The encounter the hook was fired in. */
export function visitEntry(
  {
    reference,
    start,
    classCode,
  }: { readonly reference: string; readonly start: TimeSpan | undefined; readonly classCode: string | undefined },
  reading: Reading,
): ChartEntry {
  return {
    reference,
    label: 'Visit',
    value: classWords(classCode),
    notes: [],
    ...timesOf(start, reading),
    until: iso(reading.chart.asOf),
    isDraft: false,
  };
}
