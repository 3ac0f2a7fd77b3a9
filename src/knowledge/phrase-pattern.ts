type Phrases = readonly string[];

/** A text as part of an expression that finds it letter by letter. */
export const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** One phrase as an expression: whole words, any spacing; a `*` at an end lets the word go on. */
function phraseSource(phrase: string): string {
  const words = escaped(phrase.replace(/^\*|\*$/g, '')).replace(/\s+/g, '\\s+');
  return `${phrase.startsWith('*') ? '' : '(?<![\\p{L}\\p{N}])'}${words}${phrase.endsWith('*') ? '' : '(?![\\p{L}\\p{N}])'}`;
}

/** An expression that finds any of the phrases, whatever the case. */
export function phrasePattern(phrases: Phrases): RegExp {
  return new RegExp(`(?:${phrases.map(phraseSource).join('|')})`, 'iu');
}
