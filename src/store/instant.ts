const ISO_LENGTH = '2026-01-01T00:00:00.000Z'.length;

/** An instant in the one spelling that sorts as text: UTC with milliseconds. Throws a RangeError for no date. */
export function instantOf(text: string): string {
  return text.length === ISO_LENGTH && text.endsWith('Z') ? text : new Date(text).toISOString();
}
