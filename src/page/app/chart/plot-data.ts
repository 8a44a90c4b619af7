// Data of a chart in the form that uPlot draws.
import type { ChartData, PageEvent, ViewData } from "../../protocol.ts";
import { levelOf } from "../text/levels.ts";

/** A column of values. */
export type Column = (number | null)[];

/** The columns of a chart, the times first. Infinite values are not drawn. Values of a stacked chart are sums with those of the series before. */
export function columnsOf(chart: ChartData, times: readonly number[]): [number[], ...Column[]] {
  const columns = chart.series.map(({ values }) =>
    values.map((value) => (Number.isFinite(value) ? value : null)),
  );
  if (chart.kind === "stacked") stack(columns, times.length);
  return [[...times], ...columns];
}

// A missing value counts as 0, unless all are missing.
function stack(columns: readonly Column[], length: number): void {
  for (let i = 0; i < length; i++) {
    if (columns.every((column) => (column[i] ?? null) === null)) continue;
    let sum = 0;
    for (const column of columns) {
      sum += column[i] ?? 0;
      column[i] = sum;
    }
  }
}

/** Indices of values without a neighbour: a line cannot show them. */
export function isolatedIndices(column: ArrayLike<number | null | undefined>): number[] {
  const isMissing = (i: number): boolean => (column[i] ?? null) === null;
  const found: number[] = [];
  for (let i = 0; i < column.length; i++) {
    if (!isMissing(i) && isMissing(i - 1) && isMissing(i + 1)) found.push(i);
  }
  return found;
}

/** A stretch of time in one state. */
export interface StateRun {
  readonly value: number;
  readonly from: number;
  readonly to: number;
}

/** Joins equal neighbours. A step lasts until the next one, the last one for `step` seconds. */
export function stateRuns(
  values: readonly (number | null)[],
  times: readonly number[],
  step: number,
): StateRun[] {
  const runs: StateRun[] = [];
  for (const [i, from] of times.entries()) {
    const value = values[i] ?? null;
    if (value === null) continue;
    const to = Math.min(times[i + 1] ?? Infinity, from + step * 1.5);
    const last = runs.at(-1);
    if (last !== undefined && last.value === value && last.to >= from)
      runs[runs.length - 1] = { ...last, to };
    else runs.push({ value, from, to });
  }
  return runs;
}

const MIN_SECONDS = 60;

/**
 * The view without the time before its first value, as after a start: otherwise its lines would be dots at the edge. At
 * least a minute is left.
 */
export function fittedView(view: ViewData): ViewData {
  // An alert has no values while it is inactive.
  if (view.view === "alerts") return view;
  let first = view.times.length;
  for (const { series } of view.charts) {
    for (const { values } of series) {
      const known = values.findIndex((value) => value !== null);
      if (known >= 0 && known < first) first = known;
    }
    if (first === 0) return view;
  }
  const from = Math.min(view.times[first] ?? view.from, view.to - MIN_SECONDS);
  return { ...view, from: Math.max(view.from, from) };
}

const MAX_MARKS_OF_TYPE = 30;
// Charts and tables show the work of an application.
const WORK =
  /^(?:messaging\.|network\.|command\b|coordination\.messages?$|health\.checks?$|alert\.correlated$)/i;
// All charts of a view have the same events.
let marked: readonly [events: readonly PageEvent[], marks: readonly PageEvent[]] = [[], []];

/** Events that are marks on charts. Types with many events would hide the lines; charts show them as rates. */
export function marksOf(events: readonly PageEvent[]): readonly PageEvent[] {
  if (marked[0] === events) return marked[1];
  marked = [events, rareOf(events, MAX_MARKS_OF_TYPE)];
  return marked[1];
}

/** Whether an event is not of the usual work, such as a sent message, or has a problem. */
export function isNews({ type, severity }: PageEvent): boolean {
  return !WORK.test(type) || levelOf(severity) !== "neutral";
}

/** News, without types with more than `max` events. */
export function rareOf(events: readonly PageEvent[], max: number): readonly PageEvent[] {
  const counts = new Map<string, number>();
  for (const { type } of events) counts.set(type, (counts.get(type) ?? 0) + 1);
  return events.filter((event) => isNews(event) && (counts.get(event.type) ?? 0) <= max);
}
