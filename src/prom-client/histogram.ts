/** Histograms of prom-client's API. */
import { format } from "node:util";
import type { Attributes } from "@opentelemetry/api";
import { ExplicitHistogramStore, recordExplicit } from "../engine/aggregation/explicit-histogram-store.ts";
import { histogramFrom } from "./collected-metrics.ts";
import type {
  HistogramChild,
  HistogramContract,
  LabelValues,
  MetricObjectWithValues,
  MetricValueWithName,
  ObserveDataWithExemplar,
} from "./contracts.ts";
import { HistogramRows } from "./histogram-rows.ts";
import { areLabels, checkLabels, isObject, labelsFrom } from "./label-checks.ts";
import { storeOptions } from "./label-rows.ts";
import { MetricBase, stopwatch } from "./metric-base.ts";
import type { MetricConfiguration } from "./metric-configuration.ts";
import { hide, STATE } from "./state.ts";

/** Options of a histogram. */
export interface HistogramConfiguration<T extends string> extends MetricConfiguration<T> {
  /** Inclusive upper bounds, in increasing order. By default from 0.005 to 10. */
  buckets?: number[];
  /** Callback that records values before the histogram is read. */
  collect?: (this: Histogram<T>) => void | Promise<void>;
}

/** Types of histograms. */
export declare namespace Histogram {
  /** Handle to a series of a histogram. */
  interface Internal<T extends string> extends HistogramChild<T> {}

  /** Buckets of a histogram. */
  interface Config {
    /** Inclusive upper bounds, in increasing order. */
    buckets?: number[];
  }
}

const DEFAULT_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * A histogram, which counts values in buckets.
 *
 * @example
 * ```ts
 * import { Histogram } from "tachymeter/prom-client";
 *
 * const seconds = new Histogram({ name: "request_seconds", help: "Duration", labelNames: ["route"] });
 * const end = seconds.startTimer({ route: "/" });
 * end();
 * ```
 */
export class Histogram<T extends string = string> extends MetricBase implements HistogramContract<T> {
  /** Type, as in the text formats. */
  readonly type = "histogram";
  /** Inclusive upper bounds, as given. */
  readonly upperBounds: readonly number[];
  /** @internal */
  declare readonly [STATE]: HistogramRows;

  /** Throws prom-client's errors if the configuration is invalid or the name is taken. */
  constructor(configuration: HistogramConfiguration<T>) {
    super(configuration);
    const { buckets = DEFAULT_BUCKETS } = configuration;
    if (this.labelNames.includes("le")) throw new Error("le is a reserved label keyword");
    this.upperBounds = buckets;
    // As in prom-client, bounds may be numbers as texts.
    const boundaries = [...new Set(buckets.map(Number))].filter(Number.isFinite).toSorted((a, b) => a - b);
    const store = new ExplicitHistogramStore({ ...storeOptions(), boundaries, recordMinMax: false });
    const series = new HistogramRows(store, this.labelNames, buckets, this.enableExemplars);
    hide(this, STATE, series);
    if (this.labelNames.length === 0) series.rows.rowOf({});
    this.begin(this, {
      values: () => series.values(this.name),
      rows: series.rows,
      writeSamples: (lines) => series.write(lines),
      collected: (interner, head) => [histogramFrom(head, boundaries, series.collected(interner))],
    });
  }

  /** @internal As in prom-client: 0 for each upper bound. */
  get bucketValues(): object {
    return Object.freeze(Object.fromEntries(this.upperBounds.map((bound) => [bound, 0])));
  }

  /** Records a value in the series without labels. Throws if it is not finite. */
  observe(value: number): void;
  /** Records a value in a series. Throws if a label is unknown or the value is not finite. */
  observe(labels: LabelValues<T>, value: number): void;
  /** Records a value in a series and sets the exemplar of its bucket, if exemplars are enabled. */
  observe(observeData: ObserveDataWithExemplar<T>): void;
  observe(labels: unknown, value?: unknown): void {
    if (this.enableExemplars) observeWithExemplar(this[STATE], labels);
    else observe(this[STATE], labels, value);
  }

