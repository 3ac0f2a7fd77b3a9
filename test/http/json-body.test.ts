import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { admitAnyone } from '../../src/clients/admit-anyone.js';
import type { CallLine } from '../../src/http/call-line.js';
import { SERVICE_ID, startTestService, type TestService } from '../support/service.js';

/* A client that hangs up: its call ends, whenever that happens. */

const CHECK_MS = 50;

let service: TestService;

beforeAll(async () => {
  const admit = admitAnyone([]);
  service = await startTestService({
    authenticate: async (...call) => {
      await sleep(CHECK_MS);
      return admit(...call);
    },
  });
});

afterAll(async () => {
  await service.close();
});

const HEADERS = 'Host: cds.example\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n';
const SOON_MS = 2_000;

async function hangUp(sent: string, afterMs: number): Promise<void> {
  const { hostname, port } = new URL(service.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.write(`POST /cds-services/${SERVICE_ID} HTTP/1.1\r\n${HEADERS}${sent}`);
  await sleep(afterMs);
  socket.destroy();
}

async function nextLine(count: number): Promise<CallLine | undefined> {
  const end = performance.now() + SOON_MS;
  while (service.lines.length === count && performance.now() < end) await sleep(10);
  return service.lines[count];
}

describe.each([
  ['while its caller is checked', CHECK_MS / 2],
  ['while its body is awaited', CHECK_MS * 2],
])('a call cut off %s', (_, afterMs) => {
  test.each([
    ['behind the headers', ''],
    ['within the body', '{"hook":'],
  ])('%s ends', async (__, sent) => {
    const before = service.lines.length;
    await hangUp(sent, afterMs);
    expect(await nextLine(before)).toMatchObject({ status: 400, problem: 'invalid-request' });
  });
});
