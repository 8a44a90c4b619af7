import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { Instrumented, InstrumentedFile } from "../shared/instrumented.ts";

/** The instrumentation of `@modelcontextprotocol/sdk`, and of the two packages that are its version 2. */
export const mcp: Instrumented<InstrumentationConfig> = {
  name: "mcp",
  options: {},
  files: [
    ...both("sdk", "dist/cjs/shared/protocol.js", "dist/esm/shared/protocol.js", ">=1.17.0 <2"),
    ...["client", "server"].flatMap((side) => both(side, "dist/index.cjs", "dist/index.mjs", ">=2.0.0 <3")),
  ],
};

function both(name: string, path: string, module: string, range: string): readonly InstrumentedFile[] {
  const [library, versions] = [`@modelcontextprotocol/${name}`, [range]];
  return [
    { library, path, versions },
    { library, path: module, isModule: true, versions },
  ];
}
