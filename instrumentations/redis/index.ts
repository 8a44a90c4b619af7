import type { Instrumented, InstrumentedFile } from "../shared/instrumented.ts";
import { REDIS_OPTIONS, type RedisConfig } from "../shared/options.ts";

const library = "@redis/client";
const versions = [">=5.0.0 <7", ">=1.5.0 <2"];
export const CLIENT: InstrumentedFile = {
  library,
  path: "dist/lib/client/index.js",
  usedBy: "connect",
  versions,
};
export const POOL: InstrumentedFile = {
  library,
  path: "dist/lib/client/pool.js",
  versions: [">=5.0.0 <7"],
};
export const SUBSCRIPTIONS: InstrumentedFile = { library, path: "dist/lib/client/pub-sub.js", versions };
/** The queue of `redis` 4, whose client is of version 1. */
export const OLD_QUEUE: InstrumentedFile = {
  library,
  path: "dist/lib/client/commands-queue.js",
  versions: [">=1.5.0 <2"],
};
const QUEUE = { library, path: "dist/lib/client/linked-list.js", versions };

/**
 * The instrumentation of `redis`. `destination` names a channel, a stream or a list; default: its name with `*` in
 * place of each part that looks like an id.
 */
export const redis: Instrumented<RedisConfig> = {
  name: "redis",
  options: REDIS_OPTIONS,
  files: [CLIENT, POOL, SUBSCRIPTIONS, QUEUE, OLD_QUEUE],
  channels: ["tracing:node-redis:command:start", "tracing:node-redis:batch:start", "node-redis:pubsub"],
  publishedSince: "5.12.0",
};
