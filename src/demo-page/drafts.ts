/** A FHIR resource as JSON. */
export interface Resource {
  readonly resourceType: string;
  readonly id: string;
  readonly [member: string]: unknown;
}

/** Something the user is writing: not on the chart yet. */
export interface Draft {
  /** `Type/id`, by which a card may take it back. */
  readonly key: string;
  readonly label: string;
  /** Where it comes from, for drafts that a card suggested. */
  readonly origin?: string;
  readonly resource: Resource;
}

const RXNORM = 'http://www.nlm.nih.gov/research/umls/rxnorm';
const SNOMED_CT = 'http://snomed.info/sct';
const ICD_10_CM = 'http://hl7.org/fhir/sid/icd-10-cm';

const coded = (system: string, code: string, display: string) => ({
  coding: [{ system, code, display }],
  text: display,
});

function drug(id: string, concept: object, isAsNeeded: boolean): Resource {
  return {
    resourceType: 'MedicationRequest',
    id,
    status: 'draft',
    intent: 'order',
    medicationCodeableConcept: concept,
    dosageInstruction: [{ asNeededBoolean: isAsNeeded }],
  };
}

function test(id: string, concept: object): Resource {
  return { resourceType: 'ServiceRequest', id, status: 'draft', intent: 'order', code: concept };
}

function draft(label: string, resource: Resource): Draft {
  return { key: `${resource.resourceType}/${resource.id}`, label, resource };
}

/** Orders to choose from. */
export const ORDERS: readonly Draft[] = [
  draft(
    'Nitroglycerin 0.4 mg under the tongue, as needed',
    drug('draft-nitroglycerin', coded(RXNORM, '198039', 'nitroglycerin 0.4 MG Sublingual Tablet'), true),
  ),
  draft('Diltiazem 60 mg by mouth', drug('draft-diltiazem', coded(RXNORM, '3443', 'diltiazem'), false)),
  draft('Sildenafil 50 mg, as needed', drug('draft-sildenafil', coded(RXNORM, '136411', 'sildenafil'), true)),
  draft('Troponin', test('draft-troponin', coded(SNOMED_CT, '105000003', 'Troponin measurement'))),
  draft('12-lead ECG', test('draft-ecg', coded(SNOMED_CT, '268400002', '12 lead ECG'))),
  draft(
    'Acetaminophen 500 mg (has nothing to do with it)',
    drug('draft-acetaminophen', coded(RXNORM, '161', 'acetaminophen'), false),
  ),
];

function condition(id: string, code: string, display: string): Resource {
  const status = 'http://terminology.hl7.org/CodeSystem/condition-';
  return {
    resourceType: 'Condition',
    id,
    clinicalStatus: { coding: [{ system: `${status}clinical`, code: 'active' }] },
    verificationStatus: { coding: [{ system: `${status}ver-status`, code: 'provisional' }] },
    code: coded(ICD_10_CM, code, display),
  };
}

/** Diagnoses to add. */
export const DIAGNOSES: readonly Draft[] = [
  draft('Esophageal spasm, provisional (K22.4)', condition('new-spasm', 'K22.4', 'Dyskinesia of esophagus')),
  draft('Hypertension (I10)', condition('new-hypertension', 'I10', 'Essential (primary) hypertension')),
];

/** The draft made of a card's suggestion, or undefined when it creates nothing. */
export function draftOfSuggestion(
  label: string,
  resource: { readonly resourceType: string; readonly id: string },
): Draft {
  return { ...draft(label, { ...resource }), origin: 'from a card' };
}
