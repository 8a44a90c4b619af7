import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { Instrumented } from "../shared/instrumented.ts";

const library = "@modelcontextprotocol/sdk";
const versions = [">=1.17.0 <2"];

/** The instrumentation of `@modelcontextprotocol/sdk`. */
export const mcp: Instrumented<InstrumentationConfig> = {
  name: "mcp",
  options: {},
  files: [
    { library, path: "dist/cjs/shared/protocol.js", versions },
    { library, path: "dist/esm/shared/protocol.js", isModule: true, versions },
  ],
};
