import { isObject, objectsOf, type JsonObject } from '../../src/fhir/json.js';

/**
 * R4 charts as servers of other versions hold them, written from the definitions of those versions. For tests only:
 * what a version cannot say is lost here as it is lost there.
 */
export type OtherVersion = 'DSTU2' | 'STU3' | 'R4B' | 'R5';

export const NUMBERS: Readonly<Record<OtherVersion, string>> = {
  DSTU2: '1.0.2',
  STU3: '3.0.2',
  R4B: '4.3.0',
  R5: '5.0.0',
};

type Convert = (resource: JsonObject) => JsonObject;

const V2_FLAGS = 'http://hl7.org/fhir/v2/0078';
const V3_FLAGS = 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation';

/** Without members that are undefined. */
function made(members: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(members)) as JsonObject;
}

function without(resource: JsonObject, ...names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(resource).filter(([name]) => !names.includes(name)));
}

function first(value: unknown): unknown {
  return Array.isArray(value) ? (value as readonly unknown[])[0] : value;
}

function codeIn(concept: unknown): string | undefined {
  const [coding] = isObject(concept) ? objectsOf(concept['coding']) : [];
  return typeof coding?.['code'] === 'string' ? coding['code'] : undefined;
}

function oldFlag(interpretation: unknown): unknown {
  const flag = first(interpretation);
  if (!isObject(flag)) return undefined;
  return {
    ...flag,
    ...(flag['coding'] !== undefined && {
      coding: objectsOf(flag['coding']).map((coding) =>
        coding['system'] === V3_FLAGS ? { ...coding, system: V2_FLAGS } : coding,
      ),
    }),
  };
}

function relatedTo(members: unknown): unknown {
  return members === undefined ? undefined : objectsOf(members).map((target) => ({ type: 'has-member', target }));
}

function contained(resource: JsonObject, convert: Convert): JsonObject {
  if (resource['contained'] === undefined) return {};
  return { contained: objectsOf(resource['contained']).map(convert) };
}

const DSTU2_VERIFICATION: Readonly<Record<string, string>> = {
  confirmed: 'confirmed',
  provisional: 'provisional',
  differential: 'differential',
  refuted: 'refuted',
  'entered-in-error': 'entered-in-error',
};

function dstu2Category(category: unknown): unknown {
  const code = codeIn(first(category));
  if (code === undefined) return undefined;
  if (code === 'problem-list-item') return { coding: [{ system: 'http://argonaut.hl7.org', code: 'problem' }] };
  return { coding: [{ system: 'http://hl7.org/fhir/condition-category', code: 'diagnosis' }] };
}

const DSTU2_ORDER_STATUS: Readonly<Record<string, string>> = {
  draft: 'draft',
  active: 'requested',
  'on-hold': 'suspended',
  completed: 'completed',
  revoked: 'cancelled',
};

function isTest({ code }: JsonObject): boolean {
  return /troponin|ecg|105000003|84484/i.test(JSON.stringify(code));
}

/** Tests are DiagnosticOrders; what has a date to be done, and procedures, are ProcedureRequests. */
function dstu2Order(resource: JsonObject): JsonObject {
  const { id, meta, subject, encounter, code, status, authoredOn, occurrenceDateTime } = resource;
  const common = { id, meta, subject, encounter, status: DSTU2_ORDER_STATUS[String(status)] ?? status };
  if (!isTest(resource) || occurrenceDateTime !== undefined) {
    return made({
      resourceType: 'ProcedureRequest',
      ...common,
      code,
      orderedOn: authoredOn,
      scheduledDateTime: occurrenceDateTime,
    });
  }
  const event = authoredOn === undefined ? undefined : [{ status: 'requested', dateTime: authoredOn }];
  return made({ resourceType: 'DiagnosticOrder', ...common, event, item: [{ code }] });
}

const DSTU2_CLASS: Readonly<Record<string, string>> = { EMER: 'emergency', IMP: 'inpatient', AMB: 'ambulatory' };

function dstu2Range(range: JsonObject): JsonObject {
  const meaning = first(range['appliesTo']) ?? range['type'];
  return { ...without(range, 'appliesTo', 'type'), ...(meaning !== undefined && { meaning }) };
}

