/** Replaces `fast-check` in tests: properties have the seed and the number of cases of the run, unless they name their own. */
import { createRequire } from "node:module";
import { runs, seed } from "./test-length.ts";

// Imported by name, it would be this file.
const fc: typeof import("fast-check") = createRequire(import.meta.url)("fast-check");
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed, numRuns: runs(100) });

export default fc;
