/** Metrics of the machine, the process and the runtime. */
export { observeHost } from "./machine.ts";
export { observeRuntime } from "./runtime-metrics.ts";
