import type { FhirVersion } from './version.js';

const TYPES: Partial<Readonly<Record<FhirVersion, Readonly<Record<string, readonly string[]>>>>> = {
  DSTU2: { ServiceRequest: ['DiagnosticOrder', 'ProcedureRequest'], MedicationRequest: ['MedicationOrder'] },
  STU3: { ServiceRequest: ['ProcedureRequest'] },
};

/** The types that hold in a version what R4 holds in one. Only all of them together prove that something is absent. */
export function typesIn(version: FhirVersion, resourceType: string): readonly string[] {
  return TYPES[version]?.[resourceType] ?? [resourceType];
}

/** Whether every version has the type under the same name. */
export function isAlikeInAll(resourceType: string): boolean {
  return Object.values(TYPES).every((types) => !Object.hasOwn(types, resourceType));
}

/** The search parameter that dates a type; DSTU2's orders of tests and procedures have none. */
const DATES: Readonly<Record<string, string>> = { ServiceRequest: 'authored', ProcedureRequest: 'authored' };

/** "Newest first" as the version writes it; undefined when the type cannot be sorted so. */
export function newestFirst(version: FhirVersion, type: string): string | undefined {
  if (version !== 'DSTU2') return `_sort=-${DATES[type] ?? 'date'}`;
  return type === 'DiagnosticOrder' || type === 'ProcedureRequest' ? undefined : '_sort:desc=date';
}
