import type { Instrumented } from "../shared/instrumented.ts";
import { POOL_OPTIONS, type PoolConfig } from "../shared/options.ts";

/** The instrumentation of `tinypool`. `name` names a pool by the file that its workers run. */
export const tinypool: Instrumented<PoolConfig> = {
  name: "tinypool",
  options: POOL_OPTIONS,
  // The entry, since the package only has ES modules: it is seen by the loader hook.
  files: [{ library: "tinypool", versions: [">=1.0.0 <3"] }],
};
