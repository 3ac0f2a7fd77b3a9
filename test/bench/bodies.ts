/** Hook calls of a chosen size: one patient with suspected spasm, and as many other entries as asked. */
const SUBJECT = { reference: 'Patient/p1' };
const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category';
const LABS = ['718-7', '2823-3', '2951-2', '2160-0', '4548-4', '1975-2', '6690-2', '777-3'];
const DIAGNOSES = ['I10', 'E11.9', 'M54.5', 'J45.909', 'F41.9', 'N18.3', 'G43.909', 'L40.0'];
const HOUR = 3_600_000;

function pick(items: readonly string[], index: number): string {
  return items[index % items.length] ?? '';
}

function condition(index: number): object {
  return {
    resourceType: 'Condition',
    id: `condition-${String(index)}`,
    clinicalStatus: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }],
    },
    category: [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-category', code: 'problem-list-item' }] },
    ],
    code: {
      coding: [
        { system: 'http://hl7.org/fhir/sid/icd-10-cm', code: pick(DIAGNOSES, index), display: 'Another disease' },
      ],
    },
    subject: SUBJECT,
    recordedDate: '2021-05-04',
  };
}

function spasm(now: number): object {
  const coding = [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'K22.4', display: 'Dyskinesia of esophagus' }];
  return { ...condition(0), id: 'spasm', code: { coding }, recordedDate: new Date(now - HOUR).toISOString() };
}

function laboratoryResult(index: number, now: number): object {
  return {
    resourceType: 'Observation',
    id: `observation-${String(index)}`,
    meta: { versionId: '1', lastUpdated: new Date(now - index * HOUR).toISOString() },
    status: 'final',
    category: [{ coding: [{ system: CATEGORY, code: 'laboratory', display: 'Laboratory' }] }],
    code: {
      coding: [{ system: 'http://loinc.org', code: pick(LABS, index), display: 'A laboratory result' }],
      text: 'A laboratory result',
    },
    subject: SUBJECT,
    effectiveDateTime: new Date(now - index * HOUR).toISOString(),
    issued: new Date(now - index * HOUR).toISOString(),
    valueQuantity: { value: 4 + (index % 7), unit: 'mmol/L', system: 'http://unitsofmeasure.org', code: 'mmol/L' },
    referenceRange: [{ low: { value: 3.5, unit: 'mmol/L' }, high: { value: 5.1, unit: 'mmol/L' } }],
  };
}

function searchset(resources: readonly object[]): object {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: resources.length,
    entry: resources.map((resource) => ({ resource })),
  };
}

/**
 * A patient-view body with 24 conditions and this many laboratory results; every data need answered. In scope: one of
 * the conditions is a suspected spasm, and two cards come back. Out of scope, as nearly every call of a day: none.
 */
export function hookBody(observations: number, now: number, isInScope = true): string {
  const labs = Array.from({ length: observations }, (_, index) => laboratoryResult(index, now));
  const empty = searchset([]);
  return JSON.stringify({
    hook: 'patient-view',
    hookInstance: 'f2a0c6f1-6a34-4a3c-8a0e-0f4b6d0f9a11',
    context: { userId: 'Practitioner/dr1', patientId: 'p1', encounterId: 'e1' },
    prefetch: {
      patient: { resourceType: 'Patient', id: 'p1', birthDate: '1970-05-01', gender: 'male' },
      encounter: {
        resourceType: 'Encounter',
        id: 'e1',
        status: 'in-progress',
        class: { code: 'EMER' },
        subject: SUBJECT,
        period: { start: new Date(now - 2 * HOUR).toISOString() },
      },
      conditions: searchset([
        isInScope ? spasm(now) : condition(23),
        ...Array.from({ length: 23 }, (_, index) => condition(index)),
      ]),
      troponins: empty,
      labs: searchset(labs),
      studies: empty,
      vitals: empty,
      reports: empty,
      orders: empty,
      procedures: empty,
      medicationRequests: empty,
      medicationStatements: empty,
      medicationDispenses: empty,
      allergies: empty,
    },
  });
}
