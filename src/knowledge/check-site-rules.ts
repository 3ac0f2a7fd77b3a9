import { tokensOf } from '../fhir/value-set.js';
import { unknownNames, type ContentProblem } from './content-problem.js';
import type { TopicContent } from './topic.js';

const FILE = 'site.json';

function checkNames({ site, valueSets }: TopicContent): readonly ContentProblem[] {
  const known = valueSets.map(({ id = '' }) => id);
  const named = [
    { place: '/assays', names: Object.keys(site.assays) },
    { place: '/notResults', names: site.notResults },
    ...site.calming.map((one, index) => ({ place: `/calming/${String(index)}`, names: one.valueSets })),
    ...site.apart.map(({ valueSets: sets, from = [] }, index) => ({
      place: `/apart/${String(index)}`,
      names: [...sets, ...from],
    })),
  ];
  return named.flatMap(({ place, names }) => unknownNames({ file: FILE, place }, 'value set', names, known));
}

function checkBounds({ site, topic }: TopicContent): readonly ContentProblem[] {
  return Object.entries(site.thresholds).flatMap(([name, { least, most }]) => {
    const place = `/thresholds/${name}`;
    const standing = topic.thresholds[name];
    if (standing === undefined) {
      return unknownNames({ file: FILE, place: '/thresholds' }, 'threshold', [name], Object.keys(topic.thresholds));
    }
    const isWithin = least <= standing.value && standing.value <= most;
    return isWithin
      ? []
      : [{ file: FILE, place, message: `does not hold the ${String(standing.value)} of topic.json` }];
  });
}

/** The product's own codes keep apart what a site must keep apart. */
function checkApart({ site, valueSets }: TopicContent): readonly ContentProblem[] {
  const tokens = new Map(valueSets.map((valueSet) => [valueSet.id ?? '', new Set(tokensOf(valueSet))]));
  const shared = (one: string, other: string) =>
    [...(tokens.get(one) ?? [])].find((token) => tokens.get(other)?.has(token));
  return site.apart.flatMap(({ valueSets: sets, from = [] }, row) =>
    sets.flatMap((one, index) =>
      [...sets.slice(index + 1), ...from].flatMap((other) => {
        const token = shared(one, other);
        const place = `/apart/${String(row)}`;
        return token === undefined ? [] : [{ file: FILE, place, message: `${one} and ${other} share ${token}` }];
      }),
    ),
  );
}

/** What a site may change is there, and its bounds hold for the product itself. */
export function checkSiteRules(content: TopicContent): readonly ContentProblem[] {
  return [...checkNames(content), ...checkBounds(content), ...checkApart(content)];
}
