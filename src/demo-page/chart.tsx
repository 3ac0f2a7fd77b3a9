import { useEffect, useState } from 'preact/hooks';
import type { ChartView } from '../demo/chart-view.js';
import { TimeLine } from './time-line.js';
import { markText } from './time-rows.js';
import { TimeTable } from './time-table.js';

const NARROW = '(max-width: 46rem)';

/** Whether there is no room for the drawing. */
function useIsNarrow(): boolean {
  const [isNarrow, setNarrow] = useState(() => matchMedia(NARROW).matches);
  useEffect(() => {
    const media = matchMedia(NARROW);
    const follow = () => {
      setNarrow(media.matches);
    };
    media.addEventListener('change', follow);
    return () => {
      media.removeEventListener('change', follow);
    };
  }, []);
  return isNarrow;
}

function Gaps({ gaps }: { readonly gaps: ChartView['gaps'] }) {
  if (gaps.length === 0) return null;
  return (
    <div class="notice">
      <h3>Not known</h3>
      <ul>
        {gaps.map(({ title, reason }) => (
          <li key={title}>
            <b>{title}</b>: {reason}
          </li>
        ))}
      </ul>
    </div>
  );
}

const MOST_NAMED = 3;

/** Where there is no room for the drawing: how many there are of each kind, and the first of them. */
function Summary({ lanes }: Pick<ChartView, 'lanes'>) {
  return (
    <dl class="lanes">
      {lanes.map(({ kind, title, words, isWhole, entries }) => (
        <div key={kind} class={isWhole ? '' : 'unsure'}>
          <dt>{title}</dt>
          <dd>
            {words}
            {entries.slice(0, MOST_NAMED).map((entry) => (
              <small key={`${entry.reference} ${entry.at ?? ''}`}>{markText(entry)}</small>
            ))}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Drawing({ chart }: { readonly chart: ChartView }) {
  const isNarrow = useIsNarrow();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      {isNarrow ? <Summary lanes={chart.lanes} /> : <TimeLine chart={chart} />}
      <details
        open={isOpen}
        onToggle={({ currentTarget }) => {
          setOpen(currentTarget.open);
        }}
      >
        <summary>{isNarrow ? 'Each entry' : 'The same as a table'}</summary>
        <TimeTable chart={chart} />
      </details>
    </>
  );
}

/** The chart's facts that the service looks at, as it read them for the call. */
export function ChartSection({
  chart,
  isAsking,
}: {
  readonly chart: ChartView | undefined;
  readonly isAsking: boolean;
}) {
  return (
    <section class="panel chart" aria-labelledby="chart-heading">
      <h2 id="chart-heading">What the service reads</h2>
      {chart === undefined ? (
        <p class="quiet">{isAsking ? 'Reading the chart…' : 'The chart could not be read: nothing is known.'}</p>
      ) : (
        <>
          <p class="quiet">
            {chart.scope}{' '}
            {chart.episode.isKnown ? 'Episode since' : 'The visit could not be read; taken as the episode: since'}{' '}
            {chart.episode.words}. Only what matters to this topic is listed.
          </p>
          <Drawing chart={chart} />
          <Gaps gaps={chart.gaps} />
        </>
      )}
    </section>
  );
}
