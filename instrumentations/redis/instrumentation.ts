import { deliveries } from "../shared/deliver.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import { type Attach, isSameFile } from "../shared/instrumented.ts";
import type { RedisConfig } from "../shared/options.ts";
import { recordPublished } from "../shared/published-calls.ts";
import { Reconnects } from "../shared/reconnects.ts";
import type { Recording } from "../shared/recording.ts";
import { answersTo, isQueuedCommand } from "./answers.ts";
import { CommandDurations } from "./command-durations.ts";
import { durationsOf } from "./durations.ts";
import { REDIS, RedisMessages } from "./messages.ts";
import { publishedCommands, publishedRedisTargets } from "./published-commands.ts";
import { CLIENT, SUBSCRIPTIONS } from "./index.ts";

// Methods of a client through which an application's commands are queued.
const QUEUING = ["sendCommand", "_executeMulti", "_executePipeline"];

// Errors of a client that sends nothing. A bundler may have changed the names of their classes.
const REFUSALS: ReadonlySet<unknown> = new Set(["The client is closed", "The client is offline"]);
// The error that a client makes of a transaction that was not executed, whose reply is null.
const WATCHED_CHANGE = "One (or more) of the watched keys has been changed";

/**
 * Records the durations of commands of the `redis` package, the messages that its clients publish, receive, and move
 * through streams and lists, and their reconnects.
 */
export function begin(recording: Recording<RedisConfig>): Attach {
  const messages = new RedisMessages(recording);
  if (recording.isBundled) recordCommands(recording, messages);
  const durations = durationsOf(recording);
  const answer = answersTo(recording, messages, () => durations.place());
  const reconnects = new Reconnects(recording, REDIS);
  return (exports, file) => {
    if (isSameFile(file, CLIENT)) {
      const prototype = prototypeOf(exports);
      for (const name of QUEUING) recording.wrap(prototype, name, durations.queuing);
      recording.before(prototype, "emit", (client, event) => {
        if (event === "ready" && isObject(client)) reconnects.connected(client);
        else if (event === "end" && isObject(client)) reconnects.ended(client);
      });
    } else if (isSameFile(file, SUBSCRIPTIONS)) {
      // Called with each push message of the server; calls the listeners of a message.
      const deliver = deliveries(recording, (self, [pushed]) => {
        const channel = channelOf(pushed);
        return channel === undefined ? undefined : messages.ofDelivery(channel, self);
      });
      recording.wrap(prototypeOf(exports, "PubSub"), "handleMessageReply", deliver);
    } else {
      recording.before(prototypeOf(exports, "DoublyLinkedList"), "add", (_, value) => {
        if (!isQueuedCommand(value)) return;
        durations.queued(value);
        answer(value);
      });
    }
  };
}

function recordCommands(recording: Recording<unknown>, messages: RedisMessages): void {
  const durations = new CommandDurations(recording);
  const targets = publishedRedisTargets();
  const commands = publishedCommands(durations, messages, 1);
  recordPublished(recording, {
    "node-redis:command": {
      ...commands,
      end(operation, nanos, call, error) {
        if (!REFUSALS.has(fieldOf(error, "message"))) commands.end(operation, nanos, call, error);
      },
    },
    // The commands of a transaction are not published.
    "node-redis:batch": {
      begin: ({ batchMode }) => (batchMode === "MULTI" ? "EXEC" : undefined),
      end(operation, nanos, call, error) {
        const isReply = fieldOf(error, "message") === WATCHED_CHANGE;
        durations.record(targets(call), operation, nanos, isReply ? undefined : error);
      },
    },
  });
  recording.subscribe("node-redis:pubsub", ({ direction, channel }) => {
    if (direction === "in") messages.of(channel)?.received();
  });
}

function channelOf(pushed: unknown): unknown {
  if (!Array.isArray(pushed)) return undefined;
  const kind = String(pushed[0]);
  if (kind === "pmessage") return pushed[2];
  return kind === "message" || kind === "smessage" ? pushed[1] : undefined;
}
