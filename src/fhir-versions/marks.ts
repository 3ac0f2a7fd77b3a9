import { isObject, objectsOf } from '../fhir/json.js';

/** DSTU2, STU3, R4 and R5 as bits. R4B has no shape of its own in what is read here and counts as R4. */
export const D = 1;
export const S = 2;
export const R = 4;
export const F = 8;
export const ANY = D | S | R | F;

/** The versions a resource may be of, as bits of `ANY`; none when its members contradict one another. */
export type Shape = number;

/** Which versions have a member; or of which its value speaks. */
export type Mark = Shape | ((value: unknown) => Shape);

/**
 * Whether a value is one of an old version's code list. Cardinality tells nothing, since clients of every version send
 * an object for a list; and a text that is no such code may be a garbled member of any version.
 */
function codesOf(shape: Shape, ...codes: readonly string[]): Mark {
  const known = new Set(codes);
  return (value) => (typeof value === 'string' && known.has(value) ? shape : ANY);
}

function concept(texts: Mark): Mark {
  return (value) => (isObject(value) ? R | F : typeof texts === 'number' ? texts : texts(value));
}

function holds(shape: Shape, otherwise: Shape, ...members: readonly string[]): Mark {
  return (value) =>
    objectsOf(value).some((item) => members.some((member) => item[member] !== undefined)) ? shape : otherwise;
}

const CODEABLE_REFERENCE = holds(F, ANY, 'concept', 'reference');
const IN_R5 = (value: unknown) => (isObject(value) ? F : ANY);
const DOSAGE = holds(F, ANY, 'asNeeded', 'asNeededFor');

/** R4 has no such member: read as R4, a reason that nobody can read would be passed over. */
function reasonOfEncounter(value: unknown): Shape {
  const items = objectsOf(value);
  if (items.some(({ value: inner, use }) => inner !== undefined || use !== undefined)) return F;
  return items.some(({ coding, text }) => coding !== undefined || text !== undefined) ? D | S : D | S | F;
}

const CLASS_CODES = codesOf(
  D,
  'inpatient',
  'outpatient',
  'ambulatory',
  'emergency',
  'home',
  'field',
  'daytime',
  'virtual',
  'other',
);

function classOfEncounter(value: unknown): Shape {
  if (Array.isArray(value)) return objectsOf(value).some(({ coding }) => coding !== undefined) ? F : ANY;
  if (isObject(value)) return value['code'] === undefined ? ANY : S | R;
  return typeof CLASS_CODES === 'number' ? CLASS_CODES : CLASS_CODES(value);
}

