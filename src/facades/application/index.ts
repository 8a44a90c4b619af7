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
 * Times functions and blocks of code in the histogram `application.call.duration`. Its attributes are
 * `code.function.name`, the given tags, and `error.type` if a call failed. Results and errors of the functions are
 * passed through unchanged. The methods throw only what the timed function throws, and `TimerTargetError` for a target
 * that cannot be called.
 *
 * Each measurement is exported; `getCollectedMetrics()` returns at most 100 a second of each name.
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

  /** Creates the facade. Its instruments are created in scope `tachymeter.application`. */
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
   * Returns a wrapper that times functions. It also works as a decorator of methods, getters, setters and fields that
   * hold functions. A call is timed until it returns or throws. A call that returns a promise is timed until the
   * promise settles, and one that returns a generator while the generator itself runs.
   *
   * `name` defaults to the name of the function. The wrapper throws `TimerTargetError` for a target that cannot be
   * called.
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
   * Runs `fn`, timed like a call of a timed function, and returns its result. Data that `fn` adds to `block.metadata`
   * become the `context` of the `PerformanceMetric`.
   */
  track<T>(name: string, tags: Labels | undefined, fn: (block: TrackedBlock) => T): T;
  /**
   * Times the code until the returned scope is disposed of, which `using` does at the end of the block. `fail(error)`
   * marks the block as failed.
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
   * Runs `fn`, returns its result and records the bytes that it allocated on the JavaScript heap, garbage included, in
   * the histogram `application.allocation.size`. Nothing is recorded if `fn` throws. Buffers are not on the heap. For
   * an asynchronous function, only the part before the first `await` is measured.
   *
   * The error is some kilobytes, plus at most 1 MiB for each garbage collection meanwhile. Costs about 20 µs: not for
   * hot paths.
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
   * Records a measurement that was made elsewhere: sets the gauge of its name, and adds it to `getCollectedMetrics()`.
   * Without a valid name and value, it is dropped, counted in `telemetry.dropped` and logged once. The timestamp
   * defaults to the current time.
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
   * Number of calls of timed functions and runs of blocks by name, including those still running. After the first 1,000
   * names, further ones are counted as `_other`.
   */
  getCallCounts(): Record<string, number> {
    return this.#records.counts.toRecord();
  }

  #nameFrom(given: unknown): string | undefined {
    return this.#meter.labelFrom(given, CALL_DURATION, "code.function.name") || undefined;
  }
}

/** Creates an `Application` on the global meter provider. */
export function getApplicationCollector(): Application {
  return new Application();
}
