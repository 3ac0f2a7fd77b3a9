/** The words of a text in lower case: letters and digits, and the sign that makes a strength a percentage. `acetaminophen-codeine` is two. */
export function tokensOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+|%/gu) ?? [];
}

interface Phrase<T> {
  readonly words: readonly string[];
  /** The last word may go on: `isosorb*`. */
  readonly isOpen: boolean;
  readonly meaning: T;
}

/** A phrase found in a text: what it means, and where. */
export interface Match<T> {
  readonly meaning: T;
  readonly at: number;
  readonly length: number;
}

/** Finds phrases in texts by their first word, so that hundreds of drug names cost one look-up a word. */
export interface PhraseIndex<T> {
  readonly find: (tokens: readonly string[]) => readonly Match<T>[];
}

function parse<T>([phrase, meaning]: readonly [string, T]): readonly Phrase<T>[] {
  const words = tokensOf(phrase);
  return words.length === 0 ? [] : [{ words, isOpen: phrase.endsWith('*'), meaning }];
}

function matchesAt<T>({ words, isOpen }: Phrase<T>, tokens: readonly string[], at: number): boolean {
  return words.every((word, index) => {
    const token = tokens[at + index];
    if (token === undefined) return false;
    return isOpen && index === words.length - 1 ? token.startsWith(word) : token === word;
  });
}

/** Builds the index of phrases with what each means. */
export function indexPhrases<T>(phrases: readonly (readonly [string, T])[]): PhraseIndex<T> {
  const byFirst = new Map<string, Phrase<T>[]>();
  const openSingles: Phrase<T>[] = [];
  for (const phrase of phrases.flatMap(parse)) {
    const [first = ''] = phrase.words;
    if (phrase.isOpen && phrase.words.length === 1) openSingles.push(phrase);
    else byFirst.set(first, [...(byFirst.get(first) ?? []), phrase]);
  }
  return { find: (tokens) => findIn(tokens, byFirst, openSingles) };
}

/** A loop without closures: it runs for every word of every drug of a chart. */
function findIn<T>(
  tokens: readonly string[],
  byFirst: ReadonlyMap<string, readonly Phrase<T>[]>,
  openSingles: readonly Phrase<T>[],
): readonly Match<T>[] {
  const found: Match<T>[] = [];
  for (const [at, token] of tokens.entries()) {
    for (const phrase of byFirst.get(token) ?? [])
      if (matchesAt(phrase, tokens, at)) found.push({ meaning: phrase.meaning, at, length: phrase.words.length });
    for (const phrase of openSingles)
      if (matchesAt(phrase, tokens, at)) found.push({ meaning: phrase.meaning, at, length: 1 });
  }
  return found;
}
