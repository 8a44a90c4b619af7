// The figures of a chart as a table.
import type { JSX } from "preact";
import type { ChartData } from "../../protocol.ts";
import { timeText } from "../text/times.ts";
import { nameOf, valueOf } from "./legend.tsx";

const MAX_ROWS = 200;

/** The newest steps first; at most 200. */
export function ChartTable(props: {
  readonly chart: ChartData;
  readonly times: readonly number[];
}): JSX.Element {
  const { chart, times } = props;
  const first = Math.max(0, times.length - MAX_ROWS);
  const rows = times
    .slice(first)
    .map((time, i) => ({ time, at: first + i }))
    .toReversed();
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={`Table: ${chart.title}`}>
      <table class="figures">
        <caption class="hidden">
          {chart.title}. {chart.description}
        </caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {chart.series.map((series, i) => (
              <th key={i} scope="col" class="number">
                {nameOf(series, chart)}
              </th>
            ))}
            {chart.band !== undefined && (
              <>
                <th scope="col" class="number">
                  expected low
                </th>
                <th scope="col" class="number">
                  expected high
                </th>
              </>
            )}
            {chart.unusual !== undefined && <th scope="col">unusual</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ time, at }) => (
            <tr key={time}>
              <th scope="row">{timeText(time)}</th>
              {chart.series.map((series, i) => (
                <td key={i} class="number">
                  {valueOf(chart, series.values[at])}
                </td>
              ))}
              {chart.band !== undefined && (
                <>
                  <td class="number">{valueOf(chart, chart.band.low[at])}</td>
                  <td class="number">{valueOf(chart, chart.band.high[at])}</td>
                </>
              )}
              {chart.unusual !== undefined && <td>{chart.unusual[at] === true ? "unusual" : ""}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
