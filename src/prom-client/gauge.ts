/** Gauges of prom-client's API. */
import { format } from "node:util";
import type { Attributes } from "@opentelemetry/api";
import { LastValueStore } from "../engine/aggregation/last-value-store.ts";
import { gaugeFrom } from "./collected-metrics.ts";
import type {
  GaugeChild,
  GaugeContract,
  LabelValues,
  MetricObjectWithValues,
  MetricValue,
} from "./contracts.ts";
import { areLabels, checkLabels, isObject, labelsFrom } from "./label-checks.ts";
import { storeOptions } from "./label-rows.ts";
import { MetricBase, stopwatch } from "./metric-base.ts";
import type { MetricConfiguration } from "./metric-configuration.ts";
import { hide, STATE } from "./state.ts";
import { ValueRows } from "./value-rows.ts";

/** Options of a gauge. */
export interface GaugeConfiguration<T extends string> extends MetricConfiguration<T> {
  /** Callback that sets the gauge before it is read. */
  collect?: (this: Gauge<T>) => void | Promise<void>;
}

/** Types of gauges. */
export declare namespace Gauge {
  /** Handle to a series of a gauge. */
  interface Internal<T extends string> extends GaugeChild<T> {}
}

/**
 * A gauge, whose value rises and falls.
 *
 * @example
 * ```ts
 * import { Gauge } from "tachymeter/prom-client";
 *
 * const carts = new Gauge({ name: "carts", help: "Open carts", labelNames: ["shop"] });
 * carts.set({ shop: "north" }, 3);
 * carts.dec({ shop: "north" });
 * ```
 */
export class Gauge<T extends string = string> extends MetricBase implements GaugeContract<T> {
  /** Type, as in the text formats. */
  readonly type = "gauge";
  /** @internal */
  declare readonly [STATE]: ValueRows<LastValueStore>;

  /** Throws prom-client's errors if the configuration is invalid or the name is taken. */
  constructor(configuration: GaugeConfiguration<T>) {
    super(configuration);
    const series = new ValueRows(new LastValueStore(storeOptions()), this.labelNames);
    hide(this, STATE, series);
    this.reset();
    this.begin(this, {
      values: series.values,
      rows: series.rows,
      writeSamples: (lines) => series.write(lines, lines.name),
      collected: (interner, head) => [gaugeFrom(head, series.collected(interner))],
    });
  }

  /** Increases a series by `value`, or 1. Throws if a label is unknown or the value is not a number. */
  inc(labels: LabelValues<T>, value?: number): void;
  /** Increases the series without labels. */
  inc(value?: number): void;
  inc(labels?: unknown, value?: unknown): void {
    const given = isObject(labels) ? value : labels;
    change(this[STATE], labels, given === undefined ? 1 : given);
  }

  /** Decreases a series by `value`, or 1. Throws if a label is unknown or the value is not a number. */
  dec(labels: LabelValues<T>, value?: number): void;
  /** Decreases the series without labels. */
  dec(value?: number): void;
  dec(labels?: unknown, value?: unknown): void {
    const given = isObject(labels) ? value : labels;
    change(this[STATE], labels, given === undefined ? -1 : -Number(given));
  }

  /** Sets a series. Throws if a label is unknown or the value is not a number. */
  set(labels: LabelValues<T>, value: number): void;
  /** Sets the series without labels. */
  set(value: number): void;
  set(labels: unknown, value?: unknown): void {
    const given = isObject(labels) ? value : labels;
    if (typeof given !== "number") throw new TypeError(`Value is not a valid number: ${format(given)}`);
    put(this[STATE], labels, given);
  }

  /** Sets a series to the time, in seconds since the epoch. */
  setToCurrentTime(labels?: LabelValues<T>): void {
    const now = Date.now() / 1000;
    if (labels === undefined) this.set(now);
    else this.set(labels, now);
  }

  /** Starts a timer. The returned function sets the series to the seconds since then, and returns them. */
  startTimer(labels?: LabelValues<T>): (labels?: LabelValues<T>) => number {
    const elapsed = stopwatch();
    return (endLabels) => {
      const seconds = elapsed();
      this.set({ ...labels, ...endLabels }, seconds);
      return seconds;
    };
  }

  /** Description and samples. */
  get(): Promise<MetricObjectWithValues<MetricValue<T>>>;
  get(): Promise<unknown> {
    return this.described();
  }

  /** Handle to a series, by the values of its labels. */
  labels(...values: string[]): Gauge.Internal<T>;
  /** Handle to a series. Throws if a label is unknown. */
  labels(labels: LabelValues<T>): Gauge.Internal<T>;
  labels(...given: unknown[]): Gauge.Internal<T> {
    const labels: LabelValues<T> = Object(labelsFrom(this.labelNames, given));
    checkLabels(this.labelNames, labels);
    return {
      inc: (value) => this.inc(labels, value),
      dec: (value) => this.dec(labels, value),
      set: (value) => this.set(labels, value),
      setToCurrentTime: () => this.setToCurrentTime(labels),
      startTimer: () => this.startTimer(labels),
    };
  }

  /** Removes all series, or sets the only one to 0. */
  reset(): void {
    const series = this[STATE];
    series.rows.clear();
    if (series.labelNames.length === 0) put(series, NO_LABELS, 0);
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

function put(series: ValueRows<LastValueStore>, labels: unknown, value: number): void {
  const { pages } = series.store;
  const row = rowOf(series, labels);
  const page = pages.pageOf(row);
  const place = pages.offsetOf(row);
  page[place] = value;
  page[place + 1] = 1;
}

function change(series: ValueRows<LastValueStore>, labels: unknown, difference: unknown): void {
  if (typeof difference !== "number")
    throw new TypeError(`Delta is not a valid number: ${format(difference)}`);
  const { pages } = series.store;
  const row = rowOf(series, labels);
  const page = pages.pageOf(row);
  const place = pages.offsetOf(row);
  // A new series has the difference itself: the sum of 0 and -0 would be 0.
  page[place] = page[place + 1] === 0 ? difference : page[place]! + difference;
  page[place + 1] = 1;
}

function rowOf({ store, labelNames, rows }: ValueRows<LastValueStore>, labels: unknown): number {
  const given = areLabels(labels) ? labels : NO_LABELS;
  const row = store.series.quickRowOf(given);
  if (row >= 0) return row;
  checkLabels(labelNames, given);
  return rows.rowOf(given);
}
