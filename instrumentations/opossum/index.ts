// Where the instrumentation of `opossum` looks, and its options.
import type { Instrumented } from "../shared/instrumented.ts";
import { HEALTH_OPTIONS, type HealthConfig } from "../shared/option-sets.ts";

/** `name` names a breaker's component and series; default: its own name, `anonymous` where it has none. */
export type OpossumInstrumentationConfig = HealthConfig;

/** What the instrumentation of `opossum` looks for. */
export const opossum: Instrumented<OpossumInstrumentationConfig> = {
  name: "opossum",
  options: HEALTH_OPTIONS,
  files: [{ library: "opossum", path: "lib/circuit.js", versions: [">=5.0.0 <11"] }],
};
