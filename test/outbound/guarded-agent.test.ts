import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import { gzipSync } from 'node:zlib';
import { request as send } from 'undici';
import { createKeyFetcher } from '../../src/outbound/fetch-json.js';
import {
  createOutbound,
  isOutboundRefusal,
  type OutboundOptions,
  type Resolve,
} from '../../src/outbound/guarded-agent.js';
import { watched } from '../../src/outbound/response-guards.js';
import { startPeer, type Behavior, type Peer } from '../support/peer.js';

/* Real connections on this machine: 127.0.0.2 stands for an address that may be reached, 127.0.0.1 for one that may not. */

let peer: Peer;
let port: string;
let behave: Behavior;
/** On the same port, at 127.0.0.2. */
let good: Server;
let goodHeard: string[] = [];

beforeAll(async () => {
  peer = await startPeer((request, response, self) => {
    behave(request, response, self);
  });
  port = new URL(peer.origin).port;
  good = createServer((request, response) => {
    goodHeard.push(request.headers.host ?? '');
    response.writeHead(200, { connection: 'close' }).end('{}');
  });
  await new Promise<void>((resolve) => good.listen(Number(port), '127.0.0.2', resolve));
});

afterEach(() => {
  peer.forget();
  goodHeard = [];
});

afterAll(async () => {
  good.closeAllConnections();
  await new Promise((resolve) => good.close(resolve));
  await peer.close();
});

const ok: Behavior = (_, response) => response.end('{"keys":[]}');

const at = (...addresses: readonly string[]): Resolve => {
  return () => Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
};

/** What comes of one GET: a status, `refused` by the guard, or `failed` on the way. */
async function get(url: string, options: Partial<OutboundOptions> = {}): Promise<number | string> {
  const outbound = createOutbound({ privateNetworks: [], ...options });
  try {
    const { statusCode, body } = await send(url, { dispatcher: outbound.dispatcher });
    await body.dump();
    return statusCode;
  } catch (error) {
    expect(String(error)).not.toMatch(/127\.0\.0|ehr\.test/);
    return isOutboundRefusal(error) ? 'refused' : 'failed';
  } finally {
    await outbound.close();
  }
}

describe('hosts that are addresses (SEC-16 T-51)', () => {
  const NOWHERE = '{port}';
  const rows: readonly (readonly [string, string, Partial<OutboundOptions>, number | string])[] = [
    ['not listed', `http://127.0.0.1:${NOWHERE}`, {}, 'refused'],
    ['not listed, though http is allowed', `http://127.0.0.1:${NOWHERE}`, { allowInsecure: true }, 'refused'],
    ['decimal', `http://2130706433:${NOWHERE}`, { allowInsecure: true }, 'refused'],
    ['hexadecimal', `http://0x7f000001:${NOWHERE}`, { allowInsecure: true }, 'refused'],
    ['octal', `http://0177.0.0.1:${NOWHERE}`, { allowInsecure: true }, 'refused'],
    ['short', `http://127.1:${NOWHERE}`, { allowInsecure: true }, 'refused'],
    ['wide digits', `http://１２７.0.0.1:${NOWHERE}`, { allowInsecure: true }, 'refused'],
    ['this network', `http://0.0.0.0:${NOWHERE}`, { allowInsecure: true }, 'refused'],
    ['mapped', `http://[::ffff:127.0.0.1]:${NOWHERE}`, { allowInsecure: true }, 'refused'],
    ['mapped in hexadecimal', `http://[::ffff:7f00:1]:${NOWHERE}`, { allowInsecure: true }, 'refused'],
    ['unspecified IPv6', `http://[::]:${NOWHERE}`, { allowInsecure: true }, 'refused'],
    ['loopback IPv6', `http://[::1]:${NOWHERE}`, { allowInsecure: true }, 'refused'],
    ['by https', `https://127.0.0.1:${NOWHERE}`, {}, 'refused'],
    ['metadata by https', 'https://169.254.169.254', {}, 'refused'],
    ['listed', `http://127.0.0.1:${NOWHERE}`, { listedOrigins: [`http://127.0.0.1:${NOWHERE}/fhir`] }, 200],
    ['listed, written otherwise', `http://2130706433:${NOWHERE}`, { listedOrigins: [`http://127.1:${NOWHERE}`] }, 200],
    ['another port listed', `http://127.0.0.1:${NOWHERE}`, { listedOrigins: ['http://127.0.0.1:1'] }, 'refused'],
    [
      'another scheme listed',
      `http://127.0.0.1:${NOWHERE}`,
      { listedOrigins: [`https://127.0.0.1:${NOWHERE}`] },
      'refused',
    ],
    [
      'another address of it listed',
      `http://127.0.0.1:${NOWHERE}`,
      { listedOrigins: [`http://127.0.0.9:${NOWHERE}`] },
      'refused',
    ],
    ['in a listed range, by http', `http://127.0.0.1:${NOWHERE}`, { privateNetworks: ['127.0.0.0/8'] }, 'refused'],
    [
      'in a listed range, http allowed',
      `http://127.0.0.1:${NOWHERE}`,
      { privateNetworks: ['127.0.0.0/8'], allowInsecure: true },
      200,
    ],
    [
      'beside the listed range',
      `http://127.0.0.1:${NOWHERE}`,
      { privateNetworks: ['127.0.0.2/32'], allowInsecure: true },
      'refused',
    ],
    [
      'TLS on a plain port',
      `https://127.0.0.1:${NOWHERE}`,
      { listedOrigins: [`https://127.0.0.1:${NOWHERE}`] },
      'failed',
    ],
  ];
  test.each(rows)('%s: %s', async (_, url, options, expected) => {
    behave = ok;
    const { listedOrigins = [] } = options;
    const here = (text: string) => text.replace(NOWHERE, port);
    expect(await get(here(url), { ...options, listedOrigins: listedOrigins.map(here) })).toBe(expected);
    expect(peer.heard).toHaveLength(expected === 200 ? 1 : 0);
    expect(goodHeard).toEqual([]);
  });
});

