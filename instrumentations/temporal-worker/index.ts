import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { Instrumented, InstrumentedFile } from "../shared/instrumented.ts";

const library = "@temporalio/worker";
const versions = [">=1.15.0 <2"];
/** The class of buffers; loaded before the other file. */
export const BUFFER: InstrumentedFile = { library, path: "lib/runtime-metrics.js", versions };

/** The instrumentation of `@temporalio/worker`: its own metrics join our collections. */
export const temporalWorker: Instrumented<InstrumentationConfig> = {
  name: "temporal_worker",
  options: {},
  files: [BUFFER, { library, path: "lib/runtime.js", versions }],
};
