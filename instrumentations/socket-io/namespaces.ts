// Namespaces: where events are counted, and how many sockets are connected.
import type { BoundDestination } from "../../src/facades/index.ts";
import {
  Destinations,
  fieldOf,
  isRecord,
  LiveObjects,
  type MessagingConfig,
  nameTemplate,
  type Recording,
} from "../shared/index.ts";

/** The system's name. */
export const SOCKET_IO = "socket.io";

const SIGNS = { parts: /[^/]+/g, any: "*", tooLong: "*" };

/** The namespaces of all servers, which are not kept alive here. */
export class Namespaces {
  readonly destinations: Destinations;
  readonly #byEvent: boolean;
  readonly #live = new LiveObjects();

  /** @param byEvent whether the events of a namespace are kept apart. */
  constructor(recording: Recording<MessagingConfig>, byEvent: boolean) {
    this.#byEvent = byEvent;
    this.destinations = new Destinations(recording, {
      system: SOCKET_IO,
      nameOf: (given) => nameTemplate(given, SIGNS),
    });
  }

  /** Where an event of `socket` is counted; `undefined` for other packets. */
  of(socket: unknown, packet: unknown): BoundDestination | undefined {
    const data = isRecord(packet) ? packet["data"] : undefined;
    return Array.isArray(data) ? this.ofEvent(socket, data[0]) : undefined;
  }

  /** Where event `event` of `socket` is counted. */
  ofEvent(socket: unknown, event: unknown): BoundDestination | undefined {
    const namespace = namespaceOf(socket);
    const name = namespace?.["name"];
    if (typeof name !== "string") return undefined;
    return this.destinations.of(this.#byEvent ? `${name} ${String(event)}` : name);
  }

  /** A socket joins a room: all do, when they are connected. */
  joined(socket: unknown): void {
    const namespace = namespaceOf(socket);
    if (namespace !== undefined) this.#live.add(namespace);
  }

  /** How many sockets are connected, in all namespaces together. */
  connections(): number {
    let connections = 0;
    for (const namespace of this.#live) {
      const sockets = fieldOf(namespace, "sockets");
      if (sockets instanceof Map) connections += sockets.size;
    }
    return connections;
  }
}

function namespaceOf(socket: unknown): Readonly<Record<PropertyKey, unknown>> | undefined {
  const namespace = isRecord(socket) ? socket["nsp"] : undefined;
  return isRecord(namespace) ? namespace : undefined;
}
