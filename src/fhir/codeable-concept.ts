import type { CodeableConcept, Coding } from 'fhir/r4.js';
import { isMissing, isObject, objectsOf, textOf, type JsonObject } from './json.js';
import { knownSystem } from './code-system.js';

/** A coding with only its readable members; undefined when nothing of it can be read. */
export function readCoding(value: unknown): Coding | undefined {
  if (!isObject(value)) return undefined;
  const system = textOf(value['system']);
  const code = textOf(value['code']);
  const display = textOf(value['display']);
  if (code === undefined && display === undefined) return undefined;
  const coding: Coding = {};
  if (system !== undefined) coding.system = system;
  if (code !== undefined) coding.code = code;
  if (display !== undefined) coding.display = display;
  return coding;
}

/** A concept with only its readable members; an unreadable value gives an empty concept. */
export function readConcept(value: unknown): CodeableConcept {
  if (!isObject(value)) return {};
  const concept: CodeableConcept = {};
  const coding = objectsOf(value['coding']).flatMap((item) => readCoding(item) ?? []);
  const text = textOf(value['text']);
  if (coding.length > 0) concept.coding = coding;
  if (text !== undefined) concept.text = text;
  return concept;
}

/** Every concept of an element that repeats. */
export function readConcepts(value: unknown): readonly CodeableConcept[] {
  return objectsOf(value).map(readConcept);
}

export function isEmptyConcept(concept: CodeableConcept): boolean {
  return concept.coding === undefined && concept.text === undefined;
}

/** Whether any coding comes from a code system this service knows. */
export function hasKnownCoding(concept: CodeableConcept): boolean {
  return (concept.coding ?? []).some(
    (coding) => coding.system !== undefined && knownSystem(coding.system) !== undefined,
  );
}

/** As `hasKnownCoding`, of a raw code element, without reading it. */
export function isKnownCode(code: unknown): boolean {
  if (!isObject(code)) return false;
  return objectsOf(code['coding']).some(
    ({ system, code: value, display }) =>
      typeof system === 'string' &&
      knownSystem(system) !== undefined &&
      (textOf(value) !== undefined || textOf(display) !== undefined),
  );
}

/** The words a record uses for a concept: its text and its displays. */
export function wordsOf(concept: CodeableConcept): readonly string[] {
  const displays = (concept.coding ?? []).flatMap((coding) => coding.display ?? []);
  return concept.text === undefined ? displays : [concept.text, ...displays];
}

/** Whether a raw code element says anything: words, or a code with the system that gives it meaning. */
export function saysSomething(code: unknown): boolean {
  if (!isObject(code)) return false;
  if (textOf(code['text']) !== undefined) return true;
  return objectsOf(code['coding']).some(
    ({ system, code: value, display }) =>
      textOf(display) !== undefined || (textOf(system) !== undefined && textOf(value) !== undefined),
  );
}

function isOfWrongKind(value: unknown): boolean {
  return !isMissing(value) && typeof value !== 'string';
}

/** Whether a member of a raw concept is of a wrong kind, so that it may say more than what can be read. */
export function hasUnreadPart(concept: JsonObject): boolean {
  if (isOfWrongKind(concept['text'])) return true;
  const coding = concept['coding'] ?? [];
  if (!Array.isArray(coding)) return !isObject(coding);
  for (const one of coding as readonly unknown[]) {
    if (!isObject(one)) return true;
    if (isOfWrongKind(one['system']) || isOfWrongKind(one['code']) || isOfWrongKind(one['display'])) return true;
  }
  return false;
}

/** Whether a raw code element is there but does not say, or not wholly, what it stands for. */
export function isGarbled(code: unknown): boolean {
  if (isMissing(code)) return false;
  return !isObject(code) || !saysSomething(code) || hasUnreadPart(code);
}

/** Whether a raw element of concepts, one or many, holds something that cannot be read. */
export function hasUnreadConcept(value: unknown): boolean {
  if (isMissing(value)) return false;
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.some((item) => !isObject(item) || isEmptyConcept(readConcept(item)) || hasUnreadPart(item));
}

/** The codes of systems nobody here knows: a laboratory's own, which may read like a name. */
export function localCodesOf(concept: CodeableConcept): readonly string[] {
  return (concept.coding ?? []).flatMap(({ system, code }) =>
    code !== undefined && (system === undefined || knownSystem(system) === undefined) ? [code] : [],
  );
}

/** The best label the record itself gives a concept. */
export function labelOf(concept: CodeableConcept): string | undefined {
  return wordsOf(concept)[0] ?? concept.coding?.[0]?.code;
}

/** The codes of a concept, whatever their system; for elements bound to a required HL7 value set. */
export function codesOf(concept: CodeableConcept): readonly string[] {
  return (concept.coding ?? []).flatMap((coding) => coding.code ?? []);
}
