import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { Instrumented, InstrumentedFile } from "../shared/instrumented.ts";

const library = "@grpc/grpc-js";
// The server of older versions has other inner files.
const versions = [">=1.10.0 <2"];
export const CLIENT_CALLS: InstrumentedFile = {
  library,
  path: "build/src/client-interceptors.js",
  versions,
};
export const SERVER_CALLS: InstrumentedFile = {
  library,
  path: "build/src/server-interceptors.js",
  versions,
};
const SERVER: InstrumentedFile = { library, path: "build/src/server.js", versions };

/** The instrumentation of `@grpc/grpc-js`. */
export const grpcJs: Instrumented<InstrumentationConfig> = {
  name: "grpc_js",
  options: {},
  files: [CLIENT_CALLS, SERVER_CALLS, SERVER],
  // An exporter over gRPC loads it while Tachymeter starts. The library reads the replaced functions at each call.
  attachesLate: true,
};
