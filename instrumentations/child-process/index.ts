import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { Commands } from "../../src/facades/index.ts";
import type { Instrumented } from "../shared/instrumented.ts";
import { flagOption, facadeOption } from "../shared/options.ts";

export interface ChildProcessInstrumentationConfig extends InstrumentationConfig {
  /** The facade to record into; by default one on the instrumentation's meter provider. */
  commands?: Commands;
  /**
   * Whether each execution is also published as an event `COMMAND` of the running Tachymeter. An option of `start()`
   * only: the instrumentation itself ignores it.
   *
   * @defaultValue false
   */
  events?: boolean;
}

/** The instrumentation of `child-process`. */
export const childProcess: Instrumented<ChildProcessInstrumentationConfig> = {
  name: "child-process",
  options: { commands: facadeOption("a Commands", "recordExecution"), events: flagOption },
  // Node.js itself publishes each process.
  files: [],
};
