import { readTime } from '../fhir/date-time.js';
import { knownAs } from '../fhir/element.js';
import { isMissing, isObject, objectsOf, type JsonObject } from '../fhir/json.js';
import { codesOf, readConcept } from '../fhir/codeable-concept.js';
import { itemsOf, liftCode, reasonsOf, renamed, same, UNREADABLE, withMembers, type CodeTables } from './members.js';
import type { FhirVersion } from './version.js';

const REQUEST_STATUSES: CodeTables = {
  DSTU2: same('active', 'on-hold', 'completed', 'entered-in-error', 'stopped', 'draft'),
  STU3: same('active', 'on-hold', 'cancelled', 'completed', 'entered-in-error', 'stopped', 'draft', 'unknown'),
  R5: {
    ...same('active', 'on-hold', 'stopped', 'completed', 'cancelled', 'entered-in-error', 'draft', 'unknown'),
    ended: 'completed',
  },
};

const STATEMENT_STATUSES: CodeTables = {
  DSTU2: same('active', 'completed', 'entered-in-error', 'intended'),
  STU3: same('active', 'completed', 'entered-in-error', 'intended', 'stopped', 'on-hold'),
};

const OLD_DISPENSES = same('in-progress', 'on-hold', 'completed', 'entered-in-error', 'stopped');
const DISPENSE_STATUSES: CodeTables = {
  DSTU2: OLD_DISPENSES,
  STU3: { ...OLD_DISPENSES, preparation: 'preparation' },
};

/** R5's `medication` as R4's choice. What is there but cannot be read stays a drug that cannot be read. */
function medicationOf({ medication }: JsonObject): JsonObject {
  if (isMissing(medication)) return {};
  const { concept, reference } = isObject(medication) ? medication : {};
  const isNothing = isMissing(concept) && isMissing(reference);
  return {
    medication: undefined,
    ...(!isMissing(concept) && { medicationCodeableConcept: isObject(concept) ? concept : UNREADABLE }),
    ...(!isMissing(reference) && { medicationReference: isObject(reference) ? reference : UNREADABLE }),
    ...(isNothing && { medicationCodeableConcept: UNREADABLE }),
  };
}

function liftDosage(dosage: unknown): unknown {
  if (!isObject(dosage)) return dosage;
  const { asNeeded, asNeededFor } = dosage;
  const [reason] = itemsOf(asNeededFor);
  return withMembers(dosage, {
    asNeeded: undefined,
    asNeededFor: undefined,
    ...(asNeeded === true && { asNeededBoolean: true }),
    ...(isObject(reason) && { asNeededCodeableConcept: reason }),
  });
}

function dosagesOf(resource: JsonObject, member: string): JsonObject {
  return isMissing(resource[member]) ? {} : { [member]: itemsOf(resource[member]).map(liftDosage) };
}

const OVER = new Set(['completed', 'stopped']);

/** The later of several times; undefined when none can be read. */
function latest(times: readonly unknown[]): unknown {
  const read = times.flatMap((time) => readTime(time) ?? []).sort((one, other) => other.end - one.end);
  return read[0]?.text;
}

/** R4 has no end of an order but that of its supply. Of an order that is over the latest end counts. */
function endOf(resource: JsonObject, status: unknown, ...ends: readonly unknown[]): JsonObject {
  if (!OVER.has(String(status))) return {};
  const request = isObject(resource['dispenseRequest']) ? resource['dispenseRequest'] : {};
  const period = isObject(request['validityPeriod']) ? request['validityPeriod'] : {};
  const end = ends.some((one) => readTime(one) !== undefined) ? latest([period['end'], ...ends]) : undefined;
  return end === undefined ? {} : { dispenseRequest: { ...request, validityPeriod: { ...period, end } } };
}

function drugOfSupply({ medicationCodeableConcept, medicationReference, dispenseRequest }: JsonObject): JsonObject {
  if (!isMissing(medicationCodeableConcept) || !isMissing(medicationReference)) return {};
  const supply = isObject(dispenseRequest) ? dispenseRequest : {};
  const { medicationCodeableConcept: concept, medicationReference: reference } = supply;
  return {
    ...(!isMissing(concept) && { medicationCodeableConcept: concept }),
    ...(!isMissing(reference) && { medicationReference: reference }),
  };
}

const ORDER_NAMES: Readonly<Record<string, string>> = {
  patient: 'subject',
  dateWritten: 'authoredOn',
  prescriber: 'requester',
  reasonCodeableConcept: 'reasonCode',
  reasonEnded: 'statusReason',
};

/** DSTU2 MedicationOrder. */
export function liftMedicationOrder(raw: JsonObject): JsonObject {
  const resource = renamed(raw, ORDER_NAMES);
  const status = liftCode(resource['status'], REQUEST_STATUSES, 'DSTU2');
  const request = withMembers(resource, {
    resourceType: 'MedicationRequest',
    status,
    intent: 'order',
    ...drugOfSupply(resource),
    ...endOf(resource, status, resource['dateEnded']),
  });
  return knownAs(request, raw);
}

function liftStu3Request(raw: JsonObject): JsonObject {
  const resource = renamed(raw, { context: 'encounter' });
  const { requester, category } = resource;
  return withMembers(resource, {
    status: liftCode(resource['status'], REQUEST_STATUSES, 'STU3'),
    ...(!isMissing(category) && { category: itemsOf(category) }),
    ...(isObject(requester) && { requester: requester['agent'] ?? requester }),
  });
}

