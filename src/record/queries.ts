import { DAY } from '../fhir/date-time.js';
import { isAlikeInAll, newestFirst, typesIn } from '../fhir-versions/queries.js';
import type { FhirVersion } from '../fhir-versions/version.js';
import { tokensOf } from '../fhir/value-set.js';
import type { DataNeed } from '../knowledge/content-types.js';
import type { Topic } from '../knowledge/topic.js';

/** A need under the name that a version has for its type. */
export type AskedNeed = Omit<DataNeed, 'resourceType'> & { readonly resourceType: string };

/** One way to ask for a need: all of its queries must be answered. */
export type QueryForm = readonly string[];

function codeTokens(need: AskedNeed, topic: Topic): readonly string[] {
  return (need.valueSets ?? []).flatMap((id) => {
    const valueSet = topic.valueSetById.get(id);
    return valueSet === undefined ? [] : tokensOf(valueSet);
  });
}

function joined(resourceType: string, parameters: readonly (string | undefined)[]): string {
  return `${resourceType}?${parameters.filter((parameter) => parameter !== undefined).join('&')}`;
}

/** Newest first by the search parameter that dates the type. */
function sortOf(need: AskedNeed, version: FhirVersion): string | undefined {
  return need.newestFirst === true ? newestFirst(version, need.resourceType) : undefined;
}

/** The Medications that entries refer to; asked of a server only, since it goes beyond what prefetch may use. */
function includeOf({ withMedications, resourceType }: AskedNeed): string | undefined {
  return withMedications === true ? `_include=${resourceType}:medication` : undefined;
}

/**
 * The prefetch template of a need, in FHIR R4, CDS Hooks 2.0.1 §Prefetch: only root-level context tokens, and of the search
 * features `_count`, `_sort` and token parameters by equality. Comma lists go beyond the recommended subset: a client
 * that cannot resolve one leaves the key out, and the service then asks in a plainer form itself.
 */
export function prefetchTemplate(need: DataNeed, topic: Topic): string {
  if (need.read !== undefined) return `${need.resourceType}/{{context.${need.read}}}`;
  const codes = codeTokens(need, topic);
  return joined(need.resourceType, [
    'patient={{context.patientId}}',
    codes.length === 0 ? undefined : `code=${codes.join(',')}`,
    need.category === undefined ? undefined : `category=${need.category}`,
    sortOf(need, 'R4'),
    need.count === undefined ? undefined : `_count=${String(need.count)}`,
  ]);
}

/** Earliest day a search with a time limit asks for; one day early, since the server's day may be another. */
function dayBound(withinDays: number, asOf: number): string {
  return new Date(asOf - (withinDays + 1) * DAY).toISOString().slice(0, 10);
}

/** Instant up to which an answer to a date-limited query is complete. */
export function boundOf(need: DataNeed, asOf: number): number {
  return need.withinDays === undefined ? Number.NEGATIVE_INFINITY : asOf - need.withinDays * DAY;
}

/**
 * The ways to ask a FHIR server for a need, best first. Servers differ in what they accept: each next form leaves out
 * something that a server may refuse (order, page size, date, comma list), the last asks for everything of the type.
 */
export function searchForms(
  need: AskedNeed,
  topic: Topic,
  patientId: string,
  asOf: number,
  version: FhirVersion = 'R4',
): readonly QueryForm[] {
  const patient = `patient=${patientId}`;
  const tokens = codeTokens(need, topic).map(encodeURIComponent);
  const category = need.category === undefined ? undefined : `category=${encodeURIComponent(need.category)}`;
  const since = need.withinDays === undefined ? undefined : `date=ge${dayBound(need.withinDays, asOf)}`;
  const code = tokens.length === 0 ? undefined : `code=${tokens.join(',')}`;
  const sort = sortOf(need, version);
  const count = need.count === undefined ? undefined : `_count=${String(need.count)}`;
  const ask = (...parameters: readonly (string | undefined)[]) => joined(need.resourceType, [patient, ...parameters]);
  const forms: readonly QueryForm[] = [
    [ask(code, category, since, sort, count, includeOf(need))],
    [ask(code, category, since, sort, count)],
    [ask(code, category, since)],
    [ask(code, category)],
    tokens.map((token) => ask(`code=${token}`)),
    [ask()],
  ];
  const keys = forms.map((form) => form.join(' '));
  return forms.filter((form, index) => form.length > 0 && keys.indexOf(form.join(' ')) === index);
}

/** Whether every version asks for a need in the same way, so that it may be asked for before the version is known. */
export function isAskedAlike({ newestFirst: isSorted, resourceType }: DataNeed): boolean {
  return isSorted !== true && isAlikeInAll(resourceType);
}

/** A need as a version asks for it: once for each type that may hold what R4 holds in one. */
export function needsIn(version: FhirVersion, need: DataNeed): readonly AskedNeed[] {
  return typesIn(version, need.resourceType).map((resourceType) =>
    resourceType === need.resourceType ? need : { ...need, resourceType },
  );
}
