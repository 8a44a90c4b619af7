// The events between the servers of Socket.IO and their clients.
import type { BoundDestination } from "../../src/facades/index.ts";
import {
  type Attach,
  deliver,
  isRecord,
  LibraryInstrumentation,
  observableGauge,
  prototypeOf,
  type Recording,
  type Wrap,
} from "../shared/index.ts";
import { Namespaces, SOCKET_IO } from "./namespaces.ts";
import { socketIo, type SocketIoInstrumentationConfig } from "./index.ts";

/**
 * Records the events that servers of Socket.IO send and receive, how long their listeners take, and how many sockets
 * are connected.
 *
 * @example
 * new SocketIoInstrumentation({ messaging, byEvent: true });
 */
export class SocketIoInstrumentation extends LibraryInstrumentation<SocketIoInstrumentationConfig> {
  constructor(config: SocketIoInstrumentationConfig = {}) {
    super(socketIo, config, () => begin);
  }
}

/** Begins to record. */
export function begin(recording: Recording<SocketIoInstrumentationConfig>): Attach {
  const namespaces = new Namespaces(recording, recording.config.byEvent === true);
  recording.observe(observableGauge(recording.meter, "message.connections"), (result) =>
    result.observe(namespaces.connections(), { "messaging.system": SOCKET_IO }),
  );
  return (exports) => {
    const prototype = prototypeOf(exports, "Socket");
    // Called for each recipient of an event, alone or of a broadcast.
    recording.before(prototype, "notifyOutgoingListeners", (socket, [packet]) => {
      if (isConnected(socket)) namespaces.of(socket, packet)?.sent();
    });
    recording.before(prototype, "onevent", (socket, [packet]) => {
      namespaces.of(socket, packet)?.received();
    });
    recording.before(prototype, "join", (socket) => namespaces.joined(socket));
    // The sockets' own `emit` sends: this is the one that calls their listeners, of the class above.
    recording.wrap(Reflect.getPrototypeOf(prototype), "emitUntyped", measureListeners(recording, namespaces));
  };
}

function measureListeners(recording: Recording<unknown>, namespaces: Namespaces): Wrap {
  return (emitUntyped) =>
    function (...args) {
      let destination: BoundDestination | undefined;
      try {
        // Namespaces emit, too.
        destination = namespaces.ofEvent(this, args[0]);
      } catch (error) {
        recording.failed(error);
      }
      if (destination === undefined) return Reflect.apply(emitUntyped, this, args);
      return deliver(destination, emitUntyped, this, args);
    };
}

function isConnected(socket: unknown): boolean {
  return isRecord(socket) && socket["connected"] === true;
}