/** Members by which the versions of a type differ, as their definitions have them. */
export const MARKS: Readonly<Record<string, Readonly<Record<string, Mark>>>> = {
  Condition: {
    patient: D,
    subject: S | R | F,
    dateRecorded: D,
    notes: D,
    assertedDate: S,
    context: S,
    clinicalStatus: concept(codesOf(D | S, 'active', 'relapse', 'recurrence', 'inactive', 'remission', 'resolved')),
    verificationStatus: concept(
      codesOf(D | S, 'provisional', 'differential', 'confirmed', 'refuted', 'entered-in-error', 'unknown'),
    ),
    recordedDate: R | F,
    recorder: R,
    participant: F,
  },
  AllergyIntolerance: {
    substance: D,
    status: D,
    reporter: D,
    lastOccurence: D,
    assertedDate: S,
    clinicalStatus: concept(codesOf(S, 'active', 'inactive', 'resolved')),
    verificationStatus: concept(codesOf(S, 'unconfirmed', 'confirmed', 'refuted', 'entered-in-error')),
    criticality: codesOf(D, 'CRITL', 'CRITH', 'CRITU'),
    type: IN_R5,
    participant: F,
  },
  Observation: {
    comments: D,
    comment: S,
    context: S,
    related: D | S,
    hasMember: R | F,
    derivedFrom: R | F,
    note: R | F,
    valueReference: F,
    triggeredBy: F,
    bodyStructure: F,
    referenceRange: holds(D, ANY, 'meaning'),
  },
  DiagnosticReport: {
    codedDiagnosis: D | S,
    image: D | S,
    request: D,
    context: S,
    performer: holds(S, ANY, 'actor'),
    resultsInterpreter: R | F,
    conclusionCode: R | F,
    media: R | F,
    status: codesOf(F, 'modified'),
    study: F,
    supportingInfo: F,
    composition: F,
  },
  DiagnosticOrder: {},
  ProcedureRequest: {
    orderedOn: D,
    orderer: D,
    scheduledDateTime: D,
    scheduledPeriod: D,
    scheduledTiming: D,
    encounter: D,
    notes: D,
    intent: S,
    authoredOn: S,
    context: S,
    requester: S,
    occurrenceDateTime: S,
    occurrencePeriod: S,
    occurrenceTiming: S,
  },
  ServiceRequest: { code: CODEABLE_REFERENCE, reason: F, reasonCode: R, reasonReference: R, focus: F, location: F },
  Procedure: {
    notPerformed: D,
    reasonNotPerformed: D,
    reasonCodeableConcept: D,
    request: D,
    notes: D,
    notDone: S,
    notDoneReason: S,
    context: S,
    definition: S,
    status: codesOf(D | S, 'aborted', 'suspended'),
    reasonCode: S | R,
    performedDateTime: D | S | R,
    performedPeriod: D | S | R,
    occurrenceDateTime: F,
    occurrencePeriod: F,
    occurrenceString: F,
    occurrenceAge: F,
    occurrenceRange: F,
    occurrenceTiming: F,
    recorded: F,
    reportedBoolean: F,
    reason: F,
  },
  MedicationOrder: {},
  MedicationRequest: {
    context: S,
    requester: holds(S, ANY, 'agent'),
    encounter: R | F,
    statusReason: R | F,
    doNotPerform: R | F,
    medicationCodeableConcept: S | R,
    medicationReference: S | R,
    medication: IN_R5,
    reason: F,
    informationSource: F,
    renderedDosageInstruction: F,
    effectiveDosePeriod: F,
    statusChanged: F,
    dosageInstruction: DOSAGE,
  },
  MedicationStatement: {
    patient: D,
    subject: S | R | F,
    wasNotTaken: D,
    reasonForUseCodeableConcept: D,
    reasonForUseReference: D,
    taken: S,
    reasonNotTaken: D | S,
    medicationCodeableConcept: D | S | R,
    medicationReference: D | S | R,
    medication: IN_R5,
    adherence: F,
    encounter: F,
    status: codesOf(F, 'recorded', 'draft'),
    dosage: DOSAGE,
  },
  MedicationDispense: {
    patient: D,
    subject: S | R | F,
    dispenser: D,
    notDone: S,
    medicationCodeableConcept: D | S | R,
    medicationReference: D | S | R,
    medication: IN_R5,
    encounter: F,
    notPerformedReason: F,
    dosageInstruction: DOSAGE,
  },
  Medication: {
    product: D,
    isBrand: D | S,
    package: D | S,
    isOverTheCounter: S,
    doseForm: F,
    marketingAuthorizationHolder: F,
    totalVolume: F,
    ingredient: holds(F, ANY, 'item'),
  },
  Substance: { code: CODEABLE_REFERENCE },
  Encounter: {
    patient: D,
    subject: S | R | F,
    indication: D,
    class: classOfEncounter,
    reason: reasonOfEncounter,
    reasonCode: R,
    actualPeriod: F,
    plannedStartDate: F,
    admission: F,
    subjectStatus: F,
    status: codesOf(F, 'on-hold', 'discharged', 'completed', 'discontinued'),
  },
};

/** Types that R4 does not have. */
export const OLD_TYPES: Readonly<Record<string, Shape>> = {
  MedicationOrder: D,
  DiagnosticOrder: D,
  ProcedureRequest: D | S,
};
