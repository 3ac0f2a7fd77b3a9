import { codesOf, readConcepts } from '../fhir/codeable-concept.js';
import { isMissing, type JsonObject } from '../fhir/json.js';
import { itemsOf, liftCode, liftToConcept, renamed, same, withMembers, type CodeTables } from './members.js';
import type { FhirVersion } from './version.js';

const CONDITION_CLINICAL = 'http://terminology.hl7.org/CodeSystem/condition-clinical';
const CONDITION_VERIFICATION = 'http://terminology.hl7.org/CodeSystem/condition-ver-status';
const CONDITION_CATEGORY = 'http://terminology.hl7.org/CodeSystem/condition-category';
const ALLERGY_CLINICAL = 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical';
const ALLERGY_VERIFICATION = 'http://terminology.hl7.org/CodeSystem/allergyintolerance-verification';

const CLINICAL: CodeTables = {
  DSTU2: same('active', 'relapse', 'remission', 'resolved'),
  STU3: same('active', 'recurrence', 'inactive', 'remission', 'resolved'),
};

/** R4 has no "unknown": it says nothing instead. A code no version knows says nothing either. */
const VERIFICATION_CODES = {
  ...same('provisional', 'differential', 'confirmed', 'refuted', 'entered-in-error'),
  unknown: undefined,
};
const VERIFICATION: CodeTables = { DSTU2: VERIFICATION_CODES, STU3: VERIFICATION_CODES };

/**
 * DSTU2 tells a diagnosis from a complaint, not a visit's from the problem list's: a diagnosis may be either, and is
 * both. "problem" is what servers of that time wrote for the list.
 */
const DSTU2_CATEGORIES: Readonly<Record<string, readonly string[]>> = {
  diagnosis: ['encounter-diagnosis', 'problem-list-item'],
  problem: ['problem-list-item'],
};

function categoriesOf(value: unknown): readonly unknown[] {
  const codes = readConcepts(value).flatMap(codesOf);
  const twins = codes.flatMap((code) => (Object.hasOwn(DSTU2_CATEGORIES, code) ? (DSTU2_CATEGORIES[code] ?? []) : []));
  return [...itemsOf(value), ...twins.map((code) => ({ coding: [{ system: CONDITION_CATEGORY, code }] }))];
}

const CONDITION_NAMES: Partial<Readonly<Record<FhirVersion, Readonly<Record<string, string>>>>> = {
  DSTU2: { patient: 'subject', dateRecorded: 'recordedDate' },
  STU3: { context: 'encounter', assertedDate: 'recordedDate' },
};

/** Condition: statuses become concepts, dates and references get R4's names. R5 has R4's members in all that is read. */
export function liftCondition(raw: JsonObject, version: FhirVersion): JsonObject {
  const resource = renamed(raw, CONDITION_NAMES[version] ?? {});
  const { clinicalStatus, verificationStatus, category } = resource;
  return withMembers(resource, {
    clinicalStatus: liftToConcept(clinicalStatus, CONDITION_CLINICAL, CLINICAL, version),
    verificationStatus: liftToConcept(verificationStatus, CONDITION_VERIFICATION, VERIFICATION, version),
    ...(version === 'DSTU2' && !isMissing(category) && { category: categoriesOf(category) }),
  });
}

const ALLERGY_STATUSES: CodeTables = { STU3: same('active', 'inactive', 'resolved') };
const ALLERGY_VERIFICATIONS: CodeTables = { STU3: same('unconfirmed', 'confirmed', 'refuted', 'entered-in-error') };

/** DSTU2's one status, as R4's two. */
const CLINICAL_OF_STATUS: CodeTables = {
  DSTU2: {
    ...same('active', 'inactive', 'resolved'),
    unconfirmed: 'active',
    confirmed: 'active',
    refuted: undefined,
    'entered-in-error': undefined,
  },
};
const VERIFICATION_OF_STATUS: CodeTables = {
  DSTU2: {
    ...same('unconfirmed', 'confirmed', 'refuted', 'entered-in-error'),
    active: undefined,
    inactive: undefined,
    resolved: undefined,
  },
};

const CRITICALITY: CodeTables = { DSTU2: { CRITL: 'low', CRITH: 'high', CRITU: 'unable-to-assess' } };

function liftDstu2Allergy(raw: JsonObject): JsonObject {
  const names = { substance: 'code', onset: 'onsetDateTime', lastOccurence: 'lastOccurrence', reporter: 'asserter' };
  const resource = renamed(raw, names);
  const { status, criticality, category } = resource;
  return withMembers(resource, {
    status: undefined,
    clinicalStatus: liftToConcept(status, ALLERGY_CLINICAL, CLINICAL_OF_STATUS, 'DSTU2'),
    verificationStatus: liftToConcept(status, ALLERGY_VERIFICATION, VERIFICATION_OF_STATUS, 'DSTU2'),
    ...(!isMissing(category) && { category: itemsOf(category) }),
    ...(!isMissing(criticality) && { criticality: liftCode(criticality, CRITICALITY, 'DSTU2') }),
  });
}

/** AllergyIntolerance: the substance becomes the code, one status two. */
export function liftAllergy(raw: JsonObject, version: FhirVersion): JsonObject {
  if (version === 'DSTU2') return liftDstu2Allergy(raw);
  const resource = version === 'STU3' ? renamed(raw, { assertedDate: 'recordedDate' }) : raw;
  const { clinicalStatus, verificationStatus } = resource;
  return withMembers(resource, {
    clinicalStatus: liftToConcept(clinicalStatus, ALLERGY_CLINICAL, ALLERGY_STATUSES, version),
    verificationStatus: liftToConcept(verificationStatus, ALLERGY_VERIFICATION, ALLERGY_VERIFICATIONS, version),
  });
}
