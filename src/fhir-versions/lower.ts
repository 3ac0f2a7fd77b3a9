import type { DiagnosticOrder } from 'fhir/r2.js';
import type { ProcedureRequest } from 'fhir/r3.js';
import type { ServiceRequest as R4ServiceRequest } from 'fhir/r4.js';
import type { ServiceRequest as R4BServiceRequest } from 'fhir/r4b.js';
import type { ServiceRequest as R5ServiceRequest } from 'fhir/r5.js';
import type { FhirVersion } from './version.js';

interface Reference {
  reference: string;
}

interface Concept {
  coding: { system: string; code: string; display: string }[];
  text: string;
}

/** A draft order as this service suggests it, in R4. */
export interface DraftOrder {
  resourceType: 'ServiceRequest';
  id: string;
  status: 'draft';
  intent: 'proposal';
  priority: 'stat' | 'urgent';
  code: Concept;
  subject: Reference;
  encounter?: Reference;
  requester?: Reference;
  occurrenceDateTime?: string;
  occurrencePeriod?: { start: string; end: string };
  authoredOn: string;
  reasonReference?: Reference[];
  reasonCode?: { text: string }[];
}

/** DSTU2 and STU3 let only some of the users of a hook order. */
function practitionerOf({ requester }: DraftOrder): { readonly reference: string } | undefined {
  const reference = requester?.reference;
  return reference?.startsWith('Practitioner/') === true ? { reference } : undefined;
}

/** A DiagnosticOrder cannot say when it is due: only what is due at once has a faithful form. */
function toDiagnosticOrder(order: DraftOrder) {
  if (order.occurrenceDateTime !== order.authoredOn) return undefined;
  const orderer = practitionerOf(order);
  return {
    resourceType: 'DiagnosticOrder' as const,
    id: order.id,
    subject: order.subject,
    ...(orderer !== undefined && { orderer }),
    ...(order.encounter !== undefined && { encounter: order.encounter }),
    ...(order.reasonCode !== undefined && { reason: order.reasonCode }),
    ...(order.reasonReference !== undefined && { supportingInformation: order.reasonReference }),
    status: order.status,
    priority: order.priority,
    event: [{ status: order.status, dateTime: order.authoredOn }],
    item: [{ code: order.code, status: order.status }],
  } satisfies DiagnosticOrder;
}

function toProcedureRequest(order: DraftOrder) {
  const { encounter, occurrenceDateTime, occurrencePeriod, reasonCode, reasonReference } = order;
  const agent = practitionerOf(order);
  return {
    resourceType: 'ProcedureRequest' as const,
    id: order.id,
    status: order.status,
    intent: order.intent,
    priority: order.priority,
    code: order.code,
    subject: order.subject,
    ...(encounter !== undefined && { context: encounter }),
    ...(occurrenceDateTime !== undefined && { occurrenceDateTime }),
    ...(occurrencePeriod !== undefined && { occurrencePeriod }),
    authoredOn: order.authoredOn,
    ...(agent !== undefined && { requester: { agent } }),
    ...(reasonReference !== undefined && { reasonReference }),
    ...(reasonCode !== undefined && { reasonCode }),
  } satisfies ProcedureRequest;
}

function toR5(order: DraftOrder) {
  const { reasonReference = [], reasonCode = [], code, ...same } = order;
  const reason = [
    ...reasonReference.map((reference) => ({ reference })),
    ...reasonCode.map((concept) => ({ concept })),
  ];
  return { ...same, code: { concept: code }, ...(reason.length > 0 && { reason }) } satisfies R5ServiceRequest;
}

/** A suggested order in the client's version; undefined when that version has no form that says all of it. */
export function lowerOrder(order: DraftOrder, version: FhirVersion) {
  switch (version) {
    case 'DSTU2':
      return toDiagnosticOrder(order);
    case 'STU3':
      return toProcedureRequest(order);
    case 'R4':
    case 'R4B':
      return order satisfies R4ServiceRequest & R4BServiceRequest;
    case 'R5':
      return toR5(order);
  }
}
