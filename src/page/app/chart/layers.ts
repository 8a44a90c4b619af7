// Drawn on a chart beside its lines: the expected range, states, and marks of events.
import type uPlot from "uplot";
import type { ChartData, PageEvent } from "../../protocol.ts";
import { color, labelPixels, stateColor } from "./colors.ts";
import { levelOf } from "../text/levels.ts";
import { marksOf, stateRuns } from "./plot-data.ts";

/** The range in which the first series is expected. */
export function drawBand(
  plot: uPlot,
  { low, high }: NonNullable<ChartData["band"]>,
  times: readonly number[],
): void {
  const { ctx } = plot;
  const at = (i: number, value: number): [number, number] => [
    plot.valToPos(times[i] ?? 0, "x", true),
    plot.valToPos(value, "y", true),
  ];
  clipped(plot, () => {
    ctx.beginPath();
    let start = 0;
    const close = (end: number): void => {
      if (end <= start) return;
      for (let i = start; i < end; i++) ctx[i === start ? "moveTo" : "lineTo"](...at(i, high[i] ?? 0));
      for (let i = end - 1; i >= start; i--) ctx.lineTo(...at(i, low[i] ?? 0));
      ctx.closePath();
    };
    for (let i = 0; i <= times.length; i++) {
      if (i < times.length && (low[i] ?? null) !== null && (high[i] ?? null) !== null) continue;
      close(i);
      start = i + 1;
    }
    ctx.fillStyle = color("band");
    ctx.fill();
  });
}

/** The times at which a series was unusual, each as wide as a step. */
export function drawUnusual(
  plot: uPlot,
  unusual: readonly boolean[],
  times: readonly number[],
  step: number,
): void {
  const { ctx, bbox } = plot;
  clipped(plot, () => {
    ctx.fillStyle = color("unusual");
    for (const { value, from, to } of stateRuns(unusual.map(Number), times, step)) {
      if (value === 0) continue;
      const left = plot.valToPos(from, "x", true);
      ctx.fillRect(left, bbox.top, plot.valToPos(to, "x", true) - left, bbox.height);
    }
  });
}

/** One row for each series, with a bar for each state. */
export function drawStates(plot: uPlot, chart: ChartData, times: readonly number[], step: number): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const height = bbox.height / Math.max(1, chart.series.length);
  const gap = Math.min(4 * ratio, height * 0.2);
  clipped(plot, () => {
    ctx.font = `${labelPixels() * ratio}px system-ui, sans-serif`;
    ctx.textBaseline = "middle";
    ctx.textAlign = "left";
    for (const [row, { values }] of chart.series.entries()) {
      const top = bbox.top + row * height + gap / 2;
      for (const { value, from, to } of stateRuns(values, times, step)) {
        const name = chart.states?.[value] ?? String(value);
        const left = plot.valToPos(from, "x", true);
        const width = plot.valToPos(to, "x", true) - left;
        ctx.fillStyle = color(`state-${stateColor(name)}`);
        ctx.fillRect(left, top, Math.max(width, ratio), height - gap);
        const start = Math.max(left, bbox.left) + 6 * ratio;
        if (height < labelPixels() * 1.3 * ratio || ctx.measureText(name).width > left + width - start)
          continue;
        ctx.fillStyle = color("state-text");
        ctx.fillText(name, start, top + (height - gap) / 2);
      }
    }
  });
}

/** A mark at the time of each event, with a line in large charts; events that fall together share one. */
export function drawMarks(plot: uPlot, events: readonly PageEvent[], hasLines: boolean): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  let last = -Infinity;
  clipped(plot, () => {
    ctx.lineWidth = ratio;
    ctx.setLineDash([3 * ratio, 3 * ratio]);
    for (const { time, severity, duration = 0 } of marksOf(events)) {
      const begin = plot.valToPos(time - duration, "x", true);
      ctx.fillStyle = color("blocked");
      // A block of milliseconds is as wide as a pixel.
      if (duration > 0)
        ctx.fillRect(begin, bbox.top, Math.max(ratio, plot.valToPos(time, "x", true) - begin), bbox.height);
      const x = Math.round(plot.valToPos(time, "x", true)) + 0.5;
      if (x < last + 3 * ratio || x < bbox.left || x > bbox.left + bbox.width) continue;
      last = x;
      ctx.strokeStyle = color(levelOf(severity) === "bad" ? "bad" : "mark");
      ctx.fillStyle = ctx.strokeStyle;
      if (hasLines) ctx.stroke(new Path2D(`M${x} ${bbox.top}V${bbox.top + bbox.height}`));
      ctx.beginPath();
      ctx.moveTo(x - 3 * ratio, bbox.top);
      ctx.lineTo(x + 3 * ratio, bbox.top);
      ctx.lineTo(x, bbox.top + 5 * ratio);
      ctx.fill();
    }
    ctx.setLineDash([]);
  });
}

function clipped({ ctx, bbox }: uPlot, draw: () => void): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw();
  ctx.restore();
}
