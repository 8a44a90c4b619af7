// The pools of the `workerpool` package and their tasks, found where a task comes in and where a worker is given it.
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
import { WorkerpoolPools } from "./pools.ts";

const VERSIONS = [">=6.1.0 <11"];
const POOLS_FILE = "src/Pool.js";
const WORKERS_FILE = "src/WorkerHandler.js";

/** `name` names a pool by the script that its workers run. */
export type WorkerpoolInstrumentationConfig = PoolConfig;

/**
 * Records the tasks of the pools of the `workerpool` package: how long they wait and run, and how they end.
 *
 * @example
 * new WorkerpoolInstrumentation({ name: (script) => (script?.includes("resize") ? "images" : "others") });
 */
export class WorkerpoolInstrumentation extends LibraryInstrumentation<WorkerpoolInstrumentationConfig> {
  static readonly options: OptionChecks<WorkerpoolInstrumentationConfig> = POOL_OPTIONS;

  constructor(config: WorkerpoolInstrumentationConfig = {}) {
    super("workerpool", config, WorkerpoolInstrumentation.options);
  }

  protected override files(): readonly InstrumentedFile[] {
    return [
      { library: "workerpool", path: POOLS_FILE, versions: VERSIONS },
      { library: "workerpool", path: WORKERS_FILE, versions: VERSIONS },
    ];
  }

  protected override begin(recording: Recording<WorkerpoolInstrumentationConfig>): Attach {
    const pools = new WorkerpoolPools(recording);
    return (exports, { path }) => {
      if (path === POOLS_FILE) pools.watchPools(prototypeOf(exports));
      else pools.watchWorkers(prototypeOf(exports));
    };
  }
}
