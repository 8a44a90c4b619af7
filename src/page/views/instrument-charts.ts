// Charts of one metric, by its type.
import { formatLabels, formatSelection } from "../../query/syntax/expression-text.ts";
import type { ChartPlan, ChartQueries } from "../charts/chart-plan.ts";
import type { Instrument } from "./inventory.ts";

interface InstrumentChartsOptions {
  readonly queries: ChartQueries;
  /** Window of rates. */
  readonly window: string;
  /** Label by whose values the series are added up; `undefined` for all series. */
  readonly by: string | undefined;
}

const QUANTILES = [0.5, 0.95, 0.99];
// Values that cannot be added up.
const MEANS = /^(?:1|s|ms|us|ns|min|h|d|Cel|%)$/;

/** The charts of a metric: rates of counters, quantiles of histograms, values of gauges. */
export function instrumentCharts(
  instrument: Instrument,
  { queries, window, by }: InstrumentChartsOptions,
): readonly ChartPlan[] {
  const { name, type, unit, description } = instrument;
  const legend = by === undefined ? "" : `{{${by}}}`;
  const of = (
    id: string,
    title: string,
    chartUnit: string,
    ...expressions: [string, string][]
  ): ChartPlan => ({
    id,
    title: by === undefined ? title : `${title}, by ${by}`,
    description,
    unit: chartUnit,
    kind: "lines",
    queries: expressions.map(([expression, text]) => queries.query(expression, text)),
  });
  const total = (operator: string, expression: string): string =>
    by === undefined ? expression : `${operator} by ${formatLabels([by])} (${expression})`;
  const rate = (suffix = ""): string => `rate(${selector(name + suffix)}[${window}])`;
  const perSecond = (of_: string): string => (of_ === "" ? "1/s" : `${of_}/s`);
  switch (type) {
    case "counter":
      return [of("rate", "Rate", perSecond(unit), [total("sum", rate()), legend])];
    case "histogram":
      return histogramCharts(instrument, { by, legend, of, total, rate });
    default: {
      const operator = MEANS.test(unit) ? "avg" : "sum";
      const title = by === undefined ? "Value" : operator === "avg" ? "Mean" : "Sum";
      return [of("value", title, unit, [total(operator, selector(name)), legend])];
    }
  }
}

interface HistogramParts {
  readonly by: string | undefined;
  readonly legend: string;
  readonly of: (id: string, title: string, unit: string, ...expressions: [string, string][]) => ChartPlan;
  readonly total: (operator: string, expression: string) => string;
  readonly rate: (suffix?: string) => string;
}

function histogramCharts(
  { hasBuckets, unit }: Instrument,
  { by, legend, of, total, rate }: HistogramParts,
): readonly ChartPlan[] {
  const labels = by === undefined ? [] : [by];
  // The buckets of a native histogram are in its samples.
  const grouped = formatLabels(hasBuckets ? ["le", ...labels] : labels);
  const buckets = `sum by ${grouped} (${rate(hasBuckets ? "_bucket" : "")})`;
  const quantiles = (by === undefined ? QUANTILES : [0.95]).map((quantile): [string, string] => [
    `histogram_quantile(${quantile}, ${buckets})`,
    by === undefined ? `p${quantile * 100}` : legend,
  ]);
  const [count, sum] = hasBuckets
    ? [rate("_count"), rate("_sum")]
    : [`histogram_count(${rate()})`, `histogram_sum(${rate()})`];
  const mean = by === undefined ? `${count} > 0` : `${total("sum", count)} > 0`;
  return [
    of("quantiles", by === undefined ? "Quantiles" : "95th percentile", unit, ...quantiles),
    of("rate", "Measurements", "1/s", [total("sum", count), legend]),
    of("mean", "Mean", unit, [`${total("sum", sum)} / (${mean})`, legend]),
  ];
}

/** All series of a metric. Names with other characters than Prometheus' own are quoted. */
export function selector(name: string): string {
  return formatSelection({
    kind: "selector",
    type: "vector",
    start: 0,
    end: 0,
    offsetMillis: 0,
    at: undefined,
    name,
    matchers: [{ label: "__name__", operator: "=", value: name }],
  });
}
