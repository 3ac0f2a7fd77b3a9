import { table } from './review-words.js';
import type { Topic } from './topic.js';

/** What a site may change by its own files, within which bounds, and what it must state for it. */
export function siteSection({ site, topic }: Topic): readonly string[] {
  return [
    '## What a site may change',
    '',
    'By files of its own, see `cards/README.md`: codes may be added to any value set and taken out of none, the orders that cards suggest may be coded anew, and these thresholds may be changed within these bounds.',
    ...table(
      ['threshold', 'default', 'from', 'to', 'why not beyond'],
      Object.entries(site.thresholds).map(([name, { least, most, why }]) => {
        const { value = '', unit = '' } = topic.thresholds[name] ?? {};
        return [name, `${String(value)} ${unit}`, String(least), String(most), why];
      }),
    ),
    'A code in one of these sets can make an answer milder: a second person must have verified it.',
    ...table(
      ['value sets', 'what a wrong code would do'],
      site.calming.map(({ valueSets, why }) => [valueSets.join(', '), why]),
    ),
    'For codes of troponin results the assay must be stated, and must be the one of the set.',
    ...table(
      ['value set', 'analyte', 'sensitivity', 'units'],
      Object.entries(site.assays).map(([id, { analyte, sensitivity, units = [] }]) => [
        id,
        analyte,
        sensitivity,
        units.join(', ') || 'none',
      ]),
    ),
    'No code may stand in two of these sets.',
    ...table(
      ['value sets', 'nor in', 'why'],
      site.apart.map(({ valueSets, from = [], why }) => [valueSets.join(', '), from.join(', '), why]),
    ),
  ];
}
