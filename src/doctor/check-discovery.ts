import type { Discovery } from '../cds-hooks/types.js';
import { isValidDiscovery } from '../cds-hooks/validate.js';
import { discover } from '../service/discovery.js';
import { isRedirect, isReply, kindOf, type Reply } from './exchange.js';
import { fault, inMilliseconds, notChecked, ok, warn, type Row } from './row.js';
import { call, type ServiceContext } from './service-context.js';

const PATH = '/cds-services';

/** What was learnt of a service before anything is asked of its hooks. */
export interface Discovered {
  readonly rows: readonly Row[];
  /** Undefined when there is no discovery answer to go on with. */
  readonly discovery: Discovery | undefined;
}

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Whether a URL is one that EHRs may call. */
export function checkTransport(check: string, url: string, fix: string): Row {
  const { protocol, hostname } = new URL(url);
  if (protocol === 'https:') return ok(check, 'https');
  if (LOOPBACK.test(hostname)) return ok(check, 'http, on this machine only');
  return fault(check, 'http: tokens and charts would travel in the open', fix);
}

function checkRedirect(reply: Reply): Row | undefined {
  if (!isRedirect(reply)) return undefined;
  const to = reply.header('location');
  const isSecure = to?.startsWith('https:') === true;
  return fault(
    'service.reach',
    `it redirects (status ${String(reply.status)}): EHRs post without following, or lose the body and the token on the way`,
    `register the URL that the redirect leads to${isSecure ? ', which is https' : ''}, and set PUBLIC_URL to it`,
  );
}

const RUN_CHECK_CLIENT =
  'have its log say why ("not admitted"); check-client tries a token. When "aud" is refused, PUBLIC_URL is not the URL that was called here: behind a proxy it must be the outer one, path included';

/** Whether calls without a token are refused, asked without one; and whether ours is admitted. */
function checkAuthentication(bare: Reply, reply: Reply, { credentials }: ServiceContext): Row {
  const check = 'service.authentication';
  if (bare.status !== 401) {
    const words = 'anyone may call: no token was asked for';
    return warn(check, words, 'set TF_AUTHENTICATION=required and TF_CLIENTS_FILE, unless this is a demonstration');
  }
  if (!/^bearer/i.test(bare.header('www-authenticate') ?? '')) {
    return warn(
      check,
      'a call without token gets 401 without WWW-Authenticate',
      'see what the proxy before it takes out',
    );
  }
  if (credentials.kind === 'none') {
    return notChecked(
      check,
      'a call without token is refused with 401, as it should be; give --key, --token-command or --token to go on',
    );
  }
  if (reply.status === 401) return fault(check, 'the token is not admitted', RUN_CHECK_CLIENT);
  return ok(check, 'a call without token is refused, one with a token is admitted');
}

const JSON_TYPE = /^application\/json\b/i;

function checkServices(reply: Reply, { topics }: ServiceContext): Row {
  const check = 'service.discovery';
  if (!isValidDiscovery(reply.json)) {
    const words = 'the answer is no CDS Hooks 2.0.1 discovery of this service';
    return fault(check, words, 'see that the URL is that of Troponin First');
  }
  const { services } = reply.json;
  const missing = discover(topics).services.filter(({ id }) => !services.some((one) => one.id === id));
  if (missing.length > 0) {
    const words = `services are missing that this version has: ${missing.map(({ id }) => id).join(', ')}`;
    return warn(check, words, 'deploy the version that this doctor comes from, or use its own');
  }
  return ok(check, `${String(services.length)} services, ${inMilliseconds(reply.milliseconds)}`);
}

function checkShape(reply: Reply, context: ServiceContext): readonly Row[] {
  if (reply.status !== 200 || reply.json === undefined) {
    const words = `GET /cds-services answers status ${String(reply.status)} with ${kindOf(reply)}`;
    const fix = 'give the base URL of the service, the part before /cds-services; see the paths of the proxy';
    return [fault('service.discovery', words, fix)];
  }
  const services = checkServices(reply, context);
  if (JSON_TYPE.test(reply.header('content-type') ?? '')) return [services];
  const words = 'discovery does not come as application/json';
  return [fault('service.content-type', words, 'see what the proxy does to headers'), services];
}

/** Beyond it a token's times are refused; half of it is a clock that runs away. */
const [SKEW_FAULT_S, SKEW_WARN_S] = [60, 5];

function checkClock(reply: Reply, now: number): Row {
  const check = 'service.clock';
  const date = Date.parse(reply.header('date') ?? '');
  if (Number.isNaN(date)) return notChecked(check, 'the answer has no Date header');
  // The header is cut to whole seconds.
  const seconds = Math.max(0, Math.abs(now - date) / 1000 - 1);
  if (seconds < SKEW_WARN_S) return ok(check, 'its clock and the one here agree');
  const words = `its clock and the one here are ${String(Math.round(seconds))} s apart`;
  const fix = 'keep both in time (NTP): windows, overdue orders and tokens are judged by the clock';
  return seconds > SKEW_FAULT_S ? fault(check, words, fix) : warn(check, words, fix);
}

/** Reaches the service, reads its discovery, and tells whether it asks who calls. */
export async function checkDiscovery(context: ServiceContext): Promise<Discovered> {
  const transport = checkTransport(
    'service.https',
    context.base,
    'put TLS before the service and register the https URL',
  );
  const bare = await context.exchange(`${context.base}${PATH}`);
  if (!isReply(bare)) {
    const row = fault(
      'service.reach',
      bare.unreached,
      'see that it runs, that HOST and PORT are those that the proxy calls, and that the network lets this machine through',
    );
    return { rows: [row, transport], discovery: undefined };
  }
  const redirect = checkRedirect(bare);
  if (redirect !== undefined) return { rows: [redirect, transport], discovery: undefined };
  const asked = bare.status === 401 ? await call(context, PATH) : bare;
  const reply = isReply(asked) ? asked : bare;
  const rows = [
    ok('service.reach', `it answers, ${inMilliseconds(bare.milliseconds)}`),
    transport,
    checkAuthentication(bare, reply, context),
    checkClock(bare, context.now()),
  ];
  if (reply.status === 401) return { rows, discovery: undefined };
  const shape = checkShape(reply, context);
  return { rows: [...rows, ...shape], discovery: isValidDiscovery(reply.json) ? reply.json : undefined };
}
