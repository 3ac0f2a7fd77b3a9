import { isObject } from '../../src/fhir/json.js';

/** Where a value stands in a JSON document: member names and list positions from the root. */
export type Path = readonly (string | number)[];

/** Stands for "take the member or item out". */
export const REMOVED = Symbol('removed');

function childrenOf(value: unknown): readonly (readonly [string | number, unknown])[] {
  if (Array.isArray(value)) return value.map((item: unknown, index) => [index, item] as const);
  return isObject(value) ? Object.entries(value) : [];
}

/** The paths of everything below the root; what stands higher comes first. */
export function pathsOf(json: unknown): readonly Path[] {
  const paths: Path[] = [];
  let level: readonly (readonly [Path, unknown])[] = [[[], json]];
  while (level.length > 0) {
    level = level.flatMap(([path, value]) => childrenOf(value).map(([key, child]) => [[...path, key], child] as const));
    for (const [path] of level) paths.push(path);
  }
  return paths;
}

export function valueAt(json: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined) return json;
  const child = Array.isArray(json)
    ? (json as readonly unknown[])[Number(key)]
    : isObject(json) && Object.hasOwn(json, key)
      ? json[key]
      : undefined;
  return valueAt(child, rest);
}

/** A copy of the document in which one value is changed, or taken out when the change gives `REMOVED`. */
export function changeAt(json: unknown, [key, ...rest]: Path, change: (value: unknown) => unknown): unknown {
  if (key === undefined) return change(json);
  if (Array.isArray(json))
    return (json as readonly unknown[])
      .map((item, index) => (index === key ? changeAt(item, rest, change) : item))
      .filter((item) => item !== REMOVED);
  if (!isObject(json)) return json;
  // Object.fromEntries makes an own member even of `__proto__`.
  return Object.fromEntries(
    Object.entries(json)
      .map(([name, item]) => [name, name === key ? changeAt(item, rest, change) : item] as const)
      .filter(([, item]) => item !== REMOVED),
  );
}
