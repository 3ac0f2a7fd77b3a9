/** A calculation that runs at most once, when first asked for. */
export function once<T>(calculate: () => T): () => T {
  let result: { readonly value: T } | undefined;
  return () => (result ??= { value: calculate() }).value;
}

/** A calculation that runs at most once for each object it is asked about, and is forgotten with it. */
export function oncePer<K extends object, T>(calculate: (key: K) => T): (key: K) => T {
  const results = new WeakMap<K, { readonly value: T }>();
  return (key) => {
    let result = results.get(key);
    if (result === undefined) {
      result = { value: calculate(key) };
      results.set(key, result);
    }
    return result.value;
  };
}
