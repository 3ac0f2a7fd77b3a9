import type { Topic } from '../knowledge/topic.js';
import type { Credentials } from './credentials.js';
import { isReply, type Asked, type Exchange, type Reply, type Unreached } from './exchange.js';

/** What the checks of a service work with. */
export interface ServiceContext {
  /** Base URL without trailing slash. */
  readonly base: string;
  readonly exchange: Exchange;
  readonly credentials: Credentials;
  /** The browser origin to try, if any. */
  readonly origin: string | undefined;
  readonly sendsFeedback: boolean;
  /** The content that the doctor judges by. */
  readonly topics: readonly Topic[];
  /** Current instant in milliseconds. */
  readonly now: () => number;
  /** A new UUID. */
  readonly newId: () => string;
}

/** The URL of a service's endpoints from what people have at hand: base, discovery or service URL. */
export function baseOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname.replace(/\/+$/, '').replace(/\/cds-services(?:\/.*)?$/, '')}`;
}

/** Calls an endpoint the way the client would, with a token when there is one. */
export async function call(context: ServiceContext, path: string, asked: Asked = {}): Promise<Reply | Unreached> {
  const url = `${context.base}${path}`;
  const credentials = await context.credentials.headersFor(url);
  return context.exchange(url, { ...asked, headers: { ...asked.headers, ...credentials } });
}

/** Posts JSON. */
export function post(context: ServiceContext, path: string, body: string): Promise<Reply | Unreached> {
  return call(context, path, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
}

/** What an answer was, for a sentence. */
export function outcomeOf(answer: Reply | Unreached): string {
  return isReply(answer) ? `status ${String(answer.status)}` : answer.unreached;
}
