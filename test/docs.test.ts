import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadClients } from '../src/clients/load-clients.js';
import { createProgram } from '../src/commands/program.js';
import { createClientKeys, signToken } from './support/client-keys.js';
import { blocksOf, commandsOf, pages, textOfPage } from './support/documents.js';
import { freePort, temporaryFolder, waitUntil } from './support/process.js';

/*
 * Every command and every example that the documents show is run here as a reader would type it: in a fresh copy of
 * the repository, beside a running demonstration, with a clients file, a token and a decision made for the test.
 */

jest.setTimeout(120_000);

const ROOT = new URL('../', import.meta.url).pathname;
const COPIED = ['src', 'cards', 'fixtures', 'docs', 'test', 'package.json', 'package-lock.json', 'tsconfig.json'];
const ALSO_COPIED = ['tsconfig.build.json', 'README.md', 'eslint.config.js', 'deploy', 'docker-compose.yml'];

function hasGit(): boolean {
  return spawnSync('git', ['--version']).status === 0;
}

/** Commands that are not run, and what proves them in their place. */
const NOT_RUN: readonly (readonly [RegExp, string])[] = [
  [/^npm test\b/, 'this very run'],
  [/^docker compose up/, 'needs a Docker engine; test/deploy.test.ts reads the file'],
  [/^kubectl /, 'needs a cluster; test/deploy.test.ts reads the manifests'],
  ...(hasGit() ? [] : ([[/--against HEAD/, 'git is not here']] as const)),
];
/** Commands that say in the document how else they end. */
const OTHER_ENDS: readonly (readonly [RegExp, number])[] = [[/ simulate fixtures\/fhir-server\b/, 1]];
const SERVES = /npm (start|run demo|run dev)$|troponin-first serve$/;
/** The demonstration builds first. */
const ATTEMPTS = 1000;
/** What a clone has and a copy has not. */
const COMMIT = 'git init -q && git add cards fixtures && git -c user.name=t -c user.email=t@t.example commit -qm whole';
const CLIENT_URL = 'https://cds.example/cds-services';

const commands = pages().flatMap((page) =>
  blocksOf(page)
    .filter(({ language }) => language === 'sh')
    .flatMap((block) => commandsOf(block).map((command) => ({ place: block.place, command: withoutSetup(command) })))
    .filter(({ command }) => command !== ''),
);

/** `npm ci` was done by who runs this, the build by `beforeAll`. */
function withoutSetup(command: string): string {
  return command.replaceAll(/npm ci( && |$)/g, '').replaceAll(/npm run build( && |$)/g, '');
}

const started = new Set<ChildProcess>();
let folder: string;
let demo: Running;
let decision: string;

interface Running {
  readonly port: number;
  readonly output: () => string;
  readonly stop: () => Promise<void>;
}

function shell(command: string, port: number): ChildProcess {
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    PORT: String(port),
    TF_DATA_DIR: join(folder, 'data'),
    TF_DRAIN_MS: '0',
    NO_COLOR: '1',
    NO_UPDATE_NOTIFIER: '1',
    // What is not in the repository is not fetched from elsewhere.
    npm_config_offline: 'true',
  };
  const child = spawn('bash', ['-c', command], {
    cwd: folder,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.add(child);
  return child;
}

function gather(child: ChildProcess): () => string {
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}

/** Ends a command with everything it started. */
async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('close', resolve));
  if (child.pid === undefined) return;
  process.kill(-child.pid, 'SIGTERM');
  await ended;
}

