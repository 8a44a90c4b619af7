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
 * Records counters, gauges and histograms of the application. A name needs no declaration: its instrument is created at
 * first use, in scope `tachymeter.custom`. Each name stands for one kind of instrument. At most 1,000 names are kept;
 * use tags, which are exported as attributes, for anything that varies.
 *
 * No call ever throws. A measurement is dropped if its value or name is invalid, or its name belongs to another kind of
 * instrument. The drop is counted in `telemetry.dropped` and logged once, and the call returns `undefined`.
 *
 * Each measurement is exported; `getCollectedMetrics()` returns at most 100 a second of each name.
 *
 * @example
 * const custom = new Custom();
 * custom.incrementCounter("orders", 1, { country: "NO" });
 * custom.recordBusinessMetric("cart.value", 129.9, "EUR", { country: "NO" }, { cart: "c-17" });
 */
export class Custom extends MetricCollector {
  readonly #measurements: CustomMeasurements;

  /**
   * Creates the facade.
   *
   * @throws OptionsError if `maxMetricsPerSecond` is not a whole number from 1 to 10,000.
   */
  constructor(options: CustomOptions = {}) {
    const buffer = new MetricBuffer(facadeOptions("custom", options));
    super(buffer);
    const meter = new FacadeMeter("tachymeter.custom", options);
    this.#measurements = new CustomMeasurements("custom", meter, buffer);
  }

  /** Adds `value`, zero or more, to the counter `name`. Returns the recorded increment. */
  incrementCounter(name: string, value = 1, tags?: Labels): PerformanceMetric | undefined {
    return this.#measurements.record("counter", { name, value, tags });
  }

  /** Sets the gauge `name` to `value`, which may be NaN or infinite. Returns the recorded measurement. */
  setGauge(name: string, value: number, tags?: Labels): PerformanceMetric | undefined {
    return this.#measurements.record("gauge", { name, value, tags });
  }

  /**
   * Records `value`, zero or more, in the histogram `name`. If the name ends in `_seconds`, its buckets suit durations.
   * Returns the recorded measurement.
   */
  recordHistogramValue(name: string, value: number, tags?: Labels): PerformanceMetric | undefined {
    return this.#measurements.record("histogram", { name, value, tags });
  }

  /**
   * Sets the gauge `name` to `value`, and returns the recorded measurement. `unit` is in UCUM (`s`, `By`, `1`) or a
   * word (`EUR`); the first one becomes the unit of the instrument, and `count` means no unit. `context` is kept in the
   * returned measurement and never exported, so it may have any number of distinct values.
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

  /** Last value of each gauge over all tags, by name. */
  getGaugeValues(): Record<string, number> {
    return this.#values("gauge");
  }

  /** Resets the values of `getCounterValues` to zero. Exported counters are unchanged, since they must not fall. */
  resetCounters(): void {
    for (const counter of this.#measurements.ofKind("counter")) counter.value = 0;
  }

  #values(kind: InstrumentKind): Record<string, number> {
    const instruments = this.#measurements.ofKind(kind);
    return Object.fromEntries(instruments.map(({ name, value }) => [name, value]));
  }
}

/** Creates a `Custom` on the global meter provider. */
export function getCustomCollector(): Custom {
  return new Custom();
}
