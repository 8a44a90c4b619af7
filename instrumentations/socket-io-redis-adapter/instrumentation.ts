import { prototypeOf, requireBeside } from "../shared/exports.ts";
import { isObject } from "../shared/fields.ts";
import { type Attach, isSameFile } from "../shared/instrumented.ts";
import { coordinationOf } from "../shared/locks.ts";
import { claimNames } from "../shared/names.ts";
import type { NodesConfig } from "../shared/options.ts";
import type { Recording } from "../shared/recording.ts";
import { AdapterNodes } from "./adapter-nodes.ts";
import { CLUSTER, ENTRY } from "./index.ts";
import {
  countPublished,
  countSent,
  measureAnswers,
  measureServerSideEmit,
  type MessagesOfAdapters,
} from "./messages.ts";

// Methods that send to other servers without expecting a response, and the type of each message.
const SENDING = {
  broadcast: "broadcast",
  broadcastWithAck: "broadcast",
  addSockets: "sockets_join",
  delSockets: "sockets_leave",
  disconnectSockets: "disconnect_sockets",
  publishResponse: "response",
} as const;
const ASKING = { fetchSockets: "fetch_sockets", allRooms: "all_rooms" } as const;

/**
 * Records the messages that adapters of `@socket.io/redis-adapter` send to other servers, the response times of
 * these, and the number of servers.
 */
export function begin(recording: Recording<NodesConfig>): Attach {
  const coordination = coordinationOf(recording);
  const nodes = new AdapterNodes(recording, coordination);
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
  for (const [method, type] of Object.entries(SENDING)) countSent(messages, prototype, method, type);
  for (const [method, type] of Object.entries(ASKING)) measureAnswers(messages, prototype, method, type);
  recording.wrap(prototype, "serverSideEmit", measureServerSideEmit(messages));
  // Requests of the adapter itself also return the number of servers.
  recording.outcome(prototype, "serverCount", (adapter) => ({
    fulfilled: (count) => nodes.counted(count, adapter),
  }));
  recording.before(prototype, "close", (adapter) => nodes.closed(adapter));
}

// The class of the sharded adapter is not exported. Its messages pass the superclass, which other adapters share.
function attachToSharded(exports: unknown, messages: MessagesOfAdapters): void {
  const { recording, nodes } = messages;
  const prototype = prototypeOf(exports, "ClusterAdapter");
  const types: unknown = Reflect.get(Object(exports), "MessageType");
  recording.before(prototype, "init", (adapter) => made(adapter, nodes));
  countPublished(messages, prototype, "publishAndReturnOffset", { types, at: 0 });
  countPublished(messages, prototype, "publishResponse", { types, at: 1 });
}

// Called when the adapter was created and has sent nothing yet.
function made(adapter: unknown, nodes: AdapterNodes): void {
  if (!isObject(adapter) || !("pubClient" in adapter)) return;
  for (const name of ["channel", "requestChannel", "responseChannel"]) {
    const channel: unknown = Reflect.get(adapter, name);
    if (typeof channel === "string") claimNames(`${channel.split("#")[0]}#`);
  }
  nodes.made(adapter);
}
