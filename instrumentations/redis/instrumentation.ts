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
import { RedisPools } from "./pools.ts";
import { publishedCommands, publishedRedisTargets } from "./published-commands.ts";
import { CLIENT, OLD_QUEUE, POOL, SUBSCRIPTIONS } from "./index.ts";

// Methods of a client through which an application's commands are queued. In version 1, each command has one, too.
const QUEUING = ["sendCommand", "_executeMulti", "_executePipeline"];
const OLD_QUEUING = [
  "sendCommand",
  "commandsExecutor",
  "executeFunction",
  "executeScript",
  "multiExecutor",
  "SELECT",
];

// Errors of a client that sends nothing. A bundler may have changed the names of their classes.
const REFUSALS: ReadonlySet<unknown> = new Set(["The client is closed", "The client is offline"]);
// The error that a client makes of a transaction that was not executed, whose reply is null.
const WATCHED_CHANGE = "One (or more) of the watched keys has been changed";

/**
 * Records the durations of commands of the `redis` package, the messages that its clients publish, receive, and move
 * through streams and lists, and their reconnects. Also records pools of clients.
 */
export function begin(recording: Recording<RedisConfig>): Attach {
  const messages = new RedisMessages(recording);
  if (recording.isBundled) recordCommands(recording, messages);
  const durations = durationsOf(recording);
  const answer = answersTo(recording, messages, () => durations.place());
  const pools = new RedisPools(recording);
  const reconnects = new Reconnects(recording, REDIS);
  const ignore: (outcome: unknown) => void = () => {};
  // The queue of version 1 keeps its commands to itself. If it is dropped, the promise must stay unhandled.
  const seenReply = ([args, options]: readonly unknown[], reply: Promise<unknown>): Promise<unknown> => {
    const queued = { args, chainId: fieldOf(options, "chainId"), resolve: ignore, reject: ignore };
    try {
      if (!isQueuedCommand(queued)) return reply;
      durations.queued(queued);
      answer(queued);
    } catch (error) {
      recording.failed(error);
    }
    if (queued.resolve === ignore) return reply;
    return reply.then(
      (value) => {
        queued.resolve(value);
        return value;
      },
      (error: unknown) => {
        queued.reject(error);
        throw error;
      },
    );
  };
  return (exports, file) => {
    if (isSameFile(file, CLIENT)) {
      const prototype = prototypeOf(exports);
      for (const name of queuingMethods(prototype)) recording.wrap(prototype, name, durations.queuing);
      recording.before(prototype, "emit", (client, event) => {
        if (event === "ready" && isObject(client)) reconnects.connected(client);
        else if (event === "end" && isObject(client)) reconnects.ended(client);
      });
      pools.measureConnections(prototype);
    } else if (isSameFile(file, POOL)) pools.measure(exports);
    else if (isSameFile(file, SUBSCRIPTIONS)) {
      // Called with each push message of the server; calls the listeners of a message.
      const deliver = deliveries(recording, (self, [pushed]) => {
        const channel = channelOf(pushed);
        return channel === undefined ? undefined : messages.ofDelivery(channel, self);
      });
      recording.wrap(prototypeOf(exports, "PubSub"), "handleMessageReply", deliver);
    } else if (isSameFile(file, OLD_QUEUE)) {
      recording.wrap(
        prototypeOf(exports),
        "addCommand",
        (add) =>
          function (...args) {
            const reply: unknown = Reflect.apply(add, this, args);
            return reply instanceof Promise ? seenReply(args, reply) : reply;
          },
      );
    } else {
      recording.before(prototypeOf(exports, "DoublyLinkedList"), "add", (_, value) => {
        if (!isQueuedCommand(value)) return;
        durations.queued(value);
        answer(value);
      });
    }
  };
}

function queuingMethods(prototype: object): readonly string[] {
  if ("_executeMulti" in prototype) return QUEUING;
  // `Multi` is the class of transactions.
  return [...OLD_QUEUING, ...Object.keys(prototype).filter((name) => name !== "Multi")];
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
