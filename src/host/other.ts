// What the machine and the process do on macOS and Windows.
import { createRequire } from "node:module";
import type { BatchObservableCallback, MeterProvider } from "@opentelemetry/api";
import { VERSION } from "../version.ts";
import { diskMetrics, fileSystemMetrics } from "./disk-metrics.ts";
import { HostInstruments } from "./instruments.ts";
import { swapMetrics } from "./memory-metrics.ts";
import { networkMetrics } from "./network-metrics.ts";
import { readingsByPrograms } from "./readings/by-programs.ts";

// The group of the network starts a child process at every collection.
const UPSTREAM_GROUPS: readonly string[] = ["system.cpu", "system.memory", "process.cpu", "process.memory"];

/**
 * Observes CPU and memory by upstream's host-metrics, which cannot be removed; the system's file system by `statfs`; and
 * disks, network and swap by programs of the system, once a minute at most. Returns the removal.
 */
export function observeOther(meterProvider: MeterProvider): () => void {
  const require = createRequire(import.meta.url);
  const {
    HostMetrics,
  }: typeof import("@opentelemetry/host-metrics") = require("@opentelemetry/host-metrics");
  new HostMetrics({ meterProvider, metricGroups: [...UPSTREAM_GROUPS] }).start();
  const meter = meterProvider.getMeter("tachymeter.host", VERSION);
  const instruments = new HostInstruments(meter);
  const { disks, network, swap } = readingsByPrograms();
  const groups = [
    fileSystemMetrics(instruments),
    diskMetrics(instruments, disks),
    networkMetrics(instruments, network),
    swapMetrics(instruments, swap),
  ];
  const callback: BatchObservableCallback = async (result) => {
    await Promise.all(groups.map((observe) => observe(result)));
  };
  meter.addBatchObservableCallback(callback, instruments.all);
  return () => meter.removeBatchObservableCallback(callback, instruments.all);
}
