// What the machine and the process do.
import { createRequire } from "node:module";
import type { MeterProvider } from "@opentelemetry/api";
import { observeLinux } from "./linux-host.ts";

// The other groups start child processes at every collection.
const GROUPS_WITHOUT_CHILD_PROCESSES: readonly string[] = [
  "system.cpu",
  "system.memory",
  "process.cpu",
  "process.memory",
];

/**
 * Observes the machine and this process on `meterProvider`; returns the removal. On Linux that is all of `system.*`,
 * `process.*` and `container.*` in `docs/host.md`, elsewhere CPU and memory by upstream's host-metrics, which cannot be
 * removed. No collection starts a process.
 */
export function observeHost(meterProvider: MeterProvider): () => void {
  if (process.platform === "linux") return observeLinux(meterProvider);
  const require = createRequire(import.meta.url);
  const {
    HostMetrics,
  }: typeof import("@opentelemetry/host-metrics") = require("@opentelemetry/host-metrics");
  new HostMetrics({ meterProvider, metricGroups: [...GROUPS_WITHOUT_CHILD_PROCESSES] }).start();
  return () => {};
}
