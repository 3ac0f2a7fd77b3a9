import type { Express, RequestHandler } from 'express';
import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { admitAnyone } from './clients/admit-anyone.js';
import { createAuthenticator } from './clients/authenticate.js';
import type { Authenticate, CdsClient, Refusal } from './clients/cds-client.js';
import { loadClients } from './clients/load-clients.js';
import { createSeenTokens } from './clients/seen-tokens.js';
import type { Config } from './config.js';
import { CODE_KNOWLEDGE } from './facts/derived/index.js';
import { createApp } from './http/app.js';
import type { CallLine } from './http/call-line.js';
import { admitEveryOperator, requireOperator } from './http/operator-auth.js';
import { reasonNamesOf } from './http/reports.js';
import { CARDS_DIRECTORY } from './knowledge/cards-directory.js';
import { loadTopics } from './knowledge/load-topics.js';
import type { Topic } from './knowledge/topic.js';
import { describeFault } from './log.js';
import { createMetrics, type Metrics } from './metrics.js';
import { createKeyFetcher } from './outbound/fetch-json.js';
import { createOutbound } from './outbound/guarded-agent.js';
import type { Outbound } from './outbound/outbound.js';
import { createFhirFetcher } from './record/fhir-client.js';
import { createDecisionQueue } from './store/decision-queue.js';
import { openLateStore } from './store/late-store.js';
import { openStore } from './store/open-store.js';
import { createRetention } from './store/retention.js';
import type { Store } from './store/store.js';

/** The service put together, not yet listening. */
export interface Assembled {
  readonly app: Express;
  /** From now on clients are asked to go elsewhere; calls are answered all the same. */
  readonly beginStop: () => void;
  /** Call it when no call is running any more: writes what is not written yet and lets go of everything. */
  readonly close: () => Promise<void>;
}

/** Something that runs beside the calls and is ended with the service. */
interface Closing {
  readonly close: () => Promise<void> | void;
}

const STORE_RETRY_MS = 2000;
const PING_MS = 1000;

interface Parts {
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly closings: Closing[];
  readonly onStoreFailure: (error: unknown) => void;
}

/** A file that cannot be used is a fault of the configuration; a database may be away for a while. */
async function openConfiguredStore({ config, onStoreFailure }: Parts): Promise<Store> {
  const { databaseUrl } = config;
  if (databaseUrl === undefined) return openStore(config);
  return openLateStore({
    open: () => openStore(config),
    isShared: true,
    retryMs: STORE_RETRY_MS,
    onFailure: onStoreFailure,
  });
}

function openOutbound({ config, closings }: Parts, clients: readonly CdsClient[]): Outbound {
  const keyServers = clients.flatMap(({ keys }) => ('jku' in keys ? [keys.jku] : []));
  const outbound = createOutbound({
    privateNetworks: config.privateNetworks,
    allowInsecure: config.allowInsecure,
    listedOrigins: [...config.fhirServers, ...clients.flatMap(({ fhirServers }) => fhirServers), ...keyServers],
  });
  closings.push(outbound);
  return outbound;
}

async function createGate(
  { config, closings, onStoreFailure }: Parts,
  clients: readonly CdsClient[],
  store: Store,
  outbound: Outbound,
): Promise<Authenticate> {
  if (config.authentication === 'off') return admitAnyone(config.fhirServers);
  const seen = createSeenTokens({
    remember: store.rememberTokens,
    isShared: store.isShared,
    now: Date.now,
    onStoreFailure,
  });
  closings.push(seen);
  seen.recall(await store.recallTokens(Date.now()).catch(() => []));
  return createAuthenticator({
    clients,
    fetchKeys: createKeyFetcher(outbound),
    isReplayed: seen.isReplayed,
    now: Date.now,
  });
}

/** Where anyone may call, anyone may look, unless the operator set a token. */
function operatorsOf({ authentication, operatorToken }: Config): RequestHandler {
  const isOpen = authentication === 'off' && operatorToken === undefined;
  return isOpen ? admitEveryOperator : requireOperator(operatorToken);
}

