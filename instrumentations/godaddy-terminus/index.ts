import type { Instrumented } from "../shared/instrumented.ts";
import { HEALTH_OPTIONS, type HealthConfig } from "../shared/options.ts";

/**
 * The instrumentation of `godaddy-terminus`. `name` names the component of a check, by its path; default: the path,
 * ids in it as `*`.
 */
export const godaddyTerminus: Instrumented<HealthConfig> = {
  name: "godaddy_terminus",
  options: HEALTH_OPTIONS,
  // An inner file, from which the package's entry takes the function when it is loaded.
  files: [{ library: "@godaddy/terminus", path: "lib/terminus.js", versions: [">=4.0.0 <5"] }],
};
