// The pools of the `tinypool` package and their tasks, found by the one method with which tasks come in.
import { type Attach, LibraryInstrumentation, prototypeOf, type Recording } from "../shared/index.ts";
import { TinypoolPools } from "./pools.ts";
import { tinypool, type TinypoolInstrumentationConfig } from "./index.ts";

/**
 * Records the tasks of the pools of the `tinypool` package: how long they take, and how they end.
 *
 * @example
 * new TinypoolInstrumentation({ name: (script) => (script?.includes("resize") ? "images" : "others") });
 */
export class TinypoolInstrumentation extends LibraryInstrumentation<TinypoolInstrumentationConfig> {
  constructor(config: TinypoolInstrumentationConfig = {}) {
    super(tinypool, config, () => begin);
  }
}

/** Begins to record. */
export function begin(recording: Recording<TinypoolInstrumentationConfig>): Attach {
  const pools = new TinypoolPools(recording);
  return (exports) => pools.watch(prototypeOf(exports, "Tinypool"));
}
