import type { FactDefinition } from './content-types.js';
import { criterionInWords, mark, table } from './review-words.js';
import type { Topic } from './topic.js';

function factRow([name, fact]: readonly [string, FactDefinition]): readonly string[] {
  const sets = 'valueSets' in fact ? fact.valueSets : 'classes' in fact ? fact.classes : [];
  const time: string = 'when' in fact ? fact.when : '';
  const threshold = 'within' in fact ? fact.within : undefined;
  const within = threshold === undefined ? '' : `within ${threshold}`;
  return [name, fact.title, fact.kind, [time, within].filter((text) => text !== '').join(' '), sets.join(', ')];
}

function factSection(topic: Topic): readonly string[] {
  return [
    '## Facts and named criteria',
    ...table(
      ['name', 'meaning', 'kind', 'time', 'codes or drug classes'],
      Object.entries(topic.facts.facts).map(factRow),
    ),
    ...table(
      ['criterion', 'when', 'evidence'],
      Object.values(topic.facts.criteria).map((one) => [one.title, criterionInWords(one.when, topic), mark(one)]),
    ),
  ];
}

function drugSection(topic: Topic): readonly string[] {
  return [
    '## Drug classes',
    ...table(
      ['class', 'codes', 'names', 'brands', 'not on these routes', 'evidence'],
      Object.values(topic.drugs.classes).map((one) => [
        one.title,
        one.valueSets.join(', '),
        one.names.join(', '),
        (one.brands ?? []).join(', '),
        (one.exceptRoutes ?? []).join(', '),
        mark(one),
      ]),
    ),
  ];
}

function numberSection(topic: Topic): readonly string[] {
  return [
    '## Thresholds',
    ...table(
      ['name', 'value', 'meaning', 'evidence'],
      Object.entries(topic.topic.thresholds).map(([name, one]) => [
        name,
        `${String(one.value)} ${one.unit}`,
        one.meaning,
        one.evidence,
      ]),
    ),
    '## Value sets',
    ...table(
      ['set', 'title', 'codes', 'what is in and what is not'],
      topic.valueSets.map(({ id = '', title = '', compose, description = '' }) => [
        id,
        title,
        String((compose?.include ?? []).reduce((sum, { concept = [] }) => sum + concept.length, 0)),
        description,
      ]),
    ),
  ];
}

/** What the rules stand on: facts, drug classes, thresholds and value sets. */
export function dataSection(topic: Topic): readonly string[] {
  return [...factSection(topic), ...drugSection(topic), ...numberSection(topic)];
}
