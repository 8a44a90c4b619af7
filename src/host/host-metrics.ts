// What the machine and the process do, by upstream's host-metrics.
import { createRequire } from "node:module";
import type { MeterProvider } from "@opentelemetry/api";

// The other groups start child processes at every collection.
const GROUPS_WITHOUT_CHILD_PROCESSES: readonly string[] = [
  "system.cpu",
  "system.memory",
  "process.cpu",
  "process.memory",
];

/**
 * Observes CPU and memory of the machine and of this process on `meterProvider`: `system.cpu.*`, `system.memory.*`,
 * `process.cpu.*`, `process.memory.usage`. No collection starts a process.
 */
export function observeHost(meterProvider: MeterProvider): void {
  const require = createRequire(import.meta.url);
  const {
    HostMetrics,
  }: typeof import("@opentelemetry/host-metrics") = require("@opentelemetry/host-metrics");
  new HostMetrics({ meterProvider, metricGroups: [...GROUPS_WITHOUT_CHILD_PROCESSES] }).start();
}
