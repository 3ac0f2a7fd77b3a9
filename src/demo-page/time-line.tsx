import { useEffect, useRef, useState } from 'preact/hooks';
import type { ChartView } from '../demo/chart-view.js';
import { placeLane, type PlacedEntry, type PlacedLane } from './time-rows.js';
import { timeScale, type TimeScale } from './time-scale.js';

const NAMES = 96;
const EDGE = 16;
const ROW = 26;
const PAD = 9;
const AXIS = 30;
/** Pixels of a character of the marks' words: wide enough for every system font. */
const CHARACTER = 6.6;

const textWidth = (text: string) => text.length * CHARACTER;

/** The shape tells the verdict as well as the color: triangle above, circle within, square where nobody can say. */
function Mark({ x, y, entry }: { readonly x: number; readonly y: number; readonly entry: PlacedEntry['entry'] }) {
  const { verdict, isDraft, isExact } = entry;
  const kind = isDraft ? 'draft' : (verdict ?? 'plain');
  const hollow = isExact || isDraft ? '' : ' hollow';
  if (verdict === 'above')
    return <path class={`mark above${hollow}`} d={`M${String(x)} ${String(y - 7)}l7 12.5h-14z`} />;
  if (verdict === 'undecided' || isDraft) {
    return <rect class={`mark ${kind}${hollow}`} x={x - 5} y={y - 5} width={10} height={10} />;
  }
  return <circle class={`mark ${kind}${hollow}`} cx={x} cy={y} r={5} />;
}

function Entry({ placed, top }: { readonly placed: PlacedEntry; readonly top: number }) {
  const { entry, x, end, text, textX, isTextBefore, row } = placed;
  const y = top + PAD + row * ROW + ROW / 2;
  const title = `${entry.label}, ${[entry.value, entry.verdictText, ...entry.notes, entry.when].filter(Boolean).join(', ')}`;
  if (end !== undefined) {
    return (
      <g>
        <title>{title}</title>
        <rect
          class={`span ${entry.isExact ? '' : 'hollow'}`}
          x={x}
          y={y + 5}
          width={Math.max(end - x, 3)}
          height={4}
          rx={2}
        />
        <text class="mark-text" x={textX} y={y}>
          {text}
        </text>
      </g>
    );
  }
  return (
    <g>
      <title>{title}</title>
      <Mark x={x} y={y} entry={entry} />
      <text class={`mark-text ${entry.verdict ?? ''}`} x={textX} y={y + 4} text-anchor={isTextBefore ? 'end' : 'start'}>
        {text}
      </text>
    </g>
  );
}

function LaneName({
  title,
  words,
  top,
  isWhole,
}: {
  readonly title: string;
  readonly words: string;
  readonly top: number;
  readonly isWhole: boolean;
}) {
  return (
    <text class={`lane-name ${isWhole ? '' : 'unsure'}`} x={0} y={top + PAD + 17}>
      <title>{`${title}: ${words}`}</title>
      {title}
    </text>
  );
}

function Lane({ placed, top, width }: { readonly placed: PlacedLane; readonly top: number; readonly width: number }) {
  const { lane, entries, hidden } = placed;
  const isUnknown = !lane.isWhole;
  const remark = entries.length === 0 ? lane.words : hidden > 0 ? `${String(hidden)} more in the table` : undefined;
  return (
    <g>
      <line class="lane-rule" x1={0} x2={width + NAMES + EDGE} y1={top} y2={top} />
      {isUnknown && <rect class="unknown" x={NAMES} y={top + 1} width={width} height={laneHeight(placed) - 1} />}
      <LaneName title={lane.title} words={lane.words} top={top} isWhole={lane.isWhole} />
      <g transform={`translate(${String(NAMES)} 0)`}>
        {entries.map((one) => (
          <Entry key={`${one.entry.reference} ${String(one.x)}`} placed={one} top={top} />
        ))}
        {remark !== undefined && (
          <text class={`remark ${isUnknown ? 'unsure' : ''}`} x={4} y={top + PAD + 17}>
            {remark}
          </text>
        )}
        {isUnknown && entries.length > 0 && hidden === 0 && (
          <text class="remark unsure" x={4} y={top + PAD + 17}>
            there may be more
          </text>
        )}
      </g>
    </g>
  );
}

function laneHeight({ rows }: PlacedLane): number {
  return rows * ROW + 2 * PAD;
}

/** The words of the episode lie in it; those at the ends must not leave the drawing. */
function anchorOf(at: number, label: string): 'start' | 'middle' | 'end' {
  if (at === 1) return 'end';
  return at === 0 || label === 'episode' ? 'start' : 'middle';
}

function Axis({
  scale,
  width,
  height,
}: {
  readonly scale: TimeScale;
  readonly width: number;
  readonly height: number;
}) {
  return (
    <g transform={`translate(${String(NAMES)} 0)`}>
      {scale.ticks.map(({ at, label }) => (
        <g key={label}>
          <line class={`tick ${label}`} x1={at * width} x2={at * width} y1={AXIS - 6} y2={height} />
          <text class="tick-text" x={at * width} y={16} text-anchor={anchorOf(at, label)}>
            {label === 'episode' ? 'episode begins' : label}
          </text>
        </g>
      ))}
    </g>
  );
}

/** Pixels that an element may be drawn in; follows its container. */
function useWidth() {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(900);
  useEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => {
      setWidth(element.clientWidth);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, []);
  return { ref, width };
}

/** The chart on a line of time. Everything on it stands in the table beside it as well. */
export function TimeLine({ chart }: { readonly chart: ChartView }) {
  const { ref, width } = useWidth();
  const inner = Math.max(width - NAMES - EDGE, 200);
  const scale = timeScale(chart.asOf, chart.episode.start);
  const lanes = chart.lanes.map((lane) => placeLane(lane, scale, inner, textWidth));
  const tops = lanes.map((_, index) => AXIS + lanes.slice(0, index).reduce((sum, lane) => sum + laneHeight(lane), 0));
  const height = AXIS + lanes.reduce((sum, lane) => sum + laneHeight(lane), 0) + 1;
  const start = scale.place(chart.episode.start) * inner;
  return (
    <div class="time-line" ref={ref}>
      <svg
        role="img"
        aria-label="Time line of the chart. The table below says the same."
        width={width}
        height={height}
        viewBox={`0 0 ${String(width)} ${String(height)}`}
      >
        <rect
          class={`episode ${chart.episode.isKnown ? '' : 'guess'}`}
          x={NAMES + start}
          y={AXIS}
          width={inner - start}
          height={height - AXIS}
        />
        <Axis scale={scale} width={inner} height={height} />
        {lanes.map((placed, index) => (
          <Lane key={placed.lane.kind} placed={placed} top={tops[index] ?? AXIS} width={inner} />
        ))}
      </svg>
    </div>
  );
}
