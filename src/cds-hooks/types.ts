// Generated from the JSON Schemas by `npm run types`. Do not edit.

/**
 * CDS Hooks 2.0.1 service request: what every hook shares, and what each hook requires of its context. Unknown members pass.
 */
export type HookRequest = {
  [k: string]: unknown;
} & {
  hook: string;
  hookInstance: string;
  fhirServer?: string;
  fhirAuthorization?: {
    [k: string]: unknown;
  };
  context: HookContext;
  prefetch?: {
    [k: string]: unknown;
  } | null;
  [k: string]: unknown;
};
/**
 * One change to apply: a new draft, or the removal of one.
 */
export type Action = CreateAction | DeleteAction;
/**
 * @minItems 1
 */
export type OrderReferences = OrderReference[];
/**
 * @minItems 1
 */
export type OrderReasons = OrderReason[];

export interface HookContext {
  userId: string;
  patientId: string;
  encounterId?: string | null;
  /**
   * order-select: the drafts being worked on, as Type/id.
   */
  selections?: {
    [k: string]: unknown;
  };
  /**
   * order-select and order-sign: Bundle of unsigned orders.
   */
  draftOrders?: {
    [k: string]: unknown;
  };
  /**
   * problem-list-item-create: Bundle of the conditions being added.
   */
  conditions?: {
    [k: string]: unknown;
  };
  [k: string]: unknown;
}
/**
 * CDS Hooks 2.0.1 service response, strict: what this service sends.
 */
export interface HookResponse {
  cards: Card[];
}
export interface Card {
  uuid: string;
  summary: string;
  detail: string;
  indicator: 'info' | 'warning' | 'critical';
  source: Source;
  /**
   * @minItems 1
   */
  links?: Link[];
  extension: CardExtension;
  /**
   * @minItems 1
   */
  suggestions?: Suggestion[];
  selectionBehavior?: 'at-most-one' | 'any';
  /**
   * @minItems 1
   */
  overrideReasons?: OverrideReason[];
}
export interface Source {
  label: string;
  topic: TopicCoding;
}
export interface TopicCoding {
  system: string;
  code: string;
  display?: string;
}
export interface Link {
  label: string;
  url: string;
  type: 'absolute';
}
export interface CardExtension {
  'org.troponin-first.basis': Basis;
}
/**
 * Why this card: the rule, the content it comes from, the chart entries it stands on, and what could not be known.
 */
export interface Basis {
  rule: string;
  topic: string;
  topicVersion: string;
  contentHash: string;
  asOf: string;
  /**
   * @minItems 1
   */
  evidence?: BasisEvidence[];
  /**
   * @minItems 1
   */
  gaps?: BasisGap[];
}
export interface BasisEvidence {
  reference: string;
  display: string;
  date?: string;
  value?: string;
}
export interface BasisGap {
  need: string;
  reason: string;
}
export interface Suggestion {
  label: string;
  uuid: string;
  isRecommended?: boolean;
  /**
   * @minItems 1
   * @maxItems 1
   */
  actions: Action[];
}
export interface CreateAction {
  type: 'create';
  description: string;
  resource: SuggestedServiceRequest | SuggestedR5ServiceRequest | SuggestedProcedureRequest | SuggestedDiagnosticOrder;
}
/**
 * A draft ServiceRequest, FHIR R4.
 */
export interface SuggestedServiceRequest {
  resourceType: 'ServiceRequest';
  id: string;
  status: 'draft';
  intent: 'proposal';
  priority: 'stat' | 'urgent';
  code: OrderConcept;
  subject: OrderReference;
  encounter?: OrderReference;
  requester?: OrderReference;
  occurrenceDateTime?: string;
  occurrencePeriod?: OrderPeriod;
  authoredOn: string;
  reasonReference?: OrderReferences;
  reasonCode?: OrderReasons;
}
export interface OrderConcept {
  /**
   * @minItems 1
   */
  coding: OrderCoding[];
  text: string;
}
export interface OrderCoding {
  system: string;
  code: string;
  display: string;
}
export interface OrderReference {
  reference: string;
}
export interface OrderPeriod {
  start: string;
  end: string;
}
export interface OrderReason {
  text: string;
}
/**
 * A draft ServiceRequest, FHIR R5.
 */
export interface SuggestedR5ServiceRequest {
  resourceType: 'ServiceRequest';
  id: string;
  status: 'draft';
  intent: 'proposal';
  priority: 'stat' | 'urgent';
  code: OrderR5Code;
  subject: OrderReference;
  encounter?: OrderReference;
  requester?: OrderReference;
  occurrenceDateTime?: string;
  occurrencePeriod?: OrderPeriod;
  authoredOn: string;
  /**
   * @minItems 1
   */
  reason?: (OrderR5ReasonReference | OrderR5ReasonConcept)[];
}
export interface OrderR5Code {
  concept: OrderConcept;
}
export interface OrderR5ReasonReference {
  reference: OrderReference;
}
export interface OrderR5ReasonConcept {
  concept: OrderReason;
}
/**
 * A draft ProcedureRequest, FHIR STU3.
 */
export interface SuggestedProcedureRequest {
  resourceType: 'ProcedureRequest';
  id: string;
  status: 'draft';
  intent: 'proposal';
  priority: 'stat' | 'urgent';
  code: OrderConcept;
  subject: OrderReference;
  requester?: OrderAgent;
  occurrenceDateTime?: string;
  occurrencePeriod?: OrderPeriod;
  authoredOn: string;
  reasonReference?: OrderReferences;
  reasonCode?: OrderReasons;
  context?: OrderReference;
}
export interface OrderAgent {
  agent: OrderReference;
}
/**
 * A draft DiagnosticOrder, FHIR DSTU2.
 */
export interface SuggestedDiagnosticOrder {
  resourceType: 'DiagnosticOrder';
  id: string;
  subject: OrderReference;
  orderer?: OrderReference;
  encounter?: OrderReference;
  reason?: OrderReasons;
  supportingInformation?: OrderReferences;
  status: 'draft';
  priority: 'stat' | 'urgent';
  /**
   * @minItems 1
   * @maxItems 1
   */
  event: OrderEvent[];
  /**
   * @minItems 1
   * @maxItems 1
   */
  item: OrderItem[];
}
export interface OrderEvent {
  status: 'draft';
  dateTime: string;
}
export interface OrderItem {
  code: OrderConcept;
  status: 'draft';
}
export interface DeleteAction {
  type: 'delete';
  description: string;
  resourceId: string;
}
export interface OverrideReason {
  system: string;
  code: string;
  display: string;
}
/**
 * CDS Hooks 2.0.1 discovery response, strict.
 */
export interface Discovery {
  services: CdsService[];
}
export interface CdsService {
  hook: string;
  title: string;
  description: string;
  id: string;
  usageRequirements: string;
  prefetch: {
    [k: string]: string;
  };
}
