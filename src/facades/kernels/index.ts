import { readField } from "../../events/labels.ts";
import { askedNumber } from "../../recording/asked.ts";
import { errorTypeOf } from "../../recording/error-type.ts";
import { FacadeMeter } from "../../recording/facade-meter.ts";
import { nameFromGiven } from "../../recording/given-name.ts";
import { type GuardedHistogram, isAmount } from "../../recording/guarded-instruments.ts";
import { KernelMessages } from "./messages.ts";
import { monitorKernels } from "./monitor.ts";
import type { KernelLaunchOptions, KernelsOptions } from "./options.ts";
import type { KernelQueue, KernelRecord } from "./record.ts";
import { KernelRecords } from "./records.ts";
import { resourceReader } from "./resources.ts";
import { addMethods, type KernelRuntime, wrapRuntime } from "./runtime.ts";
import { observeKernels, QUEUE_SIZE } from "./series.ts";
import type { KernelTelemetry } from "./telemetry.ts";
import { type Shared, type KindOfState } from "../../recording/shared-state.ts";

const STATE: KindOfState<KernelRecords, []> = {
  kind: "kernels",
  create: () => new KernelRecords(),
  observe: (meter, shared) => observeKernels(meter, () => shared.state.exported()),
};

/** Figures of all kernels together, including terminated ones. */
export interface KernelsSummary {
  /** Number of kernels. */
  readonly kernelCount: number;
  /** Number of processed messages. */
  readonly totalMessages: number;
  /** Number of errors. */
  readonly totalErrors: number;
  /** Sum of the kernels' throughput, in messages per second. */
  readonly aggregateThroughput: number;
  /** Figures of each kernel by id. */
  readonly perKernel: Readonly<Record<string, KernelTelemetry>>;
}

