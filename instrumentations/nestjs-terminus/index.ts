import type { Instrumented } from "../shared/instrumented.ts";
import { HEALTH_OPTIONS, type HealthConfig } from "../shared/options.ts";

const LIBRARY = "@nestjs/terminus";

/**
 * The instrumentation of `nestjs-terminus`. `name` names the component of an indicator; default: the key of its
 * result with ids replaced by `*`.
 */
export const nestjsTerminus: Instrumented<HealthConfig> = {
  name: "nestjs_terminus",
  options: HEALTH_OPTIONS,
  // Version 12 and later consist of ES modules. The entry of older versions may be seen while it is only partly
  // loaded.
  files: [
    { library: LIBRARY, path: "dist/health-check/health-check.service.js", versions: [">=9.0.0 <12"] },
    { library: LIBRARY, versions: [">=12.0.0 <13"] },
  ],
};
