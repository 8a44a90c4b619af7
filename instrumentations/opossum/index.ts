import type { Instrumented } from "../shared/instrumented.ts";
import { HEALTH_OPTIONS, type HealthConfig } from "../shared/option-sets.ts";

/** `name` names a breaker's component and series; default: its own name, `anonymous` without one. */
export type OpossumInstrumentationConfig = HealthConfig;

/** Files and options of the instrumentation of `opossum`. */
export const opossum: Instrumented<OpossumInstrumentationConfig> = {
  name: "opossum",
  options: HEALTH_OPTIONS,
  files: [{ library: "opossum", path: "lib/circuit.js", versions: [">=5.0.0 <11"] }],
};
