import type { CodeableConcept } from 'fhir/r4.js';
import { readConcept, readConcepts } from './codeable-concept.js';
import { DAY, readTime, type TimeSpan } from './date-time.js';
import { eventTime, periodEnd, periodTime, referenceTo, type Resource } from './element.js';
import { isObject, numberOf, objectsOf, textOf, type JsonObject } from './json.js';

/** What one entry says of how a drug is taken: an order, a statement or a dispense. */
export interface MedicationEntry extends Resource {
  readonly kind: 'order' | 'statement' | 'dispense';
  readonly status: string | undefined;
  readonly intent: string | undefined;
  readonly isProhibition: boolean;
  readonly isAsNeeded: boolean;
  /** Whether the entry says anything of a drug, readable or not. */
  readonly hasDrug: boolean;
  /** What the entry calls the drug as a whole: its own concept, its Medication's, the reference's display. */
  readonly names: readonly CodeableConcept[];
  /** The ingredients of its Medication; an empty concept for one that cannot be told. */
  readonly parts: readonly CodeableConcept[];
  /** Route and form, as far as they tell where the drug goes. */
  readonly routes: readonly CodeableConcept[];
  /** When it was ordered, stated or handed over. */
  readonly since: TimeSpan | undefined;
  /** When it ended, or when the supply that was handed over is used up. */
  readonly until: TimeSpan | undefined;
  /** When the entry was last changed: the nearest thing to the day an order was stopped. */
  readonly changed: TimeSpan | undefined;
}

/** Finds the Medication a reference leads to: by `Type/id`, or by the full URL under which it came. */
export type FindMedication = (reference: string) => JsonObject | undefined;

function containedIn(raw: JsonObject, reference: string): JsonObject | undefined {
  return reference.startsWith('#')
    ? objectsOf(raw['contained']).find(({ id }) => `#${String(id)}` === reference)
    : undefined;
}

function referenceOf(value: unknown): string | undefined {
  return isObject(value) ? textOf(value['reference']) : undefined;
}

function isNamed({ coding, text }: CodeableConcept): boolean {
  return coding !== undefined || text !== undefined;
}

function conceptOf(value: unknown): readonly CodeableConcept[] {
  return isObject(value) ? [readConcept(value)].filter(isNamed) : [];
}

function displayOf(reference: unknown): readonly CodeableConcept[] {
  const display = isObject(reference) ? textOf(reference['display']) : undefined;
  return display === undefined ? [] : [{ text: display }];
}

/** More ingredients than any drug has; what is beyond stays unread. */
const MOST_INGREDIENTS = 50;
const NOT_NAMED: CodeableConcept = {};

/** One substance: coded in place, or in another resource that the entry contains. Empty when it cannot be told. */
function ingredientOf(ingredient: JsonObject, holders: readonly JsonObject[]): readonly CodeableConcept[] {
  const item = ingredient['itemReference'];
  const reference = referenceOf(item) ?? '';
  const inner = holders.map((holder) => containedIn(holder, reference)).find((one) => one !== undefined);
  const named = [
    ...conceptOf(ingredient['itemCodeableConcept']),
    ...displayOf(item),
    ...(inner === undefined ? [] : conceptOf(inner['code'])),
  ];
  return named.length > 0 ? named : [NOT_NAMED];
}

/** The substances of a Medication, those that cannot be told among them as empty concepts. */
function ingredientsOf(medication: JsonObject, entry: JsonObject): readonly CodeableConcept[] {
  const all = objectsOf(medication['ingredient']);
  const read = all.slice(0, MOST_INGREDIENTS).flatMap((one) => ingredientOf(one, [medication, entry]));
  return all.length > MOST_INGREDIENTS ? [...read, NOT_NAMED] : read;
}

interface Drug {
  readonly names: readonly CodeableConcept[];
  readonly parts: readonly CodeableConcept[];
  readonly form: readonly CodeableConcept[];
}

