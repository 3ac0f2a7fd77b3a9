import type { FhirVersion } from '../fhir-versions/version.js';
import { isFhirId } from '../fhir/reference.js';
import { checkAnswers } from './check-answers.js';
import { checkCapability, isR4 } from './check-capability.js';
import { checkQuery } from './check-need.js';
import { checkCodeSearches, checkDates, checkPaging, checkPostSearch, checkSort } from './check-search.js';
import type { FhirContext } from './fhir-context.js';
import { notChecked, type Row } from './row.js';
import { findUnknownCodes, type CodeSearch } from './unknown-codes.js';

async function checkPatient(context: FhirContext, patientId: string): Promise<readonly Row[]> {
  const searched = context.topic.facts.needs.filter(({ read }) => read === undefined);
  const rows: Row[] = [];
  for (const need of searched) rows.push(await checkQuery(need, context, patientId));
  return [
    ...rows,
    await checkPaging(context, patientId),
    await checkSort(context, patientId),
    await checkDates(context, patientId),
    ...(await checkCodeSearches(context, patientId)),
    await checkPostSearch(context, patientId),
    ...(await checkAnswers(context, patientId)),
  ];
}

async function checkData(context: FhirContext, version: FhirVersion | undefined): Promise<readonly Row[]> {
  const why = (text: string) => FURTHER.map((check) => notChecked(check, text));
  if (!isR4(version))
    return why(
      `queries are tried on R4 servers only; the service asks this one as ${String(version)}, see what its cards say`,
    );
  const [patientId] = context.patients.filter(isFhirId);
  if (patientId === undefined) return why('give --patient: an id of a test patient with troponins and an ECG');
  return checkPatient(context, patientId);
}

const FURTHER = ['fhir.queries', 'fhir.paging', 'fhir.answers'] as const;

/**
 * What the service needs of a FHIR server, asked as the EHR and as the service would ask; then the codes there that no
 * value set holds. Expects ids that are FHIR ids. Reads only.
 */
export async function checkFhir(context: FhirContext): Promise<CodeSearch> {
  const { rows, isReached, version } = await checkCapability(context);
  if (!isReached) {
    const why = 'the server was not reached';
    return { rows: [...rows, ...[...FURTHER, 'codes'].map((check) => notChecked(check, why))], codes: [] };
  }
  const ofPatient = await checkData(context, version);
  const found = await findUnknownCodes(context);
  return { rows: [...rows, ...ofPatient, ...found.rows], codes: found.codes };
}
