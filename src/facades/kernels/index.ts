// Kernels: the long-lived workers of an application, each with messages in, messages out and a life from launch to
// termination.
import { askedNumber } from "../../recording/asked.ts";
import { errorTypeOf } from "../../recording/error-type.ts";
import { FacadeMeter, type FacadeOptions } from "../../recording/facade-meter.ts";
import { nameFromGiven } from "../../recording/given-name.ts";
import { type GuardedHistogram, isAmount } from "../../recording/guarded-instruments.ts";
import { monitorKernels } from "./monitor.ts";
import type { KernelQueue, KernelRecord, KernelTelemetry } from "./record.ts";
import { KernelRecords } from "./records.ts";
import { resourceReader } from "./resources.ts";
import { addMethods, type KernelRuntime, wrapRuntime } from "./runtime.ts";
import { observeKernels, QUEUE_SIZE } from "./series.ts";
import { type Shared, type KindOfState } from "../../recording/shared-state.ts";

const STATE: KindOfState<KernelRecords, []> = {
  kind: "kernels",
  create: () => new KernelRecords(),
  observe: (meter, shared) => observeKernels(meter, () => shared.state.exported()),
};

export interface KernelsOptions extends FacadeOptions {
  /** Whether anything is recorded; where not, every call does nothing. Default: true. */
  readonly enabled?: boolean;
}

/** All kernels together, terminated ones included. */
export interface KernelsSummary {
  readonly kernelCount: number;
  /** Messages processed. */
  readonly totalMessages: number;
  readonly totalErrors: number;
  /** The sum of all kernels' throughput, in messages per second. */
  readonly aggregateThroughput: number;
  readonly perKernel: Readonly<Record<string, KernelTelemetry>>;
}

/**
 * Keeps the figures of kernels: workers, actors, pool members, whatever lives long and works through messages.
 *
 * A message that a kernel receives is outstanding until it is settled, once: by `recordProcessed`, by `recordSend`
 * (the answer), or by `recordError`, which alone does not count it as processed. A call for a kernel that was never
 * launched makes its record, in state `unknown`. A record stays until `reset`, its series until 5 minutes after the
 * termination. There is room for 10,000 kernels: the one that terminated first makes room for a new one; where none
 * has terminated, the new one has no record, and its messages are counted under the id `_other`.
 *
 * Recording an event of a known kernel allocates nothing, and does not call the SDK unless `recordProcessed` is given
 * seconds, which it records in a histogram. No call throws but `monitor` and `instrument`, when they are given something
 * they cannot work with.
 *
 * @example
 * const kernels = new Kernels();
 * kernels.launch("resizer");
 * kernels.recordReceive("resizer");
 * kernels.recordProcessed("resizer");
 * kernels.getTelemetry("resizer")?.messagesProcessed; // 1
 */
export class Kernels {
  readonly #enabled: boolean;
  readonly #meter: FacadeMeter;
  readonly #shared: Shared<KernelRecords>;
  readonly #durations: GuardedHistogram;
  readonly #instrumented = new WeakMap<KernelRuntime, () => void>();

