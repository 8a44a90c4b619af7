// What Node.js itself does, by upstream's runtime instrumentation.
import { createRequire } from "node:module";
import type { Instrumentation } from "@opentelemetry/instrumentation";

/** Upstream's runtime metrics: `nodejs.eventloop.*`, `v8js.gc.duration`, `v8js.memory.heap.*`, `v8js.resource.active`. */
export function runtimeInstrumentation(): Instrumentation {
  const require = createRequire(import.meta.url);
  const {
    RuntimeNodeInstrumentation,
  }: typeof import("@opentelemetry/instrumentation-runtime-node") = require("@opentelemetry/instrumentation-runtime-node");
  return new RuntimeNodeInstrumentation();
}
