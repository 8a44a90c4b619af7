/** Replaces `fast-check` in tests: properties without their own seed have the seed of the run. */
import { createRequire } from "node:module";
import { seed } from "./test-length.ts";

// Imported by name, it would be this file.
const fc: typeof import("fast-check") = createRequire(import.meta.url)("fast-check");
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });

export default fc;
