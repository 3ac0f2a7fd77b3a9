import { checkCors } from './check-cors.js';
import { checkDiscovery } from './check-discovery.js';
import { checkFeedback } from './check-feedback.js';
import { checkHooks } from './check-hooks.js';
import { checkOperations } from './check-operations.js';
import { checkRefusals } from './check-refusals.js';
import { isReply } from './exchange.js';
import { notChecked, type Row } from './row.js';
import { call, type ServiceContext } from './service-context.js';

/** What needs a service that was discovered. */
const FURTHER = ['service.cors', 'service.refusals', 'service.hooks', 'service.feedback'] as const;

/** Whether the token can be shown more than once, when there is but one. */
async function isTokenSpent(context: ServiceContext): Promise<boolean> {
  if (context.credentials.kind !== 'one token') return false;
  const again = await call(context, '/cds-services');
  return isReply(again) && again.status === 401;
}

/** Everything an EHR would ask of a running service, and how it answers. Reads and refuses first, records last. */
export async function checkService(context: ServiceContext): Promise<readonly Row[]> {
  const { rows, discovery } = await checkDiscovery(context);
  const first = discovery?.services[0]?.id;
  if (rows.some(({ check, state }) => check === 'service.reach' && state === 'fault')) {
    return [
      ...rows,
      ...[...FURTHER, 'service.operations'].map((check) => notChecked(check, 'the service was not reached')),
    ];
  }
  const operations = await checkOperations(context);
  if (discovery === undefined || first === undefined) {
    return [
      ...rows,
      ...operations,
      ...FURTHER.map((check) => notChecked(check, 'there is no discovery answer to go on with')),
    ];
  }
  if (await isTokenSpent(context)) {
    const why = 'a token is admitted once: give --key or --token-command, which make one for each call';
    return [...rows, ...operations, ...FURTHER.map((check) => notChecked(check, why))];
  }
  return [
    ...rows,
    ...operations,
    await checkCors(context, first),
    ...(await checkRefusals(context, first)),
    ...(await checkHooks(context, discovery)),
    await checkFeedback(context, first),
  ];
}
