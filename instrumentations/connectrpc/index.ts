import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { Instrumented, InstrumentedFile } from "../shared/instrumented.ts";

const versions = [">=2.0.0 <3"];
/** Functions that create a transport for clients, and its system. */
export const TRANSPORTS = {
  createConnectTransport: "connectrpc",
  createGrpcTransport: "grpc",
  createGrpcWebTransport: "grpc",
} as const;
export const ROUTERS: InstrumentedFile = {
  library: "@connectrpc/connect",
  replaces: ["createConnectRouter"],
  versions,
};
const CLIENTS: InstrumentedFile = {
  library: "@connectrpc/connect-node",
  replaces: Object.keys(TRANSPORTS),
  versions,
};

/** The instrumentation of `@connectrpc/connect` and `@connectrpc/connect-node`. */
export const connectRpc: Instrumented<InstrumentationConfig> = {
  name: "connectrpc",
  options: {},
  files: [ROUTERS, CLIENTS],
};
