/** Metrics of the process. */
import { context, trace } from "@opentelemetry/api";
import { type ProcessReading, readProcess } from "../../host/readings/process.ts";
import { Counter } from "../counter.ts";
import { type DefaultMetrics, gaugeOf } from "./default-metrics.ts";

const startSeconds = Math.round(Date.now() / 1000 - process.uptime());

let pending: Promise<ProcessReading> | undefined;

// One reading for the metrics of one collection.
function reading(): Promise<ProcessReading> {
  return (pending ??= readProcess().finally(() => (pending = undefined)));
}

/** Processor time. */
export const processCpuTotal: DefaultMetrics = ({ prefix, labels, registers, enableExemplars }) => {
  let last = process.cpuUsage();
  const counterOf = (name: string, help: string, collect?: () => void): Counter =>
    new Counter({
      name: prefix + name,
      help,
      labelNames: Object.keys(labels),
      enableExemplars,
      ...(registers !== undefined && { registers }),
      ...(collect !== undefined && { collect }),
    });
  const add = (counter: Counter, micros: number): void => {
    const value = micros / 1e6;
    if (!enableExemplars) return counter.inc(labels, value);
    const span = trace.getSpanContext(context.active());
    const exemplarLabels = span === undefined ? {} : { traceId: span.traceId, spanId: span.spanId };
    counter.inc({ labels, value, exemplarLabels });
  };
  const user = counterOf("process_cpu_user_seconds_total", "Total user CPU time spent in seconds.", () => {
    const now = process.cpuUsage();
    const used = { user: now.user - last.user, system: now.system - last.system };
    last = now;
    add(user, used.user);
    add(system, used.system);
    add(both, used.user + used.system);
  });
  const system = counterOf("process_cpu_system_seconds_total", "Total system CPU time spent in seconds.");
  const both = counterOf("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.");
};

/** Time of the start. */
export const processStartTime: DefaultMetrics = (options) => {
  gaugeOf(options, {
    name: "process_start_time_seconds",
    help: "Start time of the process since unix epoch in seconds.",
    aggregator: "omit",
    collect() {
      this.set(options.labels, startSeconds);
    },
  });
};

/** Memory; only the resident memory outside of Linux. */
export const osMemoryHeap: DefaultMetrics = (options) => {
  const { labels } = options;
  const resident = gaugeOf(options, {
    name: "process_resident_memory_bytes",
    help: "Resident memory size in bytes.",
    async collect() {
      const { residentBytes, virtualBytes, dataBytes } = await reading();
      if (residentBytes !== undefined) resident.set(labels, residentBytes);
      if (virtualBytes !== undefined) virtual?.set(labels, virtualBytes);
      if (dataBytes !== undefined) data?.set(labels, dataBytes);
    },
  });
  const isLinux = process.platform === "linux";
  const linux = (name: string, help: string) => (isLinux ? gaugeOf(options, { name, help }) : undefined);
  const virtual = linux("process_virtual_memory_bytes", "Virtual memory size in bytes.");
  const data = linux("process_heap_bytes", "Process heap size in bytes.");
};

/** Open file descriptors; none outside of Linux. */
export const processOpenFileDescriptors: DefaultMetrics = (options) => {
  if (process.platform !== "linux") return;
  gaugeOf(options, {
    name: "process_open_fds",
    help: "Number of open file descriptors.",
    async collect() {
      const { fileDescriptors } = await reading();
      if (fileDescriptors !== undefined) this.set(options.labels, fileDescriptors);
    },
  });
};

/** Limit of open file descriptors; none outside of Linux. */
export const processMaxFileDescriptors: DefaultMetrics = (options) => {
  if (process.platform !== "linux") return;
  gaugeOf(options, {
    name: "process_max_fds",
    help: "Maximum number of open file descriptors.",
    async collect() {
      const { fileDescriptorLimit } = await reading();
      if (fileDescriptorLimit !== undefined) this.set(options.labels, fileDescriptorLimit);
    },
  });
};
