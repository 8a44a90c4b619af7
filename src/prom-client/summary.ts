/** Summaries of prom-client's API. */
import type {
  LabelValues,
  MetricObjectWithValues,
  MetricValueWithName,
  SummaryChild,
  SummaryContract,
} from "./contracts.ts";
import { checkLabels, labelsFrom } from "./label-checks.ts";
import { MetricBase, stopwatch } from "./metric-base.ts";
import type { MetricConfiguration } from "./metric-configuration.ts";
import { QuantileWindow } from "./quantile-window.ts";
import { hide, STATE } from "./state.ts";
import { SummaryRows } from "./summary-rows.ts";

/** Options of a summary. */
export interface SummaryConfiguration<T extends string> extends MetricConfiguration<T> {
  /** Quantiles between 0 and 1. By default seven from 0.01 to 0.999. */
  percentiles?: number[];
  /** Age in seconds at which values are forgotten, if `ageBuckets` is set too. By default never. */
  maxAgeSeconds?: number;
  /** Number of steps in which values are forgotten. */
  ageBuckets?: number;
  /** Whether series without values of the last `maxAgeSeconds` are removed. */
  pruneAgedBuckets?: boolean;
  /** Number of values after which they are compressed. By default, and at most, 1,000. */
  compressCount?: number;
  /** Callback that records values before the summary is read. */
  collect?: (this: Summary<T>) => void | Promise<void>;
}

/** Types of summaries. */
export declare namespace Summary {
  /** Handle to a series of a summary. */
  interface Internal<T extends string> extends SummaryChild<T> {}

  /** Quantiles of a summary. */
  interface Config {
    /** Quantiles between 0 and 1. */
    percentiles?: number[];
  }
}

const DEFAULT_PERCENTILES = [0.01, 0.05, 0.5, 0.9, 0.95, 0.99, 0.999];
const DEFAULT_COMPRESS_COUNT = 1000;

/**
 * A summary, which computes quantiles. The rank of a quantile q is wrong by at most 4·q·(1 − q) percent: 1 % at the
 * median, 0.04 % at the 99th percentile. Quantiles of fewer than 200 values are exact. Memory is bounded: about 10 KB for
 * a million values, times `ageBuckets`.
 *
 * @example
 * ```ts
 * import { Summary } from "tachymeter/prom-client";
 *
 * const sizes = new Summary({ name: "cart_size", help: "Items", percentiles: [0.5, 0.9], maxAgeSeconds: 600, ageBuckets: 5 });
 * sizes.observe(3);
 * ```
 */
export class Summary<T extends string = string> extends MetricBase implements SummaryContract<T> {
  /** Type, as in the text formats. */
  readonly type = "summary";
  /** Quantiles between 0 and 1. */
  readonly percentiles: readonly number[];
  /** @internal */
  declare readonly [STATE]: SummaryRows;

  /** Throws prom-client's errors if the configuration is invalid or the name is taken. */
  constructor(configuration: SummaryConfiguration<T>) {
    super(configuration);
    const { percentiles = DEFAULT_PERCENTILES, pruneAgedBuckets = false } = configuration;
    const { maxAgeSeconds, ageBuckets, compressCount = DEFAULT_COMPRESS_COUNT } = configuration;
    if (this.labelNames.includes("quantile")) throw new Error("quantile is a reserved label keyword");
    this.percentiles = percentiles;
    const makeWindow = (): QuantileWindow => new QuantileWindow({ maxAgeSeconds, ageBuckets, compressCount });
    const series = new SummaryRows(this.labelNames, percentiles, makeWindow, pruneAgedBuckets);
    hide(this, STATE, series);
    this.begin(this, {
      values: () => series.samples(this.name),
      rows: series.rows,
      prune: () => series.prune(),
      writeSamples: (lines) => series.write(lines),
      collected: (interner, head) => series.collected(interner, head),
    });
  }

  /** Records a value in the series without labels. Throws if it is not finite. */
  observe(value: number): void;
  /** Records a value in a series. Throws if a label is unknown or the value is not finite. */
  observe(labels: LabelValues<T>, value: number): void;
  observe(labels: unknown, value?: unknown): void {
    this[STATE].observe(labels === 0 ? 0 : labels || {}, value);
  }

  /** Description and samples. */
  get(): Promise<MetricObjectWithValues<MetricValueWithName<T>>>;
  get(): Promise<unknown> {
    return this.described();
  }

  /** Empties all series. */
  reset(): void {
    this[STATE].reset();
  }

  /** Starts a timer. The returned function records the seconds since then, and returns them. */
  startTimer(labels?: LabelValues<T>): (labels?: LabelValues<T>) => number {
    const elapsed = stopwatch();
    return (endLabels) => {
      const seconds = elapsed();
      this.observe({ ...labels, ...endLabels }, seconds);
      return seconds;
    };
  }

  /** Handle to a series, by the values of its labels. */
  labels(...values: string[]): Summary.Internal<T>;
  /** Handle to a series. Throws if a label is unknown. */
  labels(labels: LabelValues<T>): Summary.Internal<T>;
  labels(...given: unknown[]): Summary.Internal<T> {
    const labels: LabelValues<T> = Object(labelsFrom(this.labelNames, given));
    checkLabels(this.labelNames, labels);
    return {
      observe: (value) => this[STATE].observe(labels, value),
      startTimer: () => this.startTimer(labels),
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
