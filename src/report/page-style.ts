/** The style of the report page: follows the reader's light or dark, phone, screen and paper. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #16202b; --quiet: #4d5a67; --line: #d3dae1; --card: #f4f6f8;
  --k1: #1f6fb2; --k2: #b4540a; --k3: #1b7f5c; --k4: #7a4fb5; --k5: #a8324a; --k6: #66701a; --k7: #0e7c86; --k0: #6b7682;
  --accepted: #1f6fb2; --overridden: #c0620f; --ignored: #b9c3cd; --texture: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12171c; --ink: #e8edf2; --quiet: #a9b5c1; --line: #333d47; --card: #1b2229;
    --k1: #6cb2f0; --k2: #f0a35e; --k3: #5fcba3; --k4: #b99bf0; --k5: #f08a9b; --k6: #c2cc6a; --k7: #5fd0d9; --k0: #98a4b0;
    --accepted: #6cb2f0; --overridden: #f0a35e; --ignored: #56626e; --texture: #12171c;
  }
}
@media print {
  :root {
    color-scheme: light;
    --paper: #ffffff; --ink: #000000; --quiet: #333333; --line: #bbbbbb; --card: #ffffff;
    --k1: #1f6fb2; --k2: #b4540a; --k3: #1b7f5c; --k4: #7a4fb5; --k5: #a8324a; --k6: #66701a; --k7: #0e7c86; --k0: #6b7682;
    --accepted: #1f6fb2; --overridden: #c0620f; --ignored: #b9c3cd; --texture: #ffffff;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 76rem; padding: 1.5rem 1.25rem 3rem;
  background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere;
}
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .5rem; text-wrap: balance; }
h2 { font-size: 1.2rem; margin: 0 0 .75rem; }
header p { margin: 0; max-width: 46rem; }
.made { color: var(--quiet); font-size: .875rem; }
section { margin-top: 2.5rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem; margin: 1.5rem 0 0; padding: 0; }
.figures div { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; }
.figures dt { color: var(--quiet); font-size: .875rem; }
.figures dd { margin: 0; font-size: 1.5rem; font-weight: 600; line-height: 1.3; font-variant-numeric: tabular-nums; }
.figures small { display: block; color: var(--quiet); font-size: .875rem; font-weight: 400; }
.beside { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.25rem 2.5rem; align-items: start; }
@media (min-width: 62rem) { .beside { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); } }
figure { margin: 0; }
figcaption { color: var(--quiet); font-size: .875rem; margin-bottom: .5rem; }
.plot { display: block; overflow: visible; }
.with-axis { margin-left: 2.75rem; width: calc(100% - 2.75rem); }
.patterns { position: absolute; }
.bar { stroke: var(--paper); stroke-width: 1; }
.swatch { flex: none; }
.grid { stroke: var(--line); stroke-width: 1; }
.axis { stroke: var(--quiet); stroke-width: 1; }
.label, .number, .name { fill: var(--quiet); font-size: 13px; font-variant-numeric: tabular-nums; }
.name { fill: var(--ink); font-weight: 600; }
.number { fill: var(--ink); font-weight: 600; paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; }
.texture { stroke: var(--texture); stroke-width: 1.25; fill: none; }
.kind-1 { fill: var(--k1); } .kind-2 { fill: var(--k2); } .kind-3 { fill: var(--k3); } .kind-4 { fill: var(--k4); }
.kind-5 { fill: var(--k5); } .kind-6 { fill: var(--k6); } .kind-7 { fill: var(--k7); } .kind-other { fill: var(--k0); }
.accepted { fill: var(--accepted); } .overridden { fill: var(--overridden); } .ignored { fill: var(--ignored); }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; margin: 0 0 .75rem; padding: 0; font-size: .875rem; }
.legend li { display: flex; align-items: center; gap: .5rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
caption { text-align: left; color: var(--quiet); padding-bottom: .25rem; }
th, td { padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; }
thead th { border-bottom-color: var(--quiet); font-weight: 600; vertical-align: bottom; }
tbody th { font-weight: 400; min-width: 8.5rem; }
th.words, td.words { text-align: left; }
td { white-space: nowrap; }
td.words { white-space: normal; }
td small { color: var(--quiet); font-size: inherit; display: inline-block; min-width: 3.25em; }
.whole { white-space: nowrap; }
summary { cursor: pointer; font-weight: 600; padding: .25rem 0; }
.notes dt { font-weight: 600; margin-top: .75rem; }
.notes dd { margin: 0; max-width: 46rem; }
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  section, figure, tr { break-inside: avoid; }
  .bar, .swatch { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .scroll { overflow: visible; }
  details::details-content { content-visibility: visible; display: block; }
}
`;
