import type { Instrumented } from "../shared/instrumented.ts";
import { COORDINATION_OPTIONS, type CoordinationConfig } from "../shared/option-sets.ts";

export const REDLOCK = "redlock";

/** `name` names a lock, of its resources; default: ids in them are `*`. */
export type RedlockInstrumentationConfig = CoordinationConfig;

/** Files and options of the instrumentation of `redlock`. */
export const redlock: Instrumented<RedlockInstrumentationConfig> = {
  name: "redlock",
  options: COORDINATION_OPTIONS,
  // Both are made of one file.
  files: [
    { library: REDLOCK, versions: [">=4.0.0 <5"] },
    { library: "@sesamecare-oss/redlock", versions: [">=1.2.0 <2"] },
  ],
};
