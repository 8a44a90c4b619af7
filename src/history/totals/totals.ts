// What all samples of a metric in a range come to: exact figures, unlike rates, which are extrapolated.
import type { QueryStore } from "../query/query-store.ts";
import type { MetricType } from "../question.ts";
import type { HistogramBlock, NumberBlock } from "../store/block.ts";
import type { StoredMetric, StoredSeries } from "../store/stored.ts";
import { Histograms } from "./histogram-totals.ts";
import { Numbers } from "./number-totals.ts";

/** Of which metrics, and of which range. Times are in whole milliseconds since the epoch, both included. */
export interface TotalsRequest {
  /** OpenTelemetry's or Prometheus' names; `undefined`: all metrics. */
  readonly names: readonly string[] | undefined;
  /** `undefined`: the oldest. */
  readonly from: number | undefined;
  readonly to: number;
}

/** What the samples of a metric come to. */
export interface MetricTotals {
  /** As it was asked for. */
  readonly name: string;
  readonly type: MetricType;
  /** Numbers among the samples; of a histogram how much it has measured. */
  readonly count: number;
  /** Of gauges the samples' sum, of counters their rise, of histograms the sum of what they have measured. */
  readonly sum: number;
  /** Of histograms the bounds of the outermost buckets that were filled; infinite where they have none. */
  readonly min: number;
  readonly max: number;
  /** Texts among the samples. */
  readonly texts: number;
}

/** The store as far as totals need it. */
export interface TotalsStore extends QueryStore {
  metrics(): Iterable<StoredMetric>;
  /** How many samples of a metric are texts. Times are in milliseconds, both included. */
  texts(metricId: number, from: number, to: number): number;
}

/**
 * The totals of each metric that has samples in the range. What two scopes call alike is one metric where it is of one
 * type; else the type that was stored first decides.
 */
export function totals(store: TotalsStore, { names, from = -Infinity, to }: TotalsRequest): MetricTotals[] {
  const asked = names ?? [...new Set(Array.from(store.metrics(), ({ name }) => name))];
  return asked
    .map((name) => totalsOf(store, name, from, to))
    .filter((each) => each !== undefined)
    .filter(({ count, texts }) => count + texts > 0);
}

function totalsOf(store: TotalsStore, name: string, from: number, to: number): MetricTotals | undefined {
  const found = store.find(name);
  const type = found[0]?.type;
  if (type === undefined) return undefined;
  const metrics = found.filter((metric) => metric.type === type);
  const series = metrics.flatMap(({ id }) => store.series(id));
  const texts = metrics.reduce((sum, { id }) => sum + store.texts(id, from, to), 0);
  return { name, type, ...figuresOf(store, { type, series, from, to }), texts };
}

interface Scope {
  readonly type: MetricType;
  readonly series: readonly StoredSeries[];
  readonly from: number;
  readonly to: number;
}

function figuresOf(
  store: TotalsStore,
  { type, series, from, to }: Scope,
): Omit<MetricTotals, "name" | "type" | "texts"> {
  const ids = series.map(({ id }) => id);
  const numbers = new Numbers(from, to);
  const histograms = new Histograms(from, to);
  for (const block of store.read(ids, from, to)) {
    if (isHistograms(block)) histograms.add(block);
    else numbers.add(block);
  }
  if (type === "histogram") return histograms.figures(series);
  return type === "counter" ? numbers.risen(series) : numbers.figures();
}

function isHistograms(block: NumberBlock | HistogramBlock): block is HistogramBlock {
  return block.kind === "histograms";
}
