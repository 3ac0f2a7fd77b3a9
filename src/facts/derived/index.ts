import { once, oncePer } from '../../lazy/once.js';
import type { ObservationFact } from '../../knowledge/content-types.js';
import type { Topic } from '../../knowledge/topic.js';
import type { CodeKnowledge } from '../../knowledge/cross-check.js';
import { setAsideMeasurements } from '../asserted.js';
import { WHOLE } from '../../record/patient-record.js';
import { isCompleteSince, type Chart } from '../chart.js';
import { present, UNKNOWN, type Fact } from '../fact.js';
import { medicationData, unreadDrafts, unreadMedications } from '../medication-facts.js';
import { ecg, ecgAbnormal, ecgUninterpreted, openEcgOrder, readEcgs, type EcgTrace } from './ecg.js';
import { setting } from './encounter.js';
import { episodeOf, windowStart, type Episode } from './episode.js';
import { age, deceased } from './person.js';
import { conditionEntry, findInScope, matchedByText, scope, type InScope } from './scope.js';
import * as troponin from './troponin-facts.js';
import {
  completedOrder,
  openTroponinOrder,
  pendingOrderAge,
  pendingTroponin,
  repeatTroponinDue,
} from './troponin-pending.js';
import { reviewTroponin, type TroponinReview } from './troponin-review.js';
import { setAsideTroponin } from './troponin-set-aside.js';
import { earlierUnusableTroponin, unusableTroponin } from './troponin-unusable.js';

/** What several facts are calculated from; each part is worked out once, when a fact first asks for it. */
export interface Findings {
  readonly chart: Chart;
  readonly inScope: () => InScope | undefined;
  readonly episode: () => Episode;
  readonly troponin: () => TroponinReview;
  readonly ecgs: () => readonly EcgTrace[];
}

export function findingsOf(chart: Chart): Findings {
  const inScope = once(() => findInScope(chart));
  const episode = once(() => episodeOf(chart, inScope()));
  return {
    chart,
    inScope,
    episode,
    troponin: once(() => reviewTroponin(chart, episode(), inScope())),
    ecgs: once(() => readEcgs(chart, episode())),
  };
}

function isObservation(fact: { readonly kind: string }): fact is ObservationFact {
  return fact.kind === 'observation';
}

interface Measured {
  readonly vitals: readonly ObservationFact[];
  readonly others: readonly ObservationFact[];
}

const measuredIn = oncePer(({ facts }: Topic): Measured => {
  const all = Object.values(facts.facts).filter(isObservation);
  return {
    vitals: all.filter(({ need }) => need === 'vitals'),
    others: all.filter(({ need }) => need !== 'vitals'),
  };
});

const ofTroponin =
  (calculate: (review: TroponinReview) => Fact) =>
  (findings: Findings): Fact =>
    calculate(findings.troponin());

/** The calculated facts by the names that facts.json gives them. */
export const DERIVED_FACTS: Readonly<Record<string, (findings: Findings) => Fact>> = {
  hook: ({ chart: { record } }) => present([[record.hook]], { codes: [record.hook] }),
  'studies-data': ({ chart }) => (isCompleteSince(chart, 'studies', WHOLE) ? present([['read whole']]) : UNKNOWN),
  'medication-data': ({ chart }) => medicationData(chart),
  'unread-drafts': ({ chart }) => unreadDrafts(chart),
  'unread-medications': ({ chart }) => unreadMedications(chart),
  'open-troponin-order': ofTroponin(openTroponinOrder),
  'open-ecg-order': ({ chart }) => openEcgOrder(chart),
  'repeat-troponin-due': ofTroponin(repeatTroponinDue),
  age: ({ chart }) => age(chart),
  deceased: ({ chart }) => deceased(chart),
  scope: ({ chart, inScope }) => scope(chart, inScope()),
  'condition-entry': ({ chart, inScope }) => conditionEntry(chart, inScope()),
  'condition-matched-by-text': ({ inScope }) => matchedByText(inScope()),
  setting: ({ chart }) => setting(chart),
  'window-start': ({ episode }) => windowStart(episode()),
  'troponin-data': ofTroponin(troponin.troponinData),
  'local-laboratory-data': ofTroponin(troponin.localLaboratoryData),
  'elevated-troponin': ofTroponin(troponin.elevatedTroponin),
  'elevated-troponin-date': ofTroponin(troponin.elevatedTroponinDate),
  'elevated-by-one-sign-only': ofTroponin(troponin.elevatedByOneSignOnly),
  'troponin-results': ofTroponin(troponin.troponinResults),
  'final-troponin-results': ofTroponin(troponin.finalTroponinResults),
  'older-troponin': ofTroponin(troponin.olderTroponin),
  'older-troponin-date': ofTroponin(troponin.olderTroponinDate),
  'recent-elevated-troponin': ofTroponin(troponin.recentElevatedTroponin),
  serial: ofTroponin(troponin.serial),
  'onset-to-last-sample': ofTroponin(troponin.onsetToLastSample),
  'sample-spacing': ofTroponin(troponin.sampleSpacing),
  'below-detection-limit': ofTroponin(troponin.belowDetectionLimit),
  'pending-troponin': ofTroponin(pendingTroponin),
  'pending-order-age': ofTroponin(pendingOrderAge),
  'completed-order': ofTroponin(completedOrder),
  'set-aside-troponin': ofTroponin(setAsideTroponin),
  'unusable-troponin': ofTroponin(unusableTroponin),
  'earlier-unusable-troponin': ofTroponin(earlierUnusableTroponin),
  ecg: ({ chart, episode, ecgs }) => ecg(chart, episode(), ecgs()),
  'ecg-abnormal': ({ chart, episode, ecgs }) => ecgAbnormal(chart, episode(), ecgs()),
  'ecg-uninterpreted': ({ ecgs }) => ecgUninterpreted(ecgs()),
  'set-aside-vitals': ({ chart }) => setAsideMeasurements(measuredIn(chart.topic).vitals, chart),
  'set-aside-measurements': ({ chart }) => setAsideMeasurements(measuredIn(chart.topic).others, chart),
};

/** What content may rely on: the calculated facts, and the value sets these read by name. */
export const CODE_KNOWLEDGE: CodeKnowledge = {
  derivedFacts: new Set(Object.keys(DERIVED_FACTS)),
  valueSets: [
    'esophageal-spasm',
    'severe-condition',
    'chest-pain',
    'troponin-i-high-sensitivity',
    'troponin-t-high-sensitivity',
    'troponin-i-conventional',
    'troponin-t-conventional',
    'troponin-qualitative',
    'troponin-interpretation',
    'troponin-panel',
    'troponin-not-result',
    'troponin-assay-limit',
    'troponin-detection-limit',
    'high-troponin-finding',
    'troponin-order',
    'cardiac-enzyme-order',
    'ecg',
    'ecg-tracing-only',
    'ecg-measurement',
    'ecg-normal',
    'ecg-abnormal',
    'ecg-nondiagnostic',
    'result-negative',
    'result-positive',
    'result-detected',
    'result-indeterminate',
    'interpretation-elevated',
    'interpretation-not-elevated',
    'interpretation-undecided',
    'sex-female',
    'sex-male',
  ],
};
