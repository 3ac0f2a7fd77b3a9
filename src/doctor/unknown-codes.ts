import type { CodeableConcept } from 'fhir/r4.js';
import { labelOf, localCodesOf, readConcept, wordsOf } from '../fhir/codeable-concept.js';
import { isObject, objectsOf, textOf, type JsonObject } from '../fhir/json.js';
import { textMatcherOf } from '../facts/text-match.js';
import type { Topic } from '../knowledge/topic.js';
import { readPages, type FhirContext, type Pages } from './fhir-context.js';
import { notChecked, ok, warn, type Row } from './row.js';

/** What a code's name says it is. */
export type Kind = 'troponin' | 'ecg' | 'spasm';

/** A code whose name says what it is, and that stands in no value set. Nothing of a patient. */
export interface UnknownCode {
  readonly kind: Kind;
  /** Undefined where the record gives only a name. */
  readonly system: string | undefined;
  readonly code: string | undefined;
  readonly display: string;
  readonly units: readonly string[];
  /** In how many entries it was seen. */
  readonly count: number;
  /** Whether the name says that it is something beside a result: a delta, a limit. */
  readonly isNoResult: boolean;
}

/** What was looked through, and what was found in it. */
export interface CodeSearch {
  readonly rows: readonly Row[];
  readonly codes: readonly UnknownCode[];
}

const LONGEST_NAME = 80;

const nameOf = (concept: CodeableConcept): string =>
  (labelOf(concept) ?? '').replace(/[\p{Cc}\p{Zl}\p{Zp}|]/gu, ' ').slice(0, LONGEST_NAME);

interface Part {
  readonly concept: CodeableConcept;
  readonly unit: string | undefined;
}

/** A resource and its components, each with the unit of its value. */
function partsOf(resource: JsonObject): readonly Part[] {
  return [resource, ...objectsOf(resource['component'])].map((part) => {
    const quantity = part['valueQuantity'];
    const unit = isObject(quantity) ? (textOf(quantity['unit']) ?? textOf(quantity['code'])) : undefined;
    return { concept: readConcept(part['code']), unit: unit?.slice(0, LONGEST_NAME) };
  });
}

function kindOf(concept: CodeableConcept, resourceType: unknown, topic: Topic): Kind | undefined {
  if ((concept.coding ?? []).some((coding) => topic.codes.setsOf(coding).length > 0)) return undefined;
  const words = textMatcherOf(topic.topic.textMatching);
  const names = [...wordsOf(concept), ...localCodesOf(concept)];
  if (resourceType === 'Condition') return names.some(words.namesCondition) ? 'spasm' : undefined;
  if (names.some(words.namesTroponin)) return 'troponin';
  return names.some(words.namesEcg) ? 'ecg' : undefined;
}

function unknownIn(resource: JsonObject, topic: Topic): readonly UnknownCode[] {
  const words = textMatcherOf(topic.topic.textMatching);
  return partsOf(resource).flatMap(({ concept, unit }) => {
    const kind = kindOf(concept, resource['resourceType'], topic);
    if (kind === undefined) return [];
    const coding = concept.coding?.find(({ code }) => code !== undefined);
    const isNoResult = [...wordsOf(concept), ...localCodesOf(concept)].some(words.namesNoResult);
    const units = unit === undefined ? [] : [unit];
    return [
      { kind, system: coding?.system, code: coding?.code, display: nameOf(concept), units, count: 1, isNoResult },
    ];
  });
}

/** The codes of resources that no value set holds though their names say what they are; the most frequent first. */
export function unknownCodes(resources: readonly JsonObject[], topic: Topic): readonly UnknownCode[] {
  const byCode = new Map<string, UnknownCode>();
  for (const found of resources.flatMap((resource) => unknownIn(resource, topic))) {
    const { kind, system = '', code = '', display } = found;
    const key = [kind, system, code, code === '' ? display : ''].join('|');
    const before = byCode.get(key);
    byCode.set(key, {
      ...found,
      ...before,
      units: [...new Set([...(before?.units ?? []), ...found.units])],
      count: (before?.count ?? 0) + 1,
    });
  }
  return [...byCode.values()].sort((one, other) => other.count - one.count);
}

/** Searches that may bring such codes: by patient where patients are given, else across the server. */
function queriesOf({ patients }: FhirContext): readonly string[] {
  if (patients.length === 0) {
    return [
      'Observation?code:text=trop&_count=200',
      'Observation?category=laboratory&_count=200',
      'Condition?code:text=spasm&_count=200',
    ];
  }
  return patients.flatMap((id) => [
    `Observation?patient=${id}&_count=200`,
    `DiagnosticReport?patient=${id}&_count=200`,
    `Condition?patient=${id}&_count=200`,
  ]);
}

const TITLES: Readonly<Record<Kind, string>> = {
  troponin: 'troponin-like codes',
  ecg: 'ECG-like codes',
  spasm: 'spasm-like diagnoses',
};

function rowFor(kind: Kind, codes: readonly UnknownCode[], searches: readonly Pages[], seen: number): Row {
  const check = `codes.${kind}`;
  const found = codes.filter((one) => one.kind === kind);
  const unread = searches.flatMap((pages) => pages.unread ?? []);
  const looked = `${seen === 1 ? '1 entry' : `${String(seen)} entries`} looked through${unread.length === 0 ? '' : `, not all: ${[...new Set(unread)].join(', ')}`}`;
  if (found.length > 0) {
    const fix =
      'have the laboratory or the coders say what they are, and add them to codes.json of TF_SITE_DIR: a draft stands below';
    return warn(check, `${String(found.length)} ${TITLES[kind]} are in no value set; ${looked}`, fix);
  }
  return seen === 0
    ? notChecked(check, `${looked}: give --patient with people who have such entries`)
    : ok(check, `every one found has a known code; ${looked}`);
}

/** Looks for results, ECGs and diagnoses that only their names betray. */
export async function findUnknownCodes(context: FhirContext): Promise<CodeSearch> {
  const searches: Pages[] = [];
  for (const query of queriesOf(context)) searches.push(await readPages(context, query));
  // Two searches may bring one entry: it counts once.
  const entries = searches.flatMap((pages) => pages.entries);
  const byReference = new Map(
    entries.map(({ resource }) => [`${String(resource['resourceType'])}/${String(resource['id'])}`, resource]),
  );
  const resources = [...byReference.values()];
  const codes = unknownCodes(resources, context.topic);
  const isCondition = ({ resourceType }: JsonObject) => resourceType === 'Condition';
  const conditions = resources.filter(isCondition).length;
  const seen = { troponin: resources.length - conditions, ecg: resources.length - conditions, spasm: conditions };
  const kinds = ['troponin', 'ecg', 'spasm'] as const;
  return { rows: kinds.map((kind) => rowFor(kind, codes, searches, seen[kind])), codes };
}
