import type { Card } from '../cds-hooks/types.js';

type Indicator = Card['indicator'] | 'refused' | 'none';

export const INDICATOR_WORDS: Readonly<Record<Card['indicator'], string>> = {
  critical: 'Critical',
  warning: 'Warning',
  info: 'Information',
};

const SHAPES: Readonly<Record<Indicator, string>> = {
  critical: 'M6.2 1h7.6L19 6.2v7.6L13.8 19H6.2L1 13.8V6.2z',
  warning: 'M10 1.5 19 18H1z',
  info: 'M10 1a9 9 0 1 0 0 18 9 9 0 0 0 0-18z',
  refused: 'M10 1a9 9 0 1 0 0 18 9 9 0 0 0 0-18z',
  none: 'M10 1a9 9 0 1 0 0 18 9 9 0 0 0 0-18z',
};
const STROKES: Readonly<Record<Indicator, string>> = {
  critical: 'M10 5v6.5M10 14v1.5',
  warning: 'M10 7v5.5M10 14.4v1.4',
  info: 'M10 9v6M10 5v1.8',
  refused: 'M7.8 8a2.2 2.2 0 1 1 3 2.1c-.6.3-.8.7-.8 1.6M10 13.6v1.4',
  none: 'M6 10h8',
};

/** A shape for each indicator: octagon, triangle, circle; a circle with a question mark for what is not known. */
export function IndicatorSign({ indicator }: { readonly indicator: Indicator }) {
  return (
    <svg class="sign" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      <path class="sign-shape" d={SHAPES[indicator]} />
      <path class="sign-stroke" d={STROKES[indicator]} />
    </svg>
  );
}
