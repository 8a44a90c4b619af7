import { warnOfLongInterval } from "../../options/long-interval.ts";
import { facadeOptions } from "../../options/facades.ts";
import { diag } from "@opentelemetry/api";
import { Change } from "../../host/readings/change.ts";
import { type CpuReading, cpuShares, readCpu, readLoad } from "../../host/readings/cpu.ts";
import { readDisks } from "../../host/readings/disks.ts";
import { readFileSystems } from "../../host/readings/file-systems.ts";
import { readMemory } from "../../host/readings/memory.ts";
import { MAX_INTERFACES, readNetwork } from "../../host/readings/network.ts";
import { Slices } from "../../io/yield.ts";
import type { FacadeOptions } from "../../recording/facade-meter.ts";
import {
  type CollectedMetricsOptions,
  MetricBuffer,
  MetricCollector,
  type PerformanceMetric,
} from "../metric-buffer.ts";
import {
  metricsFromCpu,
  metricsFromDisks,
  metricsFromFileSystems,
  metricsFromLoad,
  metricsFromMemory,
  metricsFromNetwork,
} from "./metrics.ts";

/** Options of `System`. `meterProvider` has no effect, since this facade creates no instruments. */
export interface SystemOptions extends FacadeOptions, CollectedMetricsOptions {
  /**
   * Seconds between two continuous collections.
   *
   * @defaultValue 60
   */
  readonly collectionInterval?: number | undefined;
}

/**
 * Reads figures of the machine for applications that use the values themselves. They are not exported; option `host` of
 * `start()` exports host metrics.
 *
 * A collection starts no process, blocks the event loop for at most about a millisecond, and never fails. Unknown
 * figures are left out; outside of Linux these are all but CPUs, load, memory and the system's file system.
 *
 * @example
 * const system = new System();
 * const [usage] = await system.collectCpuMetrics();
 * console.log(`${usage?.name} ${usage?.tags["core"]}: ${usage?.value.toFixed(0)} ${usage?.unit}`);
 */
export class System extends MetricCollector {
  readonly #intervalSeconds: number;
  readonly #buffer: MetricBuffer;
  readonly #cpu = new Change<CpuReading, CpuReading>(cpuShares);
  #timer: NodeJS.Timeout | undefined;
  #collecting: Promise<void> | undefined;
  #endWait: (() => void) | undefined;

  /**
   * Creates the facade.
   *
   * @throws OptionsError if `collectionInterval` or `maxMetricsPerSecond` is invalid.
   */
  constructor(options: SystemOptions = {}) {
    const { collectionInterval = DEFAULT_INTERVAL_SECONDS, ...limits } = facadeOptions("system", options);
    const metrics = new MetricBuffer(limits);
    super(metrics);
    this.#buffer = metrics;
    warnOfLongInterval("system: collectionInterval", collectionInterval);
    this.#intervalSeconds = collectionInterval;
  }

  /**
   * Measures the use of the CPUs: `cpu_usage_percent`, `cpu_iowait_percent` and `cpu_steal_percent`. Tag `core` is
   * `overall`, or the number of the CPU. Also returns `load_average_1m`, `load_average_5m` and `load_average_15m`. The
   * percentages cover the time since an earlier call, at least one second; the first call takes 0.1 s.
   */
  async collectCpuMetrics(): Promise<PerformanceMetric[]> {
    return this.#cpuMetrics("awaited");
  }

  /**
   * Reads the memory: `memory_total_bytes`, `memory_available_bytes`, `memory_used_bytes` (not available),
   * `memory_free_bytes`, `memory_buffers_bytes`, `memory_cached_bytes` and `memory_usage_percent`. For the swap, it
   * returns `swap_total_bytes`, `swap_used_bytes`, `swap_free_bytes` and `swap_usage_percent`.
   */
  async collectMemoryMetrics(): Promise<PerformanceMetric[]> {
    return metricsFromMemory(await readMemory());
  }

