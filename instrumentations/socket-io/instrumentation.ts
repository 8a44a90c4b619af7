import type { BoundDestination } from "../../src/facades/index.ts";
import { deliver } from "../shared/deliver.ts";
import { Destinations } from "../shared/destinations.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, isRecord } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import { observableGauge } from "../shared/instruments.ts";
import { LiveObjects } from "../shared/live-objects.ts";
import { nameTemplate } from "../shared/names.ts";
import { once } from "../shared/once.ts";
import type { Recording } from "../shared/recording.ts";
import type { SocketIoConfig } from "./index.ts";

const SYSTEM = "socket.io";
// The namespaces of all servers. They outlive the instrumentation being disabled and enabled again.
const namespaces = new LiveObjects();
const SIGNS = { parts: /[^/]+/g, any: "*", tooLong: "*" };

/**
 * Records the events between servers of Socket.IO and their clients, the time of their listeners, and the number of
 * connected sockets.
 */
export function begin(recording: Recording<SocketIoConfig>): Attach {
  const byEvent = recording.config.byEvent === true;
  const destinations = new Destinations(recording, {
    system: SYSTEM,
    nameOf: (given) => nameTemplate(given, SIGNS),
  });
  const observeConnections = once(() =>
    recording.observe(observableGauge(recording.meter, "message.connections"), (result) =>
      result.observe(connectionCount(), { "messaging.system.name": SYSTEM }),
    ),
  );
  // Those of an earlier start.
  if (connectionCount() > 0) observeConnections();
  // Returns the destination of event `event` of `socket`.
  const ofEvent = (socket: unknown, event: unknown): BoundDestination | undefined => {
    const name = namespaceOf(socket)?.["name"];
    if (typeof name !== "string") return undefined;
    return destinations.of(byEvent ? `${name} ${String(event)}` : name);
  };
  // The same for a packet; `undefined` if the packet is not an event.
  const ofPacket = (socket: unknown, packet: unknown): BoundDestination | undefined => {
    const data = isRecord(packet) ? packet["data"] : undefined;
    return Array.isArray(data) ? ofEvent(socket, data[0]) : undefined;
  };
  return (exports) => {
    const prototype = prototypeOf(exports, "Socket");
    // Called for each recipient of an event, single or broadcast.
    recording.before(prototype, "notifyOutgoingListeners", (socket, packet) => {
      if (isRecord(socket) && socket["connected"] === true) ofPacket(socket, packet)?.sent();
    });
    recording.before(prototype, "onevent", (socket, packet) => ofPacket(socket, packet)?.received());
    // Every socket joins a room when it is connected.
    recording.before(prototype, "join", (socket) => {
      const namespace = namespaceOf(socket);
      if (namespace === undefined) return;
      namespaces.add(namespace);
      observeConnections();
    });
    // A socket's own `emit` sends; this method of the superclass calls its listeners.
    recording.wrap(Reflect.getPrototypeOf(prototype), "emitUntyped", (emitUntyped) => {
      return function (...args) {
        let destination: BoundDestination | undefined;
        try {
          // Namespaces use this method too.
          destination = ofEvent(this, args[0]);
        } catch (error) {
          recording.failed(error);
        }
        if (destination === undefined) return Reflect.apply(emitUntyped, this, args);
        return deliver(destination, emitUntyped, this, args);
      };
    });
  };
}

function connectionCount(): number {
  let count = 0;
  for (const namespace of namespaces) {
    const sockets = fieldOf(namespace, "sockets");
    if (sockets instanceof Map) count += sockets.size;
  }
  return count;
}

function namespaceOf(socket: unknown): Readonly<Record<PropertyKey, unknown>> | undefined {
  const namespace = isRecord(socket) ? socket["nsp"] : undefined;
  return isRecord(namespace) ? namespace : undefined;
}