/**
 * Records kernels: long-lived workers, actors or pool members that process messages.
 *
 * A received message is outstanding until it is settled, once. `recordProcessed` settles it, as do `recordSend` (the
 * reply) and `recordError`, which does not count it as processed. A call for a kernel that was never launched creates
 * its record, in state `unknown`. A record stays until `reset`, its series until 5 minutes after the termination. At
 * most 10,000 kernels are kept; for a further one, the kernel that terminated first is dropped. If none has terminated,
 * messages of new kernels are counted under the id `_other`.
 *
 * Recording for a known kernel allocates nothing and does not call the SDK, except `recordProcessed` with seconds. No
 * call throws, except `monitor` and `instrument` for invalid arguments.
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

  /** Creates the facade. All facades on one provider share their kernels. */
  constructor(options: KernelsOptions = {}) {
    this.#enabled = options.enabled ?? true;
    this.#meter = new FacadeMeter("tachymeter.kernels", options);
    this.#durations = this.#meter.durations(
      "kernel.message.processing.duration",
      "Time that the kernel took to process a message.",
    );
    this.#shared = this.#enabled ? this.#meter.share(STATE) : { state: STATE.create() };
  }

  /**
   * Starts a kernel and its uptime. A terminated kernel starts anew; a running one and its device are unchanged. Series of
   * a kernel with a device have its attribute `hw.id`, as those of `hw.gpu.*`.
   */
  launch(id: string, options?: KernelLaunchOptions): void {
    const record = this.#admitted(id);
    if (record === undefined || !this.#records.launch(record)) return;
    const device = readField(options, "device");
    const name = device === undefined ? undefined : nameFromGiven(device);
    if (device !== undefined && name === undefined)
      this.#meter.dropped.measurement("hw.id", "invalid_name", device, "use a string");
    record.runOn(name);
  }

  /** Sets the state of a kernel to `active`: it accepts messages. */
  activate(id: string): void {
    this.#admitted(id)?.switchTo("active");
  }

  /** Sets the state of a kernel to `inactive`: it runs, but accepts no messages. */
  deactivate(id: string): void {
    this.#admitted(id)?.switchTo("inactive");
  }

  /** Sets the state of a kernel to `terminated` and stops its uptime. */
  terminate(id: string): void {
    const record = this.#admitted(id);
    if (record !== undefined) this.#records.terminate(record);
  }

  /** Records a received message, which is outstanding until it is settled. */
  recordReceive(id: string): void {
    this.#record(id)?.receive();
  }

  /**
   * Records a sent message. It is taken as the reply to the oldest outstanding message, if any, which is then
   * processed.
   */
  recordSend(id: string): void {
    this.#record(id)?.send();
  }

  /**
   * Settles an outstanding message. `seconds` is its processing time, recorded in `kernel.message.processing.duration`
   * and in `KernelTelemetry.latency`. Does nothing if no message is outstanding.
   */
  recordProcessed(id: string, seconds?: number): void {
    const record = this.#record(id);
    if (record === undefined || !record.process() || seconds === undefined) return;
    if (isAmount(seconds)) record.recordLatency(seconds);
    this.#durations.record(seconds, record.attributes);
  }

  /**
   * Sets the size of a queue in `kernel.queue.size`. A number holds until the next call; a function is called at each
   * collection. The size is removed when the kernel terminates.
   *
   * @returns a function that removes this size.
   *
   * @example
   * kernels.queueSize("resizer", "input", () => waiting.length);
   */
  queueSize(id: string, queue: KernelQueue, size: number | (() => number)): () => void {
    const record = this.#admitted(id);
    if (record === undefined) return () => {};
    const isQueue = queue === "input" || queue === "output";
    if (!isQueue || (typeof size !== "number" && typeof size !== "function")) {
      if (isQueue) this.#meter.dropped.measurement(QUEUE_SIZE, "not_a_number", size);
      else this.#meter.dropped.measurement(QUEUE_SIZE, "invalid_name", queue, "use input or output");
      return () => {};
    }
    const ask =
      typeof size === "number" ? () => size : () => askedNumber(QUEUE_SIZE, this.#meter.dropped, size);
    record.queues.set(queue, ask);
    return () => {
      // The record may have been merged into that of another facade.
      const queues = this.#records.get(record.id)?.queues;
      if (queues?.get(queue) === ask) queues.delete(queue);
    };
  }

  /** @internal Records messages of a kernel more quickly than by its id. */
  messagesOf(id: string): KernelMessages {
    return new KernelMessages(
      () => this.#record(id),
      () => this.#meter.meter() !== undefined,
    );
  }

  /** @internal Reads the resources of a kernel that is a worker thread or a child process. */
  watchResources(id: string, target: unknown): void {
    const read = resourceReader(target);
    if (read !== undefined) this.#admitted(id)?.watch(read);
  }

  /**
   * Records an error, which settles an outstanding message. The `name` of `error` is exported as attribute
   * `error.type`; `_OTHER` after 20 names of one kernel.
   */
  recordError(id: string, error: unknown): void {
    this.#record(id)?.fail(errorTypeOf(error), true);
  }

  /** Returns the current figures of a kernel, frozen; `undefined` if it has no record. */
  getTelemetry(id: string): KernelTelemetry | undefined {
    return this.#records.telemetry(nameFromGiven(id) ?? id, performance.now());
  }

  /**
   * Returns the current figures of all kernels by id, in the order of their records. In the process that exports the
   * metrics of a group, they are those of all members. If several have a kernel, its figures are added up; state, latency
   * and resources are those of the member that was active last.
   */
  getAllTelemetry(): Map<string, KernelTelemetry> {
    return this.#records.allTelemetry(performance.now());
  }

  /** Returns the current figures of all kernels, and their sums. */
  getSummary(): KernelsSummary {
    const all = this.getAllTelemetry();
    const sum = (figure: "messagesProcessed" | "errors" | "throughput"): number =>
      [...all.values()].reduce((total, kernel) => total + kernel[figure], 0);
    return {
      kernelCount: all.size,
      totalMessages: sum("messagesProcessed"),
      totalErrors: sum("errors"),
      aggregateThroughput: sum("throughput"),
      perKernel: Object.fromEntries(all),
    };
  }

  /**
   * Resets the figures of one kernel, or of all, to zero for the getters, and removes terminated kernels. Launch time
   * and uptime are unchanged, and so are exported counters, since they must not fall.
   */
  reset(id?: string): void {
    this.#records.reset(nameFromGiven(id) ?? id);
  }

  /**
   * Calls `callback` with the summary every `interval` seconds, by an unref'd timer. Returns a function that stops it.
   * If the callback throws or rejects, this is logged once, and it is called again at the next interval.
   *
   * @throws KernelMonitorError if `callback` is not a function or `interval` not a positive number of seconds.
   */
  monitor(callback: (summary: KernelsSummary) => unknown, interval = 5): () => void {
    return this.#enabled ? monitorKernels(() => this.getSummary(), callback, interval) : () => {};
  }

  /**
   * Wraps the methods of `runtime` so that their calls are recorded. Returns a function that restores the original
   * methods. A successful `send` counts as a message received by that kernel, and a `receive` that yields a message as
   * one sent by it. A failed call counts as an error of the kernel and settles no message. If `launch` returns a worker
   * thread or a child process, its resources are read.
   *
   * The runtime gets the methods `getTelemetry(id)`, `getSummary()` and `resetTelemetry(id?)`, unless it has methods of
   * these names. If the facade is disabled, these have no figures, and nothing is wrapped. A second call for the same
   * runtime has no effect.
   *
   * @throws KernelRuntimeError if `runtime` has none of the methods, or none that can be replaced.
   */
  instrument(runtime: KernelRuntime): () => void {
    const queries = {
      getTelemetry: (id: string) => this.getTelemetry(id),
      getSummary: () => this.getSummary(),
      resetTelemetry: (id?: string) => this.reset(id),
    };
    if (!this.#enabled) return addMethods(runtime, queries);
    const known = this.#instrumented.get(runtime);
    if (known !== undefined) return known;
    const unwrap = wrapRuntime(runtime, {
      succeeded: (method, id, result) => this.#recordCall(method, id, result),
      failed: (id, error) => this.#record(id)?.fail(errorTypeOf(error), false),
    });
    const removeQueries = addMethods(runtime, queries);
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

  // Returns the kernel's own record, never that of `_other`.
  #admitted(id: string): KernelRecord | undefined {
    const record = this.#record(id);
    return record === undefined || this.#records.isOverflow(record) ? undefined : record;
  }

  #record(id: string): KernelRecord | undefined {
    if (!this.#enabled) return undefined;
    // Creates the instruments once there is a provider.
    this.#meter.meter();
    return this.#records.get(id) ?? this.#admit(id);
  }

  #admit(id: string): KernelRecord | undefined {
    const name = nameFromGiven(id);
    if (name !== undefined) return this.#records.admit(name);
    this.#meter.dropped.measurement("kernel.id", "invalid_name", id, "use a string");
    return undefined;
  }

  get #records(): KernelRecords {
    return this.#shared.state;
  }
}
