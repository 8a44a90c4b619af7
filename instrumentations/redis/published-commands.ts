// Commands that a Redis client publishes from a bundle, for all clients.
import { type PublishedCalls, publishedTargets } from "../shared/published-calls.ts";
import { type CommandDurations, redisPlace, redisTarget } from "./command-durations.ts";
import { isOfStreams, redisCommand } from "./commands.ts";
import type { RedisMessages } from "./messages.ts";

// A command that waits for an event.
const UNMEASURED = "";
// In place of values, and of all arguments of commands that a client does not know to be harmless.
const HIDDEN = "?";

/** Returns the target of a published command or connection. A Unix socket is published as an address without a port. */
export const publishedRedisTargets: () => ReturnType<typeof publishedTargets> = () =>
  publishedTargets(({ address, port, database }) =>
    redisTarget({ path: port === undefined ? address : undefined, host: address, port, database }),
  );

/** Records durations, and messages of the commands whose key is published; their arguments begin at `first`. */
export function publishedCommands(
  durations: CommandDurations,
  messages: RedisMessages,
  first: number,
): PublishedCalls<string> {
  const targets = publishedRedisTargets();
  return {
    begin({ command, args }) {
      if (typeof command !== "string" || !Array.isArray(args)) return undefined;
      return durations.operationOf(command, args, first) ?? UNMEASURED;
    },
    end(operation, nanos, call, error) {
      const { command, args, result } = call;
      const target = targets(call);
      if (operation !== UNMEASURED) durations.record(target, operation, nanos, error);
      if (error !== undefined || !Array.isArray(args) || args[first] === HIDDEN) return;
      const effect = redisCommand(String(command));
      if (effect === "none") return;
      messages.answered(effect, args, first, result, isOfStreams(effect) ? redisPlace(target) : "");
    },
  };
}
