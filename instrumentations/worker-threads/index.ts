import type { InstrumentationConfig } from "@opentelemetry/instrumentation";
import type { Kernels } from "../../src/facades/index.ts";
import type { Instrumented } from "../shared/instrumented.ts";
import { facadeOption } from "../shared/options.ts";

export interface WorkerThreadsConfig extends InstrumentationConfig {
  /** Where the workers are recorded; without it a facade of the instrumentation's own, on its meter provider. */
  kernels?: Kernels;
}

/** The instrumentation of `node:worker_threads`. */
export const workerThreads: Instrumented<WorkerThreadsConfig> = {
  name: "worker-threads",
  options: { kernels: facadeOption("a Kernels", "launch") },
  // Node.js itself tells of each worker.
  files: [],
};
