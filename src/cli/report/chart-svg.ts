// Charts as inline SVG: lines, stacked areas and state timelines.
import { htmlText } from "../../diagnostics/foreign-text.ts";
import { valueText } from "../../page/panels/index.ts";
import { timeTicks, valueTicks } from "./axis.ts";
import type { ReportChart } from "./panel-charts.ts";

const WIDTH = 600;
// State timelines are as wide as the page.
const WIDE = 1_240;
const HEIGHT = 190;
const LEFT = 62;
const RIGHT = 20;
const TOP = 10;
const BOTTOM = 24;
const ROW = 18;
const NAMES = 150;
// Characters of a name in a chart. Its table has more of them.
const MAX_NAME = 22;

// Series of failures are red.
const FAILURES = /^(?:errors?|failure|failed|unhealthy|5\d\d)$/;

/** The class of a series, which has its colour. */
export function classOf(name: string, index: number): string {
  return FAILURES.test(name) ? "cbad" : `c${index}`;
}

/** A mark on the time axis of charts. */
export interface ChartMark {
  /** Seconds since the epoch. */
  readonly time: number;
  readonly kind: "alert" | "anomaly" | "restart" | "change";
  readonly text: string;
}

/** A chart as an SVG element. */
export function chartSvg(chart: ReportChart, marks: readonly ChartMark[]): string {
  const isState = chart.kind === "state";
  const width = isState ? WIDE : WIDTH;
  const left = isState ? NAMES : LEFT;
  const height = isState ? TOP + chart.series.length * ROW + BOTTOM : HEIGHT;
  const { times, id, title } = chart;
  const [from, to] = [times[0] ?? 0, times.at(-1) ?? 1];
  const x = (time: number): number =>
    round(left + ((time - from) / (to - from || 1)) * (width - left - RIGHT));
  const bottom = height - BOTTOM;
  const content = isState ? stateRows(chart, x) : curves(chart, x, bottom);
  const grid = timeTicks(from, to, isState ? 12 : 6).map(
    ({ time, text }) =>
      `<line class="grid" x1="${x(time)}" x2="${x(time)}" y1="${TOP}" y2="${bottom}"/>` +
      `<text class="tick" x="${x(time)}" y="${height - 8}" text-anchor="middle">${text}</text>`,
  );
  const lines = marks
    .filter(({ time }) => time >= from && time <= to)
    .map(
      ({ time, kind, text }) =>
        `<line class="mark ${kind}" x1="${x(time)}" x2="${x(time)}" y1="${TOP - 6}" y2="${bottom}"><title>${htmlText(text)}</title></line>`,
    );
  return [
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="t-${htmlText(id)} d-${htmlText(id)}">`,
    `<title id="t-${htmlText(id)}">${htmlText(title)}</title>`,
    `<desc id="d-${htmlText(id)}">${htmlText(descriptionOf(chart))}</desc>`,
    ...grid,
    ...content,
    ...lines,
    "</svg>",
  ].join("\n");
}

function curves(
  { series, times, kind, unit }: ReportChart,
  x: (time: number) => number,
  bottom: number,
): readonly string[] {
  const isStacked = kind === "stacked";
  const layers = isStacked ? stacked(series.map(({ values }) => values)) : series.map(({ values }) => values);
  const known = layers.flat().filter((value) => value !== null);
  const ticks = valueTicks(least(known), greatest(known), unit);
  const [low, high] = [ticks[0] ?? 0, ticks.at(-1) ?? 1];
  const y = (value: number): number => round(bottom - ((value - low) / (high - low)) * (bottom - TOP));
  const axis = ticks.map(
    (value) =>
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value)}" y2="${y(value)}"/>` +
      `<text class="tick" x="${LEFT - 6}" y="${y(value) + 4}" text-anchor="end">${htmlText(valueText(tidy(value), unit))}</text>`,
  );
  const drawn = layers.flatMap((values, layer) => {
    const color = classOf(series[layer]?.name ?? "", layer);
    const runs = runsOf(values);
    const point = (i: number, value: number): string => `${x(times[i] ?? 0)} ${y(value)}`;
    const lines = runs.map((run) => `M${run.map(([i, value]) => point(i, value)).join("L")}`);
    // A single value is a dot.
    const dots = runs
      .filter((run) => run.length === 1)
      .flatMap((run) =>
        run.map(([i, value]) => `<circle class="${color}" cx="${x(times[i] ?? 0)}" cy="${y(value)}" r="2"/>`),
      );
    const line = `<path class="line ${color}" d="${lines.join("")}"/>`;
    if (!isStacked) return [line, ...dots];
    const below = layers[layer - 1];
    const areas = runs.map((run) => {
      const base = run.toReversed().map(([i]) => point(i, below?.[i] ?? 0));
      return `M${[...run.map(([i, value]) => point(i, value)), ...base].join("L")}Z`;
    });
    return [`<path class="area ${color}" d="${areas.join("")}"/>`, line, ...dots];
  });
  return [...axis, ...drawn];
}

