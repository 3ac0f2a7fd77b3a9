// Generated from the JSON Schemas by `npm run types`. Do not edit.

/**
 * CDS Hooks 2.0.1 service request, as far as every hook shares it. Unknown members pass.
 */
export interface HookRequest {
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
}
export interface HookContext {
  userId: string;
  patientId: string;
  encounterId?: string | null;
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
