// The metrics that a collector hands out by name.
import type { DropReason, DroppedMeasurements } from "../diagnostics/dropped-measurements.ts";
import { refusalOfAmount } from "../recording/guarded-instruments.ts";
import type { MetricDescription } from "./metrics-exporter.ts";
import type { Labels } from "../translation/snapshot-document.ts";

export interface NamedMetricSpec {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly labels: readonly string[] | undefined;
}

/** Where a named counter's measurements go. Takes labels of any kind. */
export interface CounterTarget {
  add(value: number, labels: unknown): void;
}

/** Where a named gauge's measurements go. Takes labels of any kind. */
export interface GaugeTarget {
  record(value: number, labels: unknown): void;
  adjust(difference: number, labels: unknown): void;
}

/** Where a named histogram's measurements go. Takes labels of any kind. */
export interface HistogramTarget {
  record(value: number, labels: unknown): void;
}

class NamedMetric implements NamedMetricSpec {
  readonly name: string;
  readonly description: string;
  /** The unit as UCUM writes it, empty where there is none. */
  readonly unit: string;
  /** The labels that were declared; `undefined` where any may be given. */
  readonly labels: readonly string[] | undefined;

  constructor(spec: NamedMetricSpec) {
    this.name = spec.name;
    this.description = spec.description;
    this.unit = spec.unit;
    this.labels = spec.labels;
  }
}

/** A counter of a collector. No call ever throws: what is no number of zero or more is dropped and counted. */
export class NamedCounter extends NamedMetric implements MetricDescription {
  readonly kind = "counter";
  readonly #dropped: DroppedMeasurements;
  readonly #target: CounterTarget;

  /** @internal */
  constructor(spec: NamedMetricSpec, dropped: DroppedMeasurements, target: CounterTarget) {
    super(spec);
    this.#dropped = dropped;
    this.#target = target;
  }

  /** Adds `n`: zero or more. */
  increment(n = 1, labels?: Labels): void {
    const reason = refusalOfAmount(n);
    if (reason === undefined) this.#target.add(n, labels);
    else this.#dropped.measurement(this.name, reason, n);
  }
}

/** A gauge of a collector. No call ever throws: what is no number is dropped and counted; NaN and infinities are set. */
export class NamedGauge extends NamedMetric implements MetricDescription {
  readonly kind = "gauge";
  readonly #dropped: DroppedMeasurements;
  readonly #target: GaugeTarget;

  /** @internal */
  constructor(spec: NamedMetricSpec, dropped: DroppedMeasurements, target: GaugeTarget) {
    super(spec);
    this.#dropped = dropped;
    this.#target = target;
  }

  /** Sets the value. */
  set(value: number, labels?: Labels): void {
    if (typeof value === "number") this.#target.record(value, labels);
    else this.#dropped.measurement(this.name, "not_a_number", value);
  }

  /**
   * Begins to measure a time. The function that it returns sets the value to the seconds since, and returns them.
   *
   * @example
   * const end = lastRun.startTimer({ job: "backup" });
   * const seconds = end();
   */
  startTimer(labels?: Labels): (more?: Labels) => number {
    return timer((seconds, more) => this.set(seconds, more), labels);
  }

  /** Sets the value `n` higher than it was set last; it begins at 0. */
  increment(n = 1, labels?: Labels): void {
    const reason = refusalOfDifference(n);
    if (reason === undefined) this.#target.adjust(n, labels);
    else this.#dropped.measurement(this.name, reason, n);
  }

  /** Sets the value `n` lower than it was set last; it begins at 0. */
  decrement(n = 1, labels?: Labels): void {
    const reason = refusalOfDifference(n);
    if (reason === undefined) this.#target.adjust(-n, labels);
    else this.#dropped.measurement(this.name, reason, n);
  }
}

/** A histogram of a collector. No call ever throws: what is no number of zero or more is dropped and counted. */
export class NamedHistogram extends NamedMetric implements MetricDescription {
  readonly kind = "histogram";
  /** The upper bounds of the buckets, in rising order, the one for everything above left out. */
  readonly buckets: readonly number[];
  readonly #dropped: DroppedMeasurements;
  readonly #target: HistogramTarget;

  /** @internal */
  constructor(
    spec: NamedMetricSpec,
    buckets: readonly number[],
    dropped: DroppedMeasurements,
    target: HistogramTarget,
  ) {
    super(spec);
    this.buckets = buckets;
    this.#dropped = dropped;
    this.#target = target;
  }

  /**
   * Begins to measure a time. The function that it returns counts the seconds since, and returns them. Labels that are
   * known at the end only are given to that function.
   *
   * @example
   * const end = requests.startTimer({ method: "GET" });
   * const seconds = end({ status: "200" });
   */
  startTimer(labels?: Labels): (more?: Labels) => number {
    return timer((seconds, more) => this.observe(seconds, more), labels);
  }

  /** Counts a value: zero or more. */
  observe(value: number, labels?: Labels): void {
    const reason = refusalOfAmount(value);
    if (reason === undefined) this.#target.record(value, labels);
    else this.#dropped.measurement(this.name, reason, value);
  }
}

function timer(
  record: (seconds: number, labels: Labels) => void,
  labels: Labels | undefined,
): (more?: Labels) => number {
  const startedMillis = performance.now();
  return (more) => {
    const seconds = (performance.now() - startedMillis) / 1000;
    record(seconds, { ...labels, ...more });
    return seconds;
  };
}

// NaN or an infinity added once would stay in the value for ever.
function refusalOfDifference(n: unknown): DropReason | undefined {
  if (typeof n !== "number" || Number.isNaN(n)) return "not_a_number";
  return Number.isFinite(n) ? undefined : "not_finite";
}
