// What servers of Socket.IO tell each other over Redis, and how many there are.
import { Coordination } from "../../src/facades/index.ts";
import {
  type Attach,
  claimNames,
  isObject,
  isSameFile,
  LibraryInstrumentation,
  prototypeOf,
  type Recording,
  requireBeside,
} from "../shared/index.ts";
import { AdapterNodes } from "./adapter-nodes.ts";
import {
  countPublished,
  countSent,
  type MessagesOfAdapters,
  measureAnswers,
  measureServerSideEmit,
  noteCounts,
} from "./messages.ts";
import {
  CLUSTER,
  ENTRY,
  socketIoRedisAdapter,
  type SocketIoRedisAdapterInstrumentationConfig,
} from "./index.ts";

/**
 * Records the messages that adapters of `@socket.io/redis-adapter` send to other servers, how long these take to
 * answer, and how many servers there are.
 *
 * @example
 * new SocketIoRedisAdapterInstrumentation({ coordination });
 */
export class SocketIoRedisAdapterInstrumentation extends LibraryInstrumentation<SocketIoRedisAdapterInstrumentationConfig> {
  constructor(config: SocketIoRedisAdapterInstrumentationConfig = {}) {
    super(socketIoRedisAdapter, config, () => begin);
  }
}

/** Begins to record. */
export function begin(recording: Recording<SocketIoRedisAdapterInstrumentationConfig>): Attach {
  const coordination =
    recording.config.coordination ?? new Coordination({ meterProvider: recording.meterProvider });
  const nodes = new AdapterNodes(coordination);
  recording.onEnd(() => nodes.end());
  const messages: MessagesOfAdapters = { recording, coordination, nodes };
  return (exports, file) => {
    if (isSameFile(file, ENTRY)) attachToAdapter(prototypeOf(exports, "RedisAdapter"), messages);
    else if (isSameFile(file, CLUSTER)) attachToSharded(exports, messages);
    else queueMicrotask(() => recording.safely(() => requireBeside("util.js", exports, "index.js")));
  };
}

function attachToAdapter(prototype: object, messages: MessagesOfAdapters): void {
  const { recording, nodes } = messages;
  recording.before(prototype, "init", (adapter) => made(adapter, nodes));
  for (const [method, type] of [
    ["broadcast", "broadcast"],
    ["broadcastWithAck", "broadcast"],
    ["addSockets", "sockets_join"],
    ["delSockets", "sockets_leave"],
    ["disconnectSockets", "disconnect_sockets"],
    ["publishResponse", "response"],
  ] as const) {
    countSent(messages, prototype, method, type);
  }
  for (const [method, type] of [
    ["fetchSockets", "fetch_sockets"],
    ["allRooms", "all_rooms"],
  ] as const) {
    recording.wrap(prototype, method, measureAnswers(messages, type));
  }
  recording.wrap(prototype, "serverSideEmit", measureServerSideEmit(messages));
  recording.wrap(prototype, "serverCount", noteCounts(messages));
  recording.before(prototype, "close", (adapter) => nodes.closed(adapter));
}

// The sharded adapter's class is not exported; what it sends goes through the class above, which others have, too.
function attachToSharded(exports: unknown, messages: MessagesOfAdapters): void {
  const { recording, nodes } = messages;
  const prototype = prototypeOf(exports, "ClusterAdapter");
  const types: unknown = Reflect.get(Object(exports), "MessageType");
  recording.before(prototype, "init", (adapter) => made(adapter, nodes));
  countPublished(messages, prototype, "publishAndReturnOffset", { types, at: 0 });
  countPublished(messages, prototype, "publishResponse", { types, at: 1 });
}

// Called when the adapter is made and nothing is sent yet.
function made(adapter: unknown, nodes: AdapterNodes): void {
  if (!isObject(adapter) || !("pubClient" in adapter)) return;
  for (const name of ["channel", "requestChannel", "responseChannel"]) {
    const channel: unknown = Reflect.get(adapter, name);
    if (typeof channel === "string") claimNames(`${channel.split("#")[0]}#`);
  }
  nodes.made(adapter);
}
