import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join, posix } from 'node:path';

/** Which folder may import which other: one direction, no cycles. */
const MAY_IMPORT = JSON.parse(readFileSync(new URL('../src/import-table.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, readonly string[]>
>;
const PURE = ['fhir', 'fhir-versions', 'facts', 'assessment', 'response'];
const OUTSIDE_CLOCK = /^(?:assemble|start|main|check-client|print-report)\.ts$|^(?:http|demo)\//;

const SOURCE = fileURLToPath(new URL('../src/', import.meta.url));
const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => {
    const text = readFileSync(join(SOURCE, file), 'utf8');
    const code = text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');
    return {
      file: file.replaceAll('\\', '/'),
      code,
      imports: [...code.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, path = '']) => path),
    };
  });

const folderOf = (path: string) => (path.includes('/') ? (path.split('/')[0] ?? '') : '');
const inner = files.flatMap(({ file, imports }) =>
  imports
    .filter((path) => path.startsWith('.'))
    .map((path) => ({ file, from: folderOf(file), target: posix.join(posix.dirname(file), path) }))
    .map((one) => ({ ...one, to: folderOf(one.target) })),
);
const sentence = ({ file, target }: { readonly file: string; readonly target: string }) => `${file} imports ${target}`;
const filesWith = (pattern: RegExp, allowed: RegExp) =>
  files.filter(({ file, code }) => !allowed.test(file) && pattern.test(code)).map(({ file }) => file);

test('the table is about the folders that there are', () => {
  expect(files.length).toBeGreaterThan(40);
  expect(inner.length).toBeGreaterThan(100);
  expect([...new Set(files.map(({ file }) => folderOf(file)))].sort()).toEqual(
    ['', ...Object.keys(MAY_IMPORT), 'demo'].sort(),
  );
});

test('every folder imports only what it may', () => {
  const isAllowed = (from: string, to: string) => from === to || (MAY_IMPORT[from] ?? []).includes(to);
  const free = ['', 'demo'];
  expect(inner.filter(({ from, to }) => !free.includes(from) && !isAllowed(from, to)).map(sentence)).toEqual([]);
});

test('nobody imports the demo; only the demo and one another import root files', () => {
  expect(inner.filter(({ from, to }) => to === 'demo' && from !== 'demo').map(sentence)).toEqual([]);
  expect(inner.filter(({ from, to }) => to === '' && !['', 'demo'].includes(from)).map(sentence)).toEqual([]);
});

test('every import of ours leads to a file', () => {
  const known = new Set(files.map(({ file }) => file));
  const isThere = (target: string) =>
    target.endsWith('.js') ? known.has(target.replace(/\.js$/, '.ts')) : target.endsWith('.json');
  expect(inner.filter(({ target }) => !isThere(target)).map(sentence)).toEqual([]);
});

test('pure folders take nothing from outside but types and a hash', () => {
  const outside = files
    .filter(({ file }) => PURE.includes(folderOf(file)))
    .flatMap(({ file, imports }) => imports.filter((path) => !path.startsWith('.')).map((path) => `${file} ${path}`));
  const harmless = / fhir\/r4\.js$|^fhir-versions\/lower\.ts fhir\/r(?:[235]|4b)\.js$|^response\/card-uuid\.ts (?:uuid|node:crypto)$/;
  expect(outside.filter((line) => !harmless.test(line))).toEqual([]);
});

test('the clock and chance are given, the environment is read once, and nothing is any', () => {
  expect(filesWith(/new Date\(\s*\)|Date\.now\b|Math\.random\b|randomUUID|performance\.now/, OUTSIDE_CLOCK)).toEqual(
    [],
  );
  expect(filesWith(/process\.env\b/, /^(?:main|command-setup)\.ts$|^demo\/main\.ts$/)).toEqual([]);
  expect(filesWith(/[:<|,]\s*any\b|\bas any\b|\bany\[\]/, /^$/)).toEqual([]);
  expect(filesWith(/@ts-(?:ignore|expect-error|nocheck)|eslint-disable/, /^$/)).toEqual([]);
});
