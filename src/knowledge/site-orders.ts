import type { ValueSet } from 'fhir/r4.js';
import { unknownName, type ContentProblem } from './content-problem.js';
import type { OrderCode, SiteOrdersFile } from './content-types.js';
import type { TopicContent } from './topic.js';

/** Every order of the site is one that a card may suggest. */
export function checkSiteOrders({ topic }: TopicContent, { orders }: SiteOrdersFile): readonly ContentProblem[] {
  const known = Object.keys(topic.orders);
  return Object.keys(orders)
    .filter((name) => !known.includes(name))
    .map((name) => unknownName({ file: 'orders.json', place: `/orders/${name}` }, 'order', name, known));
}

function withCode(valueSet: ValueSet, { system, code, display }: OrderCode): ValueSet {
  const include = valueSet.compose?.include ?? [];
  const isListed = include.some(
    (one) => one.system === system && (one.concept ?? []).some((concept) => concept.code === code),
  );
  if (isListed) return valueSet;
  return { ...valueSet, compose: { include: [...include, { system, concept: [{ code, display }] }] } };
}

/** The content with the site's order codes: suggested with them, and recognised by them when the order comes back. */
export function withSiteOrders(content: TopicContent, { orders }: SiteOrdersFile): TopicContent {
  let { valueSets } = content;
  const merged = { ...content.topic.orders };
  for (const [name, { text, coding }] of Object.entries(orders)) {
    const standing = merged[name];
    if (standing === undefined) continue;
    merged[name] = { ...standing, text, coding };
    valueSets = valueSets.map((set) => (set.id === standing.valueSet ? withCode(set, coding) : set));
  }
  return { ...content, topic: { ...content.topic, orders: merged }, valueSets };
}
