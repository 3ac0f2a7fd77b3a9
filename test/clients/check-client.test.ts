import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CdsClient, Refusal, RefusalReason } from '../../src/clients/cds-client.js';
import { explainOutcome } from '../../src/clients/explain-refusal.js';
import { parseClients } from '../../src/clients/load-clients.js';
import { createClientKeys, signToken, type ClientKeys, type TokenToSign } from '../support/client-keys.js';
import { sendJson, startPeer, type Peer } from '../support/peer.js';

jest.setTimeout(60_000);

const NOW = Date.parse('2026-03-10T12:00:00Z');
const SECONDS = NOW / 1000;
const URL_OF = 'https://cds.example/cds-services/esophageal-spasm-patient-view';
const REMOTE = 'https://remote.example';

let keys: ClientKeys;
let clients: readonly CdsClient[];
let keyServer: Peer;
let folder: string;

beforeAll(async () => {
  keys = await createClientKeys();
  keyServer = await startPeer((request, response) => {
    if (request.url === '/jwks') sendJson(response, 200, { keys: [keys.jwk] });
    else response.writeHead(302, { location: '/jwks' }).end();
  });
  folder = mkdtempSync(join(tmpdir(), 'check-client-'));
  const file = {
    clients: [
      { name: 'Static EHR', iss: 'https://static.example', jwks: { keys: [keys.jwk] }, fhirServers: [] },
      { name: 'Remote EHR', iss: REMOTE, jku: `${keyServer.origin}/jwks`, fhirServers: ['https://r.example/fhir'] },
      { name: 'Moved EHR', iss: 'https://moved.example', jku: `${keyServer.origin}/moved`, fhirServers: [] },
    ],
  };
  writeFileSync(join(folder, 'clients.json'), JSON.stringify(file));
  clients = parseClients(file, { allowInsecure: false });
});

afterAll(async () => {
  rmSync(folder, { recursive: true });
  await keyServer.close();
});

const sign = (more: Partial<TokenToSign> = {}) =>
  signToken({ keys, iss: 'https://static.example', aud: URL_OF, now: NOW, ...more });
const words = (compact: string, refused: RefusalReason) =>
  explainOutcome({ refused, detail: 'what exactly', client: undefined } satisfies Refusal, {
    compact,
    clients,
    url: URL_OF,
    now: NOW,
  }).join('\n');

