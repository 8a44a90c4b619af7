// The values at the cursor, beside it.
import type { JSX } from "preact";
import { shownText } from "../../../diagnostics/foreign-text.ts";
import type { ChartData, PageEvent } from "../../protocol.ts";
import { timeText } from "../text/times.ts";
import { cursor, nearestIndex } from "./cursor.ts";
import { Mark, nameOf, valueOf } from "./legend.tsx";

const MAX_SERIES = 10;
const MAX_EVENTS = 3;
const HALF = 0.55;

interface Properties {
  /** Identity of the chart on the page. */
  readonly id: string;
  readonly chart: ChartData;
  readonly times: readonly number[];
  readonly step: number;
  readonly events: readonly PageEvent[];
  /** Width of the chart in pixels. */
  readonly width: number;
}

/** Shown in the chart that is pointed at. */
export function Tooltip({ id, chart, times, step, events, width }: Properties): JSX.Element | null {
  const at = cursor.value;
  if (at === undefined || at.chart !== id) return null;
  const index = nearestIndex(times, at.time);
  const rows = chart.series
    .map((series, i) => ({ name: nameOf(series, chart), i, value: series.values[index] }))
    .filter(({ value }) => value !== null && value !== undefined);
  if (chart.kind !== "state") rows.sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
  const near = events.filter(({ time }) => Math.abs(time - at.time) <= Math.max(step, 1));
  // Beside the cursor, on the side that has more room.
  const isLeft = at.left > width * HALF;
  const style = isLeft ? { right: `${width - at.left + 12}px` } : { left: `${at.left + 12}px` };
  return (
    <div class="tooltip" style={style}>
      <strong>{timeText(at.time)}</strong>
      <ul>
        {rows.slice(0, MAX_SERIES).map(({ name, i, value }) => (
          <li key={i}>
            <Mark chart={chart} index={i} value={value} />
            <span class="name">{name}</span>
            <span class="value">{valueOf(chart, value)}</span>
          </li>
        ))}
        {rows.length === 0 && <li class="muted">no sample</li>}
        {rows.length > MAX_SERIES && <li class="muted">+ {rows.length - MAX_SERIES} more</li>}
        {near.slice(-MAX_EVENTS).map((event, i) => (
          <li key={`event ${i}`} class="event">
            ▾ {shownText(event.type)} {shownText(event.text)}
          </li>
        ))}
      </ul>
    </div>
  );
}