describe('hosts that are names (SEC-16 T-51)', () => {
  const insecure = { allowInsecure: true };
  const listed = { privateNetworks: ['127.0.0.2/32'], ...insecure };
  const url = () => `http://ehr.test:${port}/x`;

  test.each<[string, Partial<OutboundOptions>]>([
    ['loopback', { ...insecure, resolve: at('127.0.0.1') }],
    ['loopback, mapped', { ...insecure, resolve: at('::ffff:127.0.0.1') }],
    ['loopback IPv6', { ...insecure, resolve: at('::1') }],
    ['this network', { ...insecure, resolve: at('0.0.0.0') }],
    ['a private address', { ...insecure, resolve: at('10.0.0.1') }],
    ['the metadata address', { ...insecure, resolve: at('169.254.169.254') }],
    ['a unique-local address', { ...insecure, resolve: at('fd00:ec2::254') }],
    ['beside the listed range', { ...listed, resolve: at('127.0.0.1') }],
    ['a good address and a bad one', { ...listed, resolve: at('127.0.0.2', '127.0.0.1') }],
    ['a bad address and a good one', { ...listed, resolve: at('127.0.0.1', '127.0.0.2') }],
    ['no address', { ...listed, resolve: at() }],
    ['what is no address', { ...listed, resolve: at('localhost') }],
  ])('one that resolves to %s is refused', async (_, options) => {
    behave = ok;
    expect(await get(url(), options)).toBe('refused');
    expect([...peer.heard, ...goodHeard]).toEqual([]);
  });

  test('one whose addresses are all listed is reached, at the address checked, under its name', async () => {
    expect(await get(url(), { ...listed, resolve: at('127.0.0.2') })).toBe(200);
    expect(goodHeard).toEqual([`ehr.test:${port}`]);
    expect(peer.heard).toEqual([]);
  });

  test('by http it is not even looked up', async () => {
    let lookUps = 0;
    const resolve: Resolve = (hostname) => {
      lookUps += 1;
      return at('127.0.0.2')(hostname);
    };
    expect(await get(url(), { privateNetworks: ['127.0.0.2/32'], resolve })).toBe('refused');
    expect(lookUps).toBe(0);
    expect(await get(url(), { ...listed, resolve })).toBe(200);
    expect(lookUps).toBe(1);
  });

  test('listing a name gives it no way to this machine', async () => {
    behave = ok;
    expect(await get(url(), { listedOrigins: [url()], resolve: at('127.0.0.1') })).toBe('refused');
    expect(await get(url(), { ...insecure, listedOrigins: [url()], resolve: at('127.0.0.1') })).toBe('refused');
    expect(peer.heard).toEqual([]);
  });

  test('localhost, when listed, is this machine and nothing else', async () => {
    behave = ok;
    const origin = `http://localhost:${port}`;
    expect(await get(origin, { listedOrigins: [origin], resolve: at('127.0.0.1') })).toBe(200);
    expect(await get(origin, { listedOrigins: [origin], resolve: at('10.0.0.1') })).toBe('refused');
    expect(await get(origin, { resolve: at('127.0.0.1'), ...insecure })).toBe('refused');
    expect(
      await get(`http://localhost.:${port}`, { listedOrigins: [origin], resolve: at('127.0.0.1'), ...insecure }),
    ).toBe('refused');
    expect(peer.heard).toHaveLength(1);
  });

  test('rebinding: a name that turns bad between two connections is refused at the second', async () => {
    behave = ok;
    const answers = ['127.0.0.2', '127.0.0.1', '127.0.0.1'];
    const outbound = createOutbound({ ...listed, resolve: (host) => at(answers.shift() ?? '')(host) });
    const ask = () =>
      send(url(), { dispatcher: outbound.dispatcher }).then(
        async ({ statusCode, body }) => {
          await body.dump();
          return statusCode;
        },
        (error: unknown) => isOutboundRefusal(error),
      );
    const first = await ask();
    const second = await ask();
    await outbound.close();
    expect([first, second]).toEqual([200, true]);
    expect(answers).toHaveLength(1);
    expect(goodHeard).toHaveLength(1);
    expect(peer.heard).toEqual([]);
  });

  test('a name that cannot be resolved fails, and is no refusal', async () => {
    const resolve: Resolve = () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }));
    expect(await get(url(), { ...listed, resolve })).toBe('failed');
  });

  test('the built-in fetch is guarded as well', async () => {
    behave = ok;
    const outbound = createOutbound({ privateNetworks: [] });
    const failures: unknown[] = [];
    const watch = { spend: () => true, failed: (error: Error) => failures.push(error) };
    const init = { dispatcher: watched(outbound.dispatcher, watch) } as unknown as RequestInit;
    await expect(fetch(peer.origin, init)).rejects.toThrow('fetch failed');
    await outbound.close();
    expect(failures.map(isOutboundRefusal)).toEqual([true]);
    expect(peer.heard).toEqual([]);
  });

  test('what is listed must be a URL, and ranges ranges', () => {
    expect(() => createOutbound({ privateNetworks: [], listedOrigins: ['ehr'] })).toThrow();
    expect(() => createOutbound({ privateNetworks: ['10/8'] })).toThrow();
  });
});

