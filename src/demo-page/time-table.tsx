import type { ChartEntry, ChartLane, ChartView } from '../demo/chart-view.js';

const SIGNS = { above: '▲ ', within: '✓ ', undecided: '? ' } as const;

function Row({ entry }: { readonly entry: ChartEntry }) {
  const { label, value, verdict, verdictText, notes, when, isOfEpisode, isDraft } = entry;
  const said = [value, ...notes].filter(Boolean).join('; ');
  return (
    <tr>
      <th scope="row">
        {label}
        {said !== '' && <span class="said">{said}</span>}
        {verdict !== undefined && (
          <strong class={`verdict ${verdict}`}>
            {SIGNS[verdict]}
            {verdictText}
          </strong>
        )}
      </th>
      <td>
        {when}
        {isOfEpisode && <small>in the episode</small>}
        {isDraft && <small>draft, not on the chart yet</small>}
      </td>
    </tr>
  );
}

function LaneRows({ lane }: { readonly lane: ChartLane }) {
  return (
    <tbody>
      <tr class={`lane ${lane.isWhole ? '' : 'unsure'}`}>
        <th scope="rowgroup" colSpan={2}>
          {lane.title}: <span>{lane.words}</span>
        </th>
      </tr>
      {lane.entries.map((entry) => (
        <Row key={`${entry.reference} ${entry.label} ${entry.at ?? ''}`} entry={entry} />
      ))}
    </tbody>
  );
}

/** All of the time line as a table, newest data of each kind as the service lists them. */
export function TimeTable({ chart }: { readonly chart: ChartView }) {
  return (
    <div class="scroll">
      <table class="time-table">
        <caption class="hidden">What the service reads in this chart</caption>
        <thead>
          <tr>
            <th scope="col">Entry</th>
            <th scope="col">When</th>
          </tr>
        </thead>
        {chart.lanes.map((lane) => (
          <LaneRows key={lane.kind} lane={lane} />
        ))}
      </table>
    </div>
  );
}
