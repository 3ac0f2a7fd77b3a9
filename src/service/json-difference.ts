import { isObject } from '../fhir/json.js';

function member(key: string): string {
  return /^\w+$/.test(key) ? `.${key}` : `['${key}']`;
}

function differingPath(one: unknown, other: unknown, path: string): string | undefined {
  if (Array.isArray(one) && Array.isArray(other)) {
    if (one.length !== other.length) {
      const shared = Math.min(one.length, other.length);
      return differingElement(one.slice(0, shared), other.slice(0, shared), path) ?? `${path}[${String(shared)}]`;
    }
    return differingElement(one, other, path);
  }
  if (!isObject(one) || !isObject(other)) return Object.is(one, other) ? undefined : path;
  for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const found = differingPath(one[key], other[key], path + member(key));
    if (found !== undefined) return found;
  }
  return undefined;
}

function differingElement(one: readonly unknown[], other: readonly unknown[], path: string): string | undefined {
  for (const [index, value] of one.entries()) {
    const found = differingPath(value, other[index], `${path}[${String(index)}]`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/** Where two JSON texts first differ, in a sentence without values of theirs. */
export function firstDifference(then: string, now: string): string {
  const [one, other] = [parsed(then), parsed(now)];
  if (one === undefined || other === undefined) return 'The kept answer is no JSON.';
  const path = differingPath(one.value, other.value, '$');
  if (path !== undefined) return `They differ first at ${path}.`;
  return 'They hold the same values, written differently: in another order, or with other white space.';
}
