import type { Instrumented } from "../shared/instrumented.ts";
import { LOCKS_OPTIONS, type LocksConfig } from "../shared/options.ts";

export const REDLOCK = "redlock";

/**
 * The instrumentation of `redlock`. `name` names a lock from its resources; default: the resources with ids replaced
 * by `*`.
 */
export const redlock: Instrumented<LocksConfig> = {
  name: "redlock",
  options: LOCKS_OPTIONS,
  // Both packages consist of one file.
  files: [
    { library: REDLOCK, versions: [">=4.0.0 <5"] },
    { library: "@sesamecare-oss/redlock", versions: [">=1.2.0 <2"] },
  ],
};
