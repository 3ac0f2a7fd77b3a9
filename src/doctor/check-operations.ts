import { isObject, objectsOf, textOf } from '../fhir/json.js';
import { isReply } from './exchange.js';
import { fault, notChecked, ok, warn, type Row } from './row.js';
import { outcomeOf, type ServiceContext } from './service-context.js';

const HIDDEN = 'not to be seen from here, which is right when only the inner network may ask';

async function checkProbe(context: ServiceContext, path: '/health' | '/ready'): Promise<Row> {
  const check = `service.${path.slice(1)}`;
  const answer = await context.exchange(`${context.base}${path}`);
  if (!isReply(answer)) return fault(check, outcomeOf(answer), 'see that the service runs');
  const status = isObject(answer.json) ? textOf(answer.json['status']) : undefined;
  if (status === undefined) return notChecked(check, `${path}: ${HIDDEN}`);
  if (answer.status === 200) return ok(check, `${path}: ${status}`);
  return fault(
    check,
    `${path}: ${status}`,
    'feedback is refused and decisions are not kept until the store is back: see DATABASE_URL or TF_DATA_DIR',
  );
}

/** Whether the service answers by the content that the doctor judges by. */
async function checkContent({ base, exchange, topics }: ServiceContext): Promise<Row> {
  const check = 'service.content';
  const answer = await exchange(`${base}/ready`);
  const content = isReply(answer) && isObject(answer.json) ? objectsOf(answer.json['content']) : [];
  if (content.length === 0) return notChecked(check, `/ready: ${HIDDEN}; every card names its content hash`);
  const other = topics.filter(({ contentHash }) => !content.some((one) => one['contentHash'] === contentHash));
  if (other.length > 0) {
    const words = `its content is not the one here (${other.map(({ topic }) => topic.id).join(', ')})`;
    return warn(check, words, 'run the doctor with the same version, and with the TF_SITE_DIR of the service');
  }
  const changes = topics.flatMap(({ siteChanges }) => siteChanges);
  const site =
    changes.length === 0
      ? 'no site changes'
      : `with ${String(changes.length)} changes of the site: ${changes.join('; ')}`;
  return ok(check, `the same content as here, ${site}`);
}

async function checkOperatorPaths({ base, exchange }: ServiceContext): Promise<Row> {
  const check = 'service.operator-paths';
  const open: string[] = [];
  for (const path of ['/metrics', '/reports/cards']) {
    const answer = await exchange(`${base}${path}`);
    if (isReply(answer) && answer.status === 200) open.push(path);
  }
  return open.length === 0
    ? ok(check, 'metrics and reports are closed to whoever has no operator token')
    : warn(check, `${open.join(' and ')} can be read by anyone`, 'set TF_OPERATOR_TOKEN, and keep these paths inside');
}

/** What operators and their machines ask: health, readiness, content, and what must not be open. */
export async function checkOperations(context: ServiceContext): Promise<readonly Row[]> {
  return [
    await checkProbe(context, '/health'),
    await checkProbe(context, '/ready'),
    await checkContent(context),
    await checkOperatorPaths(context),
  ];
}
