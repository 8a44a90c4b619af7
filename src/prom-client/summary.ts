/** Summaries of prom-client's API. */
import { format } from "node:util";
import type { CollectedMetric } from "../engine/collection/collected-metric.ts";
import type { Interner } from "../engine/series/interner.ts";
import { SeriesTable } from "../engine/series/series-table.ts";
import { type CollectedHead, summaryFrom } from "./collected-metrics.ts";
import { CollectedRows } from "./collected-rows.ts";
import type {
  LabelValues,
  MetricConfiguration,
  MetricObjectWithValues,
  MetricValueWithName,
  SummaryChild,
  SummaryContract,
} from "./contracts.ts";
import { checkLabels, isObject, labelsFrom } from "./label-checks.ts";
import { LabelRows, storeOptions } from "./label-rows.ts";
import { MetricBase, stopwatch } from "./metric-base.ts";
import { QuantileWindow } from "./quantile-window.ts";
import type { Sample, SampleLines } from "./sample-lines.ts";

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

interface State {
  readonly window: QuantileWindow;
  count: number;
  sum: number;
}

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
  readonly #makeWindow: () => QuantileWindow;
  readonly #pruneAgedBuckets: boolean;
  readonly #rows: LabelRows;
  readonly #states: (State | undefined)[] = [];

  /** Throws prom-client's errors if the configuration is invalid or the name is taken. */
  constructor(configuration: SummaryConfiguration<T>) {
    super(configuration);
    const { percentiles = DEFAULT_PERCENTILES, pruneAgedBuckets = false } = configuration;
    const { maxAgeSeconds, ageBuckets, compressCount = DEFAULT_COMPRESS_COUNT } = configuration;
    if (this.labelNames.includes("quantile")) throw new Error("quantile is a reserved label keyword");
    this.percentiles = percentiles;
    this.#pruneAgedBuckets = pruneAgedBuckets;
    this.#makeWindow = () => new QuantileWindow({ maxAgeSeconds, ageBuckets, compressCount });
    this.#rows = new LabelRows(new SeriesTable(storeOptions()), this.labelNames, {
      empty: (row) => (this.#states[row] = undefined),
    });
    if (this.labelNames.length === 0) this.#stateOf(this.#rows.rowOf({}));
    this.begin(this, {
      values: () => this.#samples(this.name),
      rows: this.#rows,
      prune: () => this.#prune(),
      writeSamples: (lines) => this.#write(lines),
      collected: (interner, head) => this.#collected(interner, head),
    });
  }

  /** Records a value in the series without labels. Throws if it is not finite. */
  observe(value: number): void;
  /** Records a value in a series. Throws if a label is unknown or the value is not finite. */
  observe(labels: LabelValues<T>, value: number): void;
  observe(labels: unknown, value?: unknown): void {
    this.#observe(labels === 0 ? 0 : labels || {}, value);
  }

  /** Description and samples. */
  get(): Promise<MetricObjectWithValues<MetricValueWithName<T>>>;
  get(): Promise<unknown> {
    return this.described();
  }

  /** Empties all series. */
  reset(): void {
    for (const [row, state] of this.#states.entries()) {
      if (state === undefined) continue;
      this.#rows.restart(row);
      state.window.reset();
      state.count = 0;
      state.sum = 0;
    }
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
      observe: (value) => this.#observe(labels, value),
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
    this.#rows.remove(labels);
  }

  // As in prom-client: without a second argument the first is the value.
  #observe(labels: unknown, value: unknown): void {
    checkLabels(this.labelNames, labels);
    const measured = value === undefined ? labels : value;
    if (typeof measured !== "number" || !Number.isFinite(measured))
      throw new TypeError(`Value is not a valid number: ${format(measured)}`);
    const given = value === undefined || !isObject(labels) ? {} : labels;
    const quick = this.#rows.table.quickRowOf(Object(given));
    const state = this.#stateOf(quick >= 0 ? quick : this.#rows.rowOf(given));
    state.window.add(measured);
    state.count++;
    state.sum += measured;
  }

  #stateOf(row: number): State {
    return (this.#states[row] ??= { window: this.#makeWindow(), count: 0, sum: 0 });
  }

  #prune(): void {
    if (!this.#pruneAgedBuckets) return;
    for (const row of this.#rows.inOrder())
      if (this.#stateOf(row).window.isEmpty) this.#rows.remove(this.#rows.labelsOf(row));
  }

  #samples(name: string): Sample[] {
    this.#prune();
    return this.#rows.inOrder().flatMap((row) => {
      const { window, count, sum } = this.#stateOf(row);
      const labels = this.#rows.labelsOf(row);
      return [
        ...this.percentiles.map((quantile) => ({
          labels: { quantile, ...labels },
          value: window.quantile(quantile) || 0,
        })),
        { metricName: `${name}_sum`, labels, value: sum },
        { metricName: `${name}_count`, labels, value: count },
      ];
    });
  }

  *#write(lines: SampleLines): Generator<undefined, void> {
    for (const sample of this.#samples(lines.name)) {
      lines.sample(sample);
      yield;
    }
  }

  #collected(interner: Interner, head: CollectedHead): CollectedMetric[] {
    const cells = new Float64Array(1);
    const rowsOf = (valueOf: (state: State) => number, further?: readonly [string, string]): CollectedRows =>
      new CollectedRows({
        rows: this.#rows,
        interner,
        further,
        read: (row) => {
          cells[0] = valueOf(this.#stateOf(row));
          return { cells, offset: 0 };
        },
      });
    const quantiles = this.percentiles.map((quantile) =>
      rowsOf(({ window }) => window.quantile(quantile) || 0, ["quantile", String(quantile)]),
    );
    return summaryFrom(head, {
      quantiles,
      sum: rowsOf(({ sum }) => sum),
      count: rowsOf(({ count }) => count),
    });
  }
}
