import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { Kernels } from "../../src/facades/index.ts";
import type { Instrumented } from "../shared/instrumented.ts";
import { facadeOption } from "../shared/options.ts";

export interface WorkerThreadsConfig extends InstrumentationConfig {
  /** The facade to record into; by default one on the instrumentation's meter provider. */
  kernels?: Kernels;
}

/** The instrumentation of `node:worker_threads`. */
export const workerThreads: Instrumented<WorkerThreadsConfig> = {
  name: "worker-threads",
  options: { kernels: facadeOption("a Kernels", "messagesOf") },
  // Node.js itself publishes each worker.
  files: [],
};
