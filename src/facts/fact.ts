/** A chart entry that a statement stands on. */
export interface Evidence {
  /** `Type/id` of the entry. */
  readonly reference: string;
  readonly display: string;
  readonly date: string | undefined;
  readonly value: string | undefined;
  /** A draft order the user is working on: it can still be taken back. */
  readonly isDraft?: boolean;
}

/** A piece of text: our own words or numbers as they are, words of the chart marked, since they must be made inert. */
export type Phrase = string | { readonly chart: string };

/** One thing to say about a fact. */
export type Item = readonly Phrase[];

export interface PresentFact {
  readonly state: 'present';
  /** What wording quotes: one item, or several for a list. */
  readonly items: readonly Item[];
  readonly evidence: readonly Evidence[];
  /** The codes it has, for criteria that ask for one. */
  readonly codes: readonly string[];
  /** Its number, for criteria that compare. */
  readonly number: number | undefined;
  /** The highest it may be, when it is not exact. */
  readonly upTo?: number;
  /** Of a drug that is drafted as well: the entry of the chart, which stands behind the draft in the items. */
  readonly onChart?: Item;
}

/**
 * Something known to be there, known not to be there, or not known. A search that came back whole and empty is
 * absent; data that failed, are incomplete or cannot be read are unknown, never absent and never normal.
 */
export type Fact = PresentFact | { readonly state: 'absent' } | { readonly state: 'unknown' };

export const ABSENT: Fact = { state: 'absent' };
export const UNKNOWN: Fact = { state: 'unknown' };

interface Detail {
  readonly evidence?: readonly Evidence[];
  readonly codes?: readonly string[];
  readonly number?: number;
  readonly upTo?: number;
  readonly onChart?: Item | undefined;
}

export function present(
  items: readonly Item[],
  { evidence = [], codes = [], number, upTo, onChart }: Detail = {},
): PresentFact {
  return {
    state: 'present',
    items,
    evidence,
    codes,
    number,
    ...(upTo !== undefined && { upTo }),
    ...(onChart !== undefined && { onChart }),
  };
}

/** Present with these items when there are any, otherwise absent. */
export function presentOrAbsent(items: readonly Item[], detail: Detail = {}): Fact {
  return items.length > 0 ? present(items, detail) : ABSENT;
}
