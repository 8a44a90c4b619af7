// How long an application's functions and blocks take, how often they run, what they take from the heap.
import { readField } from "../../events/labels.ts";
import { CallCounts } from "./call-counts.ts";
import { CALL_DURATION, CallRecorder, type CallRecords } from "./call-recorder.ts";
import { CustomMeasurements } from "../custom/measurements.ts";
import { FacadeMeter, type FacadeOptions } from "../../recording/facade-meter.ts";
import { nameFromGiven } from "../../recording/given-name.ts";
import type { GuardedHistogram } from "../../recording/guarded-instruments.ts";
import { withHeapAllocation } from "./heap-allocation.ts";
import { MetricBuffer } from "../metric-buffer.ts";
import type { PerformanceMetric } from "../performance-metric.ts";
import type { Labels } from "../../translation/snapshot-document.ts";
import { timedBlock } from "./timed-function.ts";
import { nameForgotten, type Timer, timerFor } from "./timer.ts";
import type { TrackedBlock } from "./tracked-block.ts";
import { trackedScope, type TrackedScope } from "./tracked-scope.ts";

/** What an `Application` takes. */
export type ApplicationOptions = FacadeOptions;

const ALLOCATION_SIZE = "application.allocation.size";
const NO_NAME = "anonymous";

// From 1 KiB to 1 GiB.
const SIZE_BOUNDARIES: number[] = [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20].map((power) => 2 ** (10 + power));

/**
 * Times functions and blocks, in the histogram `application.call.duration` with the name as `code.function.name`, the
 * tags as they are, and `error.type` where a call failed. What a function gives, throws or rejects with comes through
 * unchanged. No call throws but what the function itself throws, and a timer that is put on what cannot be called.
 *
 * What was recorded can be drained by `getCollectedMetrics()`, of each name at most 100 a second; the instruments get
 * every measurement.
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
export class Application {
  readonly #buffer = new MetricBuffer();
  readonly #records: CallRecords;
  readonly #allocations: GuardedHistogram;
  readonly #measurements: CustomMeasurements;

  constructor(options: ApplicationOptions = {}) {
    const meter = new FacadeMeter("tachymeter.application", options);
    this.#records = {
      durations: meter.durations(CALL_DURATION, "Time that calls of a function or runs of a block took."),
      buffer: this.#buffer,
      counts: new CallCounts(),
      drops: meter.drops,
    };
    this.#allocations = meter.histogram(ALLOCATION_SIZE, {
      unit: "By",
      description: "Memory that a call allocated on the heap.",
      advice: { explicitBucketBoundaries: SIZE_BOUNDARIES },
    });
    this.#measurements = new CustomMeasurements("application", meter, this.#buffer, [
      CALL_DURATION,
      ALLOCATION_SIZE,
    ]);
  }

  /**
   * Gives a wrapper of functions, which is a decorator too: of methods, getters, setters, and fields that hold functions.
   * A call is timed until it returns or throws, for a promise until it is settled, for a generator as long as it ran
   * itself, without the time of its consumer. Without `name` it is the function's own.
   *
   * What it gives throws TimerTargetError where it is put on something that cannot be called.
   *
   * @throws TimerTargetError where it is given the function in place of the name.
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
   * Runs `fn`, times it like a call of a timed function, and gives back what it gives. `metadata`, which it may fill,
   * becomes the `context` of the `PerformanceMetric`.
   */
  track<T>(name: string, tags: Labels | undefined, fn: (block: TrackedBlock) => T): T;
  /**
   * Times what follows until what it gives is disposed of, which `using` does at the end of the block. Since nobody
   * tells a disposable that the block failed, `fail(error)` does.
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
   * Runs `fn`, gives back what it gives, and records how many bytes of JavaScript's heap it allocated, garbage included,
   * in the histogram `application.allocation.size`; nothing if `fn` throws. Exact to some kilobytes; each garbage
   * collection meanwhile adds an error of at most 1 MiB. Buffers lie beside the heap and are not counted. For an
   * asynchronous function only what comes before the first `await` is. Costs some 20 µs: not for hot paths.
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
   * Records a measurement that was made elsewhere: on a gauge of its name, and for `getCollectedMetrics()`. What has no
   * usable name or value is dropped, counted in `telemetry.dropped` and logged once; a missing timestamp is now.
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
   * By name, how often timed functions were called and blocks were begun; those that run still count. The first 1,000
   * names are kept apart, all further ones are `_other`.
   */
  getCallCounts(): Record<string, number> {
    return this.#records.counts.toRecord();
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

  #nameFrom(given: unknown): string | undefined {
    const name = nameFromGiven(given);
    if (name === undefined && given !== undefined && given !== null) {
      this.#records.drops.label(CALL_DURATION, "invalid", "code.function.name");
    }
    return name === "" ? undefined : name;
  }
}

/** Makes an `Application` of its own, on the global provider. */
export function getApplicationCollector(): Application {
  return new Application();
}
