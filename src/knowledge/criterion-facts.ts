import type { Criterion } from './content-types.js';
import { oncePer } from '../lazy/once.js';
import type { TopicContent } from './topic.js';

const factsIn = oncePer((topic: TopicContent) => oncePer((when: Criterion) => findFacts(when, topic)));

/** The facts a criterion asks for, those behind named criteria included. */
export function factsOfCriterion(when: Criterion | undefined, topic: TopicContent): readonly string[] {
  return when === undefined ? [] : factsIn(topic)(when);
}

function findFacts(when: Criterion, topic: TopicContent): readonly string[] {
  if ('all' in when) return when.all.flatMap((part) => factsOfCriterion(part, topic));
  if ('any' in when) return when.any.flatMap((part) => factsOfCriterion(part, topic));
  if ('not' in when) return factsOfCriterion(when.not, topic);
  if ('criterion' in when) return factsOfCriterion(topic.facts.criteria[when.criterion]?.when, topic);
  return [when.fact];
}
