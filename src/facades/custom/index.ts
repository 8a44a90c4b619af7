// Counters, gauges and histograms under names of the application's own.
import { FacadeMeter, type FacadeOptions } from "../../recording/facade-meter.ts";
import type { InstrumentKind } from "./instruments.ts";
import { CustomMeasurements } from "./measurements.ts";
import { type CollectedMetricsOptions, MetricBuffer } from "../metric-buffer.ts";
import type { PerformanceMetric } from "../performance-metric.ts";
import type { Labels } from "../../translation/snapshot-document.ts";

/** What a `Custom` takes. */
export interface CustomOptions extends FacadeOptions, CollectedMetricsOptions {}

/**
 * Records figures of the application's own: business metrics, counters, whatever fits nowhere else. A name needs no
 * declaration: its instrument is made, once, when it is first used, in scope `tachymeter.custom`. A name stands for one
 * kind of instrument, and there are at most 1,000; what tells measurements apart belongs into tags, which are exported
 * as attributes.
 *
 * No call ever throws. A measurement that cannot be taken (a value that is no number, a name that is none or that stands
 * for another kind) is dropped, counted in `telemetry.dropped` and logged once; the call gives `undefined`.
 *
 * What was recorded can be drained by `getCollectedMetrics()`, of each name at most 100 a second; the instruments get
 * every measurement.
 *
 * @example
 * const custom = new Custom();
 * custom.incrementCounter("orders", 1, { country: "NO" });
 * custom.recordBusinessMetric("cart.value", 129.9, "EUR", { country: "NO" }, { cart: "c-17" });
 */
export class Custom {
  readonly #buffer: MetricBuffer;
  readonly #measurements: CustomMeasurements;

  /** @throws FacadeOptionsError if `maxMetricsPerSecond` is not a whole number from 1 to 10,000. */
  constructor(options: CustomOptions = {}) {
    this.#buffer = new MetricBuffer(options);
    const meter = new FacadeMeter("tachymeter.custom", options);
    this.#measurements = new CustomMeasurements("custom", meter, this.#buffer);
  }

  /** Adds `value`, zero or more, to the counter `name`. Gives the increment as a metric. */
  incrementCounter(name: string, value = 1, tags?: Labels): PerformanceMetric | undefined {
    return this.#measurements.record("counter", { name, value, tags });
  }

  /** Sets the gauge `name`; NaN and infinities are values of gauges too. */
  setGauge(name: string, value: number, tags?: Labels): PerformanceMetric | undefined {
    return this.#measurements.record("gauge", { name, value, tags });
  }

  /**
   * Records `value`, zero or more, in the histogram `name`. Where the name ends in `_seconds`, the buckets are those of
   * durations.
   */
  recordHistogramValue(name: string, value: number, tags?: Labels): PerformanceMetric | undefined {
    return this.#measurements.record("histogram", { name, value, tags });
  }

  /**
   * Sets the gauge `name` to what was measured in `unit`: as UCUM writes it (`s`, `By`, `1`) or a word (`EUR`). The unit
   * of the first measurement is the instrument's; `count` stands for no unit. `context` is kept in the metric alone,
   * never exported, so it may hold what has too many values for a tag.
   */
  recordBusinessMetric(
    name: string,
    value: number,
    unit = "count",
    tags?: Labels,
    context?: Record<string, unknown>,
  ): PerformanceMetric | undefined {
    return this.#measurements.record("gauge", { name, value, unit, tags, context });
  }

  /** By name, what was added to each counter since it was last reset, summed over its tags. */
  getCounterValues(): Record<string, number> {
    return this.#values("counter");
  }

  /** By name, what each gauge was set to last, whatever its tags. */
  getGaugeValues(): Record<string, number> {
    return this.#values("gauge");
  }

  /** Sets what `getCounterValues` answers to zero. Exported counters go on: a counter that falls is a lie. */
  resetCounters(): void {
    for (const counter of this.#measurements.instruments.ofKind("counter")) counter.value = 0;
  }

  /**
   * The metrics that were recorded since the last call, in the order of time. Where a name was recorded more than 100
   * times within a second, they are an even sample of 100 of these, and each has `context.sampledFrom`: how many there
   * were. At most 10,000 are kept; the oldest go first.
   */
  getCollectedMetrics(): PerformanceMetric[] {
    return this.#buffer.drain();
  }

  /** By name, how many measurements since the start `getCollectedMetrics()` left out. The instruments have them all. */
  getLeftOutCounts(): Record<string, number> {
    return this.#buffer.leftOut();
  }

  #values(kind: InstrumentKind): Record<string, number> {
    const instruments = [...this.#measurements.instruments.ofKind(kind)];
    return Object.fromEntries(instruments.map(({ name, value }) => [name, value]));
  }
}

/** Makes a `Custom` of its own, on the global provider. */
export function getCustomCollector(): Custom {
  return new Custom();
}
