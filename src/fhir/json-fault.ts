import { parse, printParseErrorCode, type ParseError } from 'jsonc-parser';

/** Why a text is no JSON. The words quote nothing of it. */
export interface JsonFault {
  readonly message: string;
  /** How to mend it, as a request to the author. */
  readonly mend: string;
  /** Where in the text, when there is a place to name. */
  readonly offset?: number;
}

const NO_JSON = 'is no valid JSON';

function wordsOf(error: string, character: string): readonly [what: string, mend: string] {
  switch (error) {
    case 'CommaExpected':
      return ['a comma is missing before this', 'put a comma behind what stands before it'];
    case 'ColonExpected':
      return ['a colon is missing before this', 'write a member as "name": value'];
    case 'PropertyNameExpected':
      return character === '}' || character === ']'
        ? ['a comma before this leads to nothing', 'take out the comma behind the last member']
        : ['the name of a member is missing here', 'write the name in double quotes'];
    case 'ValueExpected':
      return character === ']'
        ? ['a comma before this leads to nothing', 'take out the comma behind the last element']
        : ['a value is missing here', 'write text in double quotes, a number, true, false, null, [ … ] or { … }'];
    case 'CloseBraceExpected':
      return ['a brace is not closed', 'put the missing } here, or look for the { that has none'];
    case 'CloseBracketExpected':
      return ['a bracket is not closed', 'put the missing ] here, or look for the [ that has none'];
    case 'EndOfFileExpected':
      return ['there is more after the end', 'take it out, or look for a } too many before it'];
    case 'InvalidCommentToken':
    case 'UnexpectedEndOfComment':
      return ['a comment stands here', 'take it out: JSON has none'];
    case 'UnexpectedEndOfString':
      return ['a text is not closed', 'put the closing quote; a quote within a text is written \\"'];
    case 'InvalidCharacter':
      return ['a character stands here that a text cannot hold', 'write a line break as \\n, a tab as \\t'];
    case 'InvalidEscapeCharacter':
    case 'InvalidUnicode':
      return ['a backslash leads to nothing', 'write a backslash as \\\\'];
    default:
      return ['this is no value', 'write text in double quotes, a number, true, false or null'];
  }
}

function inWords({ error, offset }: ParseError, text: string): JsonFault {
  const [what, mend] = wordsOf(printParseErrorCode(error), text.charAt(offset));
  // At the end of the file the last line with something in it shows more than an empty one.
  return { message: `${NO_JSON}: ${what}`, mend, offset: Math.min(offset, text.trimEnd().length - 1) };
}

function firstErrorOf(text: string): ParseError | undefined {
  const errors: ParseError[] = [];
  try {
    parse(text, errors, { disallowComments: true, allowTrailingComma: false });
  } catch {
    // Nested deeper than the stack of this parser reaches.
  }
  return errors[0];
}

/** Why a text that JSON.parse refused is no JSON, and where. */
export function jsonFaultOf(text: string): JsonFault {
  if (text.trim() === '') return { message: `${NO_JSON}: it is empty`, mend: 'bring back what it held' };
  if (text.startsWith('\uFEFF')) {
    const mend = 'save it as UTF-8 without byte order mark';
    return { message: `${NO_JSON}: it begins with a byte order mark`, mend, offset: 0 };
  }
  const first = firstErrorOf(text);
  return first === undefined
    ? { message: NO_JSON, mend: 'compare it with its last good version' }
    : inWords(first, text);
}

/** Where an offset of a text lies, as editors count: both from 1. */
export function lineAndColumn(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** The same in one line, without a word of the text, which the message of JSON.parse would quote. */
export function describeJsonFault(text: string): string {
  const { message, mend, offset } = jsonFaultOf(text);
  if (offset === undefined) return `${message}; ${mend}`;
  const { line, column } = lineAndColumn(text, offset);
  return `${message} (line ${String(line)}, column ${String(column)}); ${mend}`;
}
