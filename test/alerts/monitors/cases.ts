// A fault for each predefined monitor: series of two processes, of which one has the fault.
import { APPLICATION_CASES } from "./application-cases.ts";
import { buckets, type MonitorCase, UP } from "./monitor-case.ts";
import { gap, growth, level, levels, rate, slopes } from "./timelines.ts";

export type { MonitorCase } from "./monitor-case.ts";

const MIB = 2 ** 20;
const DISK = `system_device_name="/dev/vda",system_filesystem_mode="rw",system_filesystem_mountpoint="/data",system_filesystem_type="ext4"`;

/** A case for each monitor; some have several. */
export const CASES: readonly MonitorCase[] = [
  {
    monitor: "eventLoopSlow",
    series: buckets("nodejs_eventloop_delay_seconds", "", 0.025, 3_000, 1, 0.9),
  },
  {
    monitor: "eventLoopBlocked",
    series: { ...UP, nodejs_eventloop_delay_max_seconds: level(0.02, 0.8) },
  },
  {
    monitor: "eventLoopSaturated",
    series: {
      'nodejs_eventloop_time_seconds_total{nodejs_eventloop_state="active"}': rate(20, 59),
      'nodejs_eventloop_time_seconds_total{nodejs_eventloop_state="idle"}': rate(40, 1),
    },
  },
  {
    monitor: "heapLeak",
    series: {
      v8js_memory_heap_retained_bytes: growth(100 * MIB, MIB),
      v8js_memory_heap_size_limit_bytes: level(2_000 * MIB, 2_000 * MIB),
    },
  },
  {
    monitor: "heapNearLimit",
    series: {
      // A jump of the heap would be a forecast, too.
      v8js_memory_heap_retained_bytes: level(240 * MIB, 240 * MIB),
      // As V8 reports them for --max-old-space-size=8192 and 256.
      v8js_memory_heap_size_limit_bytes: level(8_240 * MIB, 304 * MIB),
    },
  },
  {
    // Slower than a leak that heapLeak reports, in a heap that is half full.
    monitor: "heapFilling",
    series: {
      v8js_memory_heap_retained_bytes: {
        faulty: `${levels([300 * MIB, 60])} ${slopes(300 * MIB, [0.5 * MIB, 600])} ${levels([300 * MIB, 120])}`,
        healthy: levels([300 * MIB, 780]),
      },
      v8js_memory_heap_size_limit_bytes: {
        faulty: levels([648 * MIB, 780]),
        healthy: levels([648 * MIB, 780]),
      },
    },
    minutes: { quiet: 400, fires: 460, clears: 775 },
  },
  {
    monitor: "externalMemoryGrowing",
    series: { v8js_memory_external_bytes: growth(50 * MIB, 5 * MIB) },
  },
  {
    monitor: "memoryNearLimit",
    series: {
      process_memory_usage_bytes: level(300 * MIB, 500 * MIB),
      container_memory_limit_bytes: level(512 * MIB, 512 * MIB),
    },
  },
  {
    monitor: "machineMemoryLow",
    series: {
      system_memory_linux_available_bytes: level(4_000 * MIB, 100 * MIB),
      system_memory_limit_bytes: level(8_000 * MIB, 8_000 * MIB),
    },
  },
  {
    monitor: "garbageCollectionBusy",
    series: {
      'v8js_gc_duration_seconds_sum{v8js_gc_type="minor"}': rate(0.5, 5),
      'v8js_gc_duration_seconds_sum{v8js_gc_type="major"}': rate(0.5, 20),
    },
  },
  {
    monitor: "garbageCollectionPauses",
    series: buckets("v8js_gc_duration_seconds", 'v8js_gc_type="major"', 0.1, 2, 1, 0.5),
  },
  {
    monitor: "cpuThrottled",
    series: {
      container_cpu_periods_total: rate(600, 600),
      container_cpu_throttled_periods_total: rate(6, 400),
    },
  },
  {
    monitor: "cpuStolen",
    series: {
      'system_cpu_utilization_ratio{cpu_mode="steal"}': level(0.01, 0.3),
      'system_cpu_utilization_ratio{cpu_mode="steal",cpu_logical_number="0"}': level(0.5, 0.5),
    },
  },
  {
    monitor: "fileDescriptorsLow",
    series: {
      process_unix_file_descriptor_count: level(100, 900),
      process_unix_file_descriptor_limit: level(1_024, 1_024),
    },
  },
  {
    monitor: "clockJumped",
    series: {
      system_clock_change_seconds_total: {
        faulty: levels([0, 60], [3_600, 180]),
        healthy: levels([0, 240]),
      },
    },
    minutes: { quiet: 59, fires: 65, clears: 80 },
  },
  {
    monitor: "restartLoop",
    series: {
      process_uptime_seconds: {
        faulty: `${slopes(3_600, [60, 60])} ${Array.from({ length: 6 }, () => slopes(10, [60, 4])).join(" ")} ${slopes(10, [60, 156])}`,
        healthy: slopes(3_600, [60, 240]),
      },
    },
    minutes: { quiet: 59, fires: 85, clears: 130 },
  },
  {
    monitor: "metricsMissing",
    isOfJob: true,
    series: { process_uptime_seconds: { faulty: gap(4_000).faulty, healthy: gap(4_000).faulty } },
    minutes: { quiet: 59, fires: 100, clears: 230 },
  },
  {
    monitor: "diskFull",
    labels: { system_filesystem_mountpoint: "/data" },
    series: {
      [`system_filesystem_utilization_ratio{${DISK}}`]: level(0.5, 0.97),
      'system_filesystem_utilization_ratio{system_filesystem_mode="ro",system_filesystem_mountpoint="/image"}':
        level(1, 1),
    },
  },
  disk("diskFilling", 4_000, 3, { quiet: 200, fires: 700, clears: 1_190 }, 0.7),
  {
    ...disk("diskFillingFast", 2_000, 8, { quiet: 59, fires: 270, clears: 1_190 }, 0.55),
    also: ["diskFilling"],
  },
  ...APPLICATION_CASES,
];

// A file system that fills from `usedShare` on, over a day.
function disk(
  monitor: string,
  freeMib: number,
  mibPerMinute: number,
  minutes: NonNullable<MonitorCase["minutes"]>,
  usedShare: number,
): MonitorCase {
  const size = freeMib / (1 - usedShare);
  const free = (faulty: boolean): string =>
    faulty
      ? `${levels([freeMib * MIB, 60])} ${slopes(freeMib * MIB, [-mibPerMinute * MIB, 660])} ${levels([freeMib * MIB, 480])}`
      : levels([freeMib * MIB, 1_200]);
  const used = (faulty: boolean): string => {
    const change = mibPerMinute / size;
    return faulty
      ? `${levels([usedShare, 60])} ${slopes(usedShare, [change, 660])} ${levels([usedShare, 480])}`
      : levels([usedShare, 1_200]);
  };
  return {
    monitor,
    labels: { system_filesystem_mountpoint: "/data" },
    series: {
      [`system_filesystem_usage_bytes{${DISK},system_filesystem_state="free"}`]: {
        faulty: free(true),
        healthy: free(false),
      },
      [`system_filesystem_utilization_ratio{${DISK}}`]: { faulty: used(true), healthy: used(false) },
    },
    minutes,
  };
}