/** Asked by anyone who can reach the port, so the store is asked at most once a second. */
function createReadiness(store: Store, isStopping: () => boolean): () => Promise<string | undefined> {
  let asked = 0;
  let answer: Promise<string | undefined> = Promise.resolve(undefined);
  return async () => {
    if (isStopping()) return 'stopping';
    if (Date.now() - asked >= PING_MS) {
      asked = Date.now();
      answer = store.ping().then(
        () => undefined,
        () => 'store unreachable',
      );
    }
    return answer;
  };
}

function watchStore(log: Logger, metrics: Metrics): (error: unknown) => void {
  return (error) => {
    metrics.countStoreFailure();
    log.error({ reason: error instanceof Error ? error.message : 'unknown' }, 'the store cannot be used');
  };
}

function startRecording({ config, log, metrics, closings, onStoreFailure }: Parts, store: Store) {
  const queue = createDecisionQueue({
    add: store.addDecisions,
    onFailure: onStoreFailure,
    onDrop: (count) => {
      log.error({ count }, 'decisions were not stored');
    },
  });
  metrics.watchQueue(queue);
  const retention = createRetention({
    store,
    decisionDays: config.retentionDays,
    feedbackDays: config.retentionDays,
    commentDays: config.commentDays,
    now: Date.now,
    onFailure: onStoreFailure,
  });
  closings.push(queue, retention);
  return queue;
}

/** What is told of calls: to the log and to the metrics. */
function createTelling({ log, metrics }: Parts) {
  return {
    log: (line: CallLine) => {
      metrics.countCall(line);
      if (line.problem === undefined) log.info(line, 'answered');
      else if (line.problem !== 'unauthenticated') log.warn(line, 'refused');
    },
    onRefusal: (refusal: Refusal) => {
      metrics.countRefusal(refusal);
      log.warn(refusal, 'not admitted');
    },
    logFault: (error: unknown) => {
      log.error(describeFault(error), 'fault of the service');
    },
    metricsText: metrics.text,
  };
}

/**
 * Puts the service together: content, clients, store, the way out, application. Throws when the content is not whole,
 * the clients file has faults or the embedded store cannot be used. Without topics it loads the product's own.
 */
export async function assembleService(config: Config, log: Logger, given?: readonly Topic[]): Promise<Assembled> {
  const topics = given ?? loadTopics(CARDS_DIRECTORY, CODE_KNOWLEDGE, config.siteDirectory);
  const clients = config.clientsFile === undefined ? [] : loadClients(config.clientsFile, config);
  const metrics = createMetrics();
  const parts: Parts = { config, log, metrics, closings: [], onStoreFailure: watchStore(log, metrics) };
  const store = await openConfiguredStore(parts);
  const outbound = openOutbound(parts, clients);
  const fetcher = createFhirFetcher({ outbound, now: () => performance.now(), observe: metrics.countFhirCall });
  parts.closings.push(fetcher);
  let isStopping = false;
  const app = createApp({
    ...config,
    ...createTelling(parts),
    topics,
    reasonNames: reasonNamesOf(topics),
    requireOperator: operatorsOf(config),
    authenticate: await createGate(parts, clients, store, outbound),
    fetchFhir: fetcher.fetch,
    addFeedback: store.addFeedback,
    countCards: store.countCards,
    recordDecision: startRecording(parts, store).push,
    reportStoreFailure: parts.onStoreFailure,
    whyNotReady: createReadiness(store, () => isStopping),
    isStopping: () => isStopping,
    // In order of time, so that new rows lie side by side.
    newId: uuidv7,
    now: Date.now,
  });
  return {
    app,
    beginStop: () => {
      isStopping = true;
    },
    close: async () => {
      for (const closing of parts.closings.reverse()) await closing.close();
      await store.close();
    },
  };
}
