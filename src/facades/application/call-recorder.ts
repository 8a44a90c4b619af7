// The calls of one function, or the runs of one block: counted, timed and kept.
import type { Attributes } from "@opentelemetry/api";
import { cleanLabels, type Labels } from "../../events/labels.ts";
import type { CallCount, CallCounts } from "./call-counts.ts";
import type { Drops } from "../../recording/drops.ts";
import { errorTypeOf } from "../../recording/error-type.ts";
import type { BoundRecorder, GuardedHistogram } from "../../recording/guarded-instruments.ts";
import type { MetricBuffer } from "../metric-buffer.ts";
import { contextFromGiven, type PerformanceMetric } from "../performance-metric.ts";
import type { CallFailure } from "../../recording/timed-call.ts";
import type { TrackedBlock } from "./tracked-block.ts";

/** The name of the histogram. */
export const CALL_DURATION = "application.call.duration";

/** Where calls are recorded. */
export interface CallRecords {
  readonly durations: GuardedHistogram;
  readonly buffer: MetricBuffer;
  readonly counts: CallCounts;
  readonly drops: Drops;
}

/** Records the calls of one name with the same tags. */
export class CallRecorder {
  readonly name: string;
  readonly #tags: Labels;
  readonly #attributes: Attributes;
  readonly #records: CallRecords;
  readonly #count: CallCount;
  #bound: BoundRecorder | undefined;

  /** @param tags as a caller gave them. */
  constructor(name: string, tags: unknown, records: CallRecords) {
    this.name = name;
    this.#tags = Object.freeze(
      cleanLabels(tags, (key) => records.drops.label(CALL_DURATION, "invalid", key)),
    );
    this.#attributes = { ...this.#tags, "code.function.name": name };
    this.#records = records;
    this.#count = records.counts.of(name);
  }

  /** Looks nothing up for calls that succeed from now on: for recorders that live long. */
  bind(): this {
    this.#bound = this.#records.durations.bind(this.#attributes);
    return this;
  }

  /** Counts a call that begins now. */
  begin(): number {
    this.#count.calls++;
    return performance.now();
  }

  /** Records a call that has ended now. `startedMillis` is what `begin` gave. */
  end(startedMillis: number, failure?: CallFailure, block?: TrackedBlock): void {
    const nowMillis = performance.now();
    this.record((nowMillis - startedMillis) / 1000, failure, block, nowMillis);
  }

  /** Records a call that took `seconds`. What the block says of itself becomes the context of the metric. */
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
