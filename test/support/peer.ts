import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request a peer received. */
export interface Heard {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
}

/** A small real HTTP server that behaves as a test wants, and remembers what it was asked. */
export interface Peer {
  readonly origin: string;
  /** FHIR base URL. */
  readonly base: string;
  readonly heard: readonly Heard[];
  /** How many answers were given up by the other side before they were finished. */
  readonly abandoned: () => number;
  readonly forget: () => void;
  readonly close: () => Promise<void>;
}

export type Behavior = (request: IncomingMessage, response: ServerResponse, peer: Peer) => void;

export async function startPeer(behave: Behavior, path = '/fhir'): Promise<Peer> {
  const heard: Heard[] = [];
  let abandoned = 0;
  const server = createServer((request, response) => {
    heard.push({
      method: request.method ?? '',
      url: request.url ?? '',
      authorization: request.headers.authorization,
    });
    response.on('close', () => {
      if (!response.writableFinished) abandoned += 1;
    });
    behave(request, response, peer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const peer: Peer = {
    origin,
    base: `${origin}${path}`,
    heard,
    abandoned: () => abandoned,
    forget: () => {
      heard.length = 0;
      abandoned = 0;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return peer;
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/fhir+json' });
  response.end(JSON.stringify(body));
}
