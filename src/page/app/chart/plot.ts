// One uPlot: lines, stacked areas, or states.
import uPlot from "uplot";
import type { ChartData, PageEvent } from "../../protocol.ts";
import { axisTimes } from "../text/times.ts";
import { valueWithUnit } from "../text/values.ts";
import { color, labelPixels, seriesColor } from "./colors.ts";
import { drawSoon, forgetDraw } from "./draw-queue.ts";
import { drawBand, drawMarks, drawStates, drawUnusual } from "./layers.ts";
import type { EarlierChart } from "../state/comparison.ts";
import { drawEarlier, highestEarlier } from "./earlier.ts";
import { columnsOf, isolatedIndices } from "./plot-data.ts";

/** Data of a plot, and the times of its view. */
export interface PlotInput {
  readonly chart: ChartData;
  readonly times: readonly number[];
  readonly step: number;
  readonly from: number;
  readonly to: number;
  readonly events: readonly PageEvent[];
  /** Values of an earlier time, drawn behind the others. */
  readonly earlier: EarlierChart | undefined;
}

/** Calls back from a plot. */
export interface PlotEvents {
  /** A range was selected by dragging. */
  readonly onSelect: (from: number, to: number) => void;
  /** A double click. */
  readonly onReset: () => void;
  /** The pointer is at a time, or left the plot. */
  readonly onPoint: (
    point: { readonly time: number; readonly left: number; readonly top: number } | undefined,
  ) => void;
}

// A share of the font size.
const CHARACTER_WIDTH = 0.58;
const MAX_NAME = 18;
// Marks of the axis of values.
const MAX_MARKS = 6;
const BINARY_STEPS = Array.from({ length: 50 }, (_, i) => 2 ** i);

/** A plot within an element. It draws in the next frames. */
export class Plot {
  readonly #host: HTMLElement;
  readonly #isTile: boolean;
  readonly #events: PlotEvents;
  #input: PlotInput;
  #plot: uPlot | undefined;
  #form = "";
  #isPointedAt = false;
  readonly #draw = (): void => this.#drawNow();

