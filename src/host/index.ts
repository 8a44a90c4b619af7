/** What the machine, the process and the runtime do. */
export { observeHost } from "./host-metrics.ts";
export { observeRuntime } from "./runtime-metrics.ts";
