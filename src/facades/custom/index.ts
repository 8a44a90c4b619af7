import { facadeOptions } from "../../options/facades.ts";
import { FacadeMeter, type FacadeOptions } from "../../recording/facade-meter.ts";
import { CustomMeasurements, type InstrumentKind } from "./measurements.ts";
import {
  type CollectedMetricsOptions,
  MetricBuffer,
  MetricCollector,
  type PerformanceMetric,
} from "../metric-buffer.ts";
import type { Labels } from "../../translation/snapshot-document.ts";

/** Options of `Custom`. */
export interface CustomOptions extends FacadeOptions, CollectedMetricsOptions {}

/**
 * Records metrics of the application's own. A name needs no declaration: its instrument is created at first use, in
 * scope `tachymeter.custom`. A name stands for one kind of instrument, and there are at most 1,000; distinctions belong
 * into tags, which are exported as attributes.
 *
 * No call ever throws. An invalid measurement (a value that is not a number, an invalid name or one of another kind) is
 * dropped, counted in `telemetry.dropped` and logged once; the call returns `undefined`.
 *
 * The instruments get every measurement; `getCollectedMetrics()` returns at most 100 a second of each name.
 *
 * @example
 * const custom = new Custom();
 * custom.incrementCounter("orders", 1, { country: "NO" });
 * custom.recordBusinessMetric("cart.value", 129.9, "EUR", { country: "NO" }, { cart: "c-17" });
 */
export class Custom extends MetricCollector {
  readonly #measurements: CustomMeasurements;

  /** @throws OptionsError if `maxMetricsPerSecond` is not a whole number from 1 to 10,000. */
  constructor(options: CustomOptions = {}) {
    const buffer = new MetricBuffer(facadeOptions("custom", options));
    super(buffer);
    const meter = new FacadeMeter("tachymeter.custom", options);
    this.#measurements = new CustomMeasurements("custom", meter, buffer);
  }

  /** Adds `value`, zero or more, to the counter `name`. Returns the increment as a metric. */
  incrementCounter(name: string, value = 1, tags?: Labels): PerformanceMetric | undefined {
    return this.#measurements.record("counter", { name, value, tags });
  }

  /** Sets the gauge `name`; NaN and infinities are valid. */
  setGauge(name: string, value: number, tags?: Labels): PerformanceMetric | undefined {
    return this.#measurements.record("gauge", { name, value, tags });
  }

  /**
   * Records `value`, zero or more, in the histogram `name`; with buckets for durations if the name ends in `_seconds`.
   */
  recordHistogramValue(name: string, value: number, tags?: Labels): PerformanceMetric | undefined {
    return this.#measurements.record("histogram", { name, value, tags });
  }

  /**
   * Sets the gauge `name` to a value in `unit`: in UCUM (`s`, `By`, `1`) or a word (`EUR`). The first unit is the
   * instrument's; `count` stands for none. `context` is kept in the metric and never exported, so it may have any
   * number of values.
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

  /** Sum of each counter since its last reset, over all tags, by name. */
  getCounterValues(): Record<string, number> {
    return this.#values("counter");
  }

  /** Last value of each gauge, whatever its tags, by name. */
  getGaugeValues(): Record<string, number> {
    return this.#values("gauge");
  }

  /** Sets the values of `getCounterValues` to zero. Exported counters go on, since they must not fall. */
  resetCounters(): void {
    for (const counter of this.#measurements.ofKind("counter")) counter.value = 0;
  }

  #values(kind: InstrumentKind): Record<string, number> {
    const instruments = this.#measurements.ofKind(kind);
    return Object.fromEntries(instruments.map(({ name, value }) => [name, value]));
  }
}

/** A new `Custom` on the global provider. */
export function getCustomCollector(): Custom {
  return new Custom();
}