const TO_DSTU2: Readonly<Record<string, Convert>> = {
  Condition: ({ subject, recordedDate, category, clinicalStatus, verificationStatus, ...rest }) => ({
    ...rest,
    patient: subject,
    dateRecorded: recordedDate,
    category: dstu2Category(category),
    clinicalStatus:
      { inactive: 'resolved', recurrence: 'relapse' }[codeIn(clinicalStatus) ?? ''] ?? codeIn(clinicalStatus),
    verificationStatus: DSTU2_VERIFICATION[codeIn(verificationStatus) ?? ''] ?? 'unknown',
  }),
  Observation: ({ category, interpretation, hasMember, referenceRange, component, status, specimen, ...rest }) => ({
    ...without(rest, 'valueBoolean', 'valueInteger', 'note'),
    ...contained(rest, toDstu2),
    status: status === 'corrected' ? 'amended' : status,
    category: first(category),
    interpretation: oldFlag(interpretation),
    related: relatedTo(hasMember),
    specimen: isObject(specimen) && specimen['reference'] !== undefined ? specimen : undefined,
    referenceRange: referenceRange === undefined ? undefined : objectsOf(referenceRange).map(dstu2Range),
    component:
      component === undefined
        ? undefined
        : objectsOf(component).map((part) => without(part, 'interpretation', 'referenceRange')),
  }),
  DiagnosticReport: ({ category, conclusionCode, ...rest }) => ({
    ...rest,
    ...contained(rest, toDstu2),
    category: first(category),
    codedDiagnosis: conclusionCode,
  }),
  ServiceRequest: dstu2Order,
  Procedure: ({ status, ...rest }) => ({
    ...rest,
    status: status === 'not-done' ? 'completed' : status,
    notPerformed: status === 'not-done' ? true : undefined,
  }),
  MedicationRequest: ({ subject, authoredOn, status, requester, ...rest }) => ({
    ...without(rest, 'intent', 'doNotPerform', 'category', 'reasonCode'),
    ...contained(rest, toDstu2),
    resourceType: 'MedicationOrder',
    patient: subject,
    dateWritten: authoredOn,
    prescriber: requester,
    status: status === 'cancelled' ? 'stopped' : status,
  }),
  MedicationStatement: ({ subject, status, ...rest }) => ({
    ...rest,
    patient: subject,
    status: { 'not-taken': 'active', stopped: 'completed', unknown: 'active' }[String(status)] ?? status,
    wasNotTaken: status === 'not-taken' ? true : undefined,
  }),
  MedicationDispense: ({ subject, ...rest }) => ({ ...rest, patient: subject }),
  AllergyIntolerance: ({ code, clinicalStatus, verificationStatus, category, ...rest }) => ({
    ...rest,
    substance: code,
    category: first(category),
    status:
      [codeIn(verificationStatus), codeIn(clinicalStatus)].find((one) => one !== 'confirmed' && one !== 'active') ??
      codeIn(verificationStatus) ??
      codeIn(clinicalStatus),
  }),
  Encounter: ({ subject, class: classCoding, reasonCode, ...rest }) => ({
    ...rest,
    patient: subject,
    class: isObject(classCoding) ? DSTU2_CLASS[String(classCoding['code'])] : undefined,
    reason: reasonCode,
  }),
};

export function toDstu2(resource: JsonObject): JsonObject {
  return made((TO_DSTU2[String(resource['resourceType'])] ?? ((same) => same))(resource));
}

const STU3_ORDER_STATUS: Readonly<Record<string, string>> = { 'on-hold': 'suspended', revoked: 'cancelled' };

function stu3Agent(requester: unknown): unknown {
  return requester === undefined ? undefined : { agent: requester };
}

