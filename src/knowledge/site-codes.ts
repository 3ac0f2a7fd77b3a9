import type { ValueSet } from 'fhir/r4.js';
import { hasValidCheckDigit } from '../fhir/check-digit.js';
import { comparableCode, CPT, knownSystem } from '../fhir/code-system.js';
import { tokensOf } from '../fhir/value-set.js';
import { unknownName, type ContentProblem } from './content-problem.js';
import type { AssayRule, SiteCodes, SiteCodesFile, SiteConcept, Verified } from './content-types.js';
import { phrasePattern } from './phrase-pattern.js';
import type { TopicContent } from './topic.js';

const FILE = 'codes.json';

type Say = (place: string, message: string) => ContentProblem;

/** `system|code` in the form codes are compared in. */
function keyOf(system: string, code: string): string {
  const canonical = knownSystem(system) ?? system;
  return `${canonical}|${comparableCode(canonical, code)}`;
}

/** Which value sets hold a code, by `keyOf`. */
export type Standing = Map<string, string[]>;

/** Where each code of the content stands. */
export function standingCodes({ valueSets }: Pick<TopicContent, 'valueSets'>): Standing {
  const standing: Standing = new Map();
  for (const valueSet of valueSets) {
    for (const token of tokensOf(valueSet)) {
      const [system = '', code = ''] = token.split('|');
      const key = keyOf(system, code);
      standing.set(key, [...(standing.get(key) ?? []), valueSet.id ?? '']);
    }
  }
  return standing;
}

/** Why a code must not stand in two value sets, or undefined when it may. */
function whyApart({ site }: TopicContent, one: string, other: string): string | undefined {
  return site.apart.find(({ valueSets, from = [] }) => {
    const all = [...valueSets, ...from];
    return all.includes(one) && all.includes(other) && (valueSets.includes(one) || valueSets.includes(other));
  })?.why;
}

/** What is wrong with a code of a site by itself, and beside the sets in which it already stands. */
export function codeFaults(
  content: TopicContent,
  valueSet: string,
  { system, code }: SiteConcept,
  standing: Standing,
): readonly { readonly at: 'system' | 'code'; readonly message: string }[] {
  const canonical = knownSystem(system) ?? system;
  const spelling = canonical === system ? [] : [{ at: 'system' as const, message: `must be written ${canonical}` }];
  const digit = hasValidCheckDigit(canonical, code)
    ? []
    : [{ at: 'code' as const, message: 'has a wrong check digit: compare it with its source' }];
  const contradictions = (standing.get(keyOf(system, code)) ?? []).flatMap((other) => {
    const why = other === valueSet ? undefined : whyApart(content, valueSet, other);
    return why === undefined ? [] : [{ at: 'code' as const, message: `already stands in ${other}. ${why}` }];
  });
  return [...spelling, ...digit, ...contradictions];
}

function conceptProblems(content: TopicContent, entry: SiteCodes, standing: Standing, say: Say) {
  return entry.concepts.flatMap((concept, index) => {
    const place = `/concepts/${String(index)}`;
    const key = keyOf(concept.system, concept.code);
    const sets = standing.get(key) ?? [];
    const twice = sets.includes(entry.valueSet)
      ? [say(`${place}/code`, `already stands in ${entry.valueSet}: take it out here`)]
      : [];
    const faults = codeFaults(content, entry.valueSet, concept, standing);
    standing.set(key, [...sets, entry.valueSet]);
    return [...twice, ...faults.map(({ at, message }) => say(`${place}/${at}`, message))];
  });
}

function assayProblems({ assay }: SiteCodes, rule: AssayRule | undefined, say: Say): readonly ContentProblem[] {
  if (rule === undefined) {
    return assay === undefined ? [] : [say('/assay', 'belongs only to codes of troponin results: take it out')];
  }
  if (assay === undefined) {
    return [say('', 'states no assay: say its name, analyte, sensitivity and unit, since its results will count')];
  }
  const { analyte, sensitivity, units = [] } = rule;
  const other = (member: 'analyte' | 'sensitivity', expected: string) =>
    assay[member] === expected
      ? []
      : [say(`/assay/${member}`, `must be ${expected} in this value set; another assay belongs to another set`)];
  const isUnitRight = units.length === 0 ? assay.unit === undefined : units.includes(assay.unit ?? '');
  const expected =
    units.length === 0
      ? 'must not be stated for a yes/no test'
      : `must be one of ${units.join(', ')}; results in other units belong to another value set`;
  return [
    ...other('analyte', analyte),
    ...other('sensitivity', sensitivity),
    ...(isUnitRight ? [] : [say('/assay/unit', expected)]),
  ];
}