/** MedicationRequest of STU3 or R5. */
export function liftMedicationRequest(raw: JsonObject, version: FhirVersion): JsonObject {
  if (version !== 'R5') return liftStu3Request(raw);
  const status = liftCode(raw['status'], REQUEST_STATUSES, 'R5');
  const period = isObject(raw['effectiveDosePeriod']) ? raw['effectiveDosePeriod'] : {};
  return withMembers(raw, {
    ...medicationOf(raw),
    ...reasonsOf(raw),
    ...dosagesOf(raw, 'dosageInstruction'),
    ...endOf(raw, status, period['end'], raw['statusChanged']),
    status,
  });
}

/** DSTU2: whether the drug was not taken after all. A denial that nobody can read leaves it open. */
function statusIfTaken(status: unknown, wasNotTaken: unknown): unknown {
  if (isMissing(wasNotTaken) || wasNotTaken === false || status === 'entered-in-error') return status;
  return wasNotTaken === true ? 'not-taken' : 'unknown';
}

/** STU3's "taken" says what the patient does, and counts more than the status of the entry. */
function statusOfTaken(status: unknown, taken: unknown): unknown {
  if (status === 'entered-in-error' || isMissing(taken) || taken === 'y' || taken === 'na') return status;
  if (taken === 'n') return 'not-taken';
  return OVER.has(String(status)) ? status : 'unknown';
}

const ADHERENCE: Readonly<Record<string, string>> = {
  taking: 'active',
  'taking-as-directed': 'active',
  'taking-not-as-directed': 'active',
  'not-taking': 'not-taken',
  'on-hold': 'on-hold',
  'on-hold-as-directed': 'on-hold',
  'on-hold-not-as-directed': 'on-hold',
  stopped: 'stopped',
  'stopped-as-directed': 'stopped',
  'stopped-not-as-directed': 'stopped',
};

/** R5's status is that of the entry, its adherence that of the patient. Without one nobody knows, as for a draft. */
function statusOfAdherence({ status, adherence }: JsonObject): unknown {
  if (status === 'entered-in-error') return status;
  const codes = codesOf(readConcept(isObject(adherence) ? adherence['code'] : undefined));
  const twins = new Set(codes.flatMap((code) => ADHERENCE[code] ?? []));
  const [only, second] = [...twins];
  return only === undefined || second !== undefined || status !== 'recorded' ? 'unknown' : only;
}

function liftR5Statement(raw: JsonObject): JsonObject {
  return withMembers(raw, {
    ...medicationOf(raw),
    ...reasonsOf(raw),
    ...dosagesOf(raw, 'dosage'),
    status: statusOfAdherence(raw),
  });
}

const STATEMENT_NAMES: Readonly<Record<string, string>> = {
  patient: 'subject',
  reasonForUseCodeableConcept: 'reasonCode',
  reasonForUseReference: 'reasonReference',
  reasonNotTaken: 'statusReason',
};

/** MedicationStatement: whether it is taken becomes the status. */
export function liftMedicationStatement(raw: JsonObject, version: FhirVersion): JsonObject {
  if (version === 'R5') return liftR5Statement(raw);
  const resource = renamed(raw, STATEMENT_NAMES);
  const { status, wasNotTaken, taken } = resource;
  const known = liftCode(status, STATEMENT_STATUSES, version);
  return withMembers(resource, {
    status: version === 'DSTU2' ? statusIfTaken(known, wasNotTaken) : statusOfTaken(known, taken),
    wasNotTaken: undefined,
    taken: undefined,
  });
}

/** Handed over unless the record says "not done"; STU3 says so beside the status. */
function statusOfDispense(status: unknown, notDone: unknown): unknown {
  return notDone === true && status !== 'entered-in-error' ? 'declined' : status;
}

/** MedicationDispense. */
export function liftMedicationDispense(raw: JsonObject, version: FhirVersion): JsonObject {
  const resource = renamed(raw, { patient: 'subject', encounter: 'context' });
  const { status, notDone } = resource;
  return withMembers(resource, {
    ...(version === 'R5' && { ...medicationOf(resource), ...dosagesOf(resource, 'dosageInstruction') }),
    status: statusOfDispense(liftCode(status, DISPENSE_STATUSES, version), notDone),
    notDone: undefined,
  });
}

function asIngredient(item: unknown): JsonObject {
  if (!isObject(item)) return {};
  const { item: inner, ...rest } = item;
  if (!isObject(inner)) return rest;
  if (typeof inner['reference'] === 'string' || 'display' in inner) return { ...rest, itemReference: inner };
  const { concept, reference } = inner;
  return {
    ...rest,
    ...(!isMissing(concept) && { itemCodeableConcept: concept }),
    ...(!isMissing(reference) && { itemReference: reference }),
  };
}

/** Medication: its parts, those of a package among them, are ingredients in R4. */
export function liftMedication(raw: JsonObject): JsonObject {
  const product = isObject(raw['product']) ? raw['product'] : {};
  const resource = renamed(raw, { doseForm: 'form' });
  const parts = [
    ...itemsOf(resource['ingredient']),
    ...itemsOf(product['ingredient']),
    ...objectsOf(resource['package']).flatMap(({ content }) => itemsOf(content)),
  ];
  return withMembers(resource, {
    ...(isMissing(resource['form']) && !isMissing(product['form']) && { form: product['form'] }),
    ...(parts.length > 0 && { ingredient: parts.map(asIngredient) }),
  });
}

/** Substance, contained in a Medication: R5's code is a CodeableReference. */
export function liftSubstance(raw: JsonObject): JsonObject {
  const { code } = raw;
  const concept = isObject(code) ? code['concept'] : undefined;
  return concept === undefined ? raw : { ...raw, code: concept };
}
