/** Canonical code-system URIs and the other spellings met in real records. */
export const SNOMED_CT = 'http://snomed.info/sct';
export const LOINC = 'http://loinc.org';
export const ICD_10_CM = 'http://hl7.org/fhir/sid/icd-10-cm';
export const ICD_10 = 'http://hl7.org/fhir/sid/icd-10';
export const ICD_9_CM = 'http://hl7.org/fhir/sid/icd-9-cm';
export const RXNORM = 'http://www.nlm.nih.gov/research/umls/rxnorm';
export const ATC = 'http://www.whocc.no/atc';
export const NDC = 'http://hl7.org/fhir/sid/ndc';
export const CPT = 'http://www.ama-assn.org/go/cpt';
export const OBSERVATION_INTERPRETATION = 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation';
const ABNORMAL_FLAGS = 'http://terminology.hl7.org/CodeSystem/v2-0078';

const OTHER_SPELLINGS: Readonly<Record<string, readonly string[]>> = {
  [SNOMED_CT]: ['urn:oid:2.16.840.1.113883.6.96', 'https://snomed.info/sct', 'SNOMEDCT'],
  [LOINC]: ['urn:oid:2.16.840.1.113883.6.1', 'https://loinc.org', 'LN', 'LOINC'],
  [ICD_10_CM]: [
    'urn:oid:2.16.840.1.113883.6.90',
    'ICD10CM',
    'ICD-10-CM',
    'http://www.cms.gov/Medicare/Coding/ICD10',
    'http://terminology.hl7.org/CodeSystem/icd10cm',
  ],
  [ICD_10]: [
    'urn:oid:2.16.840.1.113883.6.3',
    'http://fhir.de/CodeSystem/dimdi/icd-10-gm',
    'http://fhir.de/CodeSystem/bfarm/icd-10-gm',
    'http://hl7.org/fhir/sid/icd-10-gm',
    'http://hl7.org/fhir/sid/icd-10-uk',
    'ICD10',
    'ICD-10',
  ],
  [ICD_9_CM]: ['urn:oid:2.16.840.1.113883.6.103', 'http://terminology.hl7.org/CodeSystem/icd9cm', 'ICD9CM', 'ICD-9-CM'],
  [RXNORM]: ['urn:oid:2.16.840.1.113883.6.88', 'RXNORM'],
  [ATC]: ['urn:oid:2.16.840.1.113883.6.73', 'https://www.whocc.no/atc'],
  [NDC]: ['urn:oid:2.16.840.1.113883.6.69', 'NDC'],
  [OBSERVATION_INTERPRETATION]: ['urn:oid:2.16.840.1.113883.5.83'],
  [ABNORMAL_FLAGS]: ['urn:oid:2.16.840.1.113883.12.78'],
  [CPT]: ['urn:oid:2.16.840.1.113883.6.12', 'CPT'],
};

const CANONICAL = new Map<string, string>(
  Object.entries(OTHER_SPELLINGS).flatMap(([canonical, others]) => [
    [canonical, canonical] as const,
    ...others.map((other) => [other, canonical] as const),
  ]),
);

/** No white space and no lower case: the way every code system here but UCUM writes its codes. */
const PLAIN_CODE = /^[A-Z0-9.<>-]+$/;

const ICD = new Set([ICD_10_CM, ICD_10, ICD_9_CM]);

/** The canonical URI of a known code system, or undefined for local and unknown ones. */
export function knownSystem(system: string): string | undefined {
  const known = CANONICAL.get(system) ?? (system.endsWith('/') ? CANONICAL.get(system.slice(0, -1)) : undefined);
  if (known !== undefined) return known;
  return system.startsWith(`${SNOMED_CT}/`) ? SNOMED_CT : undefined;
}

const NDC_SEGMENTS = /^(\d{4,5})-(\d{3,4})-(\d{1,2})$/;

/** The eleven digits of an NDC; the FDA writes ten with hyphens, a zero left out of one of the three parts. */
function elevenDigits(code: string): string {
  const [, labeler, product, pack] = NDC_SEGMENTS.exec(code) ?? [];
  if (labeler === undefined || product === undefined || pack === undefined) return code;
  return labeler.padStart(5, '0') + product.padStart(4, '0') + pack.padStart(2, '0');
}

/** A code in the form it is compared in: ICD codes without dot and in upper case, NDC as eleven digits, others as they are. */
export function comparableCode(canonicalSystem: string, code: string): string {
  const trimmed = code.trim();
  if (canonicalSystem === NDC) return elevenDigits(trimmed);
  return ICD.has(canonicalSystem) ? trimmed.toUpperCase().replace('.', '') : trimmed;
}

/** Whether a code is already written the way value sets write it, so that it needs no other form to be compared. */
export function isPlainCode(canonicalSystem: string, code: string): boolean {
  return canonicalSystem !== NDC && PLAIN_CODE.test(code);
}
