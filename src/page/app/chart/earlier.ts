// The values of a chart at an earlier time, as dashed lines in the colours of their series.
import type uPlot from "uplot";
import type { ChartData, ChartSeries } from "../../protocol.ts";
import { labelsText } from "../../charts/legend.ts";
import type { EarlierChart } from "../state/comparison.ts";
import { color, seriesColor } from "./colors.ts";

const OPACITY = 0.55;

interface Line {
  readonly color: string;
  readonly values: readonly (number | null)[];
}

/** Draws the earlier lines of the series that are shown; of a stacked chart the sum. */
export function drawEarlier(plot: uPlot, chart: ChartData, { chart: before, times }: EarlierChart): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.lineWidth = 1.5 * ratio;
  ctx.setLineDash([4 * ratio, 3 * ratio]);
  ctx.globalAlpha = OPACITY;
  for (const line of linesOf(chart, before)) {
    ctx.strokeStyle = color(line.color);
    ctx.beginPath();
    let isBroken = true;
    for (const [i, value] of line.values.entries()) {
      if (value === null || !Number.isFinite(value)) {
        isBroken = true;
        continue;
      }
      const [x, y] = [plot.valToPos(times[i] ?? 0, "x", true), plot.valToPos(value, "y", true)];
      if (isBroken) ctx.moveTo(x, y);
      else ctx.lineTo(x, y);
      isBroken = false;
    }
    ctx.stroke();
  }
  ctx.restore();
}

/** The highest value of these lines; -Infinity without any. */
export function highestEarlier(chart: ChartData, { chart: before }: EarlierChart): number {
  let highest = -Infinity;
  for (const { values } of linesOf(chart, before))
    for (const value of values)
      if (value !== null && Number.isFinite(value) && value > highest) highest = value;
  return highest;
}

function linesOf(chart: ChartData, before: ChartData): readonly Line[] {
  if (chart.kind === "state") return [];
  if (chart.kind === "stacked") return [{ color: "muted", values: sumOf(before.series) }];
  const byLabels = new Map(before.series.map((series) => [keyOf(series), series]));
  return chart.series.flatMap((series, i) => {
    const values = byLabels.get(keyOf(series))?.values;
    return values === undefined ? [] : [{ color: seriesColor(i), values }];
  });
}

// Series of quantiles have no labels, but names.
function keyOf({ name, labels }: ChartSeries): string {
  return `${name} ${labelsText(labels)}`;
}

function sumOf(series: readonly ChartSeries[]): readonly (number | null)[] {
  const [first] = series;
  return (first?.values ?? []).map((_, i) => {
    const known = series.map(({ values }) => values[i] ?? null).filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
  });
}
