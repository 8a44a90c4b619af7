// The messages of the `ws` package's sockets, those of its clients and those that its servers have accepted.
import type { BoundDestination } from "../../src/facades/index.ts";
import {
  type Attach,
  connectionsGauge,
  deliver,
  isObject,
  isRecord,
  LibraryInstrumentation,
  type Method,
  prototypeOf,
  type Recording,
  requireBeside,
} from "../shared/index.ts";
import { Sockets, WS } from "./sockets.ts";
import { SERVER, ws, type WsInstrumentationConfig } from "./index.ts";

const OPEN = 1;

/**
 * Records what the sockets of the `ws` package send, receive and process, and how many are open. Those below Socket.IO
 * and MQTT are left out.
 *
 * @example
 * new WsInstrumentation({ messaging, destination: (path) => path.split("/")[1] ?? "" });
 */
export class WsInstrumentation extends LibraryInstrumentation<WsInstrumentationConfig> {
  constructor(config: WsInstrumentationConfig = {}) {
    super(ws, config, () => begin);
  }
}

/** Begins to record. */
export function begin(recording: Recording<WsInstrumentationConfig>): Attach {
  const sockets = new Sockets(recording);
  recording.observe(connectionsGauge(recording.meter), (result) =>
    result.observe(sockets.openCount, { "messaging.system": WS }),
  );
  return (exports, file) => {
    const prototype = prototypeOf(exports);
    if (file === SERVER) {
      recording.wrap(prototype, "handleUpgrade", noteAccepted(recording, sockets));
    } else {
      recording.wrap(prototype, "send", countSent(recording, sockets));
      recording.wrap(prototype, "emit", countDelivered(recording, sockets));
      // The package's entry for ES modules imports that one by itself.
      queueMicrotask(() =>
        recording.safely(() => requireBeside("websocket.js", exports, "websocket-server.js")),
      );
    }
  };
}

// `handleUpgrade(request, socket, head, callback)`: the callback gets the socket in the same turn in which it is made.
function noteAccepted(recording: Recording<unknown>, sockets: Sockets): (original: Method) => Method {
  return (handleUpgrade) =>
    function (...args) {
      const [request, socket, head, callback, ...rest] = args;
      if (typeof callback !== "function") return Reflect.apply(handleUpgrade, this, args);
      const noted = function (this: unknown, ...given: readonly unknown[]): unknown {
        recording.safely(() => {
          const url: unknown = isObject(request) ? Reflect.get(request, "url") : undefined;
          if (isObject(given[0]) && typeof url === "string") sockets.accepted(given[0], url);
        });
        return Reflect.apply(callback, this, given);
      };
      return Reflect.apply(handleUpgrade, this, [request, socket, head, noted, ...rest]);
    };
}

function countSent(recording: Recording<unknown>, sockets: Sockets): (original: Method) => Method {
  return (send) =>
    function (...args) {
      let destination: BoundDestination | undefined;
      try {
        // What is sent to a socket that closes is thrown away; what is no end of a message is not counted yet.
        if (isRecord(this) && this["readyState"] === OPEN && isWhole(args[1])) {
          destination = sockets.of(this);
        }
      } catch (error) {
        recording.failed(error);
      }
      const result = Reflect.apply(send, this, args);
      destination?.sent();
      return result;
    };
}

function isWhole(options: unknown): boolean {
  return !isRecord(options) || options["fin"] !== false;
}

function countDelivered(recording: Recording<unknown>, sockets: Sockets): (original: Method) => Method {
  return (emit) =>
    function (...args) {
      let destination: BoundDestination | undefined;
      try {
        if (isObject(this)) {
          if (args[0] === "message") destination = sockets.of(this);
          else if (args[0] === "open") sockets.opened(this);
          else if (args[0] === "close") sockets.closed(this);
        }
      } catch (error) {
        recording.failed(error);
      }
      if (destination === undefined) return Reflect.apply(emit, this, args);
      destination.received();
      return deliver(destination, emit, this, args);
    };
}
