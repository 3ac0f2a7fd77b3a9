import type { CodeableConcept } from 'fhir/r4.js';
import { labelOf } from '../fhir/codeable-concept.js';
import { describeAge, describeTime, type TimeSpan } from '../fhir/date-time.js';
import type { Condition } from '../fhir/resource.js';
import type { Evidence, Item, Phrase } from './fact.js';

/** `2026-03-10 10:30 UTC (1 h 30 min ago)` */
export function describeMoment(time: TimeSpan, asOf: number): string {
  return `${describeTime(time)} (${describeAge(time, asOf)})`;
}

/** What the record calls a concept, as text of the chart. */
export function chartLabel(concept: CodeableConcept, otherwise: string): Phrase {
  const label = labelOf(concept);
  return label === undefined ? otherwise : { chart: label };
}

export function plainText(item: Item): string {
  return item.map((phrase) => (typeof phrase === 'string' ? phrase : phrase.chart)).join('');
}

export function evidenceOf(reference: string, display: Phrase, date: TimeSpan | undefined, value?: string): Evidence {
  return { reference, display: plainText([display]), date: date?.text, value };
}

/** The date that tells how new a condition is: its onset, else when it was recorded. */
export function dateOf(condition: Condition): TimeSpan | undefined {
  return condition.onset ?? condition.recorded;
}

/** `Acute infarction, 2026-03-10 09:00 UTC (3 h ago)` */
export function describeDated(label: Phrase, date: TimeSpan | undefined, asOf: number): Item {
  return [label, date === undefined ? ', no date recorded' : `, ${describeMoment(date, asOf)}`];
}

/** `active, 2026-03-10 10:30 UTC (1 h 30 min ago)`: how an order stands that is still open. */
export function describeOpenOrder(
  {
    isDraft,
    isOnHold,
    time,
  }: { readonly isDraft: boolean; readonly isOnHold: boolean; readonly time: TimeSpan | undefined },
  asOf: number,
): string {
  if (isDraft) return 'draft, not signed yet';
  return `${isOnHold ? 'on hold' : 'active'}, ${time === undefined ? 'no date recorded' : describeMoment(time, asOf)}`;
}

const MOST_ITEMS = 4;

/** At most four items, and how many more there are. */
export function shortened(items: readonly Item[]): readonly Item[] {
  if (items.length <= MOST_ITEMS) return items;
  return [...items.slice(0, MOST_ITEMS - 1), [`${String(items.length - MOST_ITEMS + 1)} more`]];
}
