import type { CodeableConcept } from 'fhir/r4.js';
import { codesOf } from '../../fhir/codeable-concept.js';
import { idOf } from '../../fhir/element.js';
import type { Condition } from '../../fhir/resource.js';
import type { CurrentEncounter } from './encounter.js';

/** The codes of a status; its text when it carries no code. */
function statusesOf(status: CodeableConcept): readonly string[] {
  const codes = codesOf(status);
  return codes.length > 0 || status.text === undefined ? codes : [status.text.trim().toLowerCase()];
}

function hasAny(status: CodeableConcept, values: readonly string[]): boolean {
  return statusesOf(status).some((code) => values.includes(code));
}

export function isRefuted({ verificationStatus }: Condition): boolean {
  return hasAny(verificationStatus, ['refuted', 'entered-in-error']);
}

export function isConfirmed({ verificationStatus }: Condition): boolean {
  return hasAny(verificationStatus, ['confirmed']);
}

/** Neither unconfirmed nor a mere differential: confirmed, provisional, or without a verification status. */
export function isStated({ verificationStatus }: Condition): boolean {
  return !hasAny(verificationStatus, ['refuted', 'entered-in-error', 'unconfirmed', 'differential']);
}

/** On the list now. Without a clinical status a condition counts as active unless it has abated. */
export function isActive({ clinicalStatus, abatement, isAbated }: Condition, asOf: number): boolean {
  if (hasAny(clinicalStatus, ['inactive', 'remission', 'resolved'])) return false;
  if (statusesOf(clinicalStatus).length > 0) return true;
  return !isAbated && !(abatement !== undefined && abatement.end <= asOf);
}

/** Stated to be less than confirmed. */
export function hasOpenCertainty({ verificationStatus }: Condition): boolean {
  return hasAny(verificationStatus, ['provisional', 'differential', 'unconfirmed']);
}

/** A word for how sure the record is. */
export function certaintyOf({ verificationStatus }: Condition): string {
  const known = ['confirmed', 'provisional', 'differential', 'unconfirmed'];
  return statusesOf(verificationStatus).find((code) => known.includes(code)) ?? 'certainty not stated';
}

export function hasCategory({ categories }: Condition, code: string): boolean {
  return categories.some((category) => codesOf(category).includes(code));
}

/** Whether the condition belongs to the encounter the hook was fired in. */
export function belongsTo(condition: Condition, encounterId: string | undefined, current: CurrentEncounter): boolean {
  if (current.state === 'none' || encounterId === undefined) return false;
  if (condition.encounter?.id === encounterId) return true;
  return current.state === 'current' && current.encounter.conditions.some(({ id }) => id === idOf(condition.reference));
}