const TO_STU3: Readonly<Record<string, Convert>> = {
  Condition: ({ encounter, recordedDate, clinicalStatus, verificationStatus, ...rest }) => ({
    ...rest,
    context: encounter,
    assertedDate: recordedDate,
    clinicalStatus: codeIn(clinicalStatus),
    verificationStatus: DSTU2_VERIFICATION[codeIn(verificationStatus) ?? ''] ?? undefined,
  }),
  Observation: ({ encounter, interpretation, hasMember, component, ...rest }) => ({
    ...without(rest, 'note', 'valueInteger'),
    ...contained(rest, toStu3),
    context: encounter,
    interpretation: oldFlag(interpretation),
    related: relatedTo(hasMember),
    component:
      component === undefined
        ? undefined
        : objectsOf(component).map((part) => ({ ...part, interpretation: oldFlag(part['interpretation']) })),
  }),
  DiagnosticReport: ({ encounter, category, conclusionCode, ...rest }) => ({
    ...rest,
    ...contained(rest, toStu3),
    context: encounter,
    category: first(category),
    codedDiagnosis: conclusionCode,
  }),
  ServiceRequest: ({ encounter, status, requester, ...rest }) => ({
    ...rest,
    resourceType: 'ProcedureRequest',
    context: encounter,
    status: STU3_ORDER_STATUS[String(status)] ?? status,
    requester: stu3Agent(requester),
  }),
  Procedure: ({ encounter, status, ...rest }) => ({
    ...rest,
    context: encounter,
    status: status === 'not-done' ? 'completed' : status,
    notDone: status === 'not-done' ? true : undefined,
  }),
  MedicationRequest: ({ encounter, category, requester, ...rest }) => ({
    ...without(rest, 'doNotPerform'),
    ...contained(rest, toStu3),
    context: encounter,
    category: first(category),
    requester: stu3Agent(requester),
  }),
  MedicationStatement: ({ status, ...rest }) => ({
    ...rest,
    status: status === 'not-taken' || status === 'unknown' ? 'active' : status,
    taken: { 'not-taken': 'n', unknown: 'unk' }[String(status)] ?? 'y',
  }),
  AllergyIntolerance: ({ clinicalStatus, verificationStatus, recordedDate, ...rest }) => ({
    ...rest,
    clinicalStatus: codeIn(clinicalStatus),
    verificationStatus: codeIn(verificationStatus) ?? 'unconfirmed',
    assertedDate: recordedDate,
  }),
  Encounter: ({ reasonCode, ...rest }) => ({ ...rest, reason: reasonCode }),
};

export function toStu3(resource: JsonObject): JsonObject {
  return made((TO_STU3[String(resource['resourceType'])] ?? ((same) => same))(resource));
}

function codeable(concept: unknown, reference: unknown): JsonObject | undefined {
  return concept === undefined && reference === undefined ? undefined : { concept, reference };
}

function r5Dosages(dosages: unknown): unknown {
  if (dosages === undefined) return undefined;
  return objectsOf(dosages).map(({ asNeededBoolean, asNeededCodeableConcept, ...rest }) => ({
    ...rest,
    asNeeded: asNeededBoolean,
    asNeededFor: asNeededCodeableConcept === undefined ? undefined : [asNeededCodeableConcept],
  }));
}

const R5_ADHERENCE: Readonly<Record<string, string>> = {
  active: 'taking',
  'not-taken': 'not-taking',
  completed: 'stopped',
  stopped: 'stopped',
  'on-hold': 'on-hold',
};

const R5_ENCOUNTER: Readonly<Record<string, string>> = {
  arrived: 'in-progress',
  triaged: 'in-progress',
  onleave: 'on-hold',
  finished: 'completed',
};

