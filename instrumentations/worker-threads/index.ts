import type { InstrumentationConfig } from "@opentelemetry/instrumentation";
import type { Kernels } from "../../src/facades/index.ts";
import type { Instrumented } from "../shared/instrumented.ts";
import { facadeOption } from "../shared/options.ts";

export interface WorkerThreadsInstrumentationConfig extends InstrumentationConfig {
  /** Where the workers are recorded; without it a facade of the instrumentation's own, on its meter provider. */
  kernels?: Kernels;
}

/** The instrumentation of `worker-threads`. */
export const workerThreads: Instrumented<WorkerThreadsInstrumentationConfig> = {
  name: "worker-threads",
  options: {
    kernels: facadeOption("a Kernels", "launch"),
  },
  // Node.js itself tells of each worker.
  files: [],
};
