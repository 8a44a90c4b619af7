import type { InstrumentationConfig } from "@opentelemetry/instrumentation";
import type { Coordination } from "../../src/facades/index.ts";
import type { Instrumented, InstrumentedFile } from "../shared/instrumented.ts";
import { COORDINATION } from "../shared/option-sets.ts";

const versions = [">=8.3.0 <9"];
export const ENTRY: InstrumentedFile = { library: "@socket.io/redis-adapter", versions };
const UTIL = { library: "@socket.io/redis-adapter", path: "dist/util.js", versions };
export const CLUSTER: InstrumentedFile = {
  library: "socket.io-adapter",
  path: "dist/cluster-adapter.js",
  versions: [">=2.5.4 <3"],
};

/** What the instrumentation of `@socket.io/redis-adapter` takes. */
export interface SocketIoRedisAdapterInstrumentationConfig extends InstrumentationConfig {
  /** Where it is recorded; without it a facade of the instrumentation's own, on its meter provider. */
  coordination?: Coordination;
}

/** Files and options of the instrumentation of `socket-io-redis-adapter`. */
export const socketIoRedisAdapter: Instrumented<SocketIoRedisAdapterInstrumentationConfig> = {
  name: "socket_io_redis_adapter",
  options: {
    coordination: COORDINATION,
  },
  files: [ENTRY, UTIL, CLUSTER],
  // The entry is required from here, as soon as the file is loaded that it requires itself.
  needsLoaderHook: () => false,
};
