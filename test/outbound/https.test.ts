import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { cardsOf, codeOf } from '../support/answers.js';
import { startEhr, type Ehr } from '../support/ehr.js';
import { startProcess, temporaryFolder, type ServiceProcess } from '../support/process.js';
import { authorizationOf, hookBody, postHook } from '../support/service.js';
import { baseChart } from '../support/vignette.js';

/*
 * The way out as production goes it: the real process, https, and a certificate that a hospital's own authority made,
 * named by NODE_EXTRA_CA_CERTS. A server that cannot prove who it is gets no token and is no server without data.
 */

jest.setTimeout(60_000);

interface Certificate {
  readonly private: string;
  readonly cert: string;
}

const DAY = 86_400_000;
const TOKEN = 'access-token-for-one-call';

function certificateFor(address: string, notAfterDate: Date): Promise<Certificate> {
  const altNames = [{ type: 7 as const, ip: address }];
  return generate([{ name: 'commonName', value: 'FHIR server of a test' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - 3 * DAY),
    notAfterDate,
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames },
    ],
  });
}

const soon = new Date(Date.now() + DAY);
const yesterday = new Date(Date.now() - DAY);

/** Who the server says it is, and whether the service knows the authority. */
const SERVERS = [
  { name: 'known', address: '127.0.0.1', until: soon, isKnown: true },
  { name: 'of an unknown authority', address: '127.0.0.1', until: soon, isKnown: false },
  { name: 'made out to another host', address: '127.0.0.2', until: soon, isKnown: true },
  { name: 'expired', address: '127.0.0.1', until: yesterday, isKnown: true },
] as const;

type Name = (typeof SERVERS)[number]['name'];

const started: Server[] = [];
const bases = new Map<Name, string>();
const heard: string[] = [];
let ehr: Ehr;
let service: ServiceProcess;

/** Speaks https and asks the plain FHIR server behind it. */
async function startHttps({ private: key, cert }: Certificate): Promise<string> {
  const server = createServer({ key, cert }, (request, response) => {
    heard.push(request.headers.authorization ?? 'no token');
    const answer = async () => {
      const reply = await fetch(`${ehr.fhirServer}${(request.url ?? '').replace(/^\/fhir/, '')}`);
      response.writeHead(reply.status, { 'content-type': 'application/fhir+json' }).end(await reply.text());
    };
    answer().catch(() => response.destroy());
  });
  started.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `https://127.0.0.1:${String((server.address() as AddressInfo).port)}/fhir`;
}

beforeAll(async () => {
  ehr = await startEhr();
  await ehr.load(baseChart());
  const known: string[] = [];
  for (const { name, address, until, isKnown } of SERVERS) {
    const certificate = await certificateFor(address, until);
    if (isKnown) known.push(certificate.cert);
    bases.set(name, await startHttps(certificate));
  }
  const authorities = join(temporaryFolder(), 'authorities.pem');
  writeFileSync(authorities, known.join('\n'));
  service = await startProcess({
    TF_AUTHENTICATION: 'off',
    TF_FHIR_SERVERS: [...bases.values()].join(','),
    TF_TIME_BUDGET_MS: '10000',
    NODE_EXTRA_CA_CERTS: authorities,
  });
});

afterAll(async () => {
  await service.stop();
  for (const server of started) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await ehr.close();
});

const ask = (name: Name) =>
  postHook(service, hookBody({ fhirServer: bases.get(name), fhirAuthorization: authorizationOf(TOKEN) }));

test('a FHIR server whose certificate is known is read, with the token', async () => {
  heard.length = 0;
  const reply = await ask('known');
  expect([reply.status, cardsOf(reply).map(codeOf)]).toEqual([200, ['troponin-not-found', 'therapy-ladder']]);
  expect(new Set(heard)).toEqual(new Set([`Bearer ${TOKEN}`]));
});

describe.each(SERVERS.map(({ name }) => name).filter((name) => name !== 'known'))('a certificate %s', (name) => {
  test('means data that could not be had, and no token sent', async () => {
    heard.length = 0;
    const reply = await ask(name);
    expect([reply.status, heard]).toEqual([412, []]);
    expect(reply.text).toContain('the FHIR server could not be reached');
  });
});
