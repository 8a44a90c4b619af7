// The pools of the `piscina` package and their tasks, found when a task is handed over and when it ends.
import { type Attach, LibraryInstrumentation, prototypeOf, type Recording } from "../shared/index.ts";
import { PiscinaPools } from "./pools.ts";
import { piscina, type PiscinaInstrumentationConfig, POOLS_FILE } from "./index.ts";

/**
 * Records the tasks of the pools of the `piscina` package: how long they wait and run, and how they end.
 *
 * @example
 * new PiscinaInstrumentation({ name: (script) => (script?.includes("resize") ? "images" : "others") });
 */
export class PiscinaInstrumentation extends LibraryInstrumentation<PiscinaInstrumentationConfig> {
  constructor(config: PiscinaInstrumentationConfig = {}) {
    super(piscina, config, () => begin);
  }
}

/** Begins to record. */
export function begin(recording: Recording<PiscinaInstrumentationConfig>): Attach {
  const pools = new PiscinaPools(recording);
  return (exports, { path }) => {
    if (path === POOLS_FILE) pools.watchPools(prototypeOf(exports, "Piscina"));
    else pools.watchTasks(prototypeOf(exports, "TaskInfo"));
  };
}
