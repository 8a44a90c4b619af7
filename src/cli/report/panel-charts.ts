// Charts of a report: the panels for which there is data, over the range and the one before.
import type { History, RemoteHistory } from "../../history/index.ts";
import { type Area, type Aspect, type Panel, seriesName, withRange } from "../../page/panels/index.ts";
import type { QueryResult } from "../../query/index.ts";
import { labelsKey } from "../../query/labels-key.ts";
import { formatDuration } from "../texts.ts";
import type { ChartSteps } from "./window.ts";
import { evaluated } from "../query/expression.ts";

/** A series of a chart. */
export interface ReportSeries {
  readonly name: string;
  /** One per time of the chart; `null` without a value. */
  readonly values: readonly (number | null)[];
  /**
   * Figure of the whole range: of rates, shares and quantiles the one of all measurements in it, of other values their
   * mean. `null` if it is unknown.
   */
  readonly overall: number | null;
}

/** A chart of a report. */
export interface ReportChart {
  readonly id: string;
  readonly area: Area | "other";
  readonly aspect: Aspect;
  readonly title: string;
  readonly description: string;
  /** In UCUM. */
  readonly unit: string;
  readonly kind: "lines" | "stacked" | "state";
  readonly states?: Readonly<Record<number, string>>;
  /** Names of the metrics that it shows. */
  readonly metrics: readonly string[];
  readonly isInOverview: boolean;
  /** Seconds since the epoch. */
  readonly times: readonly number[];
  /** The highest ones, in descending order of their maximum unless their order has a meaning. */
  readonly series: readonly ReportSeries[];
  /** Number of series that are left out. */
  readonly hidden: number;
}

/** A panel of the catalogue, or one of an instrument that the catalogue does not know. */
export interface ReportPanel extends Omit<Panel, "area"> {
  readonly area: Area | "other";
}

const MAX_SERIES = 8;
const MAX_STATES = 16;

/**
 * Evaluates a panel; `undefined` if there is no value.
 *
 * @param isFigure whether only the figures of the whole range are needed, not the trend of rates
 */
export async function chartOf(
  history: History | RemoteHistory,
  panel: ReportPanel,
  { span: { from, to }, step, window, whole: wholeRange }: ChartSteps,
  isFigure = false,
): Promise<ReportChart | undefined> {
  const count = Math.floor((to - from) / step) + 1;
  const times = Array.from({ length: count }, (_, i) => from + i * step);
  const found: ReportSeries[] = [];
  for (const query of panel.queries) {
    const evaluatedOver = (seconds: number, start: number): Promise<QueryResult> => {
      const text = withRange(query, formatDuration(seconds));
      return evaluated(history, { kind: "range", format: "json", text, from: start, to, step }, true);
    };
    // Not the mean of the trend: a share of few operations would count as much as one of many.
    const whole = query.expression.includes("$range") ? await evaluatedOver(wholeRange, to) : undefined;
    const trend = isFigure ? whole : undefined;
    found.push(
      ...seriesOf(trend ?? (await evaluatedOver(window, from)), whole, query.legend, panel.title, times),
    );
  }
  const named = distinctlyNamed(found.filter(({ values }) => values.some((value) => value !== null)));
  if (named.length === 0) return undefined;
  const max = panel.kind === "state" ? MAX_STATES : MAX_SERIES;
  // Quantiles, and limits after what they limit, keep their order.
  const series =
    panel.queries.length > 1 && named.length <= max
      ? named
      : named.toSorted((one, other) => highest(other) - highest(one)).slice(0, max);
  const { id, area, aspect = "rate", title, description, unit, kind, states, needs, overview } = panel;
  return {
    id,
    area,
    aspect,
    title,
    description,
    unit,
    kind,
    times,
    series,
    ...(states !== undefined && { states }),
    metrics: needs,
    isInOverview: overview,
    hidden: named.length - series.length,
  };
}

// `whole` has the values of the whole range, unless they are the means.
function seriesOf(
  result: QueryResult,
  whole: QueryResult | undefined,
  legend: string,
  title: string,
  times: readonly number[],
): readonly ReportSeries[] {
  if (result.kind !== "matrix") return [];
  const [first = 0, second = first + 1] = times;
  const ofRange = new Map(
    whole?.kind === "matrix"
      ? whole.series.map(({ labels, values }) => [labelsKey(labels), finite(values[0])])
      : [],
  );
  return result.series.map((series) => {
    const values = times.map((): number | null => null);
    for (const [i, time] of series.times.entries())
      values[Math.round((time - first) / (second - first))] = finite(series.values[i]);
    return {
      name: seriesName(legend, series.labels) || title,
      values,
      overall: whole === undefined ? meanOf(values) : (ofRange.get(labelsKey(series.labels)) ?? null),
    };
  });
}

function finite(value = NaN): number | null {
  return Number.isFinite(value) ? value : null;
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

// Series that differ in labels beside those of the legend, such as the instance, are numbered.
function distinctlyNamed(series: readonly ReportSeries[]): readonly ReportSeries[] {
  const seen = new Map<string, number>();
  return series.map((each) => {
    const { name } = each;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? each : { ...each, name: `${name} (${count})` };
  });
}

function highest({ values }: ReportSeries): number {
  return values.reduce((max: number, value) => Math.max(max, value ?? -Infinity), -Infinity);
}
