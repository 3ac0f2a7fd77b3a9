import { describe, expect, jest, test } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createProgram, runProgram } from '../../src/commands/program.js';
import { writeBulkExport } from '../bench/charts.js';
import { runCli, type Ended } from '../support/command-line.js';
import { temporaryFolder, waitUntil } from '../support/process.js';
// Loads the service beforehand: jest cannot load modules that several imports at once ask for.
import '../support/service.js';

jest.setTimeout(120_000);

const CHARTS = 'fixtures/fhir-server';
const CHART = `${CHARTS}/ed-single-troponin.json`;
const AT = ['--at', '2026-03-10T12:00:00Z'];
/** Moves a cursor, sets a title, turns text around. */
const HOSTILE = '\u001b[2J\u001b]0;x\u0007\u009b31m\u202e';
const TERMINAL = /[^\P{C}\n]/u;

function write(folder: string, name: string, value: unknown): string {
  const file = join(folder, name);
  writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
  return file;
}

const spasm = (patient: string, display: string) => ({
  resourceType: 'Condition',
  id: 'c1',
  subject: { reference: `Patient/${patient}` },
  code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'K22.4', display }], text: display },
  recordedDate: '2026-03-10',
});
const bundle = (...resources: readonly object[]) => ({
  resourceType: 'Bundle',
  type: 'collection',
  entry: resources.map((resource) => ({ resource })),
});

describe('help', () => {
  const commands = createProgram().commands.map((command) => command.name());

  test('every command is there', () => {
    expect(commands).toEqual(
      expect.arrayContaining(['serve', 'evaluate', 'simulate', 'check', 'check-client', 'content', 'report', 'replay']),
    );
  });

  test.each(commands)('%s: examples and exit codes', (name) => {
    const command = createProgram().commands.find((one) => one.name() === name);
    let text = '';
    command?.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
    expect(text).toMatch(/Examples?:\n +(npm run|troponin-first|TF_)/);
    expect(text).toMatch(/Ends with|Exit code/);
  });
});

/** The same without a process of its own: what it wrote, and the exit code it set. */
async function runHere(args: readonly string[]): Promise<{ readonly code: unknown; readonly says: string }> {
  const said: string[] = [];
  const keep = (text: unknown) => {
    said.push(String(text));
    return true;
  };
  const spies = [
    jest.spyOn(process.stdout, 'write').mockImplementation(keep),
    jest.spyOn(process.stderr, 'write').mockImplementation(keep),
    jest.spyOn(console, 'log').mockImplementation(keep),
    jest.spyOn(console, 'error').mockImplementation(keep),
  ];
  try {
    await runProgram(args);
    return { code: process.exitCode ?? 0, says: said.join('\n') };
  } finally {
    process.exitCode = undefined;
    for (const spy of spies) spy.mockRestore();
  }
}

describe('asked rightly and wrongly', () => {
  test.each<[string, readonly string[], number, RegExp]>([
    ['--version', ['--version'], 0, /^\d+\.\d+\.\d+\n$/],
    ['--help', ['--help'], 0, /Examples:[\s\S]*2 when it was asked wrongly/],
    ['help of a command', ['help', 'simulate'], 0, /Ctrl\+C prints what was counted/],
    ['help of the service', ['serve', '--help'], 0, /TF_CLIENTS_FILE/],
    ['nothing at all', [], 2, /Usage: troponin-first/],
    ['a misspelt command', ['evalute', CHART], 2, /Did you mean evaluate\?/],
    ['a misspelt option', ['evaluate', CHART, '--formt', 'json'], 2, /Did you mean --format\?/],
    ['a hook that is none', ['evaluate', CHART, '--hook', 'patient-vew'], 2, /did you mean "patient-view"/],
    ['a format that is none', ['simulate', CHARTS, '--format', 'toString'], 2, /--format must be one of table/],
    ['an instant without zone', ['evaluate', CHART, '--at', '2026-03-10T12:00'], 2, /time zone/],
    ['both instants', ['simulate', CHARTS, ...AT, '--as-of', 'now'], 2, /exclude each other/],
    ['an order hook without a draft', ['evaluate', CHART, '--hook', 'order-sign'], 2, /needs --draft/],
    ['a path that is not there', ['evaluate', 'nofile.json'], 2, /there is no file or folder nofile\.json/],
    ['a folder that is not there', ['simulate', 'nofolder'], 2, /there is no file or folder nofolder/],
    ['content', ['content', '--json'], 0, /"topic": "esophageal-spasm"/],
    ['a replay of nothing', ['replay', '--request', 'package.json'], 2, /--at/],
  ])('%s', async (_, args, code, says) => {
    const ended = await runHere(args);
    expect(ended).toEqual({ code, says: expect.stringMatching(says) });
    expect(ended.says).not.toMatch(/\n +at /);
  });
});

