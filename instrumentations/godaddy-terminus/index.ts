import type { Instrumented } from "../shared/instrumented.ts";
import { HEALTH_OPTIONS, type HealthConfig } from "../shared/options.ts";

/**
 * The instrumentation of `godaddy-terminus`. `name` names the component of a check by its path; default: the path
 * with ids replaced by `*`.
 */
export const godaddyTerminus: Instrumented<HealthConfig> = {
  name: "godaddy_terminus",
  options: HEALTH_OPTIONS,
  // An inner file: the package's entry takes the function from it when it is loaded.
  files: [{ library: "@godaddy/terminus", path: "lib/terminus.js", versions: [">=4.0.0 <5"] }],
};
