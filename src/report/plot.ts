import { markup, type Markup } from './markup.js';

/* Plots are laid out in per cent across and in pixels down: they fit a phone and a sheet of paper, and words keep their size. */

/** A scale from 0 to `top` with a line at each multiple of `step`. */
export interface CountScale {
  readonly top: number;
  readonly step: number;
}

const MOST_STEPS = 5;

/** A round scale that holds the greatest count; steps of 1, 2 or 5 times a power of ten, never a fraction. */
export function countScale(greatest: number): CountScale {
  const rough = Math.max(greatest, 1) / MOST_STEPS;
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough) ?? 10 * power;
  return { step, top: Math.ceil(Math.max(greatest, 1) / step) * step };
}

/** A share of the width as SVG says it. */
export function across(share: number): string {
  return `${String(Math.round(share * 10_000) / 100)}%`;
}

/** A length or position in pixels, to a tenth. */
export function pixels(length: number): string {
  return String(Math.round(length * 10) / 10);
}

export interface Bar {
  /** Shares of the width. */
  readonly left: number;
  readonly width: number;
  /** Pixels. */
  readonly top: number;
  readonly height: number;
  /** Name of the fill, see `fillPatterns`. */
  readonly fill: string;
  /** Said when a pointer rests on it. */
  readonly says: string;
}

export function bar({ left, width, top, height, fill, says }: Bar): Markup {
  return markup`<rect class="bar" x="${across(left)}" y="${pixels(top)}" width="${across(width)}" height="${pixels(height)}" fill="url(#${fill})"><title>${says}</title></rect>`;
}

export interface Label {
  /** Share of the width, and pixels beside it. */
  readonly at: number;
  readonly shift?: number;
  readonly baseline: number;
  readonly anchor: 'start' | 'middle' | 'end';
  readonly text: string;
  readonly kind?: string;
}

export function label({ at, shift = 0, baseline, anchor, text, kind = 'label' }: Label): Markup {
  return markup`<text class="${kind}" x="${across(at)}" dx="${pixels(shift)}" y="${pixels(baseline)}" text-anchor="${anchor}">${text}</text>`;
}

export function gridLine(y: number, kind = 'grid'): Markup {
  return markup`<line class="${kind}" x1="0" x2="100%" y1="${pixels(y)}" y2="${pixels(y)}"/>`;
}

export interface Plot {
  readonly id: string;
  readonly title: string;
  /** What the plot shows, in a sentence, for who cannot see it. */
  readonly description: string;
  readonly height: number;
  /** Leaves room on the left for the numbers of an axis. */
  readonly hasCountAxis?: boolean;
  readonly marks: readonly Markup[];
}

/** A plot with its title and description. */
export function plot({ id, title, description, height, hasCountAxis = false, marks }: Plot): Markup {
  const kind = hasCountAxis ? 'plot with-axis' : 'plot';
  return markup`<svg class="${kind}" role="img" aria-labelledby="${id}-title ${id}-description" width="100%" height="${height}"><title id="${id}-title">${title}</title><desc id="${id}-description">${description}</desc>${marks}</svg>`;
}

/** Lines and dots over a color, so that no fill is told by its color alone. */
const TEXTURES: Readonly<Record<string, string>> = {
  'kind-1': '',
  'kind-2': 'M-2 2 2 -2M0 8 8 0M6 10 10 6',
  'kind-3': 'M0 4H8',
  'kind-4': 'M4 0V8',
  'kind-5': 'M-2 6 2 10M0 0 8 8M6 -2 10 2',
  'kind-6': 'M0 4H8M4 0V8',
  'kind-7': 'M3 4H5',
  'kind-other': 'M0 2H8M0 6H8',
  accepted: '',
  overridden: 'M-2 2 2 -2M0 8 8 0M6 10 10 6',
  ignored: 'M3 4H5',
};

function fillPattern(name: string, texture: string): Markup {
  return markup`<pattern id="${name}" width="8" height="8" patternUnits="userSpaceOnUse"><rect class="${name}" width="8" height="8"/><path class="texture" d="${texture}"/></pattern>`;
}

/** The fills that bars name; once on a page. */
export function fillPatterns(): Markup {
  const patterns = Object.entries(TEXTURES).map(([name, texture]) => fillPattern(name, texture));
  return markup`<svg class="patterns" aria-hidden="true" width="0" height="0"><defs>${patterns}</defs></svg>`;
}

/** Which fill stands for what. */
export function legend(entries: readonly { readonly fill: string; readonly text: string }[]): Markup {
  const items = entries.map(
    ({ fill, text }) =>
      markup`<li><svg class="swatch" aria-hidden="true" width="16" height="16"><rect class="bar" width="16" height="16" fill="url(#${fill})"/></svg>${text}</li>`,
  );
  return markup`<ul class="legend">${items}</ul>`;
}
