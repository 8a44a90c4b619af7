import type { Instrumented, InstrumentedFile } from "../shared/instrumented.ts";
import { NODES_OPTIONS, type NodesConfig } from "../shared/options.ts";

const versions = [">=8.3.0 <9"];
export const ENTRY: InstrumentedFile = { library: "@socket.io/redis-adapter", versions };
const UTIL = { library: "@socket.io/redis-adapter", path: "dist/util.js", versions };
export const CLUSTER: InstrumentedFile = {
  library: "socket.io-adapter",
  path: "dist/cluster-adapter.js",
  versions: [">=2.5.4 <3"],
};

/** The instrumentation of `@socket.io/redis-adapter`. */
export const socketIoRedisAdapter: Instrumented<NodesConfig> = {
  name: "socket_io_redis_adapter",
  options: NODES_OPTIONS,
  files: [ENTRY, UTIL, CLUSTER],
  // The instrumentation requires the entry as soon as a file required by that entry is loaded.
  needsLoaderHook: () => false,
};
