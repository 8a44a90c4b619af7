import type { Attributes } from "@opentelemetry/api";
import { OTHER_ERROR_TYPE } from "../../recording/error-type.ts";
import { LatencySketch } from "./latency-sketch.ts";
import { messageUnixMillis } from "./message-time.ts";
import type { KernelResources, ResourceReader } from "./resources.ts";
import { errorRateOf, type KernelState, type KernelTelemetry } from "./telemetry.ts";

/** Name of a kernel's queue. */
export type KernelQueue = "input" | "output";

/** Returns the size of a queue; `undefined` if unknown. */
export type QueueSize = () => number | undefined;

/** Exported count of errors of one kernel and one type. */
export interface ErrorTotal {
  readonly attributes: Attributes;
  count: number;
}

/** Counters of a kernel under one set of attributes. */
export interface KernelCounters {
  readonly attributes: Attributes;
  readonly received: number;
  readonly sent: number;
  readonly processed: number;
  /** CPU time of all kernels with this id, as last read; `undefined` if unknown. */
  readonly cpuSeconds: number | undefined;
  readonly errorTotals: Map<string, ErrorTotal>;
}

const MAX_ERROR_TYPES = 20;
const MAX_DEVICES = 20;
const COUNTS = ["received", "sent", "processed", "errors"] as const;
const EXPORTED = ["received", "sent", "processed"] as const;

/**
 * Figures of a kernel in plain fields: recording is an addition, and other figures are computed when read. Totals never
 * fall, since they are exported; the getters subtract their values at the last reset.
 */
export class KernelRecord {
  readonly id: string;
  readonly queues: Map<KernelQueue, QueueSize> = new Map();
  state: KernelState = "unknown";
  /** Removed by a reset: hidden from getters, and kept only for its exported counters. */
  forgotten = false;
  /** Whether all messages of the kernel are counted here: not if it was dropped, merged, or is that of `_other`. */
  isCurrent = true;
  received = 0;
  sent = 0;
  processed = 0;
  errors = 0;

  #attributes: Attributes;
  // A counter's series has only what happened under its attributes: the totals apart from those under other devices.
  #errorTotals = new Map<string, ErrorTotal>();
  readonly #elsewhere = { received: 0, sent: 0, processed: 0, cpuSeconds: 0 };
  readonly #left = new Map<unknown, KernelCounters>();
  #latency: LatencySketch | undefined;
  #readResources: ResourceReader | undefined;
  // CPU time of earlier kernels with this id, since an exported counter must not fall.
  #earlierCpuSeconds = 0;
  #cpuSeconds: number | undefined;

  // Messages settle in order. So the first `#unsettledAtReset` of the outstanding ones are older than the last reset,
  // and count in the totals only.
  #outstanding = 0;
  #unsettledAtReset = 0;

  // Totals at the last reset.
  readonly #before = { received: 0, sent: 0, processed: 0, errors: 0 };

  // NaN means "never". V8 writes fields that only ever held doubles in place, without an allocation.
  #launchedAtMillis = Number.NaN;
  #resetAtMillis = -Infinity;
  #terminatedAtMillis = Number.NaN;
  #startedUnixMillis = Number.NaN;
  #lastMessageUnixMillis = Number.NaN;

  constructor(id: string) {
    this.id = id;
    this.#attributes = Object.freeze({ "kernel.id": id });
  }

  get attributes(): Attributes {
    return this.#attributes;
  }

