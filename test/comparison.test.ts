import { describe, expect, test } from '@jest/globals';
import { existsSync, readFileSync, readdirSync } from 'node:fs';

const root = new URL('../', import.meta.url);
const textOf = (file: string) => readFileSync(new URL(file, root), 'utf8');
const page = textOf('docs/comparison.md');

const cellsOf = (line: string) =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

/** The first table of a section: its header and its rows. */
function tableOf(text: string): readonly (readonly string[])[] {
  const lines = text.slice(text.indexOf('\n|') + 1).split('\n');
  const end = lines.findIndex((line) => !line.startsWith('|'));
  return lines
    .slice(0, end)
    .filter((_, index) => index !== 1)
    .map(cellsOf);
}

const sections = new Map(
  page.split(/^## /m).map((text) => [text.slice(0, text.indexOf('\n')), text.slice(text.indexOf('\n'))]),
);
const sectionOf = (name: string) => sections.get(name) ?? '';
const [header = [], ...rows] = tableOf(page);
const services = header.slice(2);
const numbers = rows.map((_, index) => String(index + 1));

/** Rows whose cells are figures or names and not an answer. */
const FIGURES = [
  'CDS Hooks version and hooks',
  'FHIR versions',
  'Tests',
  'Speed as a share of bare Express',
  'License',
];
const ANSWER = /^(?:yes|partly|no|host's|not examined)(?:: (?<words>.+))?$/;

function isAnswer(cell: string): boolean {
  const match = ANSWER.exec(cell);
  return match !== null && (match.groups?.['words'] ?? '').split(' ').length <= 6;
}

/** How often a test is declared in the files of this folder. */
const declared = readdirSync(new URL('test/', root), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .flatMap((file) => textOf(`test/${file}`).match(/^\s*(?:test|it)(?:\.each)?\(/gm) ?? []).length;

const leastOf = (pattern: RegExp) => Number(pattern.exec(page)?.[1]);

describe('the table', () => {
  test('is of this service and seven others', () => {
    expect(services).toHaveLength(8);
    expect(services[0]).toBe('Troponin First');
    expect(rows.length).toBeGreaterThan(30);
  });

  test('every row has as many cells as the header, and its number', () => {
    expect(rows.filter((row) => row.length !== header.length || row.includes(''))).toEqual([]);
    expect(rows.map(([number]) => number)).toEqual(numbers);
  });

  test('every cell is an answer, with six words at most', () => {
    const asked = rows.filter(([, question = '']) => !FIGURES.includes(question));
    expect(asked).toHaveLength(rows.length - FIGURES.length);
    expect(asked.flatMap((row) => row.slice(2)).filter((cell) => !isAnswer(cell))).toEqual([]);
  });

  test('says where others are better', () => {
    const worse = rows.filter(
      ([, , ours, ...theirs]) => ours?.startsWith('no') && theirs.some((cell) => /^yes/.test(cell)),
    );
    expect(worse.length).toBeGreaterThan(5);
  });
});

describe('what shows it', () => {
  test.each(services)('%s: each row once', (service) => {
    const shown = tableOf(sectionOf(service)).slice(1);
    const named = shown.flatMap(([which = '']) => which.split(', '));
    expect(named.map(Number).sort((a, b) => a - b)).toEqual(numbers.map(Number));
    expect(shown.filter(([, file]) => file === '')).toEqual([]);
  });

  test('every file that is named for this service is there', () => {
    const shown = tableOf(sectionOf('Troponin First')).slice(1);
    const files = shown.flatMap(([number, cell = '']) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, file = '']) => ({ number, file })),
    );
    expect(new Set(files.map(({ number }) => number)).size).toBe(rows.length);
    expect(files.filter(({ file }) => !existsSync(new URL(file, root)))).toEqual([]);
  });
});

describe('what it counts', () => {
  test('tests and vignettes', () => {
    expect(declared).toBeGreaterThan(leastOf(/over (\d+) cases/));
    const vignettes = readdirSync(new URL('fixtures/esophageal-spasm/vignettes/', root));
    expect(vignettes.length).toBeGreaterThan(leastOf(/over (\d+) vignettes/));
  });

  test('the share of bare Express is that of the README', () => {
    const speed = /\n## Speed\n([\s\S]*?)\n## /.exec(textOf('README.md'))?.[1] ?? '';
    const shares = tableOf(speed)
      .slice(1)
      .map(([, , share]) => Number(share));
    const ours = rows.find(([, question]) => question === 'Speed as a share of bare Express')?.[2];
    expect(ours).toBe(`${Math.min(...shares).toFixed(2)} to ${Math.max(...shares).toFixed(2)}`);
  });
});
