import { readTime, type TimeSpan } from './date-time.js';
import { isObject, objectsOf, textOf, type JsonObject } from './json.js';
import { readReference, type ResourceReference } from './reference.js';

/** R4 resources as far as this service reads them. Unreadable members are left out; nothing here throws. */
export interface Resource {
  /** `Type/id`, or `Type/(no id)` when the resource came without one. */
  readonly reference: string;
}

/** Resources that were made of another: what a client calls them is the name of the one that it sent. */
const originals = new WeakMap<JsonObject, JsonObject>();

/** The resource, known from now on as the one that it was made of. */
export function knownAs(resource: JsonObject, original: JsonObject): JsonObject {
  originals.set(resource, original);
  return resource;
}

/** The resource as the client sent it: itself unless it was made of another. Its type and id are what a client knows. */
export function originalOf(resource: JsonObject): JsonObject {
  return originals.get(resource) ?? resource;
}

const NO_ID = '(no id)';
const PRINTABLE_ID = /^[A-Za-z0-9\-._]{1,255}$/;

/** `Type/id` of a resource as the client knows it; ids are part of answers, so one that is no id is not repeated. */
export function referenceTo(raw: JsonObject): string {
  const known = originalOf(raw);
  const id = textOf(known['id']);
  const type = textOf(known['resourceType']) ?? 'Resource';
  return `${type}/${id !== undefined && PRINTABLE_ID.test(id) ? id : NO_ID}`;
}

/** Whether a `Type/id` is that of a resource that came without an id: it tells one from another no more. */
export function hasNoId(reference: string): boolean {
  return reference.endsWith(NO_ID);
}

/** The id of a `Type/id`. */
export function idOf(reference: string): string {
  return reference.slice(reference.indexOf('/') + 1);
}

export function referencesOf(value: unknown): readonly ResourceReference[] {
  return objectsOf(value).flatMap((item) => readReference(item) ?? []);
}

/** The start of a Period; its end when that is all there is. */
export function periodTime(value: unknown): TimeSpan | undefined {
  return isObject(value) ? (readTime(value['start']) ?? readTime(value['end'])) : undefined;
}

/** The end of a Period. */
export function periodEnd(value: unknown): TimeSpan | undefined {
  return isObject(value) ? readTime(value['end']) : undefined;
}

export function earliestEvent(timing: unknown): TimeSpan | undefined {
  const events = isObject(timing) && Array.isArray(timing['event']) ? timing['event'] : [];
  return events.flatMap((event) => readTime(event) ?? []).sort((one, other) => one.start - other.start)[0];
}

/** The choice element `name[x]` of an event, as dateTime, instant, earliest of a Period or earliest of a Timing. */
export function eventTime(raw: JsonObject, name: string): TimeSpan | undefined {
  return (
    readTime(raw[`${name}DateTime`]) ??
    readTime(raw[`${name}Instant`]) ??
    periodTime(raw[`${name}Period`]) ??
    earliestEvent(raw[`${name}Timing`])
  );
}
