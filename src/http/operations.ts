import type { IRouter, RequestHandler } from 'express';
import type { Topic } from '../knowledge/topic.js';
import { sendJson } from './send-json.js';

export interface OperationsDependencies {
  readonly topics: readonly Topic[];
  /** Ends a call that is no operator's. */
  readonly requireOperator: RequestHandler;
  /** Metrics in Prometheus' text format. */
  readonly metricsText: () => Promise<string>;
  /** Why the service should get no calls just now, or undefined. */
  readonly whyNotReady: () => Promise<string | undefined>;
}

/** What operators and their machines ask: is the process alive, can it answer, how does it fare. */
export function addOperations(
  router: IRouter,
  { topics, requireOperator, metricsText, whyNotReady }: OperationsDependencies,
): void {
  const content = topics.map(({ topic, contentHash }) => ({ topic: topic.id, version: topic.version, contentHash }));
  router.get('/health', (_request, response) => {
    sendJson(response, { status: 'alive' });
  });
  router.get('/ready', async (_request, response) => {
    const reason = await whyNotReady();
    if (reason !== undefined) response.statusCode = 503;
    sendJson(response, { status: reason ?? 'ready', content });
  });
  router.get('/metrics', requireOperator, async (_request, response) => {
    response.setHeader('Content-Type', 'text/plain; version=0.0.4; charset=utf-8');
    response.end(await metricsText());
  });
}
