// Key figures of a report: one per chart of the overview, compared with the range before.
import type { ReportChart } from "./panel-charts.ts";

/** A figure over the range. */
export interface KeyFigure {
  readonly id: string;
  readonly title: string;
  /** The series, if it is one of several. */
  readonly series: string;
  readonly unit: string;
  /** A rate, a share or a quantile is that of all measurements in the range; other values have their mean. */
  readonly mean: number | null;
  readonly max: number;
  /** The same of the range before; `null` without data. */
  readonly before: number | null;
  readonly course: readonly (number | null)[];
}

/** A range: its charts, and exact shares of failures by the identifiers of their charts. */
export interface FiguredRange {
  readonly charts: readonly ReportChart[];
  readonly shares: ReadonlyMap<string, number>;
}

/** The part of a resource that is in use. Others are idle, or caches that are given up for programs. */
export const USED = "used";

/** The figures of the charts in the overview. `before` is undefined if there is too little data to compare with. */
export function keyFigures(range: FiguredRange, before: FiguredRange | undefined): readonly KeyFigure[] {
  return range.charts.flatMap((chart) => {
    if (!chart.isInOverview || chart.kind === "state") return [];
    const { name, trend, mean } = figureOf(chart, range.shares);
    const values = trend.filter((value) => value !== null);
    if (values.length === 0) return [];
    const past = before?.charts.find(({ id }) => id === chart.id);
    const { id, title, unit } = chart;
    return [
      {
        id,
        title,
        series: name,
        unit,
        mean,
        max: Math.max(...values),
        before: before === undefined || past === undefined ? null : figureOf(past, before.shares, name).mean,
        course: trend,
      },
    ];
  });
}

interface Figure {
  readonly name: string;
  readonly trend: readonly (number | null)[];
  readonly mean: number | null;
}

// All series of stacked charts together, or the used part of them, the 95th percentile, or the highest series.
function figureOf(
  { id, kind, series, times }: ReportChart,
  shares: ReadonlyMap<string, number>,
  name?: string,
): Figure {
  const used = kind === "stacked" ? series.find((each) => each.name === USED) : undefined;
  if (used !== undefined) return { name: used.name, trend: used.values, mean: used.overall };
  if (kind === "stacked") {
    return {
      name: "",
      trend: times.map((_, i) => sumOf(series.map(({ values }) => values[i] ?? null))),
      mean: sumOf(series.map(({ overall }) => overall)),
    };
  }
  const [first, ...others] = series;
  const wanted = series.find((each) => each.name === (name ?? "p95")) ?? first;
  // The share is that of all series together. The earlier range has the same figure as the later one.
  const isOfAll = name === undefined ? others.length === 0 : name === "";
  return {
    name: others.length === 0 ? "" : (wanted?.name ?? ""),
    trend: wanted?.values ?? [],
    mean: (isOfAll ? shares.get(id) : undefined) ?? wanted?.overall ?? null,
  };
}

function sumOf(values: readonly (number | null)[]): number | null {
  return values.reduce((sum, value) => (value === null ? sum : (sum ?? 0) + value), null);
}
