/** Counters of prom-client's API. */
import { format } from "node:util";
import type { Attributes } from "@opentelemetry/api";
import { SumStore } from "../engine/aggregation/sum-store.ts";
import { counterFrom } from "./collected-metrics.ts";
import type {
  CounterChild,
  CounterContract,
  IncreaseDataWithExemplar,
  LabelValues,
  MetricConfiguration,
  MetricObjectWithValues,
  MetricValue,
} from "./contracts.ts";
import { Exemplar } from "./exemplar.ts";
import { areLabels, checkLabels, isObject, labelsFrom } from "./label-checks.ts";
import { storeOptions } from "./label-rows.ts";
import { MetricBase } from "./metric-base.ts";
import { ValueRows } from "./value-rows.ts";

/** Options of a counter. */
export interface CounterConfiguration<T extends string> extends MetricConfiguration<T> {
  /** Callback that increases the counter before it is read. */
  collect?: (this: Counter<T>) => void | Promise<void>;
}

/** Types of counters. */
export declare namespace Counter {
  /** Handle to a series of a counter. */
  interface Internal extends CounterChild {}
}

/**
 * A counter, whose value never falls.
 *
 * @example
 * ```ts
 * import { Counter } from "tachymeter/prom-client";
 *
 * const orders = new Counter({ name: "orders_total", help: "Orders placed", labelNames: ["country"] });
 * orders.inc({ country: "nz" });
 * ```
 */
export class Counter<T extends string = string> extends MetricBase implements CounterContract<T> {
  /** Type, as in the text formats. */
  readonly type = "counter";
  readonly #series: ValueRows<SumStore>;
  readonly #store: SumStore;
  // Calls of `inc()` that the series of a counter without labels does not have yet. V8 adds to a field of an object that
  // is never replaced in half the time of a cell (bench: "inc()").
  readonly #pending: { calls: number } | undefined = this.labelNames.length === 0 ? { calls: 0 } : undefined;

  /** Throws prom-client's errors if the configuration is invalid or the name is taken. */
  constructor(configuration: CounterConfiguration<T>) {
    super(configuration);
    this.#store = new SumStore(storeOptions());
    this.#series = new ValueRows(this.#store, this.labelNames, () => this.#settle());
    const series = this.#series;
    this.reset();
    this.begin(this, {
      values: series.values,
      rows: series.rows,
      writeSamples: (lines) => series.write(lines, lines.isOpenMetrics ? `${lines.name}_total` : lines.name),
      collected: (interner, head) => [counterFrom(head, series.collected(interner))],
    });
  }

  /** Increases a series by `value`, or 1. Throws if a label is unknown or the value is negative or not finite. */
  inc(labels: LabelValues<T>, value?: number): void;
  /** Increases the series without labels. */
  inc(value?: number): void;
  /** Increases a series and sets its exemplar, if exemplars are enabled. */
  inc(incData: IncreaseDataWithExemplar<T>): void;
  inc(labels?: unknown, value?: unknown): void {
    // Decided first, since most calls without labels have no value either.
    if (labels === undefined && value === undefined && this.#pending !== undefined) this.#pending.calls += 1;
    else if (this.enableExemplars) this.#increaseWithExemplar(labels);
    else this.#increase(labels, value);
  }

  /** Description and samples. */
  get(): Promise<MetricObjectWithValues<MetricValue<T>>>;
  get(): Promise<unknown> {
    return this.described();
  }

  /** Handle to a series, by the values of its labels. */
  labels(...values: string[]): Counter.Internal;
  /** Handle to a series. Throws if a label is unknown. */
  labels(labels: LabelValues<T>): Counter.Internal;
  labels(...given: unknown[]): Counter.Internal {
    const labels = labelsFrom(this.labelNames, given) ?? {};
    if (this.enableExemplars) return { inc: () => this.#increaseWithExemplar(labels) };
    return { inc: (value) => this.#increase(labels, value) };
  }

  /** Removes all series, or sets the only one to 0. */
  reset(): void {
    this.#settle();
    this.#series.rows.clear();
    if (this.labelNames.length === 0) this.#add(0);
  }

  /** Removes a series, by the values of its labels. */
  remove(...values: string[]): void;
  /** Removes a series. Throws if a label is unknown. */
  remove(labels: LabelValues<T>): void;
  remove(...given: unknown[]): void {
    const labels = labelsFrom(this.labelNames, given) ?? {};
    checkLabels(this.labelNames, labels);
    this.#settle();
    this.#series.rows.remove(labels);
  }

  #increase(labels: unknown, value: unknown): void {
    if (areLabels(labels)) {
      const store = this.#store;
      let row = store.series.quickRowOf(labels);
      if (row < 0) row = this.#seldomRowOf(labels, value);
      store.pages.pageOf(row)[store.pages.offsetOf(row)]! += checkedIncrease(value);
    } else this.#add(checkedIncrease(labels));
  }

  // Checks the labels and the value before a series is created.
  #seldomRowOf(labels: object, value: unknown): number {
    checkLabels(this.labelNames, labels);
    checkedIncrease(value);
    return this.#series.rows.rowOf({ ...labels });
  }

  #add(amount: number): void {
    const { pages, series } = this.#store;
    let row = series.quickRowOf(NO_LABELS);
    if (row < 0) row = this.#series.rows.rowOf(NO_LABELS);
    pages.pageOf(row)[pages.offsetOf(row)]! += amount;
  }

  #settle(): void {
    const pending = this.#pending;
    if (pending === undefined || pending.calls === 0) return;
    const { calls } = pending;
    pending.calls = 0;
    this.#add(calls);
  }

  #increaseWithExemplar(given: unknown = {}): void {
    const { labels = {}, value = 1, exemplarLabels }: Record<string, unknown> = Object(given);
    this.#increase(labels, value);
    if (!isObject(exemplarLabels)) return;
    const { exemplars, rows } = this.#series;
    const row = rows.find(isObject(labels) ? labels : {});
    const exemplar = exemplars.get(row) ?? new Exemplar();
    exemplar.set(exemplarLabels, value ? Number(value) : 1);
    exemplars.set(row, exemplar);
  }
}

const NO_LABELS: Attributes = {};

// Returns 0 for -0, which would leave a cell as if nothing was recorded.
function checkedIncrease(value: unknown): number {
  if (typeof value === "number" && value >= 0 && value < Infinity) return value + 0;
  if (value === undefined || value === null) return 1;
  if (value && !Number.isFinite(value)) throw new TypeError(`Value is not a valid number: ${format(value)}`);
  if (Number(value) < 0) throw new Error("It is not possible to decrease a counter");
  return Number(value);
}
