import type { Discovery, HookResponse } from '../cds-hooks/types.js';
import { isValidHookResponse } from '../cds-hooks/validate.js';
import { serviceIdOf, type Topic } from '../knowledge/topic.js';
import { isReply, kindOf, type Reply, type Unreached } from './exchange.js';
import { fault, inMilliseconds, notChecked, ok, warn, type Row } from './row.js';
import { outcomeOf, post, type ServiceContext } from './service-context.js';
import { FAILED_SEARCH, syntheticCall, UNREADABLE_PAGES } from './synthetic-chart.js';

/** Beyond it a clinician waits; CDS Hooks asks for half a second. */
const SLOW_MS = 500;

interface Called {
  readonly service: { readonly id: string; readonly hook: string };
  readonly topic: Topic;
}

/** The services of the discovery that this content knows, with their topics. */
function servicesOf({ services }: Discovery, topics: readonly Topic[]): readonly Called[] {
  return services.flatMap(({ id, hook }) => {
    const topic = topics.find((one) => serviceIdOf(one, hook) === id);
    return topic === undefined ? [] : [{ service: { id, hook }, topic }];
  });
}

function fixOf(answer: Reply | Unreached): string {
  if (!isReply(answer)) return 'see the log of the service and the time limits of the proxy';
  if (answer.status === 401)
    return 'the log says why the token was not admitted ("not admitted"); check-client tries one';
  if (answer.status === 413) return 'raise TF_MAX_BODY, or the limit of the proxy before it';
  if (answer.status === 429) return 'raise TF_RATE_LIMIT, or call again in a minute';
  return answer.status >= 500
    ? 'see the log of the service, or of the proxy before it'
    : 'see that it is this version of the service';
}

function cardsIn(answer: Reply | Unreached): HookResponse['cards'] | undefined {
  if (!isReply(answer) || answer.status !== 200 || !isValidHookResponse(answer.json)) return undefined;
  return answer.json.cards;
}

function judge(check: string, answer: Reply | Unreached): Row {
  if (!isReply(answer) || answer.status !== 200) return fault(check, outcomeOf(answer), fixOf(answer));
  const cards = cardsIn(answer);
  if (cards === undefined) {
    const words =
      answer.json === undefined
        ? `the answer is ${kindOf(answer)}`
        : 'the answer is no valid CDS Hooks response of this service';
    return fault(check, words, 'see what stands between: the service proves each answer before it leaves');
  }
  if (cards.length === 0) {
    return fault(
      check,
      'silence about a patient who is in scope',
      'compare the content of the service with the one here: see service.content',
    );
  }
  const found = cards.map(({ source, indicator }) => `${source.topic.code} ${indicator}`).join(', ');
  return ok(check, `${found}; ${inMilliseconds(answer.milliseconds)}`);
}

/** What the service must say of troponins when the answer to them is as bad as this. */
const HONESTY = [
  { check: 'service.says-nothing-found', what: 'searched, nothing found', troponins: null, card: 'troponin-not-found' },
  {
    check: 'service.says-failed-search',
    what: 'a search that failed',
    troponins: FAILED_SEARCH,
    card: 'troponin-not-checked',
  },
  {
    check: 'service.says-unread-pages',
    what: 'a page that cannot be read',
    troponins: UNREADABLE_PAGES,
    card: 'troponin-not-checked',
  },
] as const;

async function checkHonesty(context: ServiceContext, { service, topic }: Called): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const { check, what, troponins, card } of HONESTY) {
    const answer = await post(
      context,
      `/cds-services/${service.id}`,
      syntheticCall(service.hook, topic, context.newId(), { troponins }),
    );
    const codes = cardsIn(answer)?.map(({ source }) => source.topic.code);
    if (codes === undefined) rows.push(fault(check, `${what}: ${outcomeOf(answer)}`, fixOf(answer)));
    else if (codes.includes(card)) rows.push(ok(check, `${what}: ${card}`));
    else
      rows.push(
        fault(
          check,
          `${what}: ${codes.join(', ') || 'silence'} in place of ${card}`,
          'do not go live: compare content and version of the service with the ones here',
        ),
      );
  }
  return rows;
}

async function checkMissing(context: ServiceContext, { service, topic }: Called): Promise<Row> {
  const check = 'service.missing-conditions';
  const changed: Record<string, unknown> = {};
  for (const { key, required } of topic.facts.needs) if (required === true) changed[key] = undefined;
  const body = syntheticCall(service.hook, topic, context.newId(), changed);
  const answer = await post(context, `/cds-services/${service.id}`, body);
  if (isReply(answer) && answer.status === 412) return ok(check, 'conditions not sent and no FHIR server: 412');
  return fault(check, `conditions not sent and no FHIR server: ${outcomeOf(answer)}, not 412`, fixOf(answer));
}

function checkLatency(milliseconds: readonly number[]): Row {
  const check = 'service.latency';
  if (milliseconds.length === 0) return notChecked(check, 'no hook was answered');
  const slowest = Math.max(...milliseconds);
  const words = `slowest answer from prefetch ${inMilliseconds(slowest)}, network included`;
  return slowest <= SLOW_MS
    ? ok(check, words)
    : warn(
        check,
        words,
        'answers from prefetch take a few milliseconds of the service: look at the way to it, and at its processors',
      );
}

/**
 * Each hook with a synthetic patient who is in scope, by prefetch; then what the service says when troponins could not
 * be had, and without conditions. Every 200 is recorded by the service as an answer given.
 */
export async function checkHooks(context: ServiceContext, discovery: Discovery): Promise<readonly Row[]> {
  const services = servicesOf(discovery, context.topics);
  const rows: Row[] = [];
  const times: number[] = [];
  for (const { service, topic } of services) {
    const answer = await post(
      context,
      `/cds-services/${service.id}`,
      syntheticCall(service.hook, topic, context.newId()),
    );
    rows.push(judge(`service.hook.${service.hook}`, answer));
    if (isReply(answer) && answer.status === 200) times.push(answer.milliseconds);
  }
  const view = services.find(({ service }) => service.hook === 'patient-view');
  if (view !== undefined) rows.push(...(await checkHonesty(context, view)), await checkMissing(context, view));
  return [...rows, checkLatency(times)];
}
