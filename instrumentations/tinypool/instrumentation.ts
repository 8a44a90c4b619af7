// The pools of the `tinypool` package and their tasks, found by the one method with which tasks come in.
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
import { TinypoolPools } from "./pools.ts";

/** `name` names a pool by the file that its workers run. */
export type TinypoolInstrumentationConfig = PoolConfig;

/**
 * Records the tasks of the pools of the `tinypool` package: how long they take, and how they end.
 *
 * @example
 * new TinypoolInstrumentation({ name: (script) => (script?.includes("resize") ? "images" : "others") });
 */
export class TinypoolInstrumentation extends LibraryInstrumentation<TinypoolInstrumentationConfig> {
  static readonly options: OptionChecks<TinypoolInstrumentationConfig> = POOL_OPTIONS;

  constructor(config: TinypoolInstrumentationConfig = {}) {
    super("tinypool", config, TinypoolInstrumentation.options);
  }

  // The entry, since the package has ES modules only: it is seen by the hook of the loader.
  protected override files(): readonly InstrumentedFile[] {
    return [{ library: "tinypool", versions: [">=1.0.0 <3"] }];
  }

  protected override begin(recording: Recording<TinypoolInstrumentationConfig>): Attach {
    const pools = new TinypoolPools(recording);
    return (exports) => pools.watch(prototypeOf(exports, "Tinypool"));
  }
}