describe('words for a refusal', () => {
  test.each<[RefusalReason, Partial<TokenToSign>, readonly string[]]>([
    ['expired', { claims: { exp: SECONDS - 180 } }, ['2026-03-10T11:57:00Z, 3 minutes ago']],
    ['not-yet-valid', { claims: { nbf: SECONDS + 7200 } }, ['2 hours ahead', 'clocks']],
    ['issued-in-the-future', { claims: { iat: SECONDS + 86_400 } }, ['1 day ahead', 'clocks']],
    ['lives-too-long', { claims: { exp: SECONDS + 7200 } }, ['five minutes']],
    [
      'wrong-audience',
      { aud: 'https://other.example' },
      ['"https://other.example"', URL_OF, '"audiences" of "Static EHR" if the client cannot be changed'],
    ],
    ['unknown-issuer', { iss: 'https://static.example/' }, ['"Static EHR"', 'trailing slash']],
    ['unknown-issuer', { iss: 'https://new.example' }, ['"https://new.example"', 'not registered', `"${REMOTE}"`]],
    ['unknown-key', { header: { kid: 'key-9' } }, ['"key-9"', '"key-1"', '"jwks"']],
    ['unknown-key', { iss: REMOTE, header: { kid: 'key-9' } }, ['"key-9"', '/jwks']],
    ['key-server-unreachable', { iss: REMOTE }, ['/jwks must answer with a key set', 'redirect']],
    ['bad-signature', {}, ['damaged', '"key-1"']],
    [
      'jku-not-registered',
      { iss: REMOTE, header: { jku: 'https://k.example' } },
      ['"https://k.example"', 'make it the "jku"'],
    ],
    ['jku-not-registered', { header: { jku: 'https://k.example' } }, ['"https://k.example"', 'in place of "jwks"']],
    ['algorithm-not-allowed', {}, ['"ES384"', 'ES384 or RS384']],
    ['wrong-tenant', { claims: { tenant: 'west' } }, ['"west"', '"tenants" of "Static EHR"']],
    ['wrong-type', { header: { typ: 'at+jwt' } }, ['"at+jwt"']],
    ['missing-kid', { header: { kid: undefined } }, ['kid: none']],
    ['missing-claim', { claims: { jti: undefined } }, ['jti: none']],
    ['replayed', {}, ['"replay"']],
    ['malformed', { claims: { exp: 'soon' } }, ['exp: "soon"', 'right types']],
    ['malformed', { claims: { exp: 1e300 } }, ['exp: 1e+300']],
  ])('%s %j', async (reason, more, expected) => {
    const text = words(await sign(more), reason);
    expect(text).toMatch(new RegExp(`^Refused \\(${reason}\\): what exactly\\.\n`));
    expect(text).toMatch(/\nWhat to change: .{20,}\.$/);
    for (const part of expected) expect(text).toContain(part);
  });

  test.each<[RefusalReason, string]>([
    ['no-token', ''],
    ['not-a-bearer-token', 'x'],
    ['malformed', '..'],
    ['algorithm-not-allowed', 'e30.e30.'],
    ['unknown-key', 'e30.e30.'],
    ['unknown-issuer', 'e30.e30.'],
    ['wrong-audience', 'e30.e30.'],
  ])('%s of what is hardly a token: %j', (reason, compact) => {
    expect(words(compact, reason)).toMatch(/\nWhat to change: /);
  });

  test('the signature is never shown, nor anything that a terminal would obey', async () => {
    const compact = await sign({ aud: '\u001b[2J\u202e\u009bhidden', claims: { tenant: 'x'.repeat(5000) } });
    const text = words(compact, 'bad-signature');
    expect(text).not.toContain(compact.split('.')[2]);
    expect(text).not.toContain(compact.split('.')[1]);
    expect(text).toMatch(/^[ -~\n…]*$/);
    expect(text).toContain('\\u202e');
    expect(text).toContain('cut off');
  });
});

interface Ended {
  readonly code: number;
  readonly out: string;
}

/** The command as an operator runs it. */
function run(args: readonly string[], input = ''): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--import', 'tsx', 'src/troponin-first.ts', 'check-client', ...args],
      (error, out, err) => {
        resolve({ code: error === null ? 0 : Number(error.code), out: out + err });
      },
    );
    child.stdin?.end(input);
  });
}

test('the command: file, token, words, exit codes', async () => {
  const file = join(folder, 'clients.json');
  const broken = join(folder, 'broken.json');
  const tokenFile = join(folder, 'token.txt');
  writeFileSync(broken, '{"clients":[{"name":"canary"}]}');
  const [remote, moved] = await Promise.all([REMOTE, 'https://moved.example'].map((iss) => sign({ iss })));
  writeFileSync(tokenFile, `Bearer ${String(remote)}\n`);
  const at = ['--at', '2026-03-10T12:01:00Z'];
  const ended = await Promise.all([
    run(['--help']),
    run(['--clients', file]),
    run(['--clients', broken]),
    run(['--clients', file, '--token', tokenFile, '--url', `${URL_OF}/feedback`, ...at]),
    run(['--clients', file, '--token', '-', '--url', URL_OF, ...at], moved),
    run(['--clients', file, '--token', tokenFile]),
  ]);
  const [help, described, faulty, admitted, refused, half] = ended.map(({ out }) => out);
  expect(ended.map(({ code }) => code)).toEqual([0, 0, 1, 0, 1, 2]);
  expect(help).toMatch(/Example:\n +npm run check-client/);
  expect(described).toMatch(/"Static EHR"[\s\S]*"Remote EHR"[\s\S]*https:\/\/r\.example\/fhir/);
  expect(faulty).toContain('clients[0]: has no "iss"');
  expect(faulty).not.toContain('canary');
  expect(admitted).toContain('Admitted as "Remote EHR"');
  expect(refused).toMatch(/gave no keys \(answered with status 30\d\)[\s\S]*key-server-unreachable/);
  expect(half).toContain('--token and --url belong together');
  for (const token of [remote, moved]) expect(ended.map(({ out }) => out).join()).not.toContain(token?.split('.')[2]);
});
