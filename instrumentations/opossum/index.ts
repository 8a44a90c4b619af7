import type { Instrumented } from "../shared/instrumented.ts";
import { HEALTH_OPTIONS, type HealthConfig } from "../shared/options.ts";

/**
 * The instrumentation of `opossum`. `name` names the component and series of a breaker; default: its own name,
 * `anonymous` without one.
 */
export const opossum: Instrumented<HealthConfig> = {
  name: "opossum",
  options: HEALTH_OPTIONS,
  files: [{ library: "opossum", path: "lib/circuit.js", versions: [">=5.0.0 <11"] }],
};