// Each layer on top of those before it.
function stacked(layers: readonly (readonly (number | null)[])[]): readonly (readonly (number | null)[])[] {
  let sums: readonly (number | null)[] = [];
  return layers.map((values) => {
    sums = values.map((value, i) => {
      const below = sums[i] ?? null;
      return value === null ? below : value + (below ?? 0);
    });
    return sums;
  });
}

function runsOf(
  values: readonly (number | null)[],
): readonly (readonly (readonly [i: number, value: number])[])[] {
  const runs: [number, number][][] = [];
  for (const [i, value] of values.entries()) {
    if (value === null) continue;
    const run = runs.at(-1);
    if (run !== undefined && run.at(-1)?.[0] === i - 1) run.push([i, value]);
    else runs.push([[i, value]]);
  }
  return runs;
}

const TONES: Readonly<Record<string, string>> = {
  healthy: "good",
  active: "good",
  leader: "good",
  degraded: "warn",
  inactive: "warn",
  unhealthy: "bad",
  launched: "new",
};

/** The class of a state, which has its colour. */
export function toneOf(state: string): string {
  return TONES[state] ?? "idle";
}

function stateRows(
  { series, times, states = {} }: ReportChart,
  x: (time: number) => number,
): readonly string[] {
  const [first = 0, second = first + 1] = times;
  const end = times.at(-1) ?? first;
  return series.flatMap(({ name, values }, row) => {
    const y = TOP + row * ROW;
    const rects = runsOf(values).flatMap((run) =>
      sameValues(run).map(([i, j, value]) => {
        const state = states[value] ?? String(value);
        const [left, right] = [x(times[i] ?? first), x(Math.min((times[j] ?? end) + second - first, end))];
        return `<rect class="state ${toneOf(state)}" x="${left}" y="${y}" width="${round(Math.max(right - left, 1))}" height="${ROW - 4}"><title>${htmlText(state)}</title></rect>`;
      }),
    );
    const label = `<text class="tick" x="${NAMES - 8}" y="${y + 11}" text-anchor="end">${htmlText(shortName(name))}</text>`;
    return [label, ...rects];
  });
}

function sameValues(
  run: readonly (readonly [i: number, value: number])[],
): readonly (readonly [number, number, number])[] {
  const found: [number, number, number][] = [];
  for (const [i, value] of run) {
    const last = found.at(-1);
    if (last?.[2] === value) last[1] = i;
    else found.push([i, i, value]);
  }
  return found;
}

/** A name that fits into a chart. */
export function shortName(name: string, max: number = MAX_NAME): string {
  return name.length <= max ? name : `${name.slice(0, max - 1)}…`;
}

function descriptionOf({ description, series, hidden }: ReportChart): string {
  const names = series.map(({ name }) => shortName(name)).join(", ");
  return `${description} Series: ${names}${hidden === 0 ? "" : ` and ${hidden} more`}.`;
}

// Without the last digits of a product.
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function least(values: readonly number[]): number {
  return values.reduce((min, value) => Math.min(min, value), 0);
}

function greatest(values: readonly number[]): number {
  return values.reduce((max, value) => Math.max(max, value), 0);
}
