// The events between the servers of Socket.IO and their clients.
import type { BoundDestination } from "../../src/facades/index.ts";
import {
  type Attach,
  connectionsGauge,
  deliver,
  flagOption,
  type InstrumentedFile,
  isRecord,
  LibraryInstrumentation,
  MESSAGING_OPTIONS,
  type MessagingConfig,
  type Method,
  type OptionChecks,
  prototypeOf,
  type Recording,
} from "../shared/index.ts";
import { Namespaces, SOCKET_IO } from "./namespaces.ts";

/** `destination` names a namespace; default: its name with `*` in place of each part that looks like an id. */
export interface SocketIoInstrumentationConfig extends MessagingConfig {
  /** Whether the events of a namespace are kept apart: `/chat message` in place of `/chat`; default: they are not. */
  byEvent?: boolean;
}

/**
 * Records the events that servers of Socket.IO send and receive, how long their listeners take, and how many sockets
 * are connected.
 *
 * @example
 * new SocketIoInstrumentation({ messaging, byEvent: true });
 */
export class SocketIoInstrumentation extends LibraryInstrumentation<SocketIoInstrumentationConfig> {
  static readonly options: OptionChecks<SocketIoInstrumentationConfig> = {
    ...MESSAGING_OPTIONS,
    byEvent: flagOption,
  };

  constructor(config: SocketIoInstrumentationConfig = {}) {
    super("socket_io", config, SocketIoInstrumentation.options);
  }

  protected override files(): readonly InstrumentedFile[] {
    return [{ library: "socket.io", path: "dist/socket.js", versions: [">=4.5.0 <5"] }];
  }

  protected override begin(recording: Recording<SocketIoInstrumentationConfig>): Attach {
    const namespaces = new Namespaces(recording, recording.config.byEvent === true);
    recording.observe(connectionsGauge(recording.meter), (result) =>
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
      recording.wrap(
        Reflect.getPrototypeOf(prototype),
        "emitUntyped",
        measureListeners(recording, namespaces),
      );
    };
  }
}

function measureListeners(
  recording: Recording<unknown>,
  namespaces: Namespaces,
): (original: Method) => Method {
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
