// Charts whose values have just risen above those before: what hurts, minutes before alerts and detectors know it.
import type { ChartData, ChartSeries } from "../../protocol.ts";

/** A series that is higher than before. */
export interface Rise {
  readonly chart: ChartData;
  readonly series: ChartSeries;
  readonly value: number;
  /** The median before. */
  readonly before: number;
  /** Its begin, in Unix seconds. */
  readonly since: number;
}

interface Found extends Rise {
  /** Ratio of the value and the limit. */
  readonly times: number;
}

// The worst first. Rates and states may rise.
const ASPECTS: readonly ChartData["aspect"][] = ["errors", "duration", "saturation", "utilization"];
const MIN_BEFORE = 8;
const MIN_RUN = 2;
const FACTOR = 2;
const HIGH_SHARE = 0.9;
// A rise by less is not worth a line.
const LEAST: Readonly<Record<string, number>> = { s: 0.1, "1": 0.02, By: 32 * 1024 ** 2, "{request}/s": 0.1 };
const LEAST_OF_OTHERS = 10;

/** The series of charts that are at least twice as high as nearly all values before, one for each chart, the worst first. */
export function risesOf(charts: readonly ChartData[], times: readonly number[]): readonly Rise[] {
  const first = Math.min(...charts.flatMap(({ series }) => series.map(({ values }) => firstOf(values))));
  return charts
    .filter(isWatched)
    .flatMap((chart) => {
      const found = chart.series.flatMap((series) => riseOf(chart, series, { times, first }) ?? []);
      return found.toSorted((one, other) => other.times - one.times).slice(0, 1);
    })
    .toSorted((one, other) => placeOf(one) - placeOf(other) || other.times - one.times);
}

function isWatched({ aspect, kind, area, unit }: ChartData): boolean {
  // Other programs use the machine, too. A processor that works is not a problem.
  return (
    kind === "lines" &&
    area !== "machine" &&
    ASPECTS.includes(aspect) &&
    (aspect !== "utilization" || unit === "By")
  );
}

function riseOf(
  chart: ChartData,
  series: ChartSeries,
  { times, first }: { readonly times: readonly number[]; readonly first: number },
): Found | undefined {
  // Without an error, there is no series of errors.
  const isOfErrors = chart.aspect === "errors";
  const known = series.values.flatMap((value, i) => {
    const shown = isOfErrors && i >= first ? (value ?? 0) : value;
    return shown === null ? [] : [{ value: shown, i }];
  });
  const last = known.at(-1);
  if (last === undefined || last.i < series.values.length - MIN_RUN) return undefined;
  const half = known.slice(0, Math.floor(known.length / 2)).map(({ value }) => value);
  if (half.length < MIN_BEFORE) return undefined;
  const sorted = half.toSorted((one, other) => one - other);
  const high = sorted[Math.floor(HIGH_SHARE * (sorted.length - 1))] ?? 0;
  const limit = Math.max(FACTOR * high, high + (LEAST[chart.unit] ?? LEAST_OF_OTHERS));
  const start = known.findLastIndex(({ value }) => value <= limit) + 1;
  const begin = known[start];
  if (begin === undefined || known.length - start < MIN_RUN) return undefined;
  return {
    chart,
    series,
    value: last.value,
    before: sorted[Math.floor(sorted.length / 2)] ?? 0,
    since: times[begin.i] ?? 0,
    times: last.value / limit,
  };
}

function firstOf(values: ChartSeries["values"]): number {
  const found = values.findIndex((value) => value !== null);
  return found < 0 ? Infinity : found;
}

function placeOf({ chart }: Rise): number {
  return ASPECTS.indexOf(chart.aspect);
}
