// Listeners of the bridge's records.
import { LogOnce } from "../../diagnostics/log-once.ts";
import { HookCallChain } from "../../events/hook-call-chain.ts";
import { callListener } from "../../events/hooks.ts";
import type { TelemetryEvent } from "../../events/event.ts";

/** A recorded metric. */
export interface RecordedMetric {
  /** Id of the record, as in the response. */
  readonly event_id: string;
  /** Name of the metric. */
  readonly metric_name: string;
  /** Value of the sample. */
  readonly metric_value: number | string;
  /** Context of the sample; empty if none was given. */
  readonly context: Readonly<Record<string, unknown>>;
  /** ISO 8601, in UTC. */
  readonly timestamp: string;
}

/** Listener that is called after events and metrics are committed. */
export interface BridgeMonitor {
  /** Called with each event. A failure is logged once. */
  onEvent?(event: TelemetryEvent): unknown;
  /** Called with each metric. A failure is logged once. */
  onMetric?(metric: RecordedMetric): unknown;
}

/** A monitor cannot be added. */
export class BridgeMonitorError extends Error {
  /** Always `BridgeMonitorError`. */
  override readonly name = "BridgeMonitorError";
  /** Always `TACHYMETER_BRIDGE_MONITOR`. */
  readonly code = "TACHYMETER_BRIDGE_MONITOR";
}

// No event can have this type.
const METRIC_CHAIN = "\0metric";

/** Monitors by name. A failing monitor is logged once and does not affect others. */
export class Monitors {
  readonly #monitors = new Map<string, { readonly monitor: BridgeMonitor; readonly once: LogOnce }>();
  readonly #chain = new HookCallChain();

  /**
   * Adds a monitor. Returns a function that removes it.
   *
   * @throws BridgeMonitorError for an invalid or used name, or a monitor without functions
   */
  add(name: string, monitor: BridgeMonitor): () => void {
    if (typeof name !== "string" || name === "")
      throw new BridgeMonitorError(`monitor name must be a non-empty string, got ${JSON.stringify(name)}`);
    const refuse = (problem: string): never => {
      throw new BridgeMonitorError(`monitor "${name}": ${problem}`);
    };
    if (this.#monitors.has(name))
      refuse("the name is already in use; remove the other monitor, or use another name");
    if (typeof monitor?.onEvent !== "function" && typeof monitor?.onMetric !== "function")
      refuse("onEvent or onMetric must be a function");
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
    // Checked first, because before Node.js 24 the first tracked call slows down every promise of the process.
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
    // Copied, so that a monitor added by another one is only called for later records.
    for (const [name, { monitor, once }] of Array.from(this.#monitors)) {
      callListener(
        () => call(monitor),
        (error) => once.error("", () => `monitor "${name}" failed; other monitors were called`, error),
      );
    }
  }
}
