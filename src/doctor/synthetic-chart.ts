import type { JsonObject } from '../fhir/json.js';
import type { Topic } from '../knowledge/topic.js';

/* A patient whom nobody has: in scope, and nothing else known. */

const PATIENT = 'troponin-first-doctor';
const SUBJECT = { reference: `Patient/${PATIENT}` };

const SPASM: JsonObject = {
  resourceType: 'Condition',
  id: `${PATIENT}-spasm`,
  clinicalStatus: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }],
  },
  verificationStatus: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-ver-status', code: 'provisional' }],
  },
  code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'K22.4' }], text: 'Esophageal spasm' },
  subject: SUBJECT,
};

const DRAFT: JsonObject = {
  resourceType: 'MedicationRequest',
  id: `${PATIENT}-draft`,
  status: 'draft',
  intent: 'order',
  subject: SUBJECT,
  medicationCodeableConcept: { text: 'Nitroglycerin 0.4 mg sublingual tablet' },
};

function bundle(type: string, ...resources: readonly JsonObject[]): JsonObject {
  return { resourceType: 'Bundle', type, entry: resources.map((resource) => ({ resource })) };
}

const MEMBERS: Readonly<Record<string, JsonObject>> = {
  'order-select': { selections: [`MedicationRequest/${PATIENT}-draft`], draftOrders: bundle('collection', DRAFT) },
  'order-sign': { draftOrders: bundle('collection', DRAFT) },
  'problem-list-item-create': { conditions: bundle('collection', SPASM) },
};

/** A troponin search whose second page lies where nobody may follow. */
export const UNREADABLE_PAGES: JsonObject = {
  ...bundle('searchset'),
  link: [{ relation: 'next', url: 'https://elsewhere.invalid/page-2' }],
};

/** A troponin search that failed. */
export const FAILED_SEARCH: JsonObject = {
  resourceType: 'OperationOutcome',
  issue: [{ severity: 'error', code: 'exception' }],
};

/**
 * The request of a hook for the synthetic patient: one provisional spasm, and null, asked and nothing found, for every
 * other need; `changed` puts other values in place, undefined leaves a key out.
 */
export function syntheticCall(
  hook: string,
  topic: Topic,
  hookInstance: string,
  changed: Readonly<Record<string, unknown>> = {},
): string {
  const prefetch: Record<string, unknown> = {};
  for (const { key, required } of topic.facts.needs) {
    prefetch[key] = required === true ? bundle('searchset', SPASM) : null;
  }
  const context = {
    userId: 'Practitioner/troponin-first-doctor',
    patientId: PATIENT,
    encounterId: `${PATIENT}-encounter`,
    ...MEMBERS[hook],
  };
  return JSON.stringify({ hook, hookInstance, context, prefetch: { ...prefetch, ...changed } });
}
