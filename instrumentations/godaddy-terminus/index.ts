import type { Instrumented } from "../shared/instrumented.ts";
import { HEALTH_OPTIONS, type HealthConfig } from "../shared/option-sets.ts";

/** `name` names the component of a check, by its path; default: the path, ids in it as `*`. */
export type GodaddyTerminusInstrumentationConfig = HealthConfig;

/** Files and options of the instrumentation of `godaddy-terminus`. */
export const godaddyTerminus: Instrumented<GodaddyTerminusInstrumentationConfig> = {
  name: "godaddy_terminus",
  options: HEALTH_OPTIONS,
  // An inner file, from which the package's entry takes the function when it is loaded.
  files: [{ library: "@godaddy/terminus", path: "lib/terminus.js", versions: [">=4.0.0 <5"] }],
};
