// The pools of the `piscina` package and their tasks, found where a task is handed over and where it ends.
import {
  type Attach,
  type InstrumentedFile,
  LibraryInstrumentation,
  type OptionChecks,
  POOL_OPTIONS,
  type PoolConfig,
  prototypeOf,
  type Recording,
} from "../shared/index.ts";
import { PiscinaPools } from "./pools.ts";

const VERSIONS = [">=4.9.4 <6"];
const POOLS_FILE = "dist/index.js";
const TASKS_FILE = "dist/task_queue/index.js";

/** `name` names a pool by the file that its workers run. */
export type PiscinaInstrumentationConfig = PoolConfig;

/**
 * Records the tasks of the pools of the `piscina` package: how long they wait and run, and how they end.
 *
 * @example
 * new PiscinaInstrumentation({ name: (script) => (script?.includes("resize") ? "images" : "others") });
 */
export class PiscinaInstrumentation extends LibraryInstrumentation<PiscinaInstrumentationConfig> {
  static readonly options: OptionChecks<PiscinaInstrumentationConfig> = POOL_OPTIONS;

  constructor(config: PiscinaInstrumentationConfig = {}) {
    super("piscina", config, PiscinaInstrumentation.options);
  }

  protected override files(): readonly InstrumentedFile[] {
    return [
      { library: "piscina", path: POOLS_FILE, versions: VERSIONS },
      { library: "piscina", path: TASKS_FILE, versions: VERSIONS },
    ];
  }

  protected override begin(recording: Recording<PiscinaInstrumentationConfig>): Attach {
    const pools = new PiscinaPools(recording);
    return (exports, { path }) => {
      if (path === POOLS_FILE) pools.watchPools(prototypeOf(exports, "Piscina"));
      else pools.watchTasks(prototypeOf(exports, "TaskInfo"));
    };
  }
}
