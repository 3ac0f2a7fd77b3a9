import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join, posix } from 'node:path';

/** Which folder may import which other: one direction, no cycles. */
const MAY_IMPORT = JSON.parse(readFileSync(new URL('../src/import-table.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, readonly string[]>
>;
const PURE = ['fhir', 'fhir-versions', 'facts', 'assessment', 'response'];
const OUTSIDE_CLOCK = /^(?:assemble|start)\.ts$|^(?:http|demo|commands)\/|^demo-page\/clock\.ts$/;

const SOURCE = fileURLToPath(new URL('../src/', import.meta.url));
const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file))
  .map((file) => {
    const text = readFileSync(join(SOURCE, file), 'utf8');
    const code = text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');
    return {
      file: file.replaceAll('\\', '/'),
      code,
      imports: [...code.matchAll(/(?<![-\w])(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, path = '']) => path),
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
    ['', ...Object.keys(MAY_IMPORT), 'commands', 'demo'].sort(),
  );
});

test('every folder imports only what it may', () => {
  const isAllowed = (from: string, to: string) => from === to || (MAY_IMPORT[from] ?? []).includes(to);
  const free = ['', 'commands', 'demo'];
  expect(inner.filter(({ from, to }) => !free.includes(from) && !isAllowed(from, to)).map(sentence)).toEqual([]);
});

test('nobody but its page imports the demo, only root files the commands; only these two and one another import root files', () => {
  const free = ['', 'commands', 'demo'];
  expect(inner.filter(({ from, to }) => to === 'demo' && !['demo', 'demo-page'].includes(from)).map(sentence)).toEqual(
    [],
  );
  expect(inner.filter(({ from, to }) => to === 'commands' && !['', to].includes(from)).map(sentence)).toEqual([]);
  expect(inner.filter(({ from, to }) => to === '' && !free.includes(from)).map(sentence)).toEqual([]);
});

test('every import of ours leads to a file', () => {
  const known = new Set(files.map(({ file }) => file));
  const isThere = (target: string) =>
    target.endsWith('.js')
      ? ['.ts', '.tsx'].some((end) => known.has(target.replace(/\.js$/, end)))
      : target.endsWith('.json');
  expect(inner.filter(({ target }) => !isThere(target)).map(sentence)).toEqual([]);
});

test('the page takes the types of others, never their code', () => {
  const others = files.filter(({ file }) => folderOf(file) === 'demo-page');
  const taken = others.flatMap(({ file, code }) =>
    [...code.matchAll(/^import (?!type )[^;]*'\.\.\/[^']+'/gm)].map(([line]) => `${file}: ${line}`),
  );
  expect(others.length).toBeGreaterThan(10);
  expect(taken).toEqual([]);
});

test('pure folders take nothing from outside but types, a hash and a parser', () => {
  const outside = files
    .filter(({ file }) => PURE.includes(folderOf(file)))
    .flatMap(({ file, imports }) => imports.filter((path) => !path.startsWith('.')).map((path) => `${file} ${path}`));
  const harmless =
    / fhir\/r4\.js$|^fhir-versions\/lower\.ts fhir\/r(?:[235]|4b)\.js$|^response\/card-uuid\.ts (?:uuid|node:crypto)$|^fhir\/json-fault\.ts jsonc-parser$/;
  expect(outside.filter((line) => !harmless.test(line))).toEqual([]);
});

test('the clock and chance are given, the environment is read once, and nothing is any', () => {
  expect(filesWith(/new Date\(\s*\)|Date\.now\b|Math\.random\b|randomUUID|performance\.now/, OUTSIDE_CLOCK)).toEqual(
    [],
  );
  expect(filesWith(/process\.env\b/, /^(?:commands\/environment|demo\/main)\.ts$/)).toEqual([]);
  expect(filesWith(/[:<|,]\s*any\b|\bas any\b|\bany\[\]/, /^$/)).toEqual([]);
  expect(filesWith(/@ts-(?:ignore|expect-error|nocheck)|eslint-disable/, /^$/)).toEqual([]);
});
