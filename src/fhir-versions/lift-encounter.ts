import { isMissing, isObject, objectsOf, textOf, type JsonObject } from '../fhir/json.js';
import {
  itemsOf,
  liftCode,
  renamed,
  same,
  splitReferences,
  UNREADABLE,
  withMembers,
  type CodeTables,
} from './members.js';
import type { FhirVersion } from './version.js';

const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';

/** DSTU2 classes, which some STU3 servers write as well. "other" says nothing. */
const CLASSES: Readonly<Record<string, string>> = {
  inpatient: 'IMP',
  outpatient: 'AMB',
  ambulatory: 'AMB',
  emergency: 'EMER',
  home: 'HH',
  field: 'FLD',
  daytime: 'SS',
  virtual: 'VR',
};

function classOfCode(code: unknown): JsonObject | undefined {
  const twin = typeof code === 'string' && Object.hasOwn(CLASSES, code) ? CLASSES[code] : undefined;
  return twin === undefined ? undefined : { system: ACT_CODE, code: twin };
}

/** Classes of a stay in hospital: among several, the one that counts for what can be done at once. */
const STAYS = new Set(['EMER', 'IMP', 'ACUTE', 'NONAC', 'OBSENC', 'SS']);

function classOfList(value: unknown): unknown {
  const codings = objectsOf(value).flatMap(({ coding }) => objectsOf(coding));
  return codings.find(({ code }) => typeof code === 'string' && STAYS.has(code)) ?? codings[0];
}

function liftClass(value: unknown, version: FhirVersion): unknown {
  if (version === 'R5') return isObject(value) && !('coding' in value) ? value : classOfList(value);
  return classOfCode(isObject(value) ? textOf(value['code']) : value) ?? (isObject(value) ? value : undefined);
}

const STATUSES: CodeTables = {
  DSTU2: same('planned', 'arrived', 'in-progress', 'onleave', 'finished', 'cancelled'),
  STU3: same(
    'planned',
    'arrived',
    'triaged',
    'in-progress',
    'onleave',
    'finished',
    'cancelled',
    'entered-in-error',
    'unknown',
  ),
  R5: {
    ...same('planned', 'in-progress', 'cancelled', 'entered-in-error', 'unknown'),
    'on-hold': 'onleave',
    discharged: 'finished',
    completed: 'finished',
    discontinued: 'finished',
  },
};

const OLD_NAMES: Readonly<Record<string, string>> = {
  patient: 'subject',
  reason: 'reasonCode',
  indication: 'reasonReference',
};

function asDiagnoses(references: unknown): readonly JsonObject[] {
  return itemsOf(references).map((condition) => ({ condition }));
}

/** DSTU2 names the diagnoses of a stay on admission and at discharge. */
function hospitalDiagnoses({ hospitalization }: JsonObject): readonly JsonObject[] {
  if (!isObject(hospitalization)) return [];
  return [...asDiagnoses(hospitalization['admittingDiagnosis']), ...asDiagnoses(hospitalization['dischargeDiagnosis'])];
}

function liftOldEncounter(raw: JsonObject, version: FhirVersion): JsonObject {
  const resource = renamed(raw, OLD_NAMES);
  const diagnoses = [...itemsOf(resource['diagnosis']), ...hospitalDiagnoses(resource)];
  return withMembers(resource, {
    status: liftCode(resource['status'], STATUSES, version),
    class: liftClass(resource['class'], version),
    ...(diagnoses.length > 0 && { diagnosis: diagnoses }),
  });
}

/** Each reason holds a list of CodeableReferences; a reason that nobody can read stays an unreadable one. */
function reasonValues(reason: unknown): readonly unknown[] {
  return itemsOf(reason).flatMap((one) => {
    if (!isObject(one) || isMissing(one['value'])) return [one === null ? UNREADABLE : one];
    return itemsOf(one['value']);
  });
}

/** A diagnosis coded in place is a reason of the encounter in R4, where a diagnosis has to be a resource. */
function liftR5Encounter(raw: JsonObject): JsonObject {
  const resource = renamed(raw, { actualPeriod: 'period' });
  const reasons = splitReferences(reasonValues(resource['reason']));
  const diagnoses = splitReferences(objectsOf(resource['diagnosis']).flatMap(({ condition }) => itemsOf(condition)));
  const concepts = [...itemsOf(resource['reasonCode']), ...reasons.concepts, ...diagnoses.concepts];
  const references = [...itemsOf(resource['reasonReference']), ...reasons.references];
  return withMembers(resource, {
    status: liftCode(resource['status'], STATUSES, 'R5'),
    class: liftClass(resource['class'], 'R5'),
    reason: undefined,
    ...(concepts.length > 0 && { reasonCode: concepts }),
    ...(references.length > 0 && { reasonReference: references }),
    ...(!isMissing(resource['diagnosis']) && { diagnosis: asDiagnoses(diagnoses.references) }),
  });
}

/** Encounter: class, status, period and reasons in the form of R4. */
export function liftEncounter(raw: JsonObject, version: FhirVersion): JsonObject {
  return version === 'R5' ? liftR5Encounter(raw) : liftOldEncounter(raw, version);
}
