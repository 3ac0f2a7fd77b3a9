import type { Fact, Item } from '../facts/fact.js';
import { inertMarkdown, plainLine } from './inert-text.js';

/** A text cut at its placeholders. */
export type Template = readonly (string | { readonly placeholder: string })[];

type Render = (text: string) => string;

/** Cuts a text into words and placeholders, once, when wording is first used. */
export function parseTemplate(text: string): Template {
  return text.split(/\{\{([^{}]*)\}\}/).map((part, index) => (index % 2 === 0 ? part : { placeholder: part.trim() }));
}

/** One thing to say about a fact, its own words made inert. */
export function renderItem(item: Item, render: Render): string {
  let text = '';
  for (const phrase of item) text += typeof phrase === 'string' ? phrase : render(phrase.chart);
  return text;
}

function renderFact(name: string, fact: Fact, render: Render): string {
  // Start-up proved that wording quotes only facts that are present; anything else is a fault of this service.
  if (fact.state !== 'present') throw new Error(`wording quotes the fact ${name}, which is ${fact.state}`);
  return fact.items.map((item) => renderItem(item, render)).join('; ');
}

function fill(template: Template, valueOf: (name: string) => string): string {
  let text = '';
  for (const part of template) text += typeof part === 'string' ? part : valueOf(part.placeholder);
  return text;
}

export interface Values {
  readonly get: (fact: string) => Fact;
  /** The data that could not be had, with the reasons; '' when there are none. */
  readonly gaps: string;
  /** Their names alone. */
  readonly gapTitles: string;
}

/** A line of Markdown with its placeholders filled; the chart's own words are made inert. */
export function renderLine(template: Template, { get, gaps, gapTitles }: Values, item?: Item): string {
  return fill(template, (name) => {
    if (name === 'gaps') return gaps;
    if (name === 'gap-titles') return gapTitles;
    if (name === 'item' && item !== undefined) return renderItem(item, inertMarkdown);
    return renderFact(name, get(name), inertMarkdown);
  });
}

/** The first characters of a text, no half of a surrogate pair among them. */
function cut(text: string, longest: number): string {
  return text.slice(0, longest).replace(/[\ud800-\udbff]$/, '');
}

/** A summary: plain text on one line, each value cut to the length that start-up counted with. */
export function renderSummary(
  template: Template,
  get: (fact: string) => Fact,
  longest: (fact: string) => number,
): string {
  return fill(template, (name) => cut(plainLine(renderFact(name, get(name), plainLine)), longest(name)));
}
