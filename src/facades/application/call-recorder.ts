import type { Attributes } from "@opentelemetry/api";
import { cleanLabels, type Labels } from "../../events/labels.ts";
import { boundedName } from "../../recording/bounded-names.ts";
import type { DroppedMeasurements } from "../../diagnostics/dropped-measurements.ts";
import { errorTypeOf } from "../../recording/error-type.ts";
import type { BoundRecorder } from "../../recording/bind.ts";
import type { GuardedHistogram } from "../../recording/guarded-instruments.ts";
import { contextFromGiven, type MetricBuffer, type PerformanceMetric } from "../metric-buffer.ts";
import type { CallFailure } from "../../recording/timed-call.ts";

/** One timed run of a block of code. */
export interface TrackedBlock {
  /** Additional data about this run, not exported: the `context` of its `PerformanceMetric`. */
  metadata: Record<string, unknown>;
}

/** Name of the histogram of calls. */
export const CALL_DURATION = "application.call.duration";

interface CallCount {
  calls: number;
}

const MAX_NAMES = 1_000;

/** Calls by name: the first 1,000 names, and `_other` for all further ones. */
export class CallCounts {
  readonly #counts = new Map<string, CallCount>();

  /** Returns the count of a name: the same object each time, which recorders increment. */
  of(name: string): CallCount {
    const key = boundedName(this.#counts, name, MAX_NAMES);
    let count = this.#counts.get(key);
    if (count === undefined) this.#counts.set(key, (count = { calls: 0 }));
    return count;
  }

  /** All counts above zero, by name. */
  toRecord(): Record<string, number> {
    const called = [...this.#counts].filter(([, { calls }]) => calls > 0);
    return Object.fromEntries(called.map(([name, { calls }]) => [name, calls]));
  }
}

/** Destinations of the calls' measurements. */
export interface CallRecords {
  readonly durations: GuardedHistogram;
  readonly buffer: MetricBuffer;
  readonly counts: CallCounts;
  readonly dropped: DroppedMeasurements;
}

/** Records the calls of one function, or the runs of one block, with the same tags. */
export class CallRecorder {
  readonly name: string;
  readonly #tags: Labels;
  readonly #attributes: Attributes;
  readonly #records: CallRecords;
  readonly #count: CallCount;
  #bound: BoundRecorder | undefined;

  /** @param tags labels from the application, unchecked. */
  constructor(name: string, tags: unknown, records: CallRecords) {
    this.name = name;
    this.#tags = Object.freeze(
      cleanLabels(tags, (key) => records.dropped.label(CALL_DURATION, "invalid", key)),
    );
    this.#attributes = { ...this.#tags, "code.function.name": name };
    this.#records = records;
    this.#count = records.counts.of(name);
  }

  /** Binds the histogram for a recorder that lives long, so that successful calls need no lookup. */
  bind(): this {
    this.#bound = this.#records.durations.bind(this.#attributes);
    return this;
  }

  /** Counts a call and returns its start time, for `end`. */
  begin(): number {
    this.#count.calls++;
    return performance.now();
  }

  /** Records a call that began at `startedMillis`. */
  end(startedMillis: number, failure?: CallFailure, block?: TrackedBlock): void {
    const nowMillis = performance.now();
    this.record((nowMillis - startedMillis) / 1000, failure, block, nowMillis);
  }

  /** Records a call that took `seconds`. The block's metadata becomes the metric's context. */
  record(
    seconds: number,
    failure: CallFailure | undefined,
    block?: TrackedBlock,
    nowMillis: number = performance.now(),
  ): void {
    const { durations, buffer } = this.#records;
    if (failure !== undefined) {
      const type = { "error.type": errorTypeOf(failure.error) };
      durations.record(seconds, { ...this.#attributes, ...type });
      buffer.push(this.#metric(seconds, { ...this.#tags, ...type }, block));
      return;
    }
    if (this.#bound === undefined) durations.record(seconds, this.#attributes);
    else this.#bound.record(seconds);
    buffer.offer(this.name, nowMillis, () => this.#metric(seconds, this.#tags, block));
  }

  #metric(seconds: number, tags: Labels, block: TrackedBlock | undefined): PerformanceMetric {
    const context = contextFromGiven(block?.metadata);
    return {
      name: this.name,
      value: seconds,
      unit: "s",
      timestamp: Date.now() / 1000,
      tags,
      ...(context !== undefined && { context }),
      source: "application",
    };
  }
}
