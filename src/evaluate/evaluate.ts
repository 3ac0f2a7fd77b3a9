import type { Service } from '../service/discovery.js';
import { answerChart, type AsOf } from './answer-chart.js';
import { visitCharts } from './charts-in.js';
import type { Evaluation, SourcedAnswer, UnreadCount } from './evaluation.js';
import type { Given } from './occasion.js';
import type { Unread } from './read-file.js';

/** What is to be evaluated. */
export interface Evaluating {
  readonly path: string;
  readonly services: readonly Service[];
  readonly when: AsOf;
  readonly given: Given;
  /** This patient alone, or all. */
  readonly patientId: string | undefined;
}

/** The types of resource that any of the services asks for, and those that come along with them. */
export function typesOf(services: readonly Service[]): ReadonlySet<string> {
  const needs = services.flatMap(({ topic }) => topic.facts.needs.map(({ resourceType }) => resourceType));
  return new Set([...needs, 'Medication', 'Specimen']);
}

function createUnreadList() {
  const counts = new Map<string, UnreadCount>();
  return {
    add: (source: string, reason: Unread) => {
      const key = `${reason} ${source}`;
      counts.set(key, { source, reason, count: (counts.get(key)?.count ?? 0) + 1 });
    },
    all: () => [...counts.values()],
  };
}

/** Answers for every chart at a path, in the order of files and patients. Rejects when the path cannot be opened. */
export async function evaluate({ path, services, when, given, patientId }: Evaluating): Promise<Evaluation> {
  const unread = createUnreadList();
  const answers: SourcedAnswer[] = [];
  const { signal } = new AbortController();
  const reading = { types: typesOf(services), onUnread: unread.add, onRead: () => undefined, signal };
  await visitCharts(path, reading, async ({ source, chart }) => {
    if (patientId !== undefined && chart.patientId !== patientId) return true;
    for (const service of services) answers.push({ source, ...(await answerChart(chart, service, when, given)) });
    return true;
  });
  const key = ({ source, patientId: id }: SourcedAnswer) => `${source}\n${id}`;
  answers.sort((one, other) => (key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : 0));
  const gapWords = Object.assign({}, ...services.map(({ topic }) => topic.cards.gapReasons)) as Record<string, string>;
  return { answers, unread: unread.all(), gapWords };
}
