import type { Instrumented } from "../shared/instrumented.ts";
import { POOL_OPTIONS, type PoolConfig } from "../shared/options.ts";

const VERSIONS = [">=4.9.4 <6"];
export const POOLS_FILE = "dist/index.js";
const TASKS_FILE = "dist/task_queue/index.js";

/** The instrumentation of `piscina`. `name` names a pool by the file that its workers run. */
export const piscina: Instrumented<PoolConfig> = {
  name: "piscina",
  options: POOL_OPTIONS,
  files: [
    { library: "piscina", path: POOLS_FILE, versions: VERSIONS },
    { library: "piscina", path: TASKS_FILE, versions: VERSIONS },
  ],
};
