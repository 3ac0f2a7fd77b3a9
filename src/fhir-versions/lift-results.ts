import { isMissing, isObject, objectsOf, type JsonObject } from '../fhir/json.js';
import { itemsOf, liftCode, renamed, same, withMembers, type CodeTables } from './members.js';
import type { FhirVersion } from './version.js';

const OBSERVATION_NAMES: Readonly<Record<string, string>> = { context: 'encounter', comments: 'comment' };

/** What a related Observation is when it is no member. */
const OTHER_RELATIONS = new Set(['derived-from', 'sequel-to', 'replaces', 'qualified-by', 'interfered-by']);

/** Members, and what does not say how it is related: it may be one. */
function membersOf({ related, hasMember }: JsonObject): readonly unknown[] {
  const members = objectsOf(related).filter(({ type }) => !OTHER_RELATIONS.has(String(type)));
  return [...itemsOf(hasMember), ...members.map(({ target }) => target)];
}

const SEX = /^(?:(?:fe)?male|man|men|woman|women|m|f|248153007|248152002)s?$/i;

/** Whether DSTU2's one "meaning" of a range says for whom it holds, rather than what kind of range it is. */
function saysForWhom(meaning: unknown): boolean {
  if (!isObject(meaning)) return false;
  const words = [meaning['text'], ...objectsOf(meaning['coding']).flatMap(({ code, display }) => [code, display])];
  const said = words.filter((word) => typeof word === 'string');
  return said.length > 0 && said.every((word) => SEX.test(word.trim()));
}

function liftRange(range: unknown): unknown {
  if (!isObject(range) || isMissing(range['meaning'])) return range;
  const { meaning, ...rest } = range;
  return saysForWhom(meaning) ? { ...rest, appliesTo: [meaning] } : { ...rest, type: rest['type'] ?? meaning };
}

function liftRanges({ referenceRange }: JsonObject): JsonObject {
  if (isMissing(referenceRange)) return {};
  return { referenceRange: itemsOf(referenceRange).map(liftRange) };
}

/** Observation: reference ranges, members of a panel and the encounter get R4's names. */
export function liftObservation(raw: JsonObject, version: FhirVersion): JsonObject {
  if (version === 'R5') return raw;
  const resource = renamed(raw, OBSERVATION_NAMES);
  const { comment, note } = resource;
  return withMembers(resource, {
    ...(!isMissing(comment) && { comment: undefined, note: [...itemsOf(note), { text: comment }] }),
    ...liftRanges(resource),
    ...(!isMissing(resource['related']) && { related: undefined, hasMember: membersOf(resource) }),
  });
}

const REPORT_NAMES: Readonly<Record<string, string>> = {
  context: 'encounter',
  codedDiagnosis: 'conclusionCode',
  image: 'media',
};

const REPORT_STATUSES: CodeTables = {
  DSTU2: same('registered', 'partial', 'final', 'corrected', 'appended', 'cancelled', 'entered-in-error'),
  // A report that was changed before it became final.
  R5: {
    ...same('registered', 'partial', 'preliminary', 'final', 'amended', 'corrected', 'appended', 'cancelled'),
    ...same('entered-in-error', 'unknown'),
    modified: 'preliminary',
  },
};

/** DiagnosticReport: coded conclusions and the encounter get R4's names, "modified" is not final yet. */
export function liftReport(raw: JsonObject, version: FhirVersion): JsonObject {
  const resource = version === 'R5' ? raw : renamed(raw, REPORT_NAMES);
  const { status, performer } = resource;
  return withMembers(resource, {
    status: liftCode(status, REPORT_STATUSES, version),
    ...(version === 'STU3' &&
      !isMissing(performer) && {
        performer: itemsOf(performer).map((one) => (isObject(one) ? (one['actor'] ?? one) : one)),
      }),
  });
}