async function serve(command: string): Promise<Running> {
  const port = await freePort();
  const child = shell(command, port);
  const output = gather(child);
  await waitUntil(async () => {
    if (child.exitCode !== null) throw new Error(`${command} ended:\n${output()}`);
    return fetch(`http://127.0.0.1:${String(port)}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  }, ATTEMPTS);
  return { port, output, stop: () => end(child) };
}

async function run(command: string): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = shell(command, 0);
  const output = gather(child);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output: output() };
}

/** The clients file that the guides show, with a key of the test in place of a key URL that nobody serves. */
async function writeClientFiles(): Promise<void> {
  const keys = await createClientKeys('RS384', 'docs');
  const [shown] = blocksOf('docs/connect-an-ehr.md').filter(({ text }) => text.includes('"clients"'));
  const { clients } = JSON.parse(shown?.text ?? '') as { clients: readonly Record<string, unknown>[] };
  const registered = clients.map(({ jku: _, ...client }) => ({ ...client, jwks: { keys: [keys.jwk] } }));
  writeFileSync(join(folder, 'clients.json'), JSON.stringify({ clients: registered }));
  const token = await signToken({ keys, iss: clients[0]?.['iss'], aud: CLIENT_URL, now: Date.now() });
  writeFileSync(join(folder, 'token.txt'), token);
}

/** A request that was kept, and the decision on record about it. */
async function answerOnce(): Promise<string> {
  cpSync(join(ROOT, 'fixtures/hooks/patient-view.json'), join(folder, 'request.json'));
  const service = await serve('TF_AUTHENTICATION=off npm start');
  const reply = await fetch(`http://127.0.0.1:${String(service.port)}/cds-services/esophageal-spasm-patient-view`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: readFileSync(join(folder, 'request.json'), 'utf8'),
  });
  await reply.text();
  await waitUntil(() => Promise.resolve(/"decision":"[0-9a-f-]+"/.test(service.output())));
  const [, id = ''] = /"decision":"([0-9a-f-]+)"/.exec(service.output()) ?? [];
  await service.stop();
  return id;
}

beforeAll(async () => {
  folder = temporaryFolder();
  for (const name of [...COPIED, ...ALSO_COPIED]) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  expect(await run('npm run build')).toMatchObject({ code: 0 });
  if (hasGit()) expect(await run(COMMIT)).toMatchObject({ code: 0 });
  await writeClientFiles();
  decision = await answerOnce();
  demo = await serve('npm run demo');
});

afterAll(async () => {
  for (const child of started) if (child.exitCode === null && child.signalCode === null) await end(child);
});

/** The command as it must read here: the demonstration has another port, the decision another id. */
function here(command: string): string {
  return command
    .replaceAll(/(127\.0\.0\.1|localhost):3000/g, `127.0.0.1:${String(demo.port)}`)
    .replaceAll(/--decision [0-9a-f-]+/g, `--decision ${decision}`);
}

test('SIGTERM to npm, as a supervisor sends it, ends the service', async () => {
  const port = await freePort();
  const npm = shell('TF_AUTHENTICATION=off exec npm start', port);
  const isUp = () =>
    fetch(`http://127.0.0.1:${String(port)}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  await waitUntil(isUp, ATTEMPTS);
  npm.kill('SIGTERM');
  await waitUntil(async () => !(await isUp()));
});

describe('every command of the documents', () => {
  test('there are some', () => {
    expect(commands.length).toBeGreaterThan(10);
  });

  const reasonOf = (command: string) => NOT_RUN.find(([pattern]) => pattern.test(command));
  const runnable = commands.filter(({ command }) => reasonOf(command) === undefined);
  const once = [...new Map(runnable.map((one) => [one.command, one])).values()];

  test.each(once.filter(({ command }) => SERVES.test(command)))('$place starts: $command', async ({ command }) => {
    const service = await serve(here(command));
    await service.stop();
  });

  test.each(once.filter(({ command }) => !SERVES.test(command)))('$place runs: $command', async ({ command }) => {
    const [, code] = OTHER_ENDS.find(([pattern]) => pattern.test(command)) ?? [undefined, 0];
    expect(await run(here(command))).toMatchObject({ code });
  });
});

test('every command that the text names exists', () => {
  const known = createProgram().commands.map((command) => command.name());
  const named = pages().flatMap((page) =>
    Array.from(textOfPage(page).matchAll(/(?<!-n )troponin-first ([a-z][a-z-]*)/g), ([, name = '']) => ({
      page,
      name,
    })),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter(({ name }) => !known.includes(name))).toEqual([]);
});

describe('every example of the documents', () => {
  const examples = pages()
    .flatMap(blocksOf)
    .filter(({ language }) => language === 'json');

  test.each(examples)('$place is JSON', ({ text }) => {
    expect(() => JSON.parse(text) as unknown).not.toThrow();
  });

  test.each(examples.filter(({ text }) => text.includes('"clients"')))('$place is a clients file', ({ text }) => {
    const file = join(temporaryFolder(), 'clients.json');
    writeFileSync(file, text);
    expect(loadClients(file, { allowInsecure: false })).not.toHaveLength(0);
  });
});

describe('every link of the documents', () => {
  const links = pages().flatMap((page) =>
    Array.from(textOfPage(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g), ([, target = '']) => ({ page, target })),
  );
  const headingsOf = (page: string) =>
    Array.from(textOfPage(page).matchAll(/^#+ (.+)$/gm), ([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} -]/gu, '')
        .replaceAll(' ', '-'),
    );

  test.each(links)('$page leads to $target', ({ page, target }) => {
    const [file = '', heading] = target.split('#');
    const path = file === '' ? page : join(page, '..', file);
    expect(existsSync(join(ROOT, path))).toBe(true);
    if (heading !== undefined) expect(headingsOf(path)).toContain(heading);
  });
});
