import type { Instrumented } from "../shared/instrumented.ts";
import { HEALTH_OPTIONS, type HealthConfig } from "../shared/options.ts";

const LIBRARY = "@nestjs/terminus";

/**
 * The instrumentation of `nestjs-terminus`. `name` names the component of an indicator; default: the key of its
 * result, ids in it as `*`.
 */
export const nestjsTerminus: Instrumented<HealthConfig> = {
  name: "nestjs_terminus",
  options: HEALTH_OPTIONS,
  // From 12 on it is made of ES modules. The entry of older ones may be seen while half of it is there.
  files: [
    { library: LIBRARY, path: "dist/health-check/health-check.service.js", versions: [">=9.0.0 <12"] },
    { library: LIBRARY, versions: [">=12.0.0 <13"] },
  ],
};
