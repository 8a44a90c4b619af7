import type { Instrumented, InstrumentedFile } from "../shared/instrumented.ts";
import { MESSAGING_OPTIONS, type MessagingConfig } from "../shared/options.ts";

const library = "graphile-worker";
const versions = [">=0.16.0 <0.18"];
// An ES module.
const newer = { library, isModule: true, versions: [">=0.18.0 <0.19"] };
export const WORKER: InstrumentedFile = { library, path: "dist/worker.js", versions };
const HELPERS: InstrumentedFile = { library, path: "dist/helpers.js", versions };

/** The instrumentation of `graphile-worker`. `destination` names a task; default: its identifier. */
export const graphileWorker: Instrumented<MessagingConfig> = {
  name: "graphile_worker",
  options: MESSAGING_OPTIONS,
  files: [WORKER, HELPERS, { ...WORKER, ...newer }, { ...HELPERS, ...newer }],
};
