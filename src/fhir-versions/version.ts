/** A version of FHIR that clients speak. Behind the door there is only R4; R4B has the same shapes in all that is read here. */
export type FhirVersion = 'DSTU2' | 'STU3' | 'R4' | 'R4B' | 'R5';

const BEGINNINGS: readonly (readonly [string, FhirVersion])[] = [
  ['1.0.', 'DSTU2'],
  ['3.0.', 'STU3'],
  ['4.0.', 'R4'],
  ['4.3.', 'R4B'],
  ['5.0.', 'R5'],
];

/** `3.0.2` as its version. Undefined for a number of another kind, a ballot's among them. */
export function versionOf(number: unknown): FhirVersion | undefined {
  if (typeof number !== 'string' || !/^\d+\.\d+\.\d+$/.test(number)) return undefined;
  return BEGINNINGS.find(([beginning]) => number.startsWith(beginning))?.[1];
}
