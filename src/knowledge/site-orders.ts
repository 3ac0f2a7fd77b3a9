import { unknownName, type ContentProblem } from './content-problem.js';
import type { SiteOrdersFile } from './content-types.js';
import { codeFaults, withCode, type Standing } from './site-codes.js';
import type { TopicContent } from './topic.js';

const FILE = 'orders.json';

/** Every order of the site is one that a card may suggest, under a code that means nothing else. */
export function checkSiteOrders(
  content: TopicContent,
  { orders }: SiteOrdersFile,
  standing: Standing,
): readonly ContentProblem[] {
  const known = Object.keys(content.topic.orders);
  return Object.entries(orders).flatMap(([name, { coding }]) => {
    const place = `/orders/${name}`;
    const order = content.topic.orders[name];
    if (order === undefined) return [unknownName({ file: FILE, place }, 'order', name, known)];
    return codeFaults(content, order.valueSet, coding, standing).map(({ at, message }) => ({
      file: FILE,
      place: `${place}/coding/${at}`,
      message,
    }));
  });
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
