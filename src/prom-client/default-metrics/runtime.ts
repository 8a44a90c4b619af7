/** Metrics of Node.js and V8. */
import { constants, monitorEventLoopDelay, performance, PerformanceObserver } from "node:perf_hooks";
import { getHeapSpaceStatistics } from "node:v8";
import { show } from "../../diagnostics/show.ts";
import { Histogram } from "../histogram.ts";
import { stopwatch } from "../metric-base.ts";
import { Summary } from "../summary.ts";
import { type DefaultMetrics, gaugeOf } from "./default-metrics.ts";

/** Delay of the event loop. */
export const eventLoopLag: DefaultMetrics = (options) => {
  const { labels } = options;
  const delays = monitorEventLoopDelay({ resolution: options.eventLoopMonitoringPrecision });
  delays.enable();
  const lag = gaugeOf(options, {
    name: "nodejs_eventloop_lag_seconds",
    help: "Lag of event loop in seconds.",
    aggregator: "average",
    collect() {
      const elapsed = stopwatch();
      // Shown by the next collection.
      setImmediate(() => lag.set(labels, elapsed()));
      for (const [gauge, read] of gauges) gauge.set(labels, read() / 1e9);
      delays.reset();
    },
  });
  const gauges = (
    [
      ["min", "The minimum recorded event loop delay.", "min", () => delays.min],
      ["max", "The maximum recorded event loop delay.", "max", () => delays.max],
      ["mean", "The mean of the recorded event loop delays.", "average", () => delays.mean],
      ["stddev", "The standard deviation of the recorded event loop delays.", "average", () => delays.stddev],
      [
        "p50",
        "The 50th percentile of the recorded event loop delays.",
        "average",
        () => delays.percentile(50),
      ],
      [
        "p90",
        "The 90th percentile of the recorded event loop delays.",
        "average",
        () => delays.percentile(90),
      ],
      [
        "p99",
        "The 99th percentile of the recorded event loop delays.",
        "average",
        () => delays.percentile(99),
      ],
    ] as const
  ).map(([part, help, aggregator, read]) => {
    const gauge = gaugeOf(options, { name: `nodejs_eventloop_lag_${part}_seconds`, help, aggregator });
    return [gauge, read] as const;
  });
};

const UTILIZATION_BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 0.95, 0.99, 1];

/**
 * Utilization of the event loop, which only the successor has. Its series have no labels, as there. Throws a `RangeError`
 * if the time between two readings is not above 0: the successor then never leaves its loop.
 */
export const eventLoopUtilization: DefaultMetrics = ({ prefix, labels, registers, ...options }) => {
  const { eventLoopUtilizationPercentiles: percentiles, eventLoopUtilizationTimeout = 100 } = options;
  if (!(eventLoopUtilizationTimeout > 0))
    throw new RangeError(
      `eventLoopUtilizationTimeout must be a number of milliseconds above 0, got ${show(eventLoopUtilizationTimeout)}`,
    );
  const head = (kind: string) => ({
    name: `${prefix}nodejs_eventloop_utilization_${kind}`,
    help: "Ratio of time the event loop is not idling in the event provider to the total time the event loop is running.",
    labelNames: Object.keys(labels),
    ...(registers !== undefined && { registers }),
  });
  const summary = new Summary({
    ...head("summary"),
    maxAgeSeconds: options.eventLoopUtilizationMaxAgeSeconds ?? 60,
    ageBuckets: options.eventLoopUtilizationAgeBuckets ?? 5,
    ...(percentiles !== undefined && { percentiles }),
  });
  const buckets = options.eventLoopUtilizationBuckets ?? UTILIZATION_BUCKETS;
  const histogram = new Histogram({ ...head("histogram"), buckets });
  let last = performance.eventLoopUtilization();
  let elapsed = stopwatch();
  setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    // A reading for each interval that a blocked event loop has missed.
    for (let left = Math.round((elapsed() * 1000) / eventLoopUtilizationTimeout); left > 0; left--) {
      summary.observe(utilization);
      histogram.observe(utilization);
    }
    last = now;
    elapsed = stopwatch();
  }, eventLoopUtilizationTimeout).unref();
};

// On Linux, Node.js reads a part of it from `/proc`, which a sandbox may lack.
function memoryUsage(): NodeJS.MemoryUsage | undefined {
  try {
    return process.memoryUsage();
  } catch {
    return undefined;
  }
}

/** Size of the heap. */
export const heapSizeAndUsed: DefaultMetrics = (options) => {
  const { labels } = options;
  const total = gaugeOf(options, {
    name: "nodejs_heap_size_total_bytes",
    help: "Process heap size from Node.js in bytes.",
    collect() {
      const usage = memoryUsage();
      if (usage === undefined) return;
      const { heapTotal, heapUsed, external: outside } = usage;
      total.set(labels, heapTotal);
      used.set(labels, heapUsed);
      external.set(labels, outside);
    },
  });
  const used = gaugeOf(options, {
    name: "nodejs_heap_size_used_bytes",
    help: "Process heap size used from Node.js in bytes.",
  });
  const external = gaugeOf(options, {
    name: "nodejs_external_memory_bytes",
    help: "Node.js external memory size in bytes.",
  });
};

/** Sizes of the heap's spaces. */
export const heapSpacesSizeAndUsed: DefaultMetrics = (options) => {
  const gaugeFor = (part: string, collect?: () => void) =>
    gaugeOf(options, {
      name: `nodejs_heap_space_size_${part}_bytes`,
      help: `Process heap space size ${part} from Node.js in bytes.`,
      labelNames: ["space"],
      ...(collect !== undefined && { collect }),
    });
  const total = gaugeFor("total", () => {
    for (const {
      space_name,
      space_size,
      space_used_size,
      space_available_size,
    } of getHeapSpaceStatistics()) {
      const labels = { space: space_name.slice(0, space_name.indexOf("_space")), ...options.labels };
      total.set(labels, space_size);
      used.set(labels, space_used_size);
      available.set(labels, space_available_size);
    }
  });
  const used = gaugeFor("used");
  const available = gaugeFor("available");
};

/** Version of Node.js. */
export const version: DefaultMetrics = (options) => {
  const [major = 0, minor = 0, patch = 0] = process.version.slice(1).split(".").map(Number);
  gaugeOf(options, {
    name: "nodejs_version_info",
    help: "Node.js version info.",
    labelNames: ["version", "major", "minor", "patch"],
    aggregator: "first",
    collect() {
      this.set({ version: process.version, major, minor, patch, ...options.labels }, 1);
    },
  });
};

const KINDS = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, "major"],
  [constants.NODE_PERFORMANCE_GC_MINOR, "minor"],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, "incremental"],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, "weakcb"],
]);

/** Durations of garbage collections. */
export const gc: DefaultMetrics = ({ prefix, labels, registers, gcDurationBuckets }) => {
  const durations = new Histogram({
    name: `${prefix}nodejs_gc_duration_seconds`,
    help: "Garbage collection duration by kind, one of major, minor, incremental or weakcb.",
    labelNames: ["kind", ...Object.keys(labels)],
    buckets: gcDurationBuckets,
    ...(registers !== undefined && { registers }),
  });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      // Node's types for version 20 lack the detail.
      const kind = KINDS.get(Number(Reflect.get(Object(Reflect.get(entry, "detail")), "kind")));
      if (kind !== undefined) durations.observe({ kind, ...labels }, entry.duration / 1000);
    }
  }).observe({ entryTypes: ["gc"] });
};