  /** Sets or removes the GPU on which the kernel runs: `hw.id` of the kernel's series. */
  runOn(device: string | undefined): void {
    if (this.#attributes["hw.id"] === device) return;
    this.#leave(this.#counters());
    this.#attributes = Object.freeze({
      "kernel.id": this.id,
      ...(device !== undefined && { "hw.id": device }),
    });
    const before = this.#left.get(device);
    this.#left.delete(device);
    this.#errorTotals = before?.errorTotals ?? new Map<string, ErrorTotal>();
    for (const count of EXPORTED) this.#elsewhere[count] = this[count] - (before?.[count] ?? 0);
    this.#elsewhere.cpuSeconds = (this.#totalCpuSeconds ?? 0) - (before?.cpuSeconds ?? 0);
  }

  /** The counters of each device that the kernel had, the present one first. */
  counters(): readonly KernelCounters[] {
    return [this.#counters(), ...this.#left.values()];
  }

  #counters(): KernelCounters {
    const total = this.#totalCpuSeconds;
    return {
      attributes: this.#attributes,
      received: this.received - this.#elsewhere.received,
      sent: this.sent - this.#elsewhere.sent,
      processed: this.processed - this.#elsewhere.processed,
      cpuSeconds: total === undefined ? undefined : total - this.#elsewhere.cpuSeconds,
      errorTotals: this.#errorTotals,
    };
  }

  #leave(counters: KernelCounters): void {
    const { cpuSeconds = 0, errorTotals } = counters;
    if (EXPORTED.every((count) => counters[count] === 0) && cpuSeconds === 0 && errorTotals.size === 0)
      return;
    this.#left.set(counters.attributes["hw.id"], counters);
    if (this.#left.size <= MAX_DEVICES) return;
    for (const oldest of this.#left.keys()) {
      this.#left.delete(oldest);
      break;
    }
  }

  /** Starts a kernel. A terminated or forgotten one starts anew. Returns `false` if it is running: it is unchanged. */
  launch(): boolean {
    if (this.state === "terminated" || this.forgotten) this.startAnew();
    if (this.state !== "unknown") return false;
    this.state = "launched";
    this.#launchedAtMillis = performance.now();
    this.#startedUnixMillis = Date.now();
    return true;
  }

  switchTo(state: "active" | "inactive"): void {
    if (this.state !== "terminated") this.state = state;
  }

  terminate(): void {
    if (this.state !== "terminated") this.#end(performance.now());
  }

  /** Reads the kernel's resources by `read` from now on. */
  watch(read: ResourceReader | undefined): void {
    this.#earlierCpuSeconds += this.#cpuSeconds ?? 0;
    if (this.#cpuSeconds !== undefined) this.#cpuSeconds = 0;
    this.#readResources = read;
  }

  get #totalCpuSeconds(): number | undefined {
    return this.#cpuSeconds === undefined ? undefined : this.#earlierCpuSeconds + this.#cpuSeconds;
  }

  receive(): void {
    this.received++;
    this.#outstanding++;
    this.#lastMessageUnixMillis = messageUnixMillis();
  }

  send(): void {
    this.sent++;
    this.#lastMessageUnixMillis = messageUnixMillis();
    this.process();
  }

  /** Settles a message. Returns `false` if none was outstanding. */
  process(): boolean {
    if (this.#outstanding === 0) return false;
    this.processed++;
    if (this.#settle()) this.#before.processed++;
    return true;
  }

  recordLatency(seconds: number): void {
    (this.#latency ??= new LatencySketch()).record(seconds);
  }

  /** @param settles whether the error ended the processing of a received message. */
  fail(errorType: string, settles: boolean): void {
    this.errors++;
    if (settles && this.#outstanding > 0) this.#settle();
    this.#errorTotal(errorType).count++;
  }

  reset(): void {
    for (const count of COUNTS) this.#before[count] = this[count];
    this.#unsettledAtReset = this.#outstanding;
    this.#latency = undefined;
    this.#resetAtMillis = performance.now();
    if (this.state !== "terminated") return;
    this.forgotten = true;
    this.queues.clear();
  }

  /** Adds the figures of another facade for this kernel, whose record is replaced by this one. */
  absorb(other: KernelRecord): void {
    other.isCurrent = false;
    const device = other.#attributes["hw.id"];
    // That of `_other` has many kernels.
    if (typeof device === "string" && other.id === this.id) this.runOn(device);
    // A run that ended before the other one began counts in the totals only.
    if (this.#isOverBefore(other)) this.startAnew();
    else if (other.#isOverBefore(this)) other.startAnew();
    for (const count of COUNTS) {
      this[count] += other[count];
      this.#before[count] += other.#before[count];
    }
    this.#outstanding += other.#outstanding;
    this.#unsettledAtReset += other.#unsettledAtReset;
    const errors = [other.#errorTotals];
    for (const [leftDevice, left] of other.#left) {
      if (other.id !== this.id || leftDevice === this.#attributes["hw.id"]) {
        errors.push(left.errorTotals);
        continue;
      }
      for (const count of EXPORTED) this.#elsewhere[count] += left[count];
      const known = this.#left.get(leftDevice);
      this.#leave(known === undefined ? left : sumOf(known, left));
    }
    for (const [type, { count }] of errors.flatMap((totals) => [...totals]))
      this.#errorTotal(type).count += count;
    if (other.#latency !== undefined) (this.#latency ??= new LatencySketch()).absorb(other.#latency);
    for (const [queue, size] of other.queues) this.queues.set(queue, size);
    this.#readResources ??= other.#readResources;
    this.forgotten ||= other.forgotten;
    this.#launchedAtMillis = earliest(this.#launchedAtMillis, other.#launchedAtMillis);
    this.#startedUnixMillis = earliest(this.#startedUnixMillis, other.#startedUnixMillis);
    this.#lastMessageUnixMillis = latest(this.#lastMessageUnixMillis, other.#lastMessageUnixMillis);
    this.#resetAtMillis = Math.max(this.#resetAtMillis, other.#resetAtMillis);
    if (this.state === "unknown" || (this.state === "launched" && other.state !== "unknown")) {
      this.state = other.state;
    }
    const terminatedAtMillis = latest(this.#terminatedAtMillis, other.#terminatedAtMillis);
    if (!Number.isNaN(terminatedAtMillis)) this.#end(terminatedAtMillis);
  }

  /** Whether the kernel terminated at least `millis` ago. */
  isTerminatedSince(millis: number, nowMillis: number): boolean {
    return nowMillis - this.#terminatedAtMillis >= millis;
  }

  telemetry(nowMillis: number): KernelTelemetry {
    return Object.freeze({
      ...this.figures(nowMillis),
      ...(this.#latency !== undefined && { latency: this.#latency.latency() }),
    });
  }

  /** Returns the telemetry without the latency, which costs more than all the rest. */
  figures(nowMillis: number): Omit<KernelTelemetry, "latency"> {
    const messagesProcessed = this.processed - this.#before.processed;
    const errors = this.errors - this.#before.errors;
    const endMillis = this.state === "terminated" ? this.#terminatedAtMillis : nowMillis;
    const inputQueueSize = this.queues.get("input")?.();
    const outputQueueSize = this.queues.get("output")?.();
    const resources = this.#resources();
    const countedSeconds = (endMillis - Math.max(this.#launchedAtMillis, this.#resetAtMillis)) / 1000;
    return {
      kernelId: this.id,
      state: this.state,
      messagesReceived: this.received - this.#before.received,
      messagesSent: this.sent - this.#before.sent,
      messagesProcessed,
      errors,
      ...(this.#startedUnixMillis > 0 && { startTime: this.#startedUnixMillis / 1000 }),
      ...(this.#lastMessageUnixMillis > 0 && { lastMessageTime: this.#lastMessageUnixMillis / 1000 }),
      throughput: countedSeconds > 0 ? messagesProcessed / countedSeconds : 0,
      uptime: Number.isNaN(this.#launchedAtMillis) ? 0 : (endMillis - this.#launchedAtMillis) / 1000,
      errorRate: errorRateOf(errors, messagesProcessed),
      ...(inputQueueSize !== undefined && { inputQueueSize }),
      ...(outputQueueSize !== undefined && { outputQueueSize }),
      ...(resources !== undefined && { resources }),
    };
  }

  // Settles the oldest message. Returns `true` if it was received before the last reset.
  #settle(): boolean {
    this.#outstanding--;
    return this.#unsettledAtReset > 0 && this.#unsettledAtReset-- > 0;
  }

  #resources(): KernelResources | undefined {
    const resources = this.#readResources?.();
    if (resources === "ended") {
      this.watch(undefined);
      return undefined;
    }
    if (resources?.cpuSeconds !== undefined) this.#cpuSeconds = resources.cpuSeconds;
    return resources;
  }

  #end(atMillis: number): void {
    this.state = "terminated";
    this.#terminatedAtMillis = atMillis;
    this.watch(undefined);
    this.queues.clear();
  }

  #isOverBefore(other: KernelRecord): boolean {
    return (this.forgotten && !other.forgotten) || this.#terminatedAtMillis <= other.#launchedAtMillis;
  }

  /** Starts anew. Also restores a forgotten kernel that is used again without a launch. */
  startAnew(): void {
    this.#outstanding = 0;
    this.state = "unknown";
    this.reset();
    this.forgotten = false;
    this.#launchedAtMillis = Number.NaN;
    this.#resetAtMillis = -Infinity;
    this.#terminatedAtMillis = Number.NaN;
    this.#startedUnixMillis = Number.NaN;
    this.#lastMessageUnixMillis = Number.NaN;
  }

  #errorTotal(errorType: string): ErrorTotal {
    const known = this.#errorTotals.get(errorType);
    if (known !== undefined) return known;
    const type = this.#errorTotals.size < MAX_ERROR_TYPES ? errorType : OTHER_ERROR_TYPE;
    const total = this.#errorTotals.get(type) ?? {
      attributes: this.#errorAttributes(type),
      count: 0,
    };
    this.#errorTotals.set(type, total);
    return total;
  }

  #errorAttributes(type: string): Attributes {
    return Object.freeze({ ...this.#attributes, "error.type": type });
  }
}

function sumOf(one: KernelCounters, other: KernelCounters): KernelCounters {
  const errorTotals = new Map(one.errorTotals);
  for (const [type, { attributes, count }] of other.errorTotals)
    errorTotals.set(type, { attributes, count: count + (errorTotals.get(type)?.count ?? 0) });
  return {
    ...one,
    received: one.received + other.received,
    sent: one.sent + other.sent,
    processed: one.processed + other.processed,
    errorTotals,
  };
}

// NaN means "never".
function earliest(one: number, other: number): number {
  return Number.isNaN(one) ? other : Number.isNaN(other) ? one : Math.min(one, other);
}

function latest(one: number, other: number): number {
  return -earliest(-one, -other);
}
