import type { Criterion } from './content-types.js';
import type { Topic } from './topic.js';

/** A table cell: Markdown of ours, kept on one line. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/\s+/g, ' ').trim();
}

/** A Markdown table; nothing when there are no rows. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return ['', line(header), line(header.map(() => '---')), ...rows.map(line), ''];
}

/** What a fact, or the case a column found, is called. */
export function titleOfFact(name: string, { facts, cases }: Topic): string {
  const column = cases.columns.find(({ id }) => `${id}-case` === name);
  return column?.title ?? facts.facts[name]?.title ?? name.replaceAll('-', ' ');
}

function joined(parts: readonly Criterion[], word: string, topic: Topic): string {
  return parts.map((part) => inBrackets(part, topic)).join(` ${word} `);
}

/** A criterion that can stand beside others. */
export function inBrackets(when: Criterion, topic: Topic): string {
  const words = criterionInWords(when, topic);
  return 'all' in when || 'any' in when ? `(${words})` : words;
}

type FactCriterion = Extract<Criterion, { readonly fact: string }>;

function factInWords(when: FactCriterion, topic: Topic): string {
  const title = `*${titleOfFact(when.fact, topic)}*`;
  if ('is' in when) return `${title} ${when.is}`;
  if ('value' in when) return `${title} is ${when.value}`;
  if ('below' in when) return `${title} below ${String(when.below)}`;
  if ('above' in when) return `${title} above ${String(when.above)}`;
  return `${title} at least ${String(when.atLeast)}`;
}

/** A criterion as a clinician would say it. */
export function criterionInWords(when: Criterion, topic: Topic): string {
  if ('fact' in when) return factInWords(when, topic);
  if ('criterion' in when) return `*${topic.facts.criteria[when.criterion]?.title ?? when.criterion}*`;
  if ('all' in when) return joined(when.all, 'and', topic);
  if ('any' in when) return joined(when.any, 'or', topic);
  return `not ${inBrackets(when.not, topic)}`;
}

/** When something applies, in words. */
export function condition(when: Criterion | undefined, topic: Topic, otherwise = 'always'): string {
  return when === undefined ? otherwise : criterionInWords(when, topic);
}

/** Evidence mark and source. */
export function mark({ evidence, source }: { readonly evidence?: string; readonly source?: string }): string {
  return evidence === undefined ? '' : `${evidence}: ${source ?? ''}`;
}
