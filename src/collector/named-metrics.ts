// Metrics that a collector returns by name.
import type { DropReason, DroppedMeasurements } from "../diagnostics/dropped-measurements.ts";
import { refusalOfAmount } from "../recording/guarded-instruments.ts";
import type { MetricDescription } from "./metrics-exporter.ts";
import type { Labels } from "../translation/snapshot-document.ts";

/** Name and description of a named metric. */
export interface NamedMetricSpec {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly labels: readonly string[] | undefined;
}

/** Destination of a named counter's measurements. Accepts labels of any type. */
export interface CounterTarget {
  add(value: number, labels: unknown): void;
}

/** Destination of a named gauge's measurements. Accepts labels of any type. */
export interface GaugeTarget {
  record(value: number, labels: unknown): void;
  adjust(difference: number, labels: unknown): void;
}

/** Destination of a named histogram's measurements. Accepts labels of any type. */
export interface HistogramTarget {
  record(value: number, labels: unknown): void;
}

class NamedMetric implements NamedMetricSpec {
  /** Name as it was registered. */
  readonly name: string;
  /** Description, which may be empty. */
  readonly description: string;
  /** Unit in UCUM, which may be empty. */
  readonly unit: string;
  /** Declared labels; `undefined` if any are allowed. */
  readonly labels: readonly string[] | undefined;

  constructor(spec: NamedMetricSpec) {
    this.name = spec.name;
    this.description = spec.description;
    this.unit = spec.unit;
    this.labels = spec.labels;
  }
}

/**
 * A counter registered on a collector. No call ever throws: a value that is not a number of zero or more is dropped and
 * counted.
 */
export class NamedCounter extends NamedMetric implements MetricDescription {
  /** Kind of metric. */
  readonly kind = "counter";
  readonly #dropped: DroppedMeasurements;
  readonly #target: CounterTarget;

  /** @internal */
  constructor(spec: NamedMetricSpec, dropped: DroppedMeasurements, target: CounterTarget) {
    super(spec);
    this.#dropped = dropped;
    this.#target = target;
  }

  /** Adds `n`, zero or more; by default 1. */
  increment(n = 1, labels?: Labels): void {
    const reason = refusalOfAmount(n);
    if (reason === undefined) this.#target.add(n, labels);
    else this.#dropped.measurement(this.name, reason, n);
  }
}

/**
 * A gauge registered on a collector. No call ever throws: a value that is not a number is dropped and counted. `set`
 * accepts NaN and infinities.
 */
export class NamedGauge extends NamedMetric implements MetricDescription {
  /** Kind of metric. */
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
   * Starts a timer. The returned function sets the value to the elapsed seconds, and returns them.
   *
   * @example
   * const end = lastRun.startTimer({ job: "backup" });
   * const seconds = end();
   */
  startTimer(labels?: Labels): (more?: Labels) => number {
    return timer((seconds, more) => this.set(seconds, more), labels);
  }

  /** Adds `n`, by default 1, to the last value, which is 0 at first. */
  increment(n = 1, labels?: Labels): void {
    const reason = refusalOfDifference(n);
    if (reason === undefined) this.#target.adjust(n, labels);
    else this.#dropped.measurement(this.name, reason, n);
  }

  /** Subtracts `n`, by default 1, from the last value, which is 0 at first. */
  decrement(n = 1, labels?: Labels): void {
    const reason = refusalOfDifference(n);
    if (reason === undefined) this.#target.adjust(-n, labels);
    else this.#dropped.measurement(this.name, reason, n);
  }
}

/**
 * A histogram registered on a collector. No call ever throws: a value that is not a number of zero or more is dropped
 * and counted.
 */
export class NamedHistogram extends NamedMetric implements MetricDescription {
  /** Kind of metric. */
  readonly kind = "histogram";
  /** Upper bounds of the buckets, in rising order, without the bucket for all greater values. */
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
   * Starts a timer. The returned function records the elapsed seconds, and returns them. Labels that are only known at
   * the end are passed to that function.
   *
   * @example
   * const end = requests.startTimer({ method: "GET" });
   * const seconds = end({ status: "200" });
   */
  startTimer(labels?: Labels): (more?: Labels) => number {
    return timer((seconds, more) => this.observe(seconds, more), labels);
  }

  /** Records a value of zero or more. */
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
    record(seconds, joined(labels, more));
    return seconds;
  };
}

// Labels that cannot be read are left to the recording, which counts them.
function joined(labels: Labels = {}, more: Labels = {}): Labels {
  for (const given of [labels, more]) {
    try {
      Object.entries(given);
    } catch {
      return given;
    }
  }
  return { ...labels, ...more };
}

// A NaN or an infinity that was added once would remain in the value for ever.
function refusalOfDifference(n: unknown): DropReason | undefined {
  if (typeof n !== "number" || Number.isNaN(n)) return "not_a_number";
  return Number.isFinite(n) ? undefined : "not_finite";
}
