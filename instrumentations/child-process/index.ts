import type { InstrumentationConfig } from "@opentelemetry/instrumentation";
import type { Commands } from "../../src/facades/index.ts";
import type { Instrumented } from "../shared/instrumented.ts";
import { flagOption, facadeOption } from "../shared/options.ts";

export interface ChildProcessInstrumentationConfig extends InstrumentationConfig {
  /** Where the processes are recorded; without it a facade of the instrumentation's own, on its meter provider. */
  commands?: Commands;
  /**
   * Of `start()`: whether each execution is an event `COMMAND` of the running Tachymeter too. The instrumentation itself has none.
   *
   * @defaultValue false
   */
  events?: boolean;
}

/** The instrumentation of `child-process`. */
export const childProcess: Instrumented<ChildProcessInstrumentationConfig> = {
  name: "child-process",
  options: { commands: facadeOption("a Commands", "recordExecution"), events: flagOption },
  // Node.js itself tells of each process.
  files: [],
};