  /**
   * Reads the local file systems and the disks.
   *
   * - File systems: `disk_total_bytes`, `disk_used_bytes`, `disk_free_bytes` and `disk_usage_percent`, with the tags
   *   `mountpoint`, `device` and `fstype`.
   * - Disks, since the machine started: `disk_read_bytes`, `disk_write_bytes`, `disk_read_count`, `disk_write_count`,
   *   `disk_read_time_seconds`, `disk_write_time_seconds` and `disk_busy_time_seconds`, with the tag `device`.
   */
  async collectDiskMetrics(): Promise<PerformanceMetric[]> {
    const fileSystems = metricsFromFileSystems(await readFileSystems());
    return [...fileSystems, ...metricsFromDisks((await readDisks()) ?? [])];
  }

  /**
   * Reads the traffic of at most 100 network interfaces, each since it came up. The metrics are `network_sent_bytes`,
   * `network_received_bytes`, `network_packets_sent`, `network_packets_received`, `network_errors_in`,
   * `network_errors_out`, `network_dropped_in` and `network_dropped_out`, with the tag `interface`.
   */
  async collectNetworkMetrics(): Promise<PerformanceMetric[]> {
    return metricsFromNetwork(((await readNetwork()) ?? []).slice(0, MAX_INTERFACES));
  }

  /** Collects the CPU, memory, disk and network metrics. */
  async collectAllSystemMetrics(): Promise<PerformanceMetric[]> {
    return this.#allMetrics("awaited");
  }

  /**
   * Collects all metrics for `getCollectedMetrics`, immediately and then every `collectionInterval` seconds, by an
   * unref'd timer. Further calls have no effect.
   */
  startContinuousCollection(): void {
    if (this.#timer !== undefined) return;
    this.#collect();
    this.#timer = setInterval(() => this.#collect(), this.#intervalSeconds * 1000);
    this.#timer.unref();
  }

  /** Stops the continuous collection. Resolves once a running collection has ended. Collected metrics are kept. */
  async stopContinuousCollection(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#endWait?.();
    await this.#collecting;
  }

  #collect(): void {
    // If a collection still waits for a file system, the next one would wait for it too.
    this.#collecting ??= this.#collectIntoBuffer().finally(() => {
      this.#collecting = undefined;
    });
  }

  async #collectIntoBuffer(): Promise<void> {
    try {
      for (const metric of await this.#allMetrics("in the background")) this.#buffer.push(metric);
    } catch (error) {
      diag.warn("system: a collection failed; the next one is made as usual", error);
    }
  }

  async #allMetrics(wait: Wait): Promise<PerformanceMetric[]> {
    const slices = new Slices();
    const metrics = await this.#cpuMetrics(wait);
    await slices.next();
    metrics.push(...(await this.collectMemoryMetrics()));
    await slices.next();
    metrics.push(...(await this.collectDiskMetrics()));
    await slices.next();
    metrics.push(...(await this.collectNetworkMetrics()));
    return metrics;
  }

  async #cpuMetrics(wait: Wait): Promise<PerformanceMetric[]> {
    const shares = (await this.#cpuShares()) ?? (await this.#cpuSharesLater(wait));
    const load = readLoad();
    return [
      ...(shares === undefined ? [] : metricsFromCpu(shares)),
      ...(load === undefined ? [] : metricsFromLoad(load)),
    ];
  }

  async #cpuSharesLater(wait: Wait): Promise<CpuReading | undefined> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, FIRST_CPU_MILLIS);
      if (wait === "awaited") return;
      timer.unref();
      this.#endWait = resolve;
    });
    return this.#cpuShares();
  }

  async #cpuShares(): Promise<CpuReading | undefined> {
    const cpu = await readCpu();
    return cpu === undefined ? undefined : this.#cpu.upTo(cpu);
  }
}

/** Creates a `System`; `interval` is its `collectionInterval` in seconds. */
export function getSystemCollector(interval?: number): System {
  return new System({ collectionInterval: interval });
}

// Whether waiting keeps the process alive.
type Wait = "awaited" | "in the background";

// A little more than a first reading needs.
const FIRST_CPU_MILLIS = 120;

const DEFAULT_INTERVAL_SECONDS = 60;