  /** Description and samples. */
  get(): Promise<MetricObjectWithValues<MetricValueWithName<T>>>;
  get(): Promise<unknown> {
    return this.described();
  }

  /** Starts a timer. The returned function records the seconds since then, and returns them. */
  startTimer(labels?: LabelValues<T>): (labels?: LabelValues<T>) => number;
  /** Starts a timer with an exemplar, if exemplars are enabled. */
  startTimer(
    labels?: LabelValues<T>,
    exemplarLabels?: LabelValues<T>,
  ): (labels?: LabelValues<T>, exemplarLabels?: LabelValues<T>) => number;
  startTimer(
    labels?: LabelValues<T>,
    exemplarLabels?: LabelValues<T>,
  ): (labels?: LabelValues<T>, exemplarLabels?: LabelValues<T>) => number {
    const elapsed = stopwatch();
    return (endLabels, endExemplarLabels) => {
      const seconds = elapsed();
      const all = { ...labels, ...endLabels };
      if (this.enableExemplars) {
        const ofExemplar = { ...exemplarLabels, ...endExemplarLabels };
        this.observe({ labels: all, value: seconds, exemplarLabels: ofExemplar });
      } else this.observe(all, seconds);
      return seconds;
    };
  }

  /** Removes all series. */
  reset(): void {
    this[STATE].rows.clear();
  }

  /** Creates a series with zeros, or sets it to zero. */
  zero(labels: LabelValues<T>): void {
    this[STATE].rows.renewedRowOf(labels);
  }

  /** Handle to a series, by the values of its labels. */
  labels(...values: string[]): Histogram.Internal<T>;
  /** Handle to a series. Throws if a label is unknown. */
  labels(labels: LabelValues<T>): Histogram.Internal<T>;
  labels(...given: unknown[]): Histogram.Internal<T> {
    const labels: LabelValues<T> = Object(labelsFrom(this.labelNames, given));
    checkLabels(this.labelNames, labels);
    return {
      observe: (value) => observe(this[STATE], labels, value),
      startTimer: () => {
        const elapsed = stopwatch();
        return (endLabels) => {
          const seconds = elapsed();
          this.observe({ ...labels, ...endLabels }, seconds);
          return seconds;
        };
      },
    };
  }

  /** Removes a series, by the values of its labels. */
  remove(...values: string[]): void;
  /** Removes a series. Throws if a label is unknown. */
  remove(labels: LabelValues<T>): void;
  remove(...given: unknown[]): void {
    const labels = labelsFrom(this.labelNames, given);
    checkLabels(this.labelNames, labels);
    this[STATE].rows.remove(labels);
  }
}

const NO_LABELS: Attributes = {};

// As in prom-client, a number in place of the labels is the value; any other falsy value stands for empty labels.
function observe(series: HistogramRows, labels: unknown, value: unknown): void {
  const hasLabels = typeof labels === "object" || !labels ? labels !== 0 : false;
  const given = areLabels(labels) ? labels : NO_LABELS;
  const { store } = series;
  let row = store.series.quickRowOf(given);
  if (row < 0) checkLabels(series.labelNames, given);
  const measured = hasLabels ? value : labels;
  if (typeof measured !== "number" || !Number.isFinite(measured))
    throw new TypeError(`Value is not a valid number: ${format(measured)}`);
  if (row < 0) row = series.rows.rowOf(given);
  recordExplicit(store.pages.pageOf(row), store.pages.offsetOf(row), store.search, measured);
}

function observeWithExemplar(series: HistogramRows, given: unknown = {}): void {
  const { labels = {}, value, exemplarLabels = {} }: Record<string, unknown> = Object(given);
  observe(series, labels, value);
  if (!isObject(exemplarLabels) || Object.keys(exemplarLabels).length === 0) return;
  series.setExemplar(isObject(labels) ? labels : {}, Number(value), exemplarLabels);
}
