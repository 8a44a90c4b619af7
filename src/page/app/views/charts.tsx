// The charts of a view, below each other or side by side.
import type { JSX } from "preact";
import type { Area } from "../../panels/panel.ts";
import type { ViewData } from "../../protocol.ts";
import { Chart } from "../chart/chart.tsx";
import { fittedView } from "../chart/plot-data.ts";
import { linkTo, span } from "../state/route.ts";

/** A grid of charts: large, or small with links to their areas. Live ones begin with the first value. */
export function Charts({
  view,
  size = "panel",
}: {
  readonly view: ViewData;
  readonly size?: "tile" | "panel";
}): JSX.Element {
  const shown = span.value.kind === "live" ? fittedView(view) : view;
  return (
    <div class={`grid ${size}s`} style={{ "--columns": columnsFor(view.charts.length) }}>
      {view.charts.map((chart) => (
        <Chart
          key={chart.id}
          chart={chart}
          view={shown}
          size={size}
          href={size === "tile" ? areaLink(chart.area) : undefined}
        />
      ))}
    </div>
  );
}

const MAX_COLUMNS = 6;

/** Columns of a grid whose rows have about equal lengths. */
export function columnsFor(count: number): number {
  return Math.max(1, Math.ceil(count / Math.ceil(count / MAX_COLUMNS)));
}

function areaLink(area: Area | undefined): string | undefined {
  if (area === undefined) return undefined;
  return area === "kernels" ? linkTo("kernels") : linkTo("area", area);
}
