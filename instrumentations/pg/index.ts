import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { Instrumented, InstrumentedFile } from "../shared/instrumented.ts";

// Older versions never connect on Node.js 14 and later.
const VERSIONS = [">=8.0.3 <9"];
export const CLIENT: InstrumentedFile = { library: "pg", path: "lib/client.js", versions: VERSIONS };
export const PARAMETERS: InstrumentedFile = {
  library: "pg",
  path: "lib/connection-parameters.js",
  versions: VERSIONS,
};
const POOL = { library: "pg-pool", versions: [">=3.0.0 <4"] };

/** The instrumentation of `pg`. */
export const pg: Instrumented<InstrumentationConfig> = {
  name: "pg",
  options: {},
  files: [CLIENT, PARAMETERS, POOL],
  // `pg` requires its pool itself, so that it is seen from ES modules too.
  needsLoaderHook: () => false,
};
