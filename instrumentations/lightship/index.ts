import type { Instrumented } from "../shared/instrumented.ts";
import { HEALTH_OPTIONS, type HealthConfig } from "../shared/options.ts";

const library = "lightship";

/** The instrumentation of `lightship`. `name` names the component; default: `lightship`. */
export const lightship: Instrumented<HealthConfig> = {
  name: "lightship",
  options: HEALTH_OPTIONS,
  // The entry of version 9, since its ES modules have other inner files. Release 7.3.0 was published without its code.
  files: [
    { library, path: "dist/src/factories/createLightship.js", versions: [">=7.0.2 <8"] },
    { library, replaces: ["createLightship"], versions: [">=9.0.3 <10"] },
  ],
};
