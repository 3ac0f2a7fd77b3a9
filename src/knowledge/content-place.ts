import { findNodeAtLocation, parseTree, type Node } from 'jsonc-parser';
import { lineAndColumn } from '../fhir/json-fault.js';
import type { ContentProblem } from './content-problem.js';

/** A stretch of a text. */
interface Span {
  readonly offset: number;
  readonly length: number;
}

/** Where something stands in a file, as editors count: lines and columns from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
  readonly length: number;
  /** The line itself. */
  readonly text: string;
}

/** Members by which an element of a list is called in a place. */
const NAMES = new Set(['id', 'key', 'hook', 'code']);

function nameOf(element: Node): Node | undefined {
  const property = element.children?.find(({ children }) => NAMES.has(String(children?.[0]?.value)));
  return property?.children?.[1];
}

/** The nodes a name may mean right below a node: a member, an element by its number, elements by their names. */
function below(node: Node, name: string): readonly Node[] {
  if (node.type === 'object') return [findNodeAtLocation(node, [name]) ?? []].flat();
  if (node.type !== 'array') return [];
  const numbered = /^\d+$/.test(name) ? node.children?.[Number(name)] : undefined;
  const named = (node.children ?? []).filter((element) => nameOf(element)?.value === name);
  return numbered === undefined ? named.toReversed() : [numbered, ...named];
}

function valuesIn(node: Node): readonly Node[] {
  const children = node.children ?? [];
  return node.type === 'object' ? children.flatMap(({ children: pair }) => pair?.[1] ?? []) : children;
}

/** Follows names down; what lies between two of them may be left out of a place. */
function follow(node: Node, [name, ...rest]: readonly string[]): Node | undefined {
  if (name === undefined) return node;
  for (const next of below(node, name)) {
    const found = follow(next, rest);
    if (found !== undefined) return found;
  }
  for (const next of valuesIn(node)) {
    const found = follow(next, [name, ...rest]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function namesOf(place: string): readonly string[] {
  return place
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** `system|code` or a system of a value set: the last that is written so, since that is the one too many. */
function findCode(root: Node, place: string): Node | undefined {
  const [system = '', code] = place.split('|');
  const includes = findNodeAtLocation(root, ['compose', 'include'])?.children ?? [];
  const own = includes.filter((include) => findNodeAtLocation(include, ['system'])?.value === system);
  if (code === undefined || code === '') return own.map((include) => findNodeAtLocation(include, ['system'])).at(-1);
  return own
    .flatMap((include) => findNodeAtLocation(include, ['concept'])?.children ?? [])
    .findLast((concept) => findNodeAtLocation(concept, ['code'])?.value === code);
}

/** Where a text is quoted within a span: as a whole name or value, else as a part of one. */
function findText(text: string, { offset, length }: Span, near: string): Span | undefined {
  const within = text.slice(offset, offset + length);
  const quoted = JSON.stringify(near);
  for (const wanted of [quoted, quoted.slice(1, -1)]) {
    const at = within.indexOf(wanted);
    if (at >= 0) return { offset: offset + at, length: wanted.length };
  }
  return undefined;
}

/** An object or list is shown by its name: its brace may stand alone on a line. */
function shownFor(node: Node): Span {
  if (node.type !== 'object' && node.type !== 'array') return node;
  const key = node.parent?.type === 'property' ? node.parent.children?.[0] : undefined;
  return nameOf(node) ?? key ?? { offset: node.offset, length: 1 };
}

function spanOf(text: string, { place, near, offset }: ContentProblem): Span | undefined {
  if (offset !== undefined) return { offset, length: 1 };
  const root = parseTree(text);
  if (root === undefined) return undefined;
  const node = place.startsWith('/') || place === '' ? follow(root, namesOf(place)) : findCode(root, place);
  const found = near === undefined ? undefined : findText(text, node ?? root, near);
  if (found !== undefined || node === undefined) return found;
  return place === '' ? { offset: node.offset, length: 1 } : shownFor(node);
}

/** Where in the text of a file a problem is; undefined when its place leads nowhere. */
export function placeIn(text: string, problem: ContentProblem): TextPlace | undefined {
  const span = spanOf(text, problem);
  if (span === undefined) return undefined;
  const { line, column } = lineAndColumn(text, span.offset);
  const end = text.indexOf('\n', span.offset);
  const shown = text.slice(span.offset - column + 1, end < 0 ? text.length : end).replace(/\r$/, '');
  return { line, column, length: Math.max(1, Math.min(span.length, shown.length - column + 1)), text: shown };
}
