import type { BoundDestination } from "../../src/facades/index.ts";
import type { Wrap } from "../../src/recording/replace-method.ts";
import { nowMillis } from "../shared/clock.ts";
import { prototypeOf } from "../shared/exports.ts";
import { isObject, isRecord } from "../shared/fields.ts";
import { type Attach, isSameFile } from "../shared/instrumented.ts";
import type { RedisConfig } from "../shared/options.ts";
import { type PublishedCall, type PublishedCalls, recordPublished } from "../shared/published-calls.ts";
import { Reconnects } from "../shared/reconnects.ts";
import type { Recording } from "../shared/recording.ts";
import { CommandDurations } from "../redis/command-durations.ts";
import { isOfStreams, redisCommand } from "../redis/commands.ts";
import { REDIS, RedisMessages } from "../redis/messages.ts";
import { publishedCommands } from "../redis/published-commands.ts";
import { Durations, OF_SETUP } from "./durations.ts";
import { COMMAND } from "./index.ts";

const MAX_SERVERS = 1_000;

/**
 * Records the durations of commands of the `ioredis` package, the messages that its clients publish, receive, and
 * move through streams and lists, and their reconnects.
 */
export function begin(recording: Recording<RedisConfig>): Attach {
  const messages = new RedisMessages(recording);
  const reconnects = new Reconnects(recording, REDIS);
  const commands = new CommandDurations(recording);
  if (recording.isBundled) recordCommands(recording, publishedCommands(commands, messages, 0));
  const durations = new Durations(recording, commands);
  // Those of commands that change pending entries.
  const places = new WeakMap<object, string>();
  return (exports, file) => {
    const prototype = prototypeOf(exports);
    if (isSameFile(file, COMMAND)) {
      // Called once for each successful command, also in a pipeline or a cluster. In a transaction it is called
      // twice, first when the command is queued.
      recording.before(prototype, "transformReply", (command, reply) => {
        durations.settled(command);
        countAnswer(messages, command, reply, places);
      });
      recording.wrap(prototype, "initPromise", durations.seeFailures);
    } else {
      recording.wrap(prototype, "emit", countDeliveries(recording, messages, reconnects));
      recording.before(prototype, "sendCommand", (client, command) => {
        durations.sending(client, command);
        if (!isRecord(client) || !isRecord(command)) return;
        if (isOfStreams(redisCommand(String(command["name"])))) {
          places.set(command, durations.placeOf(client));
        }
      });
    }
  };
}

// The client's own commands are published like others, but while it connects.
function recordCommands(recording: Recording<unknown>, commands: PublishedCalls<string>): void {
  const connecting = new Map<string, number>();
  const serverOf = ({ serverAddress, serverPort }: PublishedCall): string =>
    `${String(serverAddress)} ${String(serverPort)}`;
  recordPublished(recording, {
    "ioredis:connect": {
      begin(call) {
        const server = serverOf(call);
        if (connecting.size >= MAX_SERVERS) connecting.clear();
        connecting.set(server, (connecting.get(server) ?? 0) + 1);
        return server;
      },
      end(server) {
        const others = (connecting.get(server) ?? 0) - 1;
        if (others > 0) connecting.set(server, others);
        else connecting.delete(server);
      },
    },
    "ioredis:command": {
      begin: (call) => {
        const operation = commands.begin(call);
        const isOwn = operation !== undefined && OF_SETUP.has(operation) && connecting.has(serverOf(call));
        return isOwn ? undefined : operation;
      },
      end: commands.end,
    },
  });
}

function countAnswer(
  messages: RedisMessages,
  sent: unknown,
  reply: unknown,
  places: WeakMap<object, string>,
): void {
  if (!isRecord(sent)) return;
  const { name, args } = sent;
  if (typeof name !== "string" || !Array.isArray(args)) return;
  const command = redisCommand(name);
  if (command !== "none") messages.answered(command, args, 0, reply, places.get(sent) ?? "");
}

// Each message is emitted as text if such listeners exist, and then as bytes.
const DELIVERIES = new Map<unknown, { readonly channelAt: number; readonly isLast: boolean }>(
  ["message", "smessage", "pmessage"].flatMap((event) => {
    const channelAt = event === "pmessage" ? 2 : 1;
    return [
      [event, { channelAt, isLast: false }],
      [`${event}Buffer`, { channelAt, isLast: true }],
    ];
  }),
);

// Replaces `emit` instead of adding listeners: no `listenerCount` changes, and the duration of `emit` is that of the
// application's listeners.
function countDeliveries(
  recording: Recording<unknown>,
  messages: RedisMessages,
  reconnects: Reconnects,
): Wrap {
  // The client that just emitted a message as text, and the time its listeners took. Both emits count as one
  // processing.
  let textClient: unknown;
  let textMillis = 0;
  const heardAsText = (client: unknown, millis: number): void => {
    textClient = client;
    textMillis = millis;
  };
  return (emit) =>
    function (...args) {
      let destination: BoundDestination | undefined;
      const delivery = DELIVERIES.get(args[0]);
      try {
        if (delivery !== undefined) destination = messages.ofDelivery(args[delivery.channelAt], this);
        else noteConnection(reconnects, this, args[0]);
      } catch (error) {
        recording.failed(error);
      }
      if (delivery === undefined || destination === undefined) return Reflect.apply(emit, this, args);
      const wasHeard = delivery.isLast && textClient === this;
      const startMillis = nowMillis() - (wasHeard ? textMillis : 0);
      textClient = undefined;
      let hasListeners: unknown;
      try {
        hasListeners = Reflect.apply(emit, this, args);
      } catch (error) {
        // The message is not emitted as bytes afterwards.
        destination.received();
        destination.processed((nowMillis() - startMillis) / 1000, error ?? "undefined");
        throw error;
      }
      const millis = nowMillis() - startMillis;
      if (delivery.isLast) {
        destination.received();
        if (hasListeners === true || wasHeard) destination.processed(millis / 1000);
      } else {
        heardAsText(this, millis);
      }
      return hasListeners;
    };
}

function noteConnection(reconnects: Reconnects, client: unknown, event: unknown): void {
  if (event === "ready" && isObject(client)) reconnects.connected(client);
  else if (event === "end" && isObject(client)) reconnects.ended(client);
}
