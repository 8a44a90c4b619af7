// Those who watch what the bridge records, as it is recorded.
import { LogOnce } from "../../diagnostics/log-once.ts";
import { HookCallChain } from "../../events/hook-call-chain.ts";
import { callListener } from "../../events/hooks.ts";
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

// No event has this type.
const METRIC_CHAIN = "\0metric";

/** Monitors by name. The failure of one is logged once, and does not stop others. */
export class Monitors {
  readonly #monitors = new Map<string, { readonly monitor: BridgeMonitor; readonly once: LogOnce }>();
  readonly #chain = new HookCallChain();

  /** Returns the removal. @throws BridgeMonitorError for an invalid or taken name, or a monitor without functions */
  add(name: string, monitor: BridgeMonitor): () => void {
    if (typeof name !== "string" || name === "")
      throw new BridgeMonitorError(`monitor: its name is ${JSON.stringify(name)}; give a non-empty text`);
    const refuse = (problem: string): never => {
      throw new BridgeMonitorError(`monitor "${name}": ${problem}`);
    };
    if (this.#monitors.has(name)) refuse("there is one of this name; remove it, or give another name");
    if (typeof monitor?.onEvent !== "function" && typeof monitor?.onMetric !== "function")
      refuse("it hears nothing; give it onEvent or onMetric, a function");
    this.#monitors.set(name, { monitor, once: new LogOnce() });
    return () => {
      if (this.#monitors.get(name)?.monitor === monitor) this.#monitors.delete(name);
    };
  }

  isEventLoop(type: string, source: string): boolean {
    return this.#chain.isLoop(type, source);
  }

  isMetricLoop(name: string): boolean {
    return this.#chain.isLoop(METRIC_CHAIN, name);
  }

  eventRecorded(event: TelemetryEvent): void {
    // Before Node.js 24 the first call costs every promise of the process.
    if (this.#monitors.size === 0) return;
    this.#chain.handle(event.event_type, event.source, () =>
      this.#tell((monitor) => monitor.onEvent?.(event)),
    );
  }

  metricRecorded(metric: RecordedMetric): void {
    if (this.#monitors.size === 0) return;
    this.#chain.handle(METRIC_CHAIN, metric.metric_name, () =>
      this.#tell((monitor) => monitor.onMetric?.(metric)),
    );
  }

  #tell(call: (monitor: BridgeMonitor) => unknown): void {
    // A monitor that another one adds only gets later ones.
    for (const [name, { monitor, once }] of Array.from(this.#monitors)) {
      callListener(
        () => call(monitor),
        (error) => once.error("", () => `monitor "${name}": it failed; the others ran`, error),
      );
    }
  }
}