  constructor(options: KernelsOptions = {}) {
    this.#enabled = options.enabled ?? true;
    this.#meter = new FacadeMeter("tachymeter.kernels", options);
    this.#durations = this.#meter.durations(
      "kernel.message.processing.duration",
      "Time that the kernel took to process a message.",
    );
    this.#shared = this.#enabled ? this.#meter.share(STATE) : { state: STATE.create() };
  }

  /** The kernel starts: its uptime begins. A terminated one starts anew; one that was launched already goes on. */
  launch(id: string): void {
    const record = this.#admitted(id);
    if (record !== undefined) this.#records.launch(record);
  }

  /** The kernel takes messages from now on. */
  activate(id: string): void {
    this.#admitted(id)?.switchTo("active");
  }

  /** The kernel rests: it lives, and takes no messages. */
  deactivate(id: string): void {
    this.#admitted(id)?.switchTo("inactive");
  }

  /** The kernel ends: its uptime stands still. */
  terminate(id: string): void {
    const record = this.#admitted(id);
    if (record !== undefined) this.#records.terminate(record);
  }

  /** The kernel received a message, which is outstanding now. */
  recordReceive(id: string): void {
    this.#record(id)?.receive();
  }

  /** The kernel sent a message; if one is outstanding, this is its answer, and that one is processed. */
  recordSend(id: string): void {
    this.#record(id)?.send();
  }

  /**
   * The kernel has processed a message that it had received, in `seconds`: recorded in
   * `kernel.message.processing.duration` and in the telemetry's `latency`. Does nothing if no message is outstanding, so
   * that what is processed never exceeds what was received.
   */
  recordProcessed(id: string, seconds?: number): void {
    const record = this.#record(id);
    if (record === undefined || !record.process() || seconds === undefined) return;
    if (isAmount(seconds)) record.recordLatency(seconds);
    this.#durations.record(seconds, record.attributes);
  }

  /**
   * Reports the size of a kernel's queue in `kernel.queue.size`: a number, until the next call, or a function that is
   * called at each collection. A later call for the same queue replaces an earlier one, and the kernel's end removes it.
   *
   * @returns the removal.
   *
   * @example
   * kernels.queueSize("resizer", "input", () => waiting.length);
   */
  queueSize(id: string, queue: KernelQueue, size: number | (() => number)): () => void {
    const record = this.#admitted(id);
    if (record === undefined) return () => {};
    const isQueue = queue === "input" || queue === "output";
    if (!isQueue || (typeof size !== "number" && typeof size !== "function")) {
      this.#meter.drops.measurement(
        QUEUE_SIZE,
        isQueue ? "not_a_number" : "invalid_name",
        isQueue ? size : queue,
      );
      return () => {};
    }
    const ask =
      typeof size === "number" ? () => size : () => askedNumber(QUEUE_SIZE, this.#meter.drops, size);
    record.queues.set(queue, ask);
    return () => {
      // The record may have become part of another facade's.
      const queues = this.#records.get(record.id)?.queues;
      if (queues?.get(queue) === ask) queues.delete(queue);
    };
  }

  /** @internal Reads the resources of a kernel from a worker thread or a child process, if it is one. */
  watchResources(id: string, target: unknown): void {
    const read = resourceReader(target);
    if (read !== undefined) this.#admitted(id)?.watch(read);
  }

  /**
   * The kernel failed; if a message is outstanding, it failed at that one. `error` may be anything: its `name` becomes
   * `error.type` of the exported counter, of at most 20 different names a kernel, and `_OTHER` stands for all others.
   */
  recordError(id: string, error: unknown): void {
    this.#record(id)?.fail(errorTypeOf(error), true);
  }

  /** One kernel's figures now, as a frozen copy; `undefined` for a kernel without a record. */
  getTelemetry(id: string): KernelTelemetry | undefined {
    return this.#records.get(id)?.telemetry(performance.now());
  }

  /** All kernels' figures now, by id, in the order in which the kernels were first heard of. */
  getAllTelemetry(): Map<string, KernelTelemetry> {
    const nowMillis = performance.now();
    const all = new Map<string, KernelTelemetry>();
    for (const record of this.#records) all.set(record.id, record.telemetry(nowMillis));
    return all;
  }

  /** The sums over all kernels, and each one's figures. */
  getSummary(): KernelsSummary {
    const all = this.getAllTelemetry();
    let totalMessages = 0;
    let totalErrors = 0;
    let aggregateThroughput = 0;
    for (const kernel of all.values()) {
      totalMessages += kernel.messagesProcessed;
      totalErrors += kernel.errors;
      aggregateThroughput += kernel.throughput;
    }
    return {
      kernelCount: all.size,
      totalMessages,
      totalErrors,
      aggregateThroughput,
      perKernel: Object.fromEntries(all),
    };
  }

  /**
   * Sets the figures of one kernel, or of all, to zero for the getters, and removes those that have terminated. Launch
   * time and uptime stay. Exported counters go on: a counter that falls is a lie.
   */
  reset(id?: string): void {
    this.#records.reset(id);
  }

  /**
   * Calls `callback` with the summary every `interval` seconds, and returns the removal. The timer keeps no process
   * alive; a callback that throws or rejects is logged once, and called again.
   *
   * @throws KernelMonitorError where `callback` is no function or `interval` no positive number of seconds.
   */
  monitor(callback: (summary: KernelsSummary) => unknown, interval = 5): () => void {
    return this.#enabled ? monitorKernels(() => this.getSummary(), callback, interval) : () => {};
  }

  /**
   * Has the methods of `runtime` record themselves, and returns the removal, which puts the very same functions back.
   * A `send` that succeeds is a message which that kernel received, a `receive` that yields a message one which it
   * sent. A call that fails counts as an error of the kernel, and settles no message: none was lost by it. If `launch`
   * returns a worker thread or a child process, its resources are read. The runtime gets the methods `getTelemetry(id)`,
   * `getSummary()` and `resetTelemetry(id?)` of this object, unless it has methods of these names. A second call for the
   * same runtime adds nothing.
   *
   * @throws KernelRuntimeError where `runtime` has none of the methods, or none that can be replaced.
   */
  instrument(runtime: KernelRuntime): () => void {
    if (!this.#enabled) return () => {};
    const known = this.#instrumented.get(runtime);
    if (known !== undefined) return known;
    const unwrap = wrapRuntime(runtime, {
      succeeded: (method, id, result) => this.#recordCall(method, id, result),
      failed: (id, error) => this.#record(id)?.fail(errorTypeOf(error), false),
    });
    const removeQueries = addMethods(runtime, {
      getTelemetry: (id: string) => this.getTelemetry(id),
      getSummary: () => this.getSummary(),
      resetTelemetry: (id?: string) => this.reset(id),
    });
    const remove = (): void => {
      removeQueries();
      unwrap();
      this.#instrumented.delete(runtime);
    };
    this.#instrumented.set(runtime, remove);
    return remove;
  }

  #recordCall(method: keyof KernelRuntime, id: string, result: unknown): void {
    switch (method) {
      case "launch":
        this.launch(id);
        return this.watchResources(id, result);
      case "activate":
      case "deactivate":
      case "terminate":
        return this[method](id);
      case "send":
        return this.recordReceive(id);
      case "receive":
        return result === undefined || result === null ? undefined : this.recordSend(id);
      default:
        return method satisfies never;
    }
  }

  // The record of a kernel, which has a life of its own: never the one that stands for many.
  #admitted(id: string): KernelRecord | undefined {
    const record = this.#record(id);
    return record === undefined || this.#records.isOverflow(record) ? undefined : record;
  }

  #record(id: string): KernelRecord | undefined {
    if (!this.#enabled) return undefined;
    // Makes the instruments as soon as there is a provider.
    this.#meter.meter();
    return this.#records.get(id) ?? this.#admit(id);
  }

  #admit(id: string): KernelRecord | undefined {
    const name = nameFromGiven(id);
    if (name !== undefined) return this.#records.admit(name);
    this.#meter.drops.measurement("kernel.id", "invalid_name", id);
    return undefined;
  }

  get #records(): KernelRecords {
    return this.#shared.state;
  }
}
