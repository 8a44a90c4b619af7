import type { Instrumented } from "../shared/instrumented.ts";
import { POOL_OPTIONS, type PoolConfig } from "../shared/options.ts";

const VERSIONS = [">=6.1.0 <11"];
export const POOLS_FILE = "src/Pool.js";
const WORKERS_FILE = "src/WorkerHandler.js";

/** The instrumentation of `workerpool`. `name` names a pool by the script that its workers run. */
export const workerpool: Instrumented<PoolConfig> = {
  name: "workerpool",
  options: POOL_OPTIONS,
  files: [
    { library: "workerpool", path: POOLS_FILE, versions: VERSIONS },
    { library: "workerpool", path: WORKERS_FILE, versions: VERSIONS },
  ],
};