describe('the real program', () => {
  test('exit codes and streams', async () => {
    const [version, help, misspelt] = await Promise.all([
      runCli(['--version']),
      runCli(['evaluate', '--help']),
      runCli(['evalute']),
    ]);
    expect(version).toEqual({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), err: '' });
    expect(help).toEqual({ code: 0, out: expect.stringContaining('Examples:'), err: '' });
    expect(misspelt).toEqual({ code: 2, out: '', err: expect.stringContaining('Did you mean evaluate?') });
  });

  test('evaluate in three formats says the same', async () => {
    const [table, json, markdown] = await Promise.all(
      ['table', 'json', 'markdown'].map((format) => runCli(['evaluate', CHART, ...AT, '--why', '--format', format])),
    );
    expect([table?.code, json?.code, markdown?.code]).toEqual([0, 0, 0]);
    const { answers } = JSON.parse(json?.out ?? '') as {
      readonly answers: readonly { readonly cards: readonly { readonly summary: string }[] }[];
    };
    const summaries = answers.flatMap(({ cards }) => cards.map(({ summary }) => summary));
    expect(summaries).toHaveLength(2);
    for (const summary of summaries) expect(table?.out).toContain(summary);
    expect(table?.out).toMatch(/WARNING +troponin-not-serial[\s\S]*because +Condition\//);
    expect(markdown?.out).toMatch(/^# Cards\n[\s\S]*warning, troponin-not-serial[\s\S]*Why: rule D/);
    for (const ended of [table, markdown]) expect(ended?.out).toContain('taken as the whole record');
  });

  test('hostile text of a chart does not reach the terminal raw', async () => {
    const folder = temporaryFolder();
    const file = write(
      folder,
      'chart.json',
      bundle(
        { resourceType: 'Patient', id: `p${HOSTILE}` },
        { resourceType: 'Patient', id: 'p2' },
        spasm('p2', `Dyskinesia ${HOSTILE} of esophagus`),
      ),
    );
    const formats = ['table', 'json', 'markdown'];
    const ended = await Promise.all(formats.map((format) => runCli(['evaluate', file, '--why', '--format', format])));
    for (const { code, out, err } of ended) {
      expect(code).toBe(1);
      expect(out).toContain('troponin-not-found');
      expect(out + err).not.toMatch(TERMINAL);
    }
  });

  test('check says all faults at once', async () => {
    const folder = temporaryFolder();
    const env = write(folder, 'production.env', 'PORT=none\nTF_CLIENT_FILE=x\nTF_AUTHENTICATION=off\n');
    const clients = write(folder, 'clients.json', { clients: [{ name: 'canary' }] });
    mkdirSync(join(folder, 'site', 'esophageal-spams'), { recursive: true });
    const args = ['check', '--environment', env, '--clients', clients, '--site', join(folder, 'site')];
    const [text, json, good] = await Promise.all([
      runCli(args),
      runCli([...args, '--json']),
      runCli(['check'], { env: { TF_AUTHENTICATION: 'off' } }),
    ]);
    expect([text.code, json.code, good.code]).toEqual([1, 1, 0]);
    expect(text.out).toMatch(/PORT: must be[\s\S]*did you mean "esophageal-spasm"[\s\S]*has no "iss"/);
    expect(text.out).toMatch(/TF_CLIENT_FILE: is not a variable/);
    expect(text.out).not.toContain('canary');
    const parts = JSON.parse(json.out) as readonly { readonly part: string; readonly faults: readonly string[] }[];
    expect(parts.map(({ part, faults }) => [part, faults.length > 0])).toEqual([
      ['configuration', true],
      ['content', true],
      ['clients', true],
    ]);
    expect(good.out).toMatch(/configuration .* is good\ncontent .* is good\n/);
  });
});

describe('simulate, the real program', () => {
  test('many patients go through a small heap, and the folder for sorting is gone', async () => {
    const [folder, temp] = [temporaryFolder(), temporaryFolder()];
    // As text about 60 MB, as objects several times the heap.
    await writeBulkExport(folder, { count: 600, visits: 4, oneIn: 20 });
    const ended = await runCli(['simulate', folder, '--json'], {
      nodeArgs: ['--max-old-space-size=64', '--max-semi-space-size=2'],
      env: { TMPDIR: temp, TSX_DISABLE_CACHE: '1' },
    });
    expect({ code: ended.code, err: ended.err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(ended.out)).toMatchObject({ isPartial: false, charts: 600, services: [{ calls: 600 }] });
    expect(readdirSync(temp)).toEqual([]);
  });

  test('ended by Ctrl+C it says what it counted, and that it is not all', async () => {
    const [folder, temp] = [temporaryFolder(), temporaryFolder()];
    await writeBulkExport(folder, { count: 400, visits: 12, oneIn: 20 });
    const hasBegun = () => Promise.resolve(readdirSync(temp).some((name) => name.startsWith('troponin-first-')));
    const ended: Ended = await runCli(['simulate', folder], {
      env: { TMPDIR: temp, TSX_DISABLE_CACHE: '1' },
      meanwhile: async (kill) => {
        await waitUntil(hasBegun);
        kill('SIGINT');
      },
    });
    expect(ended.code).toBe(1);
    expect(ended.out).toMatch(/^PARTIAL: /);
    expect(existsSync(temp) ? readdirSync(temp) : []).toEqual([]);
  });
});
