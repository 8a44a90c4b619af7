// Applies messages of the stream to the data of a view.
import { latestOfTypes } from "../../latest-of-types.ts";
import type { ChartData, PageEvent, Points, ViewData } from "../../protocol.ts";

const MAX_EVENTS = 1_000;

/**
 * The view with one step more. Steps older than the view's range leave it.
 *
 * A step that is older than the last one is ignored; the same step again replaces it.
 */
export function withPoints(view: ViewData, points: Points): ViewData {
  const last = view.times.at(-1) ?? -Infinity;
  if (points.time < last) return view;
  const isSame = points.time === last;
  const kept = isSame ? view.times.slice(0, -1) : view.times;
  const from = points.time - (view.to - view.from);
  // Rounding must not remove a step at the edge.
  const first = kept.findIndex((time) => time >= from - view.step / 2);
  const start = first < 0 ? kept.length : first;
  const byId = new Map(points.charts.map((chart) => [chart.id, chart]));
  return {
    ...view,
    from,
    to: points.time,
    times: [...kept.slice(start), points.time],
    charts: view.charts.map((chart) => withStep(chart, byId.get(chart.id), start, kept.length)),
    events: view.events.filter((event) => event.time >= from),
    ...(points.tables !== undefined && { tables: points.tables }),
  };
}

function withStep(
  chart: ChartData,
  step: Points["charts"][number] | undefined,
  start: number,
  end: number,
): ChartData {
  const values = step?.values ?? [];
  const known = chart.series.map((series, i) => ({
    ...series,
    values: [...series.values.slice(start, end), values[i] ?? null],
  }));
  const added = (step?.added ?? []).map((series, i) => ({
    ...series,
    values: [...Array.from({ length: end - start }, () => null), values[chart.series.length + i] ?? null],
  }));
  const isUnusual = chart.unusual !== undefined || step?.unusual === true;
  const next = {
    ...chart,
    series: [...known, ...added],
    hidden: step?.hidden ?? chart.hidden ?? 0,
    ...(isUnusual && {
      unusual: [
        ...Array.from({ length: end - start }, (_, i) => chart.unusual?.[start + i] === true),
        step?.unusual === true,
      ],
    }),
  };
  if (chart.band === undefined && step?.band === undefined) return next;
  const none = Array.from({ length: end }, () => null);
  const { low, high } = chart.band ?? { low: none, high: none };
  return {
    ...next,
    band: {
      low: [...low.slice(start, end), step?.band?.low ?? null],
      high: [...high.slice(start, end), step?.band?.high ?? null],
    },
  };
}

/** The view with further events, oldest first; the oldest ones of frequent types leave beyond 1,000. */
export function withEvents(view: ViewData, events: readonly PageEvent[]): ViewData {
  // An event may come with the view and again on its own.
  const byId = new Map([...view.events, ...events].map((event) => [event.id, event]));
  const all = [...byId.values()].toSorted((a, b) => a.time - b.time);
  return { ...view, events: latestOfTypes(all, MAX_EVENTS, ({ type }) => type) };
}
