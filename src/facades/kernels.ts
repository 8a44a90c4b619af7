// Kernels: the long-lived workers of an application, each with messages in, messages out and a life from launch to
// termination.
import { diag } from "@opentelemetry/api";
import { errorTypeOf } from "./error-type.ts";
import { FacadeMeter, type FacadeOptions } from "./facade-meter.ts";
import { nameFromGiven } from "./given-name.ts";
import { OTHER_NAME } from "./kept-apart.ts";
import { monitorKernels } from "./kernels/kernel-monitor.ts";
import { KernelRecord, type KernelTelemetry } from "./kernels/kernel-record.ts";
import { type KernelRuntime, wrapRuntime } from "./kernels/kernel-runtime.ts";
import { observeKernels } from "./kernels/kernel-series.ts";

const MAX_KERNELS = 10_000;
// What kernels do for which there is no room is counted under this id.
// Long enough for any scrape to see a terminated kernel's last figures.
const EXPORT_AFTER_TERMINATION_MILLIS = 300_000;

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
 * Recording an event of a known kernel allocates nothing and meets no SDK. No call throws but `monitor` and
 * `instrument`, when they are given something they cannot work with.
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
  readonly #records = new Map<string, KernelRecord>();
  // In the order of their termination.
  readonly #terminated = new Set<KernelRecord>();
  readonly #instrumented = new WeakMap<KernelRuntime, () => void>();
  #overflow: KernelRecord | undefined;

  constructor(options: KernelsOptions = {}) {
    this.#enabled = options.enabled ?? true;
    this.#meter = new FacadeMeter("tachymeter.kernels", options);
    if (this.#enabled) this.#meter.observe((meter) => observeKernels(meter, () => this.#exported()));
  }

  /** The kernel starts: its uptime begins. A terminated one starts anew; one that was launched already goes on. */
  launch(id: string): void {
    const record = this.#admitted(id);
    if (record === undefined) return;
    record.launch();
    this.#terminated.delete(record);
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
    if (record === undefined) return;
    record.terminate();
    this.#terminated.add(record);
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
   * The kernel has processed a message that it had received. Does nothing where none is outstanding, so that what is
   * processed never exceeds what was received. `_seconds`, the time that it took, is accepted for symmetry with
   * `Messaging` and recorded nowhere: kernels have no histogram.
   */
  recordProcessed(id: string, _seconds?: number): void {
    this.#record(id)?.process();
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
    const record = this.#records.get(id);
    return record === undefined || record.forgotten ? undefined : record.telemetry(performance.now());
  }

  /** All kernels' figures now, by id, in the order in which the kernels were first heard of. */
  getAllTelemetry(): Map<string, KernelTelemetry> {
    const nowMillis = performance.now();
    const all = new Map<string, KernelTelemetry>();
    for (const record of this.#records.values()) {
      if (!record.forgotten) all.set(record.id, record.telemetry(nowMillis));
    }
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
    if (id === undefined) for (const record of this.#records.values()) record.reset();
    else this.#records.get(id)?.reset();
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
   * sent. A call that fails counts as an error of the kernel, and settles no message: none was lost by it. A second
   * call for the same runtime adds nothing.
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
    const remove = (): void => {
      unwrap();
      this.#instrumented.delete(runtime);
    };
    this.#instrumented.set(runtime, remove);
    return remove;
  }

  #recordCall(method: keyof KernelRuntime, id: string, result: unknown): void {
    switch (method) {
      case "launch":
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
    return record === this.#overflow ? undefined : record;
  }

  #record(id: string): KernelRecord | undefined {
    if (!this.#enabled) return undefined;
    // Makes the instruments as soon as there is a provider.
    this.#meter.meter();
    const record = this.#records.get(id);
    return record === undefined || record.forgotten ? this.#admit(id, record) : record;
  }

  #admit(id: string, forgotten: KernelRecord | undefined): KernelRecord | undefined {
    const name = nameFromGiven(id);
    if (name === undefined) {
      this.#meter.drops.measurement("kernel.id", "invalid_name", id);
      return undefined;
    }
    if (name !== id) return this.#record(name);
    if (forgotten !== undefined) {
      forgotten.revive();
      this.#terminated.delete(forgotten);
      return forgotten;
    }
    if (this.#records.size >= MAX_KERNELS && !this.#evictOldest()) return this.#refuse(id);
    const record = new KernelRecord(id);
    this.#records.set(id, record);
    return record;
  }

  #evictOldest(): boolean {
    for (const oldest of this.#terminated) return this.#delete(oldest);
    return false;
  }

  #refuse(id: string): KernelRecord {
    if (this.#overflow === undefined) {
      diag.warn(
        `kernel "${id}": there are ${MAX_KERNELS} kernels already and none of them has terminated; terminate those that are gone; until then new ones are counted together as "${OTHER_NAME}"; this is logged once`,
      );
    }
    return (this.#overflow ??= new KernelRecord(OTHER_NAME));
  }

  #delete(record: KernelRecord): boolean {
    this.#terminated.delete(record);
    return this.#records.delete(record.id);
  }

  *#exported(): Generator<KernelRecord> {
    const nowMillis = performance.now();
    for (const record of this.#records.values()) {
      if (!record.isTerminatedSince(EXPORT_AFTER_TERMINATION_MILLIS, nowMillis)) yield record;
      else if (record.forgotten) this.#delete(record);
    }
    if (this.#overflow !== undefined) yield this.#overflow;
  }
}
