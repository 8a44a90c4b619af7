import type { CpuReading } from "../../host/readings/cpu.ts";
import type { DiskReading } from "../../host/readings/disks.ts";
import type { FileSystemReading } from "../../host/readings/file-systems.ts";
import type { MemoryReading } from "../../host/readings/memory.ts";
import type { NetworkReading } from "../../host/readings/network.ts";
import type { PerformanceMetric } from "../metric-buffer.ts";
import type { Labels } from "../../translation/snapshot-document.ts";

export function metricsFromCpu(shares: CpuReading): PerformanceMetric[] {
  const processors = [
    { core: "overall", times: shares.overall },
    ...shares.cores.map(({ logicalNumber, times }) => ({ core: `${logicalNumber}`, times })),
  ];
  return processors.flatMap(({ core, times: { idle, iowait, steal } }) =>
    metricsFrom(
      {
        cpu_usage_percent: idle === undefined ? undefined : percentFrom(1 - idle - (iowait ?? 0)),
        cpu_iowait_percent: percentFrom(iowait),
        cpu_steal_percent: percentFrom(steal),
      },
      { core },
    ),
  );
}

export function metricsFromLoad([minutes1, minutes5, minutes15]: readonly number[]): PerformanceMetric[] {
  return metricsFrom({ load_average_1m: minutes1, load_average_5m: minutes5, load_average_15m: minutes15 });
}

export function metricsFromMemory(memory: MemoryReading): PerformanceMetric[] {
  const { totalBytes, availableBytes, swapTotalBytes, swapFreeBytes } = memory;
  const swapUsedBytes =
    swapTotalBytes === undefined || swapFreeBytes === undefined ? undefined : swapTotalBytes - swapFreeBytes;
  return metricsFrom({
    memory_total_bytes: totalBytes,
    memory_available_bytes: availableBytes,
    memory_used_bytes: totalBytes - availableBytes,
    memory_free_bytes: memory.freeBytes,
    memory_buffers_bytes: memory.buffersBytes,
    memory_cached_bytes: memory.cachedBytes,
    memory_usage_percent: percentFrom(shareOf(totalBytes - availableBytes, totalBytes)),
    swap_total_bytes: swapTotalBytes,
    swap_used_bytes: swapUsedBytes,
    swap_free_bytes: swapFreeBytes,
    swap_usage_percent: percentFrom(shareOf(swapUsedBytes, swapTotalBytes)),
  });
}

export function metricsFromFileSystems(fileSystems: readonly FileSystemReading[]): PerformanceMetric[] {
  return fileSystems.flatMap(({ mountPoint, device, type, totalBytes, usedBytes, freeBytes }) =>
    metricsFrom(
      {
        disk_total_bytes: totalBytes,
        disk_used_bytes: usedBytes,
        disk_free_bytes: freeBytes,
        disk_usage_percent: percentFrom(shareOf(usedBytes, usedBytes + freeBytes)),
      },
      {
        mountpoint: mountPoint,
        ...(device !== undefined && { device }),
        ...(type !== undefined && { fstype: type }),
      },
    ),
  );
}

export function metricsFromDisks(disks: readonly DiskReading[]): PerformanceMetric[] {
  return disks.flatMap(({ device, reads, writes, busySeconds }) =>
    metricsFrom(
      {
        disk_read_bytes: reads.bytes,
        disk_write_bytes: writes.bytes,
        disk_read_count: reads.operations,
        disk_write_count: writes.operations,
        disk_read_time_seconds: reads.seconds,
        disk_write_time_seconds: writes.seconds,
        disk_busy_time_seconds: busySeconds,
      },
      device === undefined ? {} : { device },
    ),
  );
}

export function metricsFromNetwork(interfaces: readonly NetworkReading[]): PerformanceMetric[] {
  return interfaces.flatMap(({ name, received, transmitted }) =>
    metricsFrom(
      {
        network_sent_bytes: transmitted.bytes,
        network_received_bytes: received.bytes,
        network_packets_sent: transmitted.packets,
        network_packets_received: received.packets,
        network_errors_out: transmitted.errors,
        network_errors_in: received.errors,
        network_dropped_out: transmitted.dropped,
        network_dropped_in: received.dropped,
      },
      { interface: name },
    ),
  );
}

// Leaves out unknown values.
function metricsFrom(
  values: Readonly<Record<string, number | undefined>>,
  tags: Labels = {},
): PerformanceMetric[] {
  const timestamp = Date.now() / 1000;
  const metrics: PerformanceMetric[] = [];
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    metrics.push({ name, value, unit: unitOf(name), timestamp, tags: { ...tags }, source: "system" });
  }
  return metrics;
}

function unitOf(name: string): string {
  if (name.endsWith("_percent")) return "%";
  if (name.endsWith("_bytes")) return "By";
  return name.endsWith("_seconds") ? "s" : "count";
}

function percentFrom(share: number | undefined): number | undefined {
  // Clamped because of rounding errors.
  return share === undefined ? undefined : Math.min(100, Math.max(0, 100 * share));
}

function shareOf(part: number | undefined, whole: number | undefined): number | undefined {
  return part === undefined || whole === undefined || whole <= 0 ? undefined : part / whole;
}
