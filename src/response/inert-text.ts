const CONTROL_AND_BIDI = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/gu;
const MARKDOWN = /[\\`*_~[\]()<>#|!&]/g;
const STARTS_A_BULLET = /^(\s*)([-+=])/;
const STARTS_A_NUMBER = /^(\s*\d+)([.)])(?=\s|$)/;
/** GFM finds bare links after unescaping; only a zero-width space right behind these stops it. */
const STARTS_A_LINK = /(https?:|ftp:|mailto:|xmpp:|www|@)/gi;
/** Words and numbers only: nearly every label of a chart. Nothing in it can format, link or hide. */
const PLAIN = /^[A-Za-z][A-Za-z0-9 ,;/%'"-]*$/;
const LONGEST = 120;

function shortened(text: string): string {
  const characters = Array.from(text);
  return characters.length <= LONGEST ? text : `${characters.slice(0, LONGEST - 1).join('')}…`;
}

/**
 * Text of a chart as inert Markdown: one line, nothing that formats, links, hides or runs, and the same to read.
 * A lone number with a sign or a unit needs no escape and gets none, so that plain-text clients show `<3 ng/L`.
 */
export function inertMarkdown(text: string): string {
  if (text.length <= LONGEST && PLAIN.test(text) && !/www|https?|ftp|mailto|xmpp/i.test(text)) return text.trim();
  const line = shortened(text.replace(CONTROL_AND_BIDI, ' ').trim());
  if (/^[<>]?=?\d+(?:\.\d+)? ?[A-Za-z/%[\]µμ]*$/u.test(line)) return line.replace(/[[\]]/g, '\\$&');
  return line
    .replace(MARKDOWN, '\\$&')
    .replace(STARTS_A_BULLET, '$1\\$2')
    .replace(STARTS_A_NUMBER, '$1\\$2')
    .replace(STARTS_A_LINK, '$1\u200b');
}

/** Text of a chart for places that are no Markdown: one line without control or direction characters. */
export function plainLine(text: string): string {
  if (text.length <= LONGEST && /^[!-~][ -~]*[!-~]$/.test(text)) return text;
  return shortened(text.replace(CONTROL_AND_BIDI, ' ').trim());
}
