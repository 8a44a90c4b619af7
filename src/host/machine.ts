import { createRequire } from "node:module";
import type { BatchObservableCallback, BatchObservableResult, MeterProvider } from "@opentelemetry/api";
import { errorMessage } from "../diagnostics/error-message.ts";
import { warnOnce } from "../diagnostics/log-once.ts";
import { VERSION } from "../version.ts";
import { containerMetrics } from "./container-metrics.ts";
import { cpuMetrics } from "./cpu-metrics.ts";
import { diskMetrics, fileSystemMetrics, lockMetrics } from "./disk-metrics.ts";
import { ObservedInstruments, type Observe } from "./instruments.ts";
import { memoryMetrics, pagingMetrics, swapMetrics } from "./memory-metrics.ts";
import { connectionMetrics, networkMetrics } from "./network-metrics.ts";
import { processMetrics } from "./process-metrics.ts";
import { logRefusals } from "./readings/file-text.ts";
import { readingsByPrograms } from "./readings/by-programs.ts";
import { Slices } from "../io/yield.ts";

// Upstream's group of the network starts a child process at each collection.
const UPSTREAM_GROUPS: readonly string[] = ["system.cpu", "system.memory", "process.cpu", "process.memory"];

/** `machine` has the metrics that are the same in all processes of a machine or container. */
export type HostParts = "all" | "machine" | "process";

/**
 * Observes the machine and this process on `meterProvider`. Returns a function that stops this. `docs/host.md` lists
 * the metrics and their sources by platform. On Linux, a collection starts no process and takes about a millisecond, in
 * several turns of the event loop. Elsewhere, CPU and memory come from upstream's host-metrics, which cannot be
 * removed.
 */
export function observeHost(meterProvider: MeterProvider, parts: HostParts = "all"): () => void {
  const instruments = new ObservedInstruments(meterProvider.getMeter("tachymeter.host", VERSION));
  if (process.platform === "linux") return instruments.observe(linuxGroups(instruments, parts));
  const require = createRequire(import.meta.url);
  const {
    HostMetrics,
  }: typeof import("@opentelemetry/host-metrics") = require("@opentelemetry/host-metrics");
  new HostMetrics({
    meterProvider,
    metricGroups: UPSTREAM_GROUPS.filter((group) => isIn(parts, group)),
  }).start();
  return parts === "process" ? () => {} : instruments.observe(otherGroups(instruments));
}

function isIn(parts: HostParts, group: string): boolean {
  return parts === "all" || group.startsWith("process.") === (parts === "process");
}

function linuxGroups(instruments: ObservedInstruments, parts: HostParts): BatchObservableCallback {
  const ofMachine = parts !== "process";
  const before = (ofMachine ? [cpuMetrics, memoryMetrics, pagingMetrics, diskMetrics, lockMetrics] : []).map(
    (group) => group(instruments),
  );
  const fileSystems = ofMachine ? [fileSystemMetrics(instruments)] : [];
  const after = [
    ...(ofMachine ? [networkMetrics, connectionMetrics] : []),
    ...(parts === "machine" ? [] : [processMetrics]),
    ...(ofMachine ? [containerMetrics] : []),
  ].map((group) => group(instruments));
  return async (result) => {
    const slices = new Slices();
    // Read by the thread pool, concurrently with the others.
    const concurrent = fileSystems.map((observe) => observeAlone(observe, result));
    for (const observe of [...before, ...after]) {
      await observeAlone(observe, result);
      await slices.next();
    }
    await Promise.all(concurrent);
    logRefusals();
  };
}

// The other groups do not depend on this one.
async function observeAlone(observe: Observe, result: BatchObservableResult): Promise<void> {
  try {
    await observe(result);
  } catch (error) {
    warnOnce(`host metrics: a part could not be read: ${errorMessage(error)}`);
  }
}

function otherGroups(instruments: ObservedInstruments): BatchObservableCallback {
  const { disks, network, swap } = readingsByPrograms();
  const groups = [
    fileSystemMetrics(instruments),
    diskMetrics(instruments, disks),
    networkMetrics(instruments, network),
    swapMetrics(instruments, swap),
  ];
  return async (result) => {
    await Promise.all(groups.map((observe) => observeAlone(observe, result)));
  };
}
