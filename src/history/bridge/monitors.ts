// Those who watch what the bridge records, as it is recorded.
import { diag } from "@opentelemetry/api";
import { HookCallChain } from "../../events/hook-call-chain.ts";
import type { TelemetryEvent } from "../../events/event.ts";

/** A metric as it was recorded. */
export interface RecordedMetric {
  readonly event_id: string;
  readonly metric_name: string;
  readonly metric_value: number | string;
  readonly context: Readonly<Record<string, unknown>>;
  /** By ISO 8601, in UTC. */
  readonly timestamp: string;
}

/** Hears what the bridge has recorded, once it is committed. */
export interface BridgeMonitor {
  onEvent?(event: TelemetryEvent): unknown;
  onMetric?(metric: RecordedMetric): unknown;
}

/** Thrown where a monitor cannot be added. */
export class BridgeMonitorError extends Error {
  override readonly name = "BridgeMonitorError";
  readonly code = "TACHYMETER_BRIDGE_MONITOR";
}

// The bridge's own of metrics: no event has it.
const METRIC_CHAIN = "\0metric";

/** Monitors by name. One that fails is logged once, and the others run. */
export class Monitors {
  readonly #monitors = new Map<string, BridgeMonitor>();
  readonly #failed = new WeakSet<BridgeMonitor>();
  readonly #chain = new HookCallChain();

  /**
   * Adds a monitor and returns its removal.
   *
   * @throws BridgeMonitorError where the name is none or taken, or the monitor hears nothing.
   */
  add(name: string, monitor: BridgeMonitor): () => void {
    if (typeof name !== "string" || name === "") {
      throw new BridgeMonitorError(`monitor: its name is ${JSON.stringify(name)}; give a non-empty text`);
    }
    if (this.#monitors.has(name)) {
      throw new BridgeMonitorError(
        `monitor "${name}": there is one of this name; remove it, or give another name`,
      );
    }
    if (typeof monitor?.onEvent !== "function" && typeof monitor?.onMetric !== "function") {
      throw new BridgeMonitorError(
        `monitor "${name}": it hears nothing; give it onEvent or onMetric, a function`,
      );
    }
    this.#monitors.set(name, monitor);
    return () => {
      if (this.#monitors.get(name) === monitor) this.#monitors.delete(name);
    };
  }

  /** Whether a monitor of such an event records one like it, by itself or by what it has started. */
  isEventLoop(type: string, source: string): boolean {
    return this.#chain.isLoop(type, source);
  }

  /** Whether a monitor of such a metric records it again. */
  isMetricLoop(name: string): boolean {
    return this.#chain.isLoop(METRIC_CHAIN, name);
  }

  /** Tells the monitors of an event. */
  eventRecorded(event: TelemetryEvent): void {
    // Before Node.js 24 the first to be followed costs every promise of the process.
    if (this.#monitors.size === 0) return;
    this.#chain.handle(event.event_type, event.source, () => {
      this.#tell((monitor) => monitor.onEvent?.(event));
    });
  }

  /** Tells the monitors of a metric. */
  metricRecorded(metric: RecordedMetric): void {
    if (this.#monitors.size === 0) return;
    this.#chain.handle(METRIC_CHAIN, metric.metric_name, () => {
      this.#tell((monitor) => monitor.onMetric?.(metric));
    });
  }

  #tell(call: (monitor: BridgeMonitor) => unknown): void {
    // One that a monitor adds hears what comes next.
    for (const [name, monitor] of Array.from(this.#monitors)) {
      try {
        const result = call(monitor);
        if (isThenable(result)) result.then(undefined, (error: unknown) => this.#fail(name, monitor, error));
      } catch (error) {
        this.#fail(name, monitor, error);
      }
    }
  }

  #fail(name: string, monitor: BridgeMonitor, error: unknown): void {
    if (this.#failed.has(monitor)) return;
    this.#failed.add(monitor);
    diag.error(`monitor "${name}": it failed; the others ran, and this is logged once`, error);
  }
}

interface Thenable {
  then(onFulfilled: undefined, onRejected: (error: unknown) => void): unknown;
}

function isThenable(value: unknown): value is Thenable {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