const TO_R5: Readonly<Record<string, Convert>> = {
  Observation: (resource) => ({ ...resource, ...contained(resource, toR5) }),
  DiagnosticReport: (resource) => ({ ...resource, ...contained(resource, toR5) }),
  ServiceRequest: ({ code, reasonCode, ...rest }) => ({
    ...rest,
    code: codeable(code, undefined),
    reason: reasonCode === undefined ? undefined : objectsOf(reasonCode).map((concept) => ({ concept })),
  }),
  Procedure: ({ performedDateTime, performedPeriod, ...rest }) => ({
    ...rest,
    occurrenceDateTime: performedDateTime,
    occurrencePeriod: performedPeriod,
  }),
  MedicationRequest: ({ medicationCodeableConcept, medicationReference, dosageInstruction, ...rest }) => ({
    ...rest,
    ...contained(rest, toR5),
    medication: codeable(medicationCodeableConcept, medicationReference),
    dosageInstruction: r5Dosages(dosageInstruction),
  }),
  MedicationStatement: ({
    medicationCodeableConcept,
    medicationReference,
    dosage,
    status,
    informationSource,
    ...rest
  }) => ({
    ...rest,
    medication: codeable(medicationCodeableConcept, medicationReference),
    dosage: r5Dosages(dosage),
    informationSource: informationSource === undefined ? undefined : [informationSource],
    status: status === 'entered-in-error' ? status : 'recorded',
    adherence: {
      code: {
        coding: [
          {
            system: 'http://hl7.org/fhir/CodeSystem/medication-statement-adherence',
            code: R5_ADHERENCE[String(status)] ?? 'unknown',
          },
        ],
      },
    },
  }),
  MedicationDispense: ({ medicationCodeableConcept, medicationReference, dosageInstruction, context, ...rest }) => ({
    ...rest,
    medication: codeable(medicationCodeableConcept, medicationReference),
    dosageInstruction: r5Dosages(dosageInstruction),
    encounter: context,
  }),
  Encounter: ({ class: classCoding, period, reasonCode, status, ...rest }) => ({
    ...rest,
    status: R5_ENCOUNTER[String(status)] ?? status,
    class: [{ coding: [classCoding] }],
    actualPeriod: period,
    reason: reasonCode === undefined ? undefined : objectsOf(reasonCode).map((concept) => ({ value: [{ concept }] })),
  }),
  AllergyIntolerance: ({ type, ...rest }) => ({
    ...rest,
    type: type === undefined ? undefined : { coding: [{ code: type }] },
  }),
};

export function toR5(resource: JsonObject): JsonObject {
  return made((TO_R5[String(resource['resourceType'])] ?? ((same) => same))(resource));
}

const CONVERTERS: Readonly<Record<OtherVersion, Convert>> = {
  DSTU2: toDstu2,
  STU3: toStu3,
  R4B: (resource) => resource,
  R5: toR5,
};

export function toVersion(version: OtherVersion, resource: JsonObject): JsonObject {
  return CONVERTERS[version](resource);
}

/** A Bundle, or one resource, of R4 in another version; anything else as it is. */
export function bodyIn(version: OtherVersion, body: unknown): unknown {
  if (!isObject(body)) return body;
  if (body['resourceType'] !== 'Bundle') return toVersion(version, body);
  if (body['entry'] === undefined) return body;
  return {
    ...body,
    entry: objectsOf(body['entry']).map((entry) =>
      isObject(entry['resource']) ? { ...entry, resource: toVersion(version, entry['resource']) } : entry,
    ),
  };
}

/** A request of R4 as a client of another version sends it; selections name its drafts by its own types. */
export function requestIn<T extends { readonly context: JsonObject; readonly prefetch?: unknown }>(
  version: OtherVersion,
  request: T,
): T {
  const { draftOrders, conditions, selections } = request.context;
  const drafts = bodyIn(version, draftOrders);
  const names = new Map(
    objectsOf(isObject(draftOrders) ? draftOrders['entry'] : undefined).map((entry, index) => {
      const [before, after] = [entry, objectsOf((drafts as JsonObject)['entry'])[index]].map(
        (one) => one?.['resource'],
      );
      const nameOf = (one: unknown) => (isObject(one) ? `${String(one['resourceType'])}/${String(one['id'])}` : '');
      return [nameOf(before), nameOf(after)] as const;
    }),
  );
  const prefetch = isObject(request.prefetch)
    ? Object.fromEntries(Object.entries(request.prefetch).map(([key, value]) => [key, bodyIn(version, value)]))
    : request.prefetch;
  return {
    ...request,
    prefetch,
    context: {
      ...request.context,
      ...(draftOrders !== undefined && { draftOrders: drafts }),
      ...(conditions !== undefined && { conditions: bodyIn(version, conditions) }),
      ...(Array.isArray(selections) && { selections: selections.map((one: unknown) => names.get(String(one)) ?? one) }),
    },
  };
}