  /** @param isTile a small plot, without time axis */
  constructor(host: HTMLElement, input: PlotInput, isTile: boolean, events: PlotEvents) {
    this.#host = host;
    this.#isTile = isTile;
    this.#events = events;
    this.#input = input;
    drawSoon(this.#draw);
  }

  /** Draws other data. */
  update(input: PlotInput): void {
    this.#input = input;
    drawSoon(this.#draw);
  }

  /** Draws again, since its size or the colours changed. */
  redraw(): void {
    drawSoon(this.#draw);
  }

  /** Moves the cursor by steps, as the arrow keys do. Starts at the last step. */
  moveCursor(steps: number): void {
    const plot = this.#plot;
    const last = this.#input.times.length - 1;
    if (plot === undefined || last < 0) return;
    const index = Math.min(last, Math.max(0, (plot.cursor.idx ?? last) + steps));
    const time = this.#input.times[index] ?? 0;
    const left = plot.valToPos(time, "x");
    this.#isPointedAt = true;
    plot.setCursor({ left, top: plot.over.clientHeight / 2 });
    this.#isPointedAt = false;
  }

  /** Removes the cursor. */
  leave(): void {
    this.#plot?.setCursor({ left: -10, top: -10 });
    this.#events.onPoint(undefined);
  }

  destroy(): void {
    forgetDraw(this.#draw);
    this.#plot?.destroy();
    this.#plot = undefined;
  }

  #drawNow(): void {
    const { chart, times } = this.#input;
    const [width, height] = [this.#host.clientWidth, this.#host.clientHeight];
    if (width === 0 || height === 0) return;
    const data = columnsOf(chart, times);
    // Other series are another plot.
    const pixels = labelPixels();
    const rows = chart.kind === "state" ? chart.series.map(({ name }) => name) : chart.series.length;
    const form = JSON.stringify([chart.kind, chart.unit, rows, pixels]);
    if (this.#plot === undefined || form !== this.#form) {
      this.#plot?.destroy();
      this.#form = form;
      this.#plot = new uPlot(this.#options(width, height, pixels), data, this.#host);
      this.#host.dataset["drawn"] = "true";
      return;
    }
    this.#plot.batch((plot: uPlot) => {
      if (plot.width !== width || plot.height !== height) plot.setSize({ width, height });
      plot.setData(data, true);
    });
  }

  #options(width: number, height: number, pixels: number): uPlot.Options {
    const { chart } = this.#input;
    const isState = chart.kind === "state";
    return {
      width,
      height,
      pxAlign: 1,
      legend: { show: false },
      // The last label of the time axis is centred at the edge.
      padding: [6, this.#isTile ? 2 : pixels * 2.6, this.#isTile ? pixels * 0.6 : 0, 0],
      scales: {
        x: { time: true, range: () => [this.#input.from, this.#input.to] },
        y: { range: (_, min, max) => (isState ? [0, 1] : this.#valueRange(min, max)) },
      },
      axes: [this.#timeAxis(pixels), this.#valueAxis(isState, pixels)],
      series: [{}, ...chart.series.map((_, i) => this.#series(i))],
      ...(chart.kind === "stacked" && {
        bands: chart.series.slice(1).map((_, i) => ({ series: [i + 2, i + 1] as [number, number] })),
      }),
      cursor: {
        y: false,
        points: { show: !isState, size: 6, width: 0, fill: (_, i) => color(seriesColor(i - 1)) },
        drag: { x: true, y: false, setScale: false, dist: 4 },
        sync: {
          key: "page",
          // Only the crosshair is shared, not the selection.
          filters: { pub: (type) => type === "mousemove" || type === "mouseleave", sub: () => true },
        },
        bind: {
          dblclick: () => () => {
            this.#events.onReset();
            return null;
          },
        },
      },
      hooks: this.#hooks(isState),
    };
  }

  #hooks(isState: boolean): uPlot.Hooks.Arrays {
    return {
      drawAxes: [
        (plot) => {
          const { chart, times, step } = this.#input;
          if (isState) drawStates(plot, chart, times, step);
          else {
            if (chart.unusual !== undefined) drawUnusual(plot, chart.unusual, times, step);
            if (chart.band !== undefined) drawBand(plot, chart.band, times);
            if (this.#input.earlier !== undefined) drawEarlier(plot, chart, this.#input.earlier);
          }
        },
      ],
      draw: [(plot) => drawMarks(plot, this.#input.events, !this.#isTile)],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width < 4) return;
          const [from, to] = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          this.#events.onSelect(from, to);
        },
      ],
      setCursor: [
        (plot) => {
          const { idx, left = -1, top = -1 } = plot.cursor;
          const time = idx === null || idx === undefined ? undefined : this.#input.times[idx];
          if (!this.#isPointedAt) return;
          const offset = plot.over.offsetLeft;
          this.#events.onPoint(
            time === undefined || left < 0 ? undefined : { time, left: left + offset, top },
          );
        },
      ],
      ready: [
        (plot) => {
          plot.over.addEventListener("pointerenter", () => {
            this.#isPointedAt = true;
          });
          plot.over.addEventListener("pointerleave", () => {
            this.#isPointedAt = false;
            this.#events.onPoint(undefined);
          });
        },
      ],
    };
  }

  #valueRange(min: number | null, max: number | null): [number, number] {
    const { chart, earlier } = this.#input;
    const before = earlier === undefined ? -Infinity : highestEarlier(chart, earlier);
    const highest = Number.isFinite(before) ? Math.max(max ?? before, before) : max;
    return rangeOf(min ?? (Number.isFinite(before) ? 0 : null), highest, chart.band?.high);
  }

  #series(i: number): uPlot.Series {
    const { kind, series } = this.#input.chart;
    if (kind === "state") return { paths: () => null, points: { show: false } };
    const stroke = (): string => color(seriesColor(i));
    const fill = (): string => `${color(seriesColor(i))}${kind === "stacked" ? "59" : "17"}`;
    const hasFill = kind === "stacked" || series.length === 1;
    return {
      stroke,
      width: 1.5,
      ...(hasFill && { fill }),
      points: {
        show: true,
        size: 4,
        width: 0,
        fill: stroke,
        filter: (plot, at) => isolatedIndices(plot.data[at] ?? []),
      },
    };
  }

  #timeAxis(pixels: number): uPlot.Axis {
    return {
      show: !this.#isTile,
      stroke: () => color("muted"),
      font: `${pixels}px system-ui, sans-serif`,
      size: pixels + 13,
      gap: 8,
      space: pixels * 6,
      ticks: { show: false },
      border: { show: true, stroke: () => color("line"), width: 1 },
      grid: { show: false },
      values: (_plot, splits, _axis, _space, increment) => axisTimes(splits, increment),
    };
  }

  #valueAxis(isState: boolean, pixels: number): uPlot.Axis {
    const { unit, series } = this.#input.chart;
    const base: uPlot.Axis = {
      stroke: () => color("muted"),
      font: `${pixels}px system-ui, sans-serif`,
      gap: 6,
      ticks: { show: false },
      size: (_plot, values) =>
        Math.ceil(Math.max(...(values ?? []).map((value) => value.length), 2) * pixels * CHARACTER_WIDTH) +
        10,
    };
    if (isState) {
      if (this.#isTile) return { ...base, show: false };
      const names = series.map(({ name }) =>
        name.length > MAX_NAME ? `${name.slice(0, MAX_NAME - 1)}…` : name,
      );
      const centers = series.map((_, i) => 1 - (i + 0.5) / series.length);
      return { ...base, grid: { show: false }, splits: () => centers, values: () => names };
    }
    return {
      ...base,
      space: Math.max(pixels * (this.#isTile ? 2.4 : 3.3), this.#host.clientHeight / MAX_MARKS),
      grid: { show: true, stroke: () => color("grid"), width: 1 },
      ...(unit.startsWith("By") && { incrs: BINARY_STEPS }),
      values: (_plot, splits) => splits.map((value) => valueWithUnit(value, unit)),
    };
  }
}

// Most figures cannot be negative, so that the axis begins at 0.
function rangeOf(
  min: number | null,
  max: number | null,
  expected: readonly (number | null)[] = [],
): [number, number] {
  if (min === null || max === null || !Number.isFinite(min) || !Number.isFinite(max)) return [0, 1];
  // A band far above the values would hide their course.
  const usual = Math.max(0, ...expected.map((value) => value ?? 0));
  const [low, high] = [Math.min(0, min), Math.max(0, max, Math.min(usual, 3 * max))];
  if (low === high) return [0, 1];
  const room = (high - low) * 0.08;
  return [low < 0 ? low - room : 0, high > 0 ? high + room : 0];
}