/** The drug of an entry; CDS clients and servers put it in place, contain it, send it along, or only name it. */
function drugOf(raw: JsonObject, find: FindMedication): Drug {
  const reference = referenceOf(raw['medicationReference']);
  const medication = reference === undefined ? undefined : (containedIn(raw, reference) ?? find(reference));
  return {
    names: [
      ...conceptOf(raw['medicationCodeableConcept']),
      ...(medication === undefined ? [] : conceptOf(medication['code'])),
      ...displayOf(raw['medicationReference']),
    ],
    parts: medication === undefined ? [] : ingredientsOf(medication, raw),
    form: medication === undefined ? [] : conceptOf(medication['form']),
  };
}

/** The reference to a Medication that is neither contained nor known, and so has to be asked for. */
export function missingMedication(raw: JsonObject, find: FindMedication): string | undefined {
  const reference = referenceOf(raw['medicationReference']);
  if (reference === undefined || containedIn(raw, reference) !== undefined) return undefined;
  return find(reference) === undefined ? reference : undefined;
}

function dosagesOf(raw: JsonObject): readonly JsonObject[] {
  return objectsOf(raw['dosageInstruction'] ?? raw['dosage']);
}

function routesOf(raw: JsonObject, form: readonly CodeableConcept[]): readonly CodeableConcept[] {
  return [...dosagesOf(raw).flatMap(({ route }) => readConcepts(route)), ...form];
}

/** As needed is said with a boolean or with the reason for which it is needed. */
function isAsNeeded(raw: JsonObject): boolean {
  return dosagesOf(raw).some(
    ({ asNeededBoolean, asNeededCodeableConcept }) => asNeededBoolean === true || isObject(asNeededCodeableConcept),
  );
}

function common(raw: JsonObject, find: FindMedication) {
  const { names, parts, form } = drugOf(raw, find);
  return {
    reference: referenceTo(raw),
    status: textOf(raw['status']),
    intent: textOf(raw['intent']),
    isProhibition: raw['doNotPerform'] === true,
    isAsNeeded: isAsNeeded(raw),
    hasDrug: isObject(raw['medicationCodeableConcept']) || isObject(raw['medicationReference']),
    names,
    parts,
    routes: routesOf(raw, form),
    changed: isObject(raw['meta']) ? readTime(raw['meta']['lastUpdated']) : undefined,
  };
}

export function readMedicationRequest(raw: JsonObject, find: FindMedication): MedicationEntry {
  const supply = isObject(raw['dispenseRequest']) ? raw['dispenseRequest']['validityPeriod'] : undefined;
  return { ...common(raw, find), kind: 'order', since: readTime(raw['authoredOn']), until: periodEnd(supply) };
}

export function readMedicationStatement(raw: JsonObject, find: FindMedication): MedicationEntry {
  const since =
    readTime(raw['effectiveDateTime']) ?? periodTime(raw['effectivePeriod']) ?? readTime(raw['dateAsserted']);
  return { ...common(raw, find), kind: 'statement', since, until: periodEnd(raw['effectivePeriod']) };
}

function suppliedUntil(raw: JsonObject, since: TimeSpan | undefined): TimeSpan | undefined {
  const days = isObject(raw['daysSupply']) ? numberOf(raw['daysSupply']['value']) : undefined;
  if (since === undefined || days === undefined || days < 0) return undefined;
  return { ...since, start: since.start + days * DAY, end: since.end + days * DAY };
}

export function readMedicationDispense(raw: JsonObject, find: FindMedication): MedicationEntry {
  const since = readTime(raw['whenHandedOver']) ?? readTime(raw['whenPrepared']);
  return { ...common(raw, find), kind: 'dispense', since, until: suppliedUntil(raw, since) };
}

/** An allergy or intolerance, with every substance it names. */
export interface Allergy extends Resource {
  readonly clinicalStatus: CodeableConcept;
  readonly verificationStatus: CodeableConcept;
  readonly names: readonly CodeableConcept[];
  readonly recorded: TimeSpan | undefined;
}

export function readAllergy(raw: JsonObject): Allergy {
  const reactions = objectsOf(raw['reaction']).flatMap(({ substance }) => conceptOf(substance));
  return {
    reference: referenceTo(raw),
    clinicalStatus: readConcept(raw['clinicalStatus']),
    verificationStatus: readConcept(raw['verificationStatus']),
    names: [...conceptOf(raw['code']), ...reactions],
    recorded: readTime(raw['recordedDate']) ?? eventTime(raw, 'onset'),
  };
}
