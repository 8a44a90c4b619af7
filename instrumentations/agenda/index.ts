import type { Instrumented } from "../shared/instrumented.ts";
import { MESSAGING_OPTIONS, type MessagingConfig } from "../shared/options.ts";

/** The instrumentation of `agenda`. `destination` names a job's name; default: that name itself. */
export const agenda: Instrumented<MessagingConfig> = {
  name: "agenda",
  options: MESSAGING_OPTIONS,
  files: [
    { library: "agenda", path: "dist/job/index.js", versions: [">=5.0.0 <6"] },
    // The entry, since the package only has ES modules from version 6 on: it is seen by the loader hook.
    { library: "agenda", versions: [">=6.2.0 <7"] },
  ],
};
