import { isObject } from '../fhir/json.js';
import { isReply, kindOf, type Reply, type Unreached } from './exchange.js';
import { fault, ok, type Row } from './row.js';
import { call, outcomeOf, type ServiceContext } from './service-context.js';

interface Refused {
  readonly check: string;
  readonly what: string;
  readonly ask: () => Promise<Reply | Unreached>;
  readonly status: number;
}

function judge({ check, what, status }: Refused, answer: Reply | Unreached): Row {
  const fix = 'see whether a proxy or gateway answers in place of the service, with pages of its own';
  if (!isReply(answer)) return fault(check, `${what}: ${outcomeOf(answer)}`, fix);
  if (answer.status !== status) {
    return fault(check, `${what} is answered with status ${String(answer.status)}, not ${String(status)}`, fix);
  }
  return isObject(answer.json)
    ? ok(check, `${what}: ${String(status)}, as JSON`)
    : fault(check, `${what} is answered with ${String(status)} and ${kindOf(answer)}: a client cannot read why`, fix);
}

/** Whether what is wrong is refused in the way that clients can tell. None of it is recorded as an answer. */
export async function checkRefusals(context: ServiceContext, serviceId: string): Promise<readonly Row[]> {
  const path = `/cds-services/${serviceId}`;
  const send = (type: string, body: string) => () =>
    call(context, path, { method: 'POST', headers: { 'content-type': type }, body });
  const refused: readonly Refused[] = [
    { check: 'service.wrong-method', what: 'GET of a service', ask: () => call(context, path), status: 405 },
    {
      check: 'service.unknown-service',
      what: 'a service that is not there',
      ask: () =>
        call(context, '/cds-services/no-such-service', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{}',
        }),
      status: 404,
    },
    { check: 'service.bad-json', what: 'a body that is no JSON', ask: send('application/json', '{'), status: 400 },
    {
      check: 'service.bad-request',
      what: 'a request without context',
      ask: send('application/json', '{}'),
      status: 400,
    },
    {
      check: 'service.media-type',
      what: 'a body that is not said to be JSON',
      ask: send('text/plain', '{}'),
      status: 415,
    },
  ];
  const rows: Row[] = [];
  for (const one of refused) rows.push(judge(one, await one.ask()));
  return rows;
}
