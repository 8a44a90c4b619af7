// The charts of a view, below each other or side by side.
import type { JSX } from "preact";
import type { ViewData } from "../../protocol.ts";
import { Chart } from "../chart/chart.tsx";

/** A grid of large charts. */
export function Charts({ view }: { readonly view: ViewData }): JSX.Element {
  return (
    <div class="grid panels">
      {view.charts.map((chart) => (
        <Chart key={chart.id} chart={chart} view={view} size="panel" />
      ))}
    </div>
  );
}
