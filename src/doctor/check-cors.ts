import { isReply, type Reply } from './exchange.js';
import { fault, notChecked, ok, type Row } from './row.js';
import { call, outcomeOf, type ServiceContext } from './service-context.js';

const CHECK = 'service.cors';

const listed = (value: string | undefined): readonly string[] =>
  (value ?? '').split(',').map((one) => one.trim().toLowerCase());

/** What a browser would miss in the answer to its preflight. */
function missingIn(reply: Reply, origin: string): readonly string[] {
  const allowed = reply.header('access-control-allow-origin');
  const methods = listed(reply.header('access-control-allow-methods'));
  const headers = listed(reply.header('access-control-allow-headers'));
  return [
    ...(reply.status >= 200 && reply.status < 300 ? [] : [`a good status (it is ${String(reply.status)})`]),
    ...(allowed === '*' || allowed === origin ? [] : ['the origin']),
    ...(methods.includes('post') || methods.includes('*') ? [] : ['POST']),
    ...['content-type', 'authorization'].filter((name) => !headers.includes(name)).map((name) => `the header ${name}`),
  ];
}

/** Whether a page of the origin may call a service: preflight, answers, and errors, which it must be able to read. */
export async function checkCors(context: ServiceContext, serviceId: string): Promise<Row> {
  const { origin } = context;
  if (origin === undefined) {
    return notChecked(CHECK, 'only clients in a browser need it: give --origin, like https://sandbox.cds-hooks.org');
  }
  const fix = `add ${origin} to TF_CORS_ORIGINS, and let the proxy pass OPTIONS and Access-Control headers`;
  const preflight = await context.exchange(`${context.base}/cds-services/${serviceId}`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  });
  if (!isReply(preflight)) return fault(CHECK, `the preflight was not answered: ${outcomeOf(preflight)}`, fix);
  const missing = missingIn(preflight, origin);
  if (missing.length > 0) return fault(CHECK, `the preflight does not allow ${missing.join(', ')}`, fix);
  const answers = [
    await call(context, '/cds-services', { headers: { origin } }),
    await context.exchange(`${context.base}/cds-services/no-such-service`, { method: 'POST', headers: { origin } }),
  ];
  const isOpen = answers.every(
    (answer) => isReply(answer) && ['*', origin].includes(answer.header('access-control-allow-origin') ?? ''),
  );
  return isOpen
    ? ok(CHECK, 'preflight, answers and errors may be read by the origin')
    : fault(CHECK, 'the preflight allows the origin, but an answer or an error does not say so', fix);
}