/** A display that contradicts the value set: the other analyte, a limit among results, a result among what is none. */
function displayProblems({ site, topic }: TopicContent, entry: SiteCodes, say: Say): readonly ContentProblem[] {
  const rule = site.assays[entry.valueSet];
  const { notTroponinResult, troponin } = topic.textMatching;
  const noResult = phrasePattern(notTroponinResult);
  const never = phrasePattern([...(rule?.notNamed ?? []), ...notTroponinResult]);
  const named = phrasePattern(troponin);
  return entry.concepts.flatMap(({ display }, index) => {
    const place = `/concepts/${String(index)}/display`;
    if (rule !== undefined && never.test(display)) {
      return [say(place, 'names something that does not belong into this value set: another analyte, or no result')];
    }
    const isHiddenResult = site.notResults.includes(entry.valueSet) && named.test(display) && !noResult.test(display);
    return isHiddenResult
      ? [
          say(
            place,
            `names a troponin and nothing that is no result (${notTroponinResult.join(', ')}): a result would no longer be seen`,
          ),
        ]
      : [];
  });
}

function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** Whether the day of a verification is one of the calendar. */
export function dayProblems({ on }: Verified, place: string, say: Say): readonly ContentProblem[] {
  return isDay(on) ? [] : [say(`${place}/on`, 'is no day of the calendar')];
}

function verificationProblems({ site }: TopicContent, entry: SiteCodes, say: Say): readonly ContentProblem[] {
  const { verified, secondVerified, valueSet } = entry;
  const why = site.calming.find(({ valueSets }) => valueSets.includes(valueSet))?.why;
  const days = [
    ...dayProblems(verified, '/verified', say),
    ...(secondVerified === undefined ? [] : dayProblems(secondVerified, '/secondVerified', say)),
  ];
  if (why === undefined) return days;
  if (secondVerified === undefined) {
    return [...days, say('', `needs secondVerified, a second person who checked the codes. ${why}`)];
  }
  const isSame = secondVerified.by.trim().toLowerCase() === verified.by.trim().toLowerCase();
  return isSame ? [...days, say('/secondVerified/by', 'must be another person than verified')] : days;
}

/** Everything a schema cannot see of a site's codes: sets that are there, codes that are sound and contradict nothing. */
export function checkSiteCodes(
  content: TopicContent,
  { codes }: SiteCodesFile,
  standing: Standing,
): readonly ContentProblem[] {
  const known = content.valueSets.map(({ id = '' }) => id);
  return codes.flatMap((entry, index) => {
    const say: Say = (place, message) => ({ file: FILE, place: `/codes/${String(index)}${place}`, message });
    if (!known.includes(entry.valueSet)) {
      const at = { file: FILE, place: `/codes/${String(index)}/valueSet` };
      return [unknownName(at, 'value set', entry.valueSet, known)];
    }
    return [
      ...conceptProblems(content, entry, standing, say),
      ...assayProblems(entry, content.site.assays[entry.valueSet], say),
      ...displayProblems(content, entry, say),
      ...verificationProblems(content, entry, say),
    ];
  });
}

/** A value set with one code more, unless it has it already. CPT descriptors belong to the AMA and are left out. */
export function withCode(valueSet: ValueSet, { system, code, display }: SiteConcept): ValueSet {
  const include = valueSet.compose?.include ?? [];
  const isListed = include.some(
    (one) => one.system === system && (one.concept ?? []).some((concept) => concept.code === code),
  );
  if (isListed) return valueSet;
  const concept = [system === CPT ? { code } : { code, display }];
  return { ...valueSet, compose: { include: [...include, { system, concept }] } };
}

/** The content with the site's codes in its value sets. */
export function withSiteCodes(content: TopicContent, { codes }: SiteCodesFile): TopicContent {
  const valueSets = content.valueSets.map((valueSet) =>
    codes
      .filter((entry) => entry.valueSet === valueSet.id)
      .flatMap(({ concepts }) => concepts)
      .reduce(withCode, valueSet),
  );
  return { ...content, valueSets };
}
