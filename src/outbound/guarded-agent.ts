import { lookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { promisify } from 'node:util';
import { Agent, buildConnector } from 'undici';
import { createAddressPolicy, isLoopbackAddress, isLoopbackHost, type AddressPolicy } from './address-policy.js';
import type { Outbound, OutboundPolicy } from './outbound.js';
import { refuseCompressed } from './response-guards.js';

/** Finds every address of a host name. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

export interface OutboundOptions extends OutboundPolicy {
  /** URLs the operator listed: where their very host is this machine, it may be reached, and by http. */
  readonly listedOrigins?: readonly string[];
  /** Allows http to other hosts. */
  readonly allowInsecure?: boolean;
  /** Connections to one origin. */
  readonly connections?: number;
  readonly maxResponseBytes?: number;
  readonly resolve?: Resolve;
}

const CONNECTIONS_PER_ORIGIN = 16;
const MAX_RESPONSE_BYTES = 20_000_000;
const CONNECT_TIMEOUT_MS = 10_000;

/** A connection that the guard refuses. It holds no address and no URL. */
class OutboundRefusal extends Error {
  constructor() {
    super('this destination may not be reached');
  }
}

/** Whether a dispatcher's request failed because its destination may not be reached, rather than could not. */
export function isOutboundRefusal(error: unknown): boolean {
  return error instanceof OutboundRefusal;
}

const resolveAll: Resolve = promisify((hostname: string, done: (error: Error | null, all: LookupAddress[]) => void) => {
  lookup(hostname, { all: true }, done);
});

type Target = Pick<buildConnector.Options, 'protocol' | 'host' | 'hostname'>;

/** The addresses a target may have; undefined when it may have none. */
function createGuard(options: OutboundOptions): (target: Target) => AddressPolicy | undefined {
  const { listedOrigins = [], allowInsecure = false } = options;
  const isReachable = createAddressPolicy(options);
  const listed = new Set(listedOrigins.map((url) => new URL(url).origin));
  return ({ protocol, host = '', hostname }) => {
    if (isLoopbackHost(hostname) && listed.has(`${protocol}//${host}`)) return isLoopbackAddress;
    return protocol === 'https:' || allowInsecure ? isReachable : undefined;
  };
}

/** Connects to what it has just checked: no second look-up lies between. One bad address among several is refusal. */
function guardedLookup(resolve: Resolve, isAllowed: AddressPolicy): LookupFunction {
  return (hostname, options, callback) => {
    const settle = (addresses: readonly LookupAddress[]) => {
      const [first] = addresses;
      if (first === undefined || !addresses.every(({ address }) => isAllowed(address))) {
        callback(new OutboundRefusal(), '', 0);
      } else if (options.all === true) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    };
    resolve(hostname).then(settle, (error: unknown) => {
      callback(error instanceof Error ? error : new Error('no address'), '', 0);
    });
  };
}

function guardedConnector(options: OutboundOptions): buildConnector.connector {
  const allowedFor = createGuard(options);
  const { resolve = resolveAll } = options;
  const connectorFor = (isAllowed: AddressPolicy) =>
    buildConnector({ lookup: guardedLookup(resolve, isAllowed), timeout: CONNECT_TIMEOUT_MS });
  const connectors = new Map<AddressPolicy, buildConnector.connector>();
  return (target, callback) => {
    const isAllowed = allowedFor(target);
    // A literal address is never looked up, so the hook above would not see it.
    if (isAllowed === undefined || (isIP(target.hostname) !== 0 && !isAllowed(target.hostname))) {
      process.nextTick(callback, new OutboundRefusal(), null);
      return;
    }
    const connect = connectors.get(isAllowed) ?? connectorFor(isAllowed);
    connectors.set(isAllowed, connect);
    connect(target, callback);
  };
}

/**
 * The one way out. Every new connection is checked, its literal host or every address its name has at that moment,
 * and made to the address checked; plain http only to listed hosts on this machine; no compressed and no endless
 * answers. Throws when a range or a listed URL is faulty.
 */
export function createOutbound(options: OutboundOptions): Outbound {
  const agent = new Agent({
    connect: guardedConnector(options),
    connections: options.connections ?? CONNECTIONS_PER_ORIGIN,
    maxResponseSize: options.maxResponseBytes ?? MAX_RESPONSE_BYTES,
  });
  return {
    dispatcher: agent.compose((dispatch) => (request, handler) => dispatch(request, refuseCompressed(handler))),
    // A graceful close would wait for look-ups that never end.
    close: () => agent.destroy(),
  };
}
