import type { InstrumentedFile } from "./instrumented.ts";

/** The files with the class `Client` of all clients of Amazon's SDK. The packages of the clients have their entry alone. */
export const SMITHY_CLIENTS: readonly InstrumentedFile[] = [
  {
    library: "@smithy/core",
    path: "dist-cjs/submodules/client/index.js",
    bundled: "dist-es/submodules/client/smithy-client/client.js",
    versions: [">=3.24.0 <4"],
  },
  // It may only re-export the class of the newer package.
  { library: "@smithy/smithy-client", bundled: "dist-es/client.js", versions: [">=3.0.0 <6"] },
];
