// What the machine, the process and its control group do, read from Linux itself.
import type { BatchObservableCallback, MeterProvider } from "@opentelemetry/api";
import { containerMetrics } from "./container-metrics.ts";
import { cpuMetrics } from "./cpu-metrics.ts";
import { diskMetrics, fileSystemMetrics } from "./disk-metrics.ts";
import { HostInstruments } from "./instruments.ts";
import { memoryMetrics, pagingMetrics } from "./memory-metrics.ts";
import { networkMetrics } from "./network-metrics.ts";
import { processMetrics } from "./process-metrics.ts";
import { Turns } from "./readings/turns.ts";
import { VERSION } from "../version.ts";

/**
 * Observes `system.*`, `process.*` and `container.*` on `meterProvider`, by one callback for all; returns the removal.
 * A collection starts no process and takes about a millisecond, in several turns of the event loop.
 */
export function observeLinux(meterProvider: MeterProvider): () => void {
  const meter = meterProvider.getMeter("tachymeter.host", VERSION);
  const instruments = new HostInstruments(meter);
  const before = [cpuMetrics, memoryMetrics, pagingMetrics, diskMetrics].map((group) => group(instruments));
  const observeFileSystems = fileSystemMetrics(instruments);
  const after = [networkMetrics, processMetrics, containerMetrics].map((group) => group(instruments));
  const groups = [...before, ...after];
  const callback: BatchObservableCallback = async (result) => {
    const turns = new Turns();
    // They are asked by way of the thread pool, and answer while the others are read.
    const fileSystems = observeFileSystems(result);
    for (const observe of groups) {
      await observe(result);
      await turns.next();
    }
    await fileSystems;
  };
  meter.addBatchObservableCallback(callback, instruments.all);
  return () => meter.removeBatchObservableCallback(callback, instruments.all);
}
