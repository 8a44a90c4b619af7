import { readField } from "../../events/labels.ts";
import {
  CALL_DURATION,
  CallCounts,
  CallRecorder,
  type CallRecords,
  type TrackedBlock,
} from "./call-recorder.ts";
import { CustomMeasurements } from "../custom/measurements.ts";
import { FacadeMeter, type FacadeOptions } from "../../recording/facade-meter.ts";
import type { GuardedHistogram } from "../../recording/guarded-instruments.ts";
import { withHeapAllocation } from "./heap-allocation.ts";
import { MetricBuffer, MetricCollector, type PerformanceMetric } from "../metric-buffer.ts";
import type { Labels } from "../../translation/snapshot-document.ts";
import { timedBlock, type TrackedScope, trackedScope } from "./timed-function.ts";
import { nameForgotten, type Timer, timerFor } from "./timer.ts";

/** Options of `Application`. */
export type ApplicationOptions = FacadeOptions;

const ALLOCATION_SIZE = "application.allocation.size";
const NO_NAME = "anonymous";

// From 1 KiB to 1 GiB.
const SIZE_BOUNDARIES: number[] = [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20].map((power) => 2 ** (10 + power));

/**
 * Times functions and blocks in the histogram `application.call.duration`, with `code.function.name`, the tags, and
 * `error.type` if a call failed. Results and errors of functions are passed through unchanged. No call throws but what
 * the function throws, and a timer on a target that cannot be called.
 *
 * The instruments get every measurement; `getCollectedMetrics()` returns at most 100 a second of each name.
 *
 * @example
 * const application = new Application();
 * const load = application.timer("load")(async (id) => fetch(`https://example.com/${id}`));
 *
 * class Shop {
 *   \@application.timer("checkout", { tier: "gold" })
 *   async checkout(cart) {}
 * }
 *
 * const rows = application.track("import", { kind: "csv" }, (block) => {
 *   block.metadata.file = "orders.csv";
 *   return readRows();
 * });
 */
export class Application extends MetricCollector {
  readonly #buffer: MetricBuffer;
  readonly #meter: FacadeMeter;
  readonly #records: CallRecords;
  readonly #allocations: GuardedHistogram;
  readonly #measurements: CustomMeasurements;

  constructor(options: ApplicationOptions = {}) {
    const buffer = new MetricBuffer();
    super(buffer);
    this.#buffer = buffer;
    const meter = new FacadeMeter("tachymeter.application", options);
    this.#meter = meter;
    this.#records = {
      durations: meter.durations(CALL_DURATION, "Time that calls of a function or runs of a block took."),
      buffer: this.#buffer,
      counts: new CallCounts(),
      dropped: meter.dropped,
    };
    this.#allocations = meter.histogram(
      ALLOCATION_SIZE,
      "By",
      "Memory that a call allocated on the heap.",
      SIZE_BOUNDARIES,
    );
    this.#measurements = new CustomMeasurements("application", meter, this.#buffer, [
      CALL_DURATION,
      ALLOCATION_SIZE,
    ]);
  }

  /**
   * A wrapper for functions, also usable as a decorator of methods, getters, setters and fields that hold functions. A
   * call is timed until it returns or throws, for a promise until it settles, for a generator while it runs itself.
   * `name` is the function's own by default.
   *
   * The wrapper throws TimerTargetError for a target that cannot be called.
   *
   * @throws TimerTargetError if `name` is a function.
   */
  timer(name?: string, tags?: Labels): Timer {
    if (typeof name === "function") throw nameForgotten();
    const given = this.#nameFrom(name);
    let shared: CallRecorder | undefined;
    return timerFor((ownName) => {
      if (given !== undefined) return (shared ??= new CallRecorder(given, tags, this.#records).bind());
      return new CallRecorder(ownName || NO_NAME, tags, this.#records).bind();
    });
  }

  /**
   * Runs `fn`, timed like a call of a timed function, and returns its result. `fn` may fill `metadata`, the `context`
   * of the `PerformanceMetric`.
   */
  track<T>(name: string, tags: Labels | undefined, fn: (block: TrackedBlock) => T): T;
  /**
   * Times the code until the result is disposed of, which `using` does at the end of the block. `fail(error)` marks the
   * block as failed.
   *
   * @example
   * using block = application.track("import");
   * block.metadata["file"] = "orders.csv";
   */
  track(name: string, tags?: Labels): TrackedScope;
  track(name: string, tags?: Labels, fn?: (block: TrackedBlock) => unknown): unknown {
    const calls = new CallRecorder(this.#nameFrom(name) ?? NO_NAME, tags, this.#records);
    if (fn === undefined) return trackedScope(calls);
    const block: TrackedBlock = { metadata: {} };
    return timedBlock(() => fn(block), calls, block);
  }

  /**
   * Runs `fn`, returns its result and records the bytes of JavaScript's heap that it allocated, garbage included, in
   * the histogram `application.allocation.size`; nothing if `fn` throws. Exact to some kilobytes; each garbage
   * collection meanwhile adds an error of at most 1 MiB. Buffers are not on the heap. Of an asynchronous function only
   * the part before the first `await` counts. Costs some 20 µs: not for hot paths.
   */
  trackAllocations<T>(name: string, fn: () => T): T {
    const allocating = this.#nameFrom(name) ?? NO_NAME;
    return withHeapAllocation(fn, (bytes) => {
      this.#allocations.record(bytes, { "code.function.name": allocating });
      this.#buffer.push({
        name: allocating,
        value: bytes,
        unit: "By",
        timestamp: Date.now() / 1000,
        tags: {},
        source: "application",
      });
    });
  }

  /**
   * Records a measurement made elsewhere: on a gauge of its name, and for `getCollectedMetrics()`. Without a valid name
   * and value it is dropped, counted in `telemetry.dropped` and logged once. The default timestamp is now.
   */
  recordCustomMetric(metric: PerformanceMetric): void {
    this.#measurements.record("gauge", {
      name: readField(metric, "name"),
      value: readField(metric, "value"),
      unit: readField(metric, "unit"),
      timestamp: readField(metric, "timestamp"),
      tags: readField(metric, "tags"),
      context: readField(metric, "context"),
      source: readField(metric, "source"),
    });
  }

  /**
   * Calls of timed functions and runs of blocks by name, running ones included: the first 1,000 names, and `_other` for
   * all further ones.
   */
  getCallCounts(): Record<string, number> {
    return this.#records.counts.toRecord();
  }

  #nameFrom(given: unknown): string | undefined {
    return this.#meter.labelFrom(given, CALL_DURATION, "code.function.name") || undefined;
  }
}

/** A new `Application` on the global provider. */
export function getApplicationCollector(): Application {
  return new Application();
}
