import type { Instrumented, InstrumentedFile } from "../shared/instrumented.ts";
import { REDIS_OPTIONS, type RedisConfig } from "../shared/options.ts";

export const COMMAND: InstrumentedFile = {
  library: "ioredis",
  path: "built/Command.js",
  versions: [">=5.0.0 <7"],
};
const CLIENT = { library: "ioredis", path: "built/Redis.js", versions: [">=5.0.0 <7"] };

/**
 * The instrumentation of `ioredis`. `destination` names a channel, a stream or a list; default: its name with `*` in
 * place of each part that looks like an id.
 */
export const ioredis: Instrumented<RedisConfig> = {
  name: "ioredis",
  options: REDIS_OPTIONS,
  files: [COMMAND, CLIENT],
  channels: ["tracing:ioredis:connect:start", "tracing:ioredis:command:start"],
  publishedSince: "5.11.0",
};
