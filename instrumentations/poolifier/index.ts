import type { Instrumented } from "../shared/instrumented.ts";
import { POOL_OPTIONS, type PoolConfig } from "../shared/options.ts";

/** The instrumentation of `poolifier`. `name` names a pool by the file that its workers run. */
export const poolifier: Instrumented<PoolConfig> = {
  name: "poolifier",
  options: POOL_OPTIONS,
  // The entry, since the package is one file: in ES modules it is seen by the loader hook.
  files: [{ library: "poolifier", versions: [">=5.1.6 <6"] }],
};
