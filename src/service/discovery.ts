import { isValidDiscovery } from '../cds-hooks/validate.js';
import type { CdsService, Discovery } from '../cds-hooks/types.js';
import { serviceIdOf, type Topic } from '../knowledge/topic.js';
import { prefetchTemplate } from '../record/queries.js';

/** A service as the outside sees it: one topic answering one hook. */
export interface Service {
  readonly id: string;
  readonly hook: string;
  readonly topic: Topic;
}

/** Every service of every topic, by id. */
export function servicesOf(topics: readonly Topic[]): ReadonlyMap<string, Service> {
  const services = topics.flatMap((topic) =>
    topic.topic.services.map(({ hook }) => ({ id: serviceIdOf(topic, hook), hook, topic })),
  );
  return new Map(services.map((service) => [service.id, service]));
}

function prefetchOf(topic: Topic): Record<string, string> {
  return Object.fromEntries(topic.facts.needs.map((need) => [need.key, prefetchTemplate(need, topic)]));
}

function describeServices(topic: Topic): readonly CdsService[] {
  return topic.topic.services.map(({ hook, title, description, usageRequirements }) => ({
    hook,
    title,
    description,
    id: serviceIdOf(topic, hook),
    usageRequirements,
    prefetch: prefetchOf(topic),
  }));
}

/** The discovery answer. Its prefetch comes from the same data needs as the queries the service makes itself. */
export function discover(topics: readonly Topic[]): Discovery {
  const discovery = { services: topics.flatMap(describeServices) };
  if (!isValidDiscovery(discovery)) throw new Error('discovery does not satisfy its schema');
  return discovery;
}
