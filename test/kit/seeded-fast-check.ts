/** What `import fc from "fast-check"` gives to tests: properties without a seed of their own have that of the run. */
import { createRequire } from "node:module";
import { seed } from "./test-length.ts";

// By its name `import` would find this file.
const fc: typeof import("fast-check") = createRequire(import.meta.url)("fast-check");
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });

export default fc;
