// The pools of the `workerpool` package and their tasks, found when a task comes in and when a worker gets it.
import { type Attach, LibraryInstrumentation, prototypeOf, type Recording } from "../shared/index.ts";
import { WorkerpoolPools } from "./pools.ts";
import { POOLS_FILE, workerpool, type WorkerpoolInstrumentationConfig } from "./index.ts";

/**
 * Records the tasks of the pools of the `workerpool` package: how long they wait and run, and how they end.
 *
 * @example
 * new WorkerpoolInstrumentation({ name: (script) => (script?.includes("resize") ? "images" : "others") });
 */
export class WorkerpoolInstrumentation extends LibraryInstrumentation<WorkerpoolInstrumentationConfig> {
  constructor(config: WorkerpoolInstrumentationConfig = {}) {
    super(workerpool, config, () => begin);
  }
}

/** Begins to record. */
export function begin(recording: Recording<WorkerpoolInstrumentationConfig>): Attach {
  const pools = new WorkerpoolPools(recording);
  return (exports, { path }) => {
    if (path === POOLS_FILE) pools.watchPools(prototypeOf(exports));
    else pools.watchWorkers(prototypeOf(exports));
  };
}
