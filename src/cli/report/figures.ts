// Key figures of a report: one per chart of the overview, compared with the range before.
import type { ReportChart } from "./panel-charts.ts";

/** A figure over the range. */
export interface KeyFigure {
  readonly id: string;
  readonly title: string;
  /** The series, if it is one of several. */
  readonly series: string;
  readonly unit: string;
  readonly mean: number;
  readonly max: number;
  /** Mean of the range before; `null` without data. */
  readonly before: number | null;
  readonly course: readonly (number | null)[];
}

/** The figures of the charts in the overview. */
export function keyFigures(
  charts: readonly ReportChart[],
  before: ReadonlyMap<string, ReportChart>,
): readonly KeyFigure[] {
  return charts.flatMap((chart) => {
    if (!chart.isInOverview || chart.kind === "state") return [];
    const [name, course] = courseOf(chart);
    const values = course.filter((value) => value !== null);
    if (values.length === 0) return [];
    const earlier = before.get(chart.id);
    const [, past] = earlier === undefined ? ["", []] : courseOf(earlier, name);
    const { id, title, unit } = chart;
    return [
      {
        id,
        title,
        series: name,
        unit,
        mean: meanOf(values) ?? 0,
        max: Math.max(...values),
        before: isComplete(past) ? meanOf(past) : null,
        course,
      },
    ];
  });
}

// All series of stacked charts together, the 95th percentile, or the highest series.
function courseOf(
  { kind, series, times }: ReportChart,
  name?: string,
): readonly [name: string, course: readonly (number | null)[]] {
  if (kind === "stacked") {
    return ["", times.map((_, i) => sumOf(series.map(({ values }) => values[i] ?? null)))];
  }
  const [first, ...others] = series;
  const wanted = series.find((each) => each.name === (name ?? "p95")) ?? first;
  return [others.length === 0 ? "" : (wanted?.name ?? ""), wanted?.values ?? []];
}

function sumOf(values: readonly (number | null)[]): number | null {
  return values.reduce((sum, value) => (value === null ? sum : (sum ?? 0) + value), null);
}

// Whether there are enough values to compare with: a store may begin at the end of the range.
function isComplete(values: readonly (number | null)[]): boolean {
  return values.filter((value) => value !== null).length >= values.length / 4 && values.length > 0;
}

/** The mean of the values; `null` without any. */
export function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