describe('key sets (AUTH-07)', () => {
  const body =
    (status: number, text: string | Buffer, headers: Readonly<Record<string, string>> = {}): Behavior =>
    (_, response) => {
      response.writeHead(status, headers).end(text);
    };

  async function read(url: string, milliseconds = 5000): Promise<unknown> {
    const outbound = createOutbound({ privateNetworks: [], listedOrigins: [peer.origin] });
    try {
      return await createKeyFetcher(outbound)(url, AbortSignal.timeout(milliseconds));
    } catch (error) {
      const { message, cause } = error as Error;
      expect(cause).toBeUndefined();
      return message;
    } finally {
      await outbound.close();
    }
  }

  test('are read, without credentials', async () => {
    behave = body(200, '{"keys":[]}');
    expect(await read(`${peer.origin}/jwks?a=b`)).toEqual({ keys: [] });
    expect(peer.heard).toEqual([{ method: 'GET', url: '/jwks?a=b', authorization: undefined }]);
  });

  const large = (bytes: number) => `{"keys":["${'k'.repeat(bytes)}"]}`;
  test('up to 1 MB', async () => {
    behave = body(200, large(900_000));
    expect(await read(peer.origin)).toHaveProperty('keys');
  });

  test.each<[string, Behavior, string]>([
    ['over 1 MB', body(200, large(1_000_001)), 'could not be reached'],
    ['over 1 MB by blanks at its end', body(200, `{"keys":[]}${' '.repeat(1_000_000)}`), 'could not be reached'],
    ['packed', body(200, gzipSync('{"keys":[]}'), { 'content-encoding': 'gzip' }), 'could not be reached'],
    ['301', body(301, '', { location: '/there' }), 'answered with status 301'],
    ['302', body(302, '', { location: '/there' }), 'answered with status 302'],
    ['307', body(307, '', { location: '/there' }), 'answered with status 307'],
    ['404', body(404, '{"keys":[]}'), 'answered with status 404'],
    ['500', body(500, '{"keys":[]}'), 'answered with status 500'],
    ['HTML', body(200, '<html>'), 'answered with something that is no JSON'],
    ['nothing', body(200, ''), 'answered with something that is no JSON'],
    ['a closed line', (_, response) => response.destroy(), 'could not be reached'],
  ])('%s', async (_, behavior, message) => {
    behave = behavior;
    expect(await read(`${peer.origin}/secret-path`)).toBe(message);
    expect(peer.heard).toHaveLength(1);
  });

  test.each<[string, Behavior]>([
    ['nothing at all', () => undefined],
    ['half a body', (_, response) => void response.write('{')],
  ])('%s in time', async (_, behavior) => {
    behave = behavior;
    expect(await read(peer.origin, 80)).toBe('did not answer in time');
  });

  test.each([
    ['another server of this machine', () => `http://127.0.0.2:${port}/`],
    ['the metadata address', () => 'http://169.254.169.254/'],
    ['with user information', () => peer.origin.replace('http://', 'http://user:secret@')],
    ['another scheme', () => 'file:///etc/hosts'],
    ['no URL', () => 'secret'],
  ])('%s is not asked', async (_, url) => {
    behave = ok;
    expect(await read(url())).toBe('could not be reached');
    expect([...peer.heard, ...goodHeard]).toEqual([]);
  });
});
