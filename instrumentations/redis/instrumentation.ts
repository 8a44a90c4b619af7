// The commands of the `redis` package's clients, which `@redis/client` makes, and their messages.
import type { BoundDestination } from "../../src/facades/index.ts";
import {
  type Attach,
  deliver,
  isObject,
  LibraryInstrumentation,
  type Method,
  prototypeOf,
  Reconnects,
  type Recording,
} from "../shared/index.ts";
import { Answers } from "./answers.ts";
import { CommandDurations } from "./command-durations.ts";
import { Durations } from "./durations.ts";
import { REDIS, RedisMessages } from "./messages.ts";
import { CLIENT, redis, type RedisInstrumentationConfig, SUBSCRIPTIONS } from "./index.ts";

// Methods of a client by which an application's commands come to the queue.
const QUEUING = ["sendCommand", "_executeMulti", "_executePipeline"];

/**
 * Records the durations of commands of the `redis` package, what its clients publish and are delivered, what they add to
 * streams and lists and take from them, and their reconnects.
 *
 * @example
 * new RedisInstrumentation({ messaging, ignore: (key) => key.startsWith("cache:") });
 */
export class RedisInstrumentation extends LibraryInstrumentation<RedisInstrumentationConfig> {
  constructor(config: RedisInstrumentationConfig = {}) {
    super(redis, config, () => begin);
  }
}

/** Begins to record. */
export function begin(recording: Recording<RedisInstrumentationConfig>): Attach {
  const messages = new RedisMessages(recording);
  const answers = new Answers(recording, messages);
  const reconnects = new Reconnects(recording, REDIS);
  const durations = new Durations(recording, new CommandDurations(recording));
  return (exports, file) => {
    if (file === CLIENT) {
      const prototype = prototypeOf(exports);
      for (const name of QUEUING) recording.wrap(prototype, name, durations.queuing);
      recording.before(prototype, "emit", (client, [event]) => {
        if (event === "ready" && isObject(client)) reconnects.connected(client);
        else if (event === "end" && isObject(client)) reconnects.ended(client);
      });
    } else if (file === SUBSCRIPTIONS) {
      recording.wrap(
        prototypeOf(exports, "PubSub"),
        "handleMessageReply",
        countDeliveries(recording, messages),
      );
    } else {
      recording.wrap(
        prototypeOf(exports, "DoublyLinkedList"),
        "add",
        seeQueued(recording, answers, durations),
      );
    }
  };
}

function seeQueued(
  recording: Recording<unknown>,
  answers: Answers,
  durations: Durations,
): (original: Method) => Method {
  return (add) =>
    function (...args) {
      try {
        durations.queued(args[0]);
        answers.queued(args[0]);
      } catch (error) {
        recording.failed(error);
      }
      return Reflect.apply(add, this, args);
    };
}

// Called with each thing that the server sends by itself; calls the listeners of a message.
function countDeliveries(
  recording: Recording<unknown>,
  messages: RedisMessages,
): (original: Method) => Method {
  return (handleMessageReply) =>
    function (...args) {
      let destination: BoundDestination | undefined;
      try {
        const channel = channelOf(args[0]);
        if (channel !== undefined) destination = messages.ofDelivery(channel, this);
      } catch (error) {
        recording.failed(error);
      }
      if (destination === undefined) return Reflect.apply(handleMessageReply, this, args);
      destination.received();
      return deliver(destination, handleMessageReply, this, args);
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
    default:
      return undefined;
  }
}
