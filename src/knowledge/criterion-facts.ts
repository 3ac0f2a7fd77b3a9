import type { Criterion } from './content-types.js';
import type { TopicContent } from './topic.js';

/** The facts a criterion asks for, those behind named criteria included. */
export function factsOfCriterion(when: Criterion | undefined, topic: TopicContent): readonly string[] {
  if (when === undefined) return [];
  if ('all' in when) return when.all.flatMap((part) => factsOfCriterion(part, topic));
  if ('any' in when) return when.any.flatMap((part) => factsOfCriterion(part, topic));
  if ('not' in when) return factsOfCriterion(when.not, topic);
  if ('criterion' in when) return factsOfCriterion(topic.facts.criteria[when.criterion]?.when, topic);
  return [when.fact];
}
