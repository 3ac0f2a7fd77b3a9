import type { CodeableConcept } from 'fhir/r4.js';
import { wordsOf } from '../fhir/codeable-concept.js';
import { mayLieIn, type TimeSpan } from '../fhir/date-time.js';
import { readServiceRequest, type ServiceRequest } from '../fhir/resource.js';
import type { OrderFact, ProcedureFact } from '../knowledge/content-types.js';
import { thresholdOf } from '../knowledge/thresholds.js';
import { oncePer } from '../lazy/once.js';
import { WHOLE } from '../record/patient-record.js';
import { draftKey } from '../record/proposal.js';
import { isCompleteSince, setsOfConcept, type Chart } from './chart.js';
import { chartLabel, describeDated, evidenceOf } from './describe-entry.js';
import { ABSENT, present, presentOrAbsent, UNKNOWN, type Fact, type Item } from './fact.js';
import { phrasePattern } from '../knowledge/phrase-pattern.js';

/** A trace that something was done: a Procedure, or the report of one. */
interface Done {
  readonly reference: string;
  readonly code: CodeableConcept;
  readonly time: TimeSpan | undefined;
}

const REPORTED = new Set(['final', 'amended', 'corrected', 'appended']);

const doneOf = oncePer((chart: Chart): readonly Done[] => {
  const procedures = chart
    .procedures()
    .filter(({ entry }) => entry.status === 'completed')
    .map(({ entry: { reference, code, performed } }) => ({ reference, code, time: performed }));
  const reports = chart
    .reports()
    .filter(({ entry }) => REPORTED.has(entry.status ?? ''))
    .map(({ entry: { reference, code, effective, issued } }) => ({ reference, code, time: effective ?? issued }));
  return [...procedures, ...reports];
});

type Kind = Pick<ProcedureFact, 'valueSets' | 'names'>;

const patternOf = oncePer(({ names }: Kind) => (names === undefined ? undefined : phrasePattern(names)));

/** By a listed code, else by name; undefined when it is something else. */
function matchOf(code: CodeableConcept, kind: Kind, chart: Chart): 'code' | 'name' | undefined {
  if (setsOfConcept(chart, code).some((set) => kind.valueSets.includes(set))) return 'code';
  const pattern = patternOf(kind);
  return wordsOf(code).some((text) => pattern?.test(text)) ? 'name' : undefined;
}

function isWithin({ time }: Done, { within }: ProcedureFact, { asOf, topic }: Chart): boolean {
  const lookback = thresholdOf(topic.thresholds, within);
  if (lookback === undefined || time === undefined) return true;
  return mayLieIn(time, { start: asOf - lookback, end: asOf });
}

function describe(item: Item, match: 'code' | 'name' | undefined): Item {
  return match === 'name' ? [...item, ', matched by name'] : item;
}

/** Whether a procedure of the kind is on record that does not say how far it came. */
function mayBeDone(definition: ProcedureFact, chart: Chart): boolean {
  return chart
    .procedures()
    .some(
      ({ entry: { status, code } }) =>
        (status === undefined || status === 'unknown') && matchOf(code, definition, chart) !== undefined,
    );
}

/** A procedure that was completed. Absent only when all procedures were read. */
export function procedureFact(definition: ProcedureFact, chart: Chart): Fact {
  const done = doneOf(chart).filter(
    (one) => matchOf(one.code, definition, chart) !== undefined && isWithin(one, definition, chart),
  );
  if (done.length === 0)
    return isCompleteSince(chart, 'procedures', WHOLE) && !mayBeDone(definition, chart) ? ABSENT : UNKNOWN;
  const label = (code: CodeableConcept) => chartLabel(code, definition.title);
  const items = done
    .slice(0, 1)
    .map(({ code, time }) => describe(describeDated(label(code), time, chart.asOf), matchOf(code, definition, chart)));
  const evidence = done.map(({ reference, code, time }) => evidenceOf(reference, label(code), time));
  return present(items, { evidence });
}

/** Draft orders of tests and procedures that the user is working on. */
export function draftedOrders({ record }: Chart): readonly ServiceRequest[] {
  const { orders, focus } = record.proposal;
  return orders
    .filter((raw) => raw['resourceType'] === 'ServiceRequest' && focus.has(draftKey(raw)))
    .map(readServiceRequest)
    .filter(({ isProhibition, status }) => !isProhibition && status !== 'revoked' && status !== 'entered-in-error')
    .sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}

/** A draft that orders something of the definition's kind. */
export function orderFact(definition: OrderFact, chart: Chart): Fact {
  const drafted = draftedOrders(chart).filter(({ code }) => matchOf(code, definition, chart) !== undefined);
  const items = drafted.map(({ code }) =>
    describe([chartLabel(code, definition.title), ', draft order'], matchOf(code, definition, chart)),
  );
  return presentOrAbsent(items.slice(0, 1), {
    codes: drafted.length > 0 ? ['draft'] : [],
    evidence: drafted.map(({ reference, code }) => ({
      ...evidenceOf(reference, chartLabel(code, definition.title), undefined, 'draft order'),
      isDraft: true,
    })),
  });
}
