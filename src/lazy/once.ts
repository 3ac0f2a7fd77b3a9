/** A calculation that runs at most once, when first asked for. */
export function once<T>(calculate: () => T): () => T {
  let result: { readonly value: T } | undefined;
  return () => (result ??= { value: calculate() }).value;
}
