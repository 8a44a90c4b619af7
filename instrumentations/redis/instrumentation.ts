// The commands of the `redis` package's clients, which `@redis/client` makes, and their messages.
import {
  type Attach,
  deliveries,
  isObject,
  isSameFile,
  prototypeOf,
  Reconnects,
  type Recording,
  type RedisConfig,
} from "../shared/index.ts";
import { Answers, isQueuedCommand } from "./answers.ts";
import { CommandDurations } from "./command-durations.ts";
import { Durations } from "./durations.ts";
import { REDIS, RedisMessages } from "./messages.ts";
import { CLIENT, SUBSCRIPTIONS } from "./index.ts";

// Methods of a client by which an application's commands come to the queue.
const QUEUING = ["sendCommand", "_executeMulti", "_executePipeline"];

/**
 * Records the durations of commands of the `redis` package, what its clients publish and are delivered, what they add to
 * streams and lists and take from them, and their reconnects.
 */
export function begin(recording: Recording<RedisConfig>): Attach {
  const messages = new RedisMessages(recording);
  const answers = new Answers(recording, messages);
  const reconnects = new Reconnects(recording, REDIS);
  const durations = new Durations(recording, new CommandDurations(recording));
  return (exports, file) => {
    if (isSameFile(file, CLIENT)) {
      const prototype = prototypeOf(exports);
      for (const name of QUEUING) recording.wrap(prototype, name, durations.queuing);
      recording.before(prototype, "emit", (client, [event]) => {
        if (event === "ready" && isObject(client)) reconnects.connected(client);
        else if (event === "end" && isObject(client)) reconnects.ended(client);
      });
    } else if (isSameFile(file, SUBSCRIPTIONS)) {
      // Called with each thing that the server sends by itself; calls the listeners of a message.
      const deliver = deliveries(recording, (self, [pushed]) => {
        const channel = channelOf(pushed);
        return channel === undefined ? undefined : messages.ofDelivery(channel, self);
      });
      recording.wrap(prototypeOf(exports, "PubSub"), "handleMessageReply", deliver);
    } else {
      recording.before(prototypeOf(exports, "DoublyLinkedList"), "add", (_, [value]) => {
        if (!isQueuedCommand(value)) return;
        durations.queued(value);
        answers.queued(value);
      });
    }
  };
}

function channelOf(pushed: unknown): unknown {
  if (!Array.isArray(pushed)) return undefined;
  switch (String(pushed[0])) {
    case "message":
    case "smessage":
      return pushed[1];
    case "pmessage":
      return pushed[2];
  }
  return undefined;
}
