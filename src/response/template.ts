import type { Fact, Item } from '../facts/fact.js';
import { inertMarkdown, plainLine } from './inert-text.js';

type Render = (text: string) => string;

function renderItem(item: Item, render: Render): string {
  return item.map((phrase) => (typeof phrase === 'string' ? phrase : render(phrase.chart))).join('');
}

function renderFact(name: string, fact: Fact, render: Render): string {
  // Start-up proved that wording quotes only facts that are present; anything else is a fault of this service.
  if (fact.state !== 'present') throw new Error(`wording quotes the fact ${name}, which is ${fact.state}`);
  return fact.items.map((item) => renderItem(item, render)).join('; ');
}

function fill(text: string, valueOf: (name: string) => string): string {
  return text.replace(/\{\{([^{}]*)\}\}/g, (_, name: string) => valueOf(name.trim()));
}

export interface Values {
  readonly get: (fact: string) => Fact;
  /** Names of the data that could not be had, or '' when there are none. */
  readonly gaps: string;
}

/** A line of Markdown with its placeholders filled; the chart's own words are made inert. */
export function renderLine(text: string, { get, gaps }: Values, item?: Item): string {
  return fill(text, (name) => {
    if (name === 'gaps') return gaps;
    if (name === 'item' && item !== undefined) return renderItem(item, inertMarkdown);
    return renderFact(name, get(name), inertMarkdown);
  });
}

/** A summary: plain text on one line, each value cut to the length that start-up counted with. */
export function renderSummary(text: string, get: (fact: string) => Fact, longest: (fact: string) => number): string {
  return fill(text, (name) => plainLine(renderFact(name, get(name), plainLine)).slice(0, longest(name)));
}
